// Unicode's normalization form C (UAX #15), which some tokenizers apply to text first.
#pragma once

#include <string>
#include <string_view>

namespace bakeoff::baker {

/// Requires well-formed UTF-8.
std::string to_nfc(std::string_view text);

}  // namespace bakeoff::baker
