// See unicode.h.
#include "baker/text/unicode.h"

#include <array>

namespace bakeoff::baker {
namespace {

constexpr bool is_printable_latin(unsigned byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

constexpr unsigned kMoved = 68;  ///< bytes that are not printable

struct ByteAlphabet {
  std::array<char32_t, 256> character{};
  std::array<unsigned char, kMoved> moved{};  ///< the byte behind U+0100 + i
};

constexpr ByteAlphabet make_alphabet() {
  ByteAlphabet alphabet;
  unsigned next = 0;
  for (unsigned byte = 0; byte < 256; ++byte) {
    if (is_printable_latin(byte)) {
      alphabet.character[byte] = byte;
      continue;
    }
    alphabet.moved[next] = static_cast<unsigned char>(byte);
    alphabet.character[byte] = 256 + next++;
  }
  return alphabet;
}

constexpr ByteAlphabet kAlphabet = make_alphabet();

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

}  // namespace

std::size_t last_character(std::string_view text) {
  std::size_t begin = text.size() - 1;
  while (begin > 0 && is_continuation(text[begin])) --begin;
  return begin;
}

char32_t code_point_at(std::string_view text, std::size_t position) {
  const std::size_t length = utf8_length(text[position]);
  const auto byte = [&](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[position + i]));
  };
  if (length == 1) return byte(0);
  char32_t value = byte(0) & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) value = (value << 6) | (byte(i) & 0x3f);
  return value;
}

void append_utf8(std::string& text, char32_t code_point) {
  const auto tail = [&](int shift) { text += static_cast<char>(0x80 | ((code_point >> shift) & 0x3f)); };
  if (code_point < 0x80) {
    text += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    text += static_cast<char>(0xc0 | (code_point >> 6));
    tail(0);
  } else if (code_point < 0x10000) {
    text += static_cast<char>(0xe0 | (code_point >> 12));
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xf0 | (code_point >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

bool is_white_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

std::size_t leading_white_space(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && is_white_space(code_point_at(text, end))) end += utf8_length(text[end]);
  return end;
}

std::size_t trailing_white_space(std::string_view text) {
  std::size_t begin = text.size();
  while (begin > 0) {
    const std::size_t character = last_character(text.substr(0, begin));
    if (!is_white_space(code_point_at(text, character))) break;
    begin = character;
  }
  return text.size() - begin;
}

char32_t byte_to_character(unsigned char byte) { return kAlphabet.character[byte]; }

std::optional<unsigned char> character_to_byte(char32_t character) {
  if (character < 256) {
    if (!is_printable_latin(character)) return std::nullopt;
    return static_cast<unsigned char>(character);
  }
  if (character >= 256 + kMoved) return std::nullopt;
  return kAlphabet.moved[character - 256];
}

std::optional<std::string> bytes_of_byte_level(std::string_view token) {
  std::string bytes;
  for (std::size_t i = 0; i < token.size(); i += utf8_length(token[i])) {
    const auto byte = character_to_byte(code_point_at(token, i));
    if (!byte) return std::nullopt;
    bytes += static_cast<char>(*byte);
  }
  return bytes;
}

std::string byte_level_of_bytes(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) append_utf8(text, byte_to_character(static_cast<unsigned char>(byte)));
  return text;
}

}  // namespace bakeoff::baker
