// Characters of Unicode text, as far as the judges need more than patterns.
#pragma once

#include <string>
#include <string_view>

namespace bakeoff::judges {

/// The code points of UTF-8 text; ill-formed sequences become U+FFFD.
std::u32string characters_of(std::string_view text);

/// A capital letter of the Latin, Greek or Cyrillic script.
bool is_capital(char32_t c);

/// As Python's str.isupper() and str.islower(): there is a letter that has case, and none of the other case.
bool all_capitals(std::string_view text);
bool all_lower_case(std::string_view text);

/// Without white space (Unicode's) at both ends; std::string_view into `text`.
std::string_view trimmed(std::string_view text);

/// ASCII letters in lower case; all else as it is.
std::string ascii_lower(std::string_view text);

}  // namespace bakeoff::judges
