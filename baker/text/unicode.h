// The little of Unicode that tokenizers need beyond PCRE2: code points of UTF-8 text, white space, and GPT-2's
// printable alphabet for bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bakeoff::baker {

/// Bytes of the character that begins with `lead`. Requires well-formed UTF-8.
inline std::size_t utf8_length(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte < 0x80) return 1;
  if (byte < 0xe0) return 2;
  return byte < 0xf0 ? 3 : 4;
}

/// Where the last character of well-formed UTF-8 begins; the text is not empty.
std::size_t last_character(std::string_view text);

/// The character at `position` of well-formed UTF-8.
char32_t code_point_at(std::string_view text, std::size_t position);
void append_utf8(std::string& text, char32_t code_point);

/// The property White_Space (Unicode 15, PropList.txt), which is what \s means to Hugging Face's tokenizers.
bool is_white_space(char32_t code_point);
/// Bytes of white space at the beginning, and at the end, of well-formed UTF-8.
std::size_t leading_white_space(std::string_view text);
std::size_t trailing_white_space(std::string_view text);

/// GPT-2's mapping of bytes to printable characters (openai/gpt-2, src/encoder.py, bytes_to_unicode): printable Latin-1
/// stays, the other 68 bytes become U+0100 and up in order.
char32_t byte_to_character(unsigned char byte);
std::optional<unsigned char> character_to_byte(char32_t character);
/// A whole token in that alphabet ("Ġthe") as bytes (" the"); nothing where a character is outside of it.
std::optional<std::string> bytes_of_byte_level(std::string_view token);
std::string byte_level_of_bytes(std::string_view bytes);

}  // namespace bakeoff::baker
