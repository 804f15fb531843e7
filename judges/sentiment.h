// How negative and how positive an English text is, by VADER (Hutto and Gilbert, ICWSM 2014): ratings of 7,489 words
// and emoticons (datasets/vader_lexicon.txt, which carries its MIT licence) and rules for negation, emphasis and "but".
//
// The rules are those of NLTK's nltk/sentiment/vader.py (3.10), since the published scorer of prompts that needs them
// calls it. VADER's own package has since gone another way: it reads emoji and knows more intensifiers. Where NLTK's
// are surprising they are kept: words of one letter are left out, a word that comes again is rated as at its first
// place, and only one kind of punctuation mark at one end of a word is taken off. Two limits of ours: capitals are
// folded for ASCII alone, and text that is not UTF-8 has every bad byte replaced.
//
// Worked example: "The book was good." has four words, of which good (1.9) has a rating. positive = 2.9 / (2.9 + 3) =
// 0.492, negative = 0, neutral = 0.508, compound = 1.9 / sqrt(1.9^2 + 15) = 0.4404.
#pragma once

#include <string_view>

#include "harness/core/result.h"

namespace bakeoff::judges {

struct Sentiment {
  double negative = 0, neutral = 0, positive = 0;  ///< shares of the text, rounded to 3 digits; all 0 without words
  double compound = 0;                             ///< in [-1, 1], rounded to 4 digits
};

/// Safe from any thread. An error where a pattern gave up (pattern.h).
Result<Sentiment> sentiment_of(std::string_view text);

}  // namespace bakeoff::judges
