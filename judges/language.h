// Which language a text is in, out of 54 (ISO 639-1 codes; "zh" for Chinese).
//
// The method is that of langdetect 1.0.9 (a naive Bayes classifier over n-grams of one to three characters, Shuyo
// 2010), on a part of its profiles (judges/language_profiles.cpp says which, and their licence). It differs in one way:
// langdetect draws n-grams at random until it is sure, so that the same text may get different answers; here every
// n-gram of the first 10,000 characters counts once, and the answer is always the same.
//
// Limits: texts of a few words and texts in capitals only are guessed badly, there as here; languages without a profile
// get that of a neighbour; close relatives (Bulgarian and Macedonian) are sometimes mistaken in a single sentence, which
// the whole profiles would tell apart; Vietnamese must be written in composed characters.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bakeoff::judges {

struct Language {
  std::string code;        ///< "en"
  double probability = 0;  ///< under equal priors, in (0, 1]
};

/// The likeliest language; nothing where the text has no letter that any profile knows. Safe from any thread.
std::optional<Language> language_of(std::string_view text);
/// The probability of one language: 0 for an unknown code and for text without letters.
double language_probability(std::string_view text, std::string_view code);

}  // namespace bakeoff::judges
