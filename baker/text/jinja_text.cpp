// Unicode comes from PCRE2, which the tokenizer uses too.
#include "baker/text/jinja_text.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <memory>

#include <pcre2.h>

#include "baker/text/jinja_value.h"

namespace bakeoff::jinja {

namespace {

/// Bytes of the character that starts at `at`.
std::size_t character_size(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t size = lead < 0xc2 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 1;
  if (at + size > text.size()) return 1;
  for (std::size_t i = 1; i < size; ++i)
    if ((static_cast<unsigned char>(text[at + i]) & 0xc0) != 0x80) return 1;
  return size;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

struct Code {
  explicit Code(const char* pattern) {
    int error = 0;
    PCRE2_SIZE offset = 0;
    code.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern), PCRE2_ZERO_TERMINATED,
                             PCRE2_UTF | PCRE2_UCP | PCRE2_DOTALL, &error, &offset, nullptr));
    if (!code) throw Failure{"internal pattern does not compile"};
    match.reset(pcre2_match_data_create_from_pattern(code.get(), nullptr));
  }
  std::unique_ptr<pcre2_code, decltype(&pcre2_code_free)> code{nullptr, pcre2_code_free};
  std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> match{nullptr, pcre2_match_data_free};
};

/// One compiled pattern per thread and text of it.
const Code& compiled(const std::string& pattern) {
  thread_local std::map<std::string, Code> known;
  return known.try_emplace(pattern, pattern.c_str()).first->second;
}

PCRE2_SPTR units(const std::string& text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

/// `replacement` is "\\U$0" or "\\L$0".
std::string change_case(const std::string& text, const char* replacement) {
  const Code& words = compiled("\\p{L}+");
  PCRE2_SIZE size = text.size() * 3 + 16;
  std::string out(size, '\0');
  const int count = pcre2_substitute(words.code.get(), units(text), text.size(), 0,
                                     PCRE2_SUBSTITUTE_GLOBAL | PCRE2_SUBSTITUTE_EXTENDED, words.match.get(), nullptr,
                                     reinterpret_cast<PCRE2_SPTR>(replacement), PCRE2_ZERO_TERMINATED,
                                     reinterpret_cast<PCRE2_UCHAR*>(out.data()), &size);
  if (count < 0) throw Failure{"can not change the case of a text that is not valid UTF-8"};
  out.resize(size);
  return out;
}

std::string title(const std::string& text, bool (*begins_word)(std::string_view before)) {
  std::string out;
  std::string_view before;
  for (std::string_view c : characters(text)) {
    out += begins_word(before) ? upper(std::string(c)) : lower(std::string(c));
    before = c;
  }
  return out;
}

}  // namespace

std::size_t text_length(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); at += character_size(text, at)) ++count;
  return count;
}

std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at < text.size(); at += out.back().size())
    out.push_back(text.substr(at, character_size(text, at)));
  return out;
}

std::size_t byte_of(std::string_view text, std::size_t index) {
  std::size_t at = 0;
  for (; index > 0 && at < text.size(); --index) at += character_size(text, at);
  return at;
}

char32_t code_point(std::string_view character) {
  const auto lead = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return lead;
  char32_t code = lead & (0xffu >> (character.size() + 1));
  for (std::size_t i = 1; i < character.size(); ++i)
    code = (code << 6) | (static_cast<unsigned char>(character[i]) & 0x3fu);
  return code;
}

void append_utf8(std::string& out, char32_t code) {
  const auto put = [&out](char32_t unit) { out += static_cast<char>(static_cast<unsigned char>(unit)); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xc0 | (code >> 6));
  } else {
    if (code < 0x10000) {
      put(0xe0 | (code >> 12));
    } else {
      put(0xf0 | (code >> 18));
      put(0x80 | ((code >> 12) & 0x3f));
    }
    put(0x80 | ((code >> 6) & 0x3f));
  }
  put(0x80 | (code & 0x3f));
}

bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

namespace {

bool strips(std::string_view character, const std::string* set) {
  return set ? set->find(character) != std::string::npos : is_space(code_point(character));
}

}  // namespace

std::string_view strip_left(std::string_view text, const std::string* set) {
  while (!text.empty()) {
    const std::size_t size = character_size(text, 0);
    if (!strips(text.substr(0, size), set)) break;
    text.remove_prefix(size);
  }
  return text;
}

std::string_view strip_right(std::string_view text, const std::string* set) {
  while (!text.empty()) {
    std::size_t at = text.size() - 1;
    while (at > 0 && text.size() - at < 4 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) --at;
    if (at + character_size(text, at) != text.size()) at = text.size() - 1;
    if (!strips(text.substr(at), set)) break;
    text.remove_suffix(text.size() - at);
  }
  return text;
}

std::string upper(const std::string& text) {
  if (!is_ascii(text)) {
    std::string plain;
    for (std::string_view c : characters(text)) plain += c == "ß" ? std::string_view("SS") : c;
    return change_case(plain, "\\U$0");
  }
  std::string out = text;
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

std::string lower(const std::string& text) {
  if (!is_ascii(text)) return change_case(text, "\\L$0");
  std::string out = text;
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string capitalize(const std::string& text) {
  const std::size_t first = byte_of(text, 1);
  std::string head = text.substr(0, first);
  head = head == "ß" ? "Ss" : upper(head);
  return head + lower(text.substr(first));
}

std::string title_by_letters(const std::string& text) {
  return title(text, [](std::string_view before) { return before.empty() || !matches(std::string(before), "\\p{L}"); });
}

std::string title_by_separators(const std::string& text) {
  return title(text, [](std::string_view before) {
    return before.empty() || std::string_view("-({[<").find(before) != std::string_view::npos ||
           is_space(code_point(before));
  });
}

bool matches(const std::string& text, const char* pattern) {
  const Code& code = compiled("\\A(?:" + std::string(pattern) + ")\\z");
  return pcre2_match(code.code.get(), units(text), text.size(), 0, 0, code.match.get(), nullptr) >= 0;
}

std::size_t count_matches(const std::string& text, const char* pattern) {
  const Code& code = compiled(pattern);
  std::size_t count = 0, at = 0;
  while (at <= text.size() &&
         pcre2_match(code.code.get(), units(text), text.size(), at, 0, code.match.get(), nullptr) >= 0) {
    ++count;
    at = std::max(pcre2_get_ovector_pointer(code.match.get())[1], at + 1);
  }
  return count;
}

std::vector<std::string> split_lines(std::string_view text, bool keep_ends) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = character_size(text, at);
    const char32_t c = code_point(text.substr(at, size));
    const bool ends = (c >= 0x0a && c <= 0x0d) || (c >= 0x1c && c <= 0x1e) || c == 0x85 || c == 0x2028 || c == 0x2029;
    std::size_t after = at + size;
    if (ends) {
      if (c == '\r' && after < text.size() && text[after] == '\n') ++after;
      lines.emplace_back(text.substr(begin, (keep_ends ? after : at) - begin));
      begin = after;
    }
    at = after;
  }
  if (begin < text.size()) lines.emplace_back(text.substr(begin));
  return lines;
}

std::vector<std::string> split_words(std::string_view text, std::int64_t limit) {
  std::vector<std::string> words;
  for (text = strip_left(text); !text.empty(); text = strip_left(text)) {
    if (limit >= 0 && static_cast<std::int64_t>(words.size()) == limit) {
      words.emplace_back(text);
      break;
    }
    std::size_t end = 0;
    while (end < text.size() && !is_space(code_point(text.substr(end, character_size(text, end)))))
      end += character_size(text, end);
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

std::vector<std::string> split_words_from_right(std::string_view text, std::int64_t limit) {
  const std::vector<std::string> all = split_words(text, -1);
  if (limit < 0 || static_cast<std::int64_t>(all.size()) <= limit) return all;
  std::vector<std::string> words;
  text = strip_right(text);
  for (; limit > 0; --limit) {
    const std::string& word = all[all.size() - 1 - words.size()];
    words.push_back(word);
    text = strip_right(text.substr(0, text.size() - word.size()));
  }
  if (!text.empty()) words.emplace_back(text);
  std::reverse(words.begin(), words.end());
  return words;
}

std::vector<std::string> split_at(std::string_view text, std::string_view separator, std::int64_t limit) {
  std::vector<std::string> parts;
  while (limit < 0 || static_cast<std::int64_t>(parts.size()) < limit) {
    const std::size_t at = text.find(separator);
    if (at == std::string_view::npos) break;
    parts.emplace_back(text.substr(0, at));
    text.remove_prefix(at + separator.size());
  }
  parts.emplace_back(text);
  return parts;
}

std::vector<std::string> split_at_from_right(std::string_view text, std::string_view separator, std::int64_t limit) {
  std::vector<std::string> parts;
  while (limit < 0 || static_cast<std::int64_t>(parts.size()) < limit) {
    const std::size_t at = text.rfind(separator);
    if (at == std::string_view::npos) break;
    parts.emplace_back(text.substr(at + separator.size()));
    text = text.substr(0, at);
  }
  parts.emplace_back(text);
  std::reverse(parts.begin(), parts.end());
  return parts;
}

std::string escape_html(const std::string& text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '"':
        out += "&#34;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

namespace {

std::string escaped_code(char32_t code) {
  char buffer[16];
  const char* format = code < 0x100 ? "\\x%02x" : code < 0x10000 ? "\\u%04x" : "\\U%08x";
  std::snprintf(buffer, sizeof buffer, format, static_cast<unsigned>(code));
  return buffer;
}

void append_quoted(std::string& out, std::string_view c, char quote) {
  const char32_t code = code_point(c);
  if (code == '\n') {
    out += "\\n";
  } else if (code == '\r') {
    out += "\\r";
  } else if (code == '\t') {
    out += "\\t";
  } else if (code == '\\' || code == static_cast<char32_t>(quote)) {
    out += '\\';
    out += c;
  } else if (code < 0x20 || code == 0x7f || (code >= 0x80 && matches(std::string(c), "[\\p{C}\\p{Z}]"))) {
    out += escaped_code(code);
  } else {
    out += c;
  }
}

}  // namespace

std::string quoted(const std::string& text) {
  const bool single = text.find('\'') != std::string::npos;
  const char quote = single && text.find('"') == std::string::npos ? '"' : '\'';
  std::string out(1, quote);
  for (std::string_view c : characters(text)) append_quoted(out, c, quote);
  return out + quote;
}

std::string real_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char buffer[40];
  const auto shortest = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  const std::string scientific(buffer, shortest.ptr);
  const int exponent = std::stoi(scientific.substr(scientific.find('e') + 1));
  if (exponent < -4 || exponent >= 16) return scientific;
  const auto fixed = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed);
  std::string plain(buffer, fixed.ptr);
  if (plain.find('.') == std::string::npos) plain += ".0";
  return plain;
}

}  // namespace bakeoff::jinja
