#include "judges/rewrite.h"

namespace bakeoff::judges {

Result<std::vector<Match>> find_all(std::string_view text, const std::string& expression, PatternOptions options) {
  BAKEOFF_TRY(const auto pattern, Pattern::cached(expression, options));
  std::vector<Match> found;
  for (std::size_t from = 0; from <= text.size();) {
    BAKEOFF_TRY(const auto match, pattern->find(text, from));
    if (!match) break;
    from = match->end > match->begin ? match->end : match->end + 1;
    found.push_back(*match);
  }
  return found;
}

Result<bool> has_match(std::string_view text, const std::string& expression, PatternOptions options) {
  BAKEOFF_TRY(const auto pattern, Pattern::cached(expression, options));
  BAKEOFF_TRY(const auto match, pattern->find(text));
  return match.has_value();
}

Result<std::size_t> count_matches(std::string_view text, const std::string& expression, PatternOptions options) {
  BAKEOFF_TRY(const auto found, find_all(text, expression, options));
  return found.size();
}

Result<std::vector<std::string_view>> split(std::string_view text, const std::string& expression) {
  BAKEOFF_TRY(const auto found, find_all(text, expression));
  std::vector<std::string_view> pieces;
  std::size_t begin = 0;
  for (const Match& match : found) {
    pieces.push_back(text.substr(begin, match.begin - begin));
    begin = match.end;
  }
  pieces.push_back(text.substr(begin));
  return pieces;
}

Result<std::string> replace_all(std::string_view text, const std::string& expression, std::string_view replacement) {
  BAKEOFF_TRY(const auto found, find_all(text, expression));
  std::string result;
  std::size_t begin = 0;
  for (const Match& match : found) {
    result += text.substr(begin, match.begin - begin);
    for (std::size_t i = 0; i < replacement.size(); ++i) {
      const bool refers = replacement[i] == '\\' && i + 1 < replacement.size();
      if (!refers) {
        result += replacement[i];
        continue;
      }
      const auto group = static_cast<std::size_t>(replacement[++i] - '0');
      if (group < match.groups.size()) result += match.groups[group].value_or(std::string_view{});
    }
    begin = match.end;
  }
  return result.append(text.substr(begin));
}

}  // namespace bakeoff::judges
