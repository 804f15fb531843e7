// Base64 (RFC 4648, section 4), in which tokenizers keep bytes inside text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bakeoff::baker {

/// Nothing where a character is outside of the alphabet or the length does not fit; padding is required.
std::optional<std::string> bytes_of_base64(std::string_view text);

}  // namespace bakeoff::baker
