// Unicode's normalization forms (UAX #15) and lower case, which some tokenizers apply to text first.
#pragma once

#include <string>
#include <string_view>

namespace bakeoff::baker {

/// C composes, D decomposes; K also replaces compatibility characters ("ﬁ" by "fi").
enum class NormalForm { c, d, kc, kd };

/// Requires well-formed UTF-8.
std::string to_normal_form(std::string_view text, NormalForm form);

/// Each character's own full lower case (Unicode 14, SpecialCasing.txt without its conditions): the one of Rust's
/// char::to_lowercase. Requires well-formed UTF-8.
std::string to_lower_case(std::string_view text);

}  // namespace bakeoff::baker
