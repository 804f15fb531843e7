// See tokenizer_added.h.
#include "baker/text/tokenizer_added.h"

#include "baker/text/tokenizer_split.h"
#include "baker/text/unicode.h"

namespace bakeoff::baker {
namespace {

bool is_word_character(std::string_view character) {
  static const auto pattern = SplitPattern::compile(std::string("[") + kWordCharacters + "]", "word characters");
  std::vector<SplitPattern::Part> parts;
  return pattern.ok() && pattern->split(character, parts).ok() && !parts.empty() && parts.front().matched;
}

bool ends_with_word(std::string_view text) {
  return !text.empty() && is_word_character(text.substr(last_character(text)));
}

bool begins_with_word(std::string_view text) {
  return !text.empty() && is_word_character(text.substr(0, utf8_length(text.front())));
}

}  // namespace

void AddedTokens::add(const AddedToken& token, std::string_view text) {
  trie_.add(text, static_cast<std::int32_t>(tokens_.size()));
  tokens_.push_back(token);
}

bool AddedTokens::counts(const AddedToken& token, std::string_view before, std::string_view behind,
                         bool parse_special) const {
  if (token.special && !parse_special) return false;
  return !token.single_word || (!ends_with_word(before) && !begins_with_word(behind));
}

std::vector<AddedTokens::Part> AddedTokens::split(std::string_view text, bool parse_special) const {
  std::vector<Part> parts;
  std::size_t done = 0;
  for (std::size_t i = 0; i < text.size();) {
    const ByteTrie::Match found = trie_.longest(text.substr(i));
    if (found.length == 0) {
      ++i;
      continue;
    }
    const AddedToken& token = tokens_[static_cast<std::size_t>(found.value)];
    std::size_t begin = i, end = i + found.length;
    i = end;
    if (!counts(token, text.substr(0, begin), text.substr(end), parse_special)) continue;
    if (token.lstrip) begin -= trailing_white_space(text.substr(done, begin - done));
    if (token.rstrip) end += leading_white_space(text.substr(end));
    if (begin > done) parts.push_back({text.substr(done, begin - done), -1});
    parts.push_back({text.substr(begin, end - begin), token.id});
    i = done = end;
  }
  if (done < text.size()) parts.push_back({text.substr(done), -1});
  return parts;
}

}  // namespace bakeoff::baker
