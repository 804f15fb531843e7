// Sentences and words of English text, counted as the published IFEval verifiers count them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/core/result.h"

namespace bakeoff::judges {

/// How many sentences the text has.
///
/// The procedure is Punkt's (Kiss and Strunk 2006, Computational Linguistics 32:485-525, as in NLTK's
/// tokenize/punkt.py): each ".", "?" or "!" before white space or punctuation may end a sentence, and a period does not
/// after an abbreviation, a number before a small letter, or an ellipsis. NLTK learned its abbreviations and sentence
/// openers from newspaper text whose licence it does not state; ours are a list written for Bakeoff, so that counts of
/// texts with rare abbreviations may differ by one or two.
Result<std::size_t> count_sentences(std::string_view text);

/// How many words have capitals and no small letters, where words are split as by NLTK's word_tokenize: punctuation
/// apart, and "DON'T" is "DO" and "N'T".
Result<std::size_t> count_capital_words(std::string_view text);

}  // namespace bakeoff::judges
