// A model as judge of two answers: what it is asked, what its text says, and one outcome from both orders.
//
//   const auto form = find_comparison_form("letters");
//   const Comparison pair{"What is tea?", "A drink.", "No idea.", ""};
//   comparison_messages(**form, pair);            // system and user message that end with how to state the verdict
//   (*form)->read("A knows it. [[A]]").winner;    // Winner::first
//
// The forms are those of published judges, each read as its source reads it, but more strictly where that could mistake
// an explanation for a verdict; pairwise.cpp says where. The prompts' words are ours.
//
// A pair is judged twice, the second time with the answers in the other order (Zheng et al. 2023, arXiv:2306.05685,
// section 3.4, "swapping positions"): an answer wins when it is preferred both times, everything else is a tie, and a
// text that states no verdict leaves the pair unscored.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "harness/core/conversation.h"

namespace bakeoff::judges {

enum class Winner { first, second, tie };

/// What a judge's text says about the two answers as it was shown them.
struct Reading {
  std::optional<Winner> winner;                     ///< absent: no verdict could be read
  std::optional<std::pair<double, double>> scores;  ///< where the form has them: of the first and the second, 0 to 10
  std::string reason;                               ///< why there is no winner
};

/// One way to ask for a verdict and to read it.
struct ComparisonForm {
  const char* name;
  const char* version;  ///< changes whenever a prompt or a reading could change
  const char* summary;
  const char* first_label;  ///< "Assistant A"
  const char* second_label;
  const char* verdict_request;  ///< closes what the judge is told: how to state the verdict
  Reading (*read)(std::string_view text);
};

/// letters (MT-bench), number (QLoRA), scores (Vicuna), outputs (LLMBar), json.
std::span<const ComparisonForm> all_comparison_forms();
/// The form, or an error that lists the names.
Result<const ComparisonForm*> find_comparison_form(std::string_view name);

struct Comparison {
  std::string question, first_answer, second_answer;
  std::string reference;  ///< a right answer for the judge to lean on; empty: none
};

/// What the judge is asked. Texts are put in as they are: nothing in an answer is taken for a part of the prompt's
/// layout by us, but a judge can be talked to by an answer, which this does not prevent.
Conversation comparison_messages(const ComparisonForm& form, const Comparison& comparison);

/// Both showings together; winner and scores are those of the answers, not of the places.
struct PairOutcome {
  std::optional<Winner> winner;  ///< absent: at least one text states no verdict
  bool consistent = false;       ///< the same answer, or a tie, both times
  std::string reason;
};
/// `swapped`: what the judge said when the second answer was shown first.
PairOutcome combine(const Reading& shown, const Reading& swapped);

const char* name_of(Winner winner);  ///< "first", "second" or "tie"

}  // namespace bakeoff::judges
