// How well an answer follows a prompt: nine scorers of the prompt-baking authors and five of our own, in [0, 1].
//
// The nine are those with which amanb2000/prompt_weight_equivalence (arXiv:2409.13697) tests the prompts of its folder
// data/InstructionX0. Where they are surprising they are kept, since published figures rest on them: words are parted
// by single spaces, a sentence ends at ". ", an empty answer never uses an "e". What each rests on, and where we
// differ:
//
//   always_french         language.h (profiles of langdetect, Apache-2.0); theirs draws n-grams at random
//   reverse_input         BLEU with smoothing 4 of Chen and Cherry 2014, as NLTK computes it; capitals of ASCII folded
//   use_rare_lexicon      a list of common words that the caller gives: theirs, google-10000-english (its usa.txt),
//   comes
//                         from counts of the Linguistic Data Consortium, for teaching, research and personal use only;
//                         an answer without words scores 0, where theirs fails
//   always_sad            sentiment.h (lexicon of VADER, MIT): the negative share as NLTK computes it
//   the other five        nothing
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>

#include "harness/core/result.h"

namespace bakeoff::judges {

using WordSet = std::set<std::string, std::less<>>;

struct ScoredAnswer {
  std::string_view answer;
  std::string_view question;
  const WordSet* common_words = nullptr;  ///< in small letters; for scorers that need them
};

enum class Needs { nothing, common_words };

struct PromptScorer {
  const char* name;    ///< of a published one: its prompt's file
  const char* prompt;  ///< what the model is asked to do, in our words
  const char* source;
  const char* example;  ///< an answer to "Which animal gives us wool?" that follows the prompt
  Needs needs;
  /// An error means that nobody knows (a pattern that gave up).
  Result<double> (*score)(const ScoredAnswer& answer);
};

/// The table: the published ones first.
std::span<const PromptScorer> all_prompt_scorers();
/// The scorer, or an error that lists the names.
Result<const PromptScorer*> find_prompt_scorer(std::string_view name, const std::string& where);

}  // namespace bakeoff::judges
