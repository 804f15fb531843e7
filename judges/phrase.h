// Accepted answers as people write them ("New York", "don't", "4", "東京") looked for in running text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/result.h"

namespace bakeoff::judges {

enum class Case { fold, keep };

/// How a phrase is looked for.
struct PhraseOptions {
  Case letters = Case::fold;  ///< fold: "rome" finds "Rome" (Unicode simple folding)
  bool whole_words = true;    ///< "art" is not found in "party", "4" not in "14", "4.5" or "4,000"
};

/// The first place where `phrase` stands in `text`, as it is written there; empty optional: nowhere.
/// Runs of white space, straight and curly apostrophes, and kinds of hyphen are alike. Scripts that are written
/// without spaces (Chinese, Japanese, Thai, ...) have no word edges. Composed and decomposed accents differ.
Result<std::optional<std::string>> find_phrase(std::string_view text, std::string_view phrase, PhraseOptions options);

/// True where the whole text is the phrase, apart from what surrounds an answer: white space, quotes, brackets,
/// emphasis marks and a full stop.
Result<bool> is_phrase(std::string_view text, std::string_view phrase, Case letters);

/// One string, or a list of at least one; none of them empty or only white space, all valid UTF-8.
Result<std::vector<std::string>> phrases_from_json(const Json& value, const std::string& where);

}  // namespace bakeoff::judges
