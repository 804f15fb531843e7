#include "judges/characters.h"

#include "harness/core/files.h"
#include "judges/pattern.h"

namespace bakeoff::judges {

namespace {

bool has(std::string_view text, const char* expression) {
  const auto pattern = Pattern::cached(expression, {});
  if (!pattern.ok()) return false;
  const auto found = (*pattern)->find(text);
  return found.ok() && found->has_value();
}

bool is_space(char32_t c) {
  return c == ' ' || (c >= 9 && c <= 13) || (c >= 0x1c && c <= 0x1f) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

/// Bytes of the first character of well-formed text, and which it is.
struct Decoded {
  char32_t c;
  std::size_t bytes;
};
Decoded first_of(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(text[i])); };
  const char32_t lead = byte(0);
  const std::size_t bytes = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  char32_t c = bytes == 1 ? lead : lead & (0xffU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) c = (c << 6) | (byte(i) & 0x3f);
  return {c, bytes};
}

}  // namespace

std::u32string characters_of(std::string_view text) {
  const std::string valid = to_valid_utf8(text);
  std::u32string characters;
  for (std::string_view rest = valid; !rest.empty();) {
    const Decoded next = first_of(rest);
    characters += next.c;
    rest.remove_prefix(next.bytes);
  }
  return characters;
}

bool is_capital(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z';
  if (c < 0x100) return c >= 0xc0 && c <= 0xde && c != 0xd7;
  // Latin Extended-A alternates, with the parity shifted between U+0139 and U+0148 and after U+0179.
  if (c < 0x180) return (c >= 0x139 && c <= 0x148) || c >= 0x179 ? c % 2 == 1 && c != 0x17f : c % 2 == 0 && c != 0x138;
  if (c >= 0x386 && c <= 0x3ab) return c != 0x390;
  return c >= 0x400 && c <= 0x42f;
}

bool all_capitals(std::string_view text) { return has(text, R"(\p{Lu})") && !has(text, R"([\p{Ll}\p{Lt}])"); }
bool all_lower_case(std::string_view text) { return has(text, R"(\p{Ll})") && !has(text, R"([\p{Lu}\p{Lt}])"); }

std::string_view trimmed(std::string_view text) {
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text[0]);
    if (byte >= 0x80 && !is_valid_utf8(text.substr(0, std::min<std::size_t>(text.size(), byte < 0xe0 ? 2 : 3)))) break;
    const Decoded next = first_of(text);
    if (!is_space(next.c)) break;
    text.remove_prefix(next.bytes);
  }
  while (!text.empty()) {
    std::size_t start = text.size() - 1;
    while (start > 0 && text.size() - start < 3 && (static_cast<unsigned char>(text[start]) & 0xc0) == 0x80) --start;
    if (!is_valid_utf8(text.substr(start)) || !is_space(first_of(text.substr(start)).c)) break;
    text.remove_suffix(text.size() - start);
  }
  return text;
}

std::string ascii_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return lower;
}

}  // namespace bakeoff::judges
