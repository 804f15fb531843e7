// Phrases become patterns: PCRE2 then does folding and word edges by Unicode's tables.
#include "judges/phrase.h"

#include <cstdint>

#include "harness/core/files.h"
#include "judges/pattern.h"

namespace bakeoff::judges {

namespace {

constexpr const char* kSpaceless = R"(\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar})";

/// Bytes of the character that starts at `at` in valid UTF-8.
std::size_t character_bytes(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead < 0x80) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

bool is_space(std::string_view character) {
  return character == " " || character == "\t" || character == "\n" || character == "\r" || character == "\u00a0" ||
         character == "\u202f" || character == "\u3000";
}

/// One character as an expression that also matches its spelling variants.
std::string character_pattern(std::string_view character) {
  if (character == "'" || character == "’" || character == "‘") return "['’‘]";
  if (character == "-" || character == "\u2010" || character == "\u2011") return "[-\u2010\u2011]";
  const auto first = static_cast<unsigned char>(character[0]);
  const bool plain = first >= 0x80 || std::isalnum(first) != 0;
  return plain ? std::string(character) : "\\" + std::string(character);
}

std::string phrase_body(std::string_view phrase) {
  std::string body;
  bool pending_space = false;
  for (std::size_t at = 0; at < phrase.size();) {
    const std::string_view character = phrase.substr(at, character_bytes(phrase, at));
    at += character.size();
    if (is_space(character)) {
      pending_space = !body.empty();
      continue;
    }
    if (pending_space) body += "\\s+";
    pending_space = false;
    body += character_pattern(character);
  }
  return body;
}

Result<bool> matches(const std::string& expression, std::string_view text) {
  BAKEOFF_TRY(const auto pattern, Pattern::cached(expression, {}));
  BAKEOFF_TRY(const auto found, pattern->find(text));
  return found.has_value();
}

/// Guards where the phrase begins or ends with a letter or digit of a script with spaces. A digit at the edge may not
/// continue a number: "4" is not in "4.5" or "1,4".
Result<std::string> whole_word_pattern(std::string_view phrase) {
  const std::string word = std::string("(?![") + kSpaceless + R"(])[\p{L}\p{N}])";
  BAKEOFF_TRY(const bool word_first, matches(R"(\A\s*)" + word, phrase));
  BAKEOFF_TRY(const bool digit_first, matches(R"(\A\s*\d)", phrase));
  BAKEOFF_TRY(const bool word_last, matches(word + R"(\p{M}*\s*\z)", phrase));
  BAKEOFF_TRY(const bool digit_last, matches(R"(\d\s*\z)", phrase));
  std::string expression = phrase_body(phrase);
  if (word_first) expression.insert(0, R"((?<![\p{L}\p{N}\p{M}]))");
  if (digit_first) expression.insert(0, R"((?<!\d[.,]))");
  if (word_last) expression += R"((?![\p{L}\p{N}\p{M}]))";
  if (digit_last) expression += R"((?![.,]\d))";
  return expression;
}

}  // namespace

Result<std::optional<std::string>> find_phrase(std::string_view text, std::string_view phrase, PhraseOptions options) {
  std::string expression = phrase_body(phrase);
  if (options.whole_words) {
    BAKEOFF_TRY(expression, whole_word_pattern(phrase));
  }
  BAKEOFF_TRY(const auto pattern, Pattern::cached(expression, {.ignore_case = options.letters == Case::fold}));
  BAKEOFF_TRY(const auto found, pattern->find(text));
  if (!found) return std::optional<std::string>();
  return std::optional<std::string>(std::string(found->text()));
}

Result<bool> is_phrase(std::string_view text, std::string_view phrase, Case letters) {
  const std::string before = R"(\A[\s\p{Pi}\p{Pf}\p{Ps}"'`*_]*)", after = R"([\s\p{Pi}\p{Pf}\p{Pe}"'`*_.!。]*\z)";
  BAKEOFF_TRY(const auto pattern,
              Pattern::cached(before + "(?:" + phrase_body(phrase) + ")" + after, {letters == Case::fold}));
  BAKEOFF_TRY(const auto found, pattern->find(text));
  return found.has_value();
}

Result<std::vector<std::string>> phrases_from_json(const Json& value, const std::string& where) {
  std::vector<std::string> phrases;
  if (value.is_string()) phrases.push_back(value.get<std::string>());
  if (value.is_array())
    for (const Json& entry : value) {
      if (!entry.is_string()) return input_error("expected text, found " + dump(entry), where, "quote it");
      phrases.push_back(entry.get<std::string>());
    }
  if (phrases.empty()) return input_error("expected an accepted answer or a list of them, found " + dump(value), where);
  for (const std::string& phrase : phrases) {
    if (!is_valid_utf8(phrase)) return input_error("an accepted answer is not valid UTF-8", where);
    if (phrase_body(phrase).empty())
      return input_error("an accepted answer is empty", where, "every answer would contain it");
  }
  return phrases;
}

}  // namespace bakeoff::judges
