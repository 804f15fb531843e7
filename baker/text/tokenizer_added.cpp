// See tokenizer_added.h.
#include "baker/text/tokenizer_added.h"

#include <algorithm>

#include "baker/text/unicode.h"

namespace bakeoff::baker {
namespace {

std::uint64_t edge(std::uint32_t node, char byte) {
  return (static_cast<std::uint64_t>(node) << 8) | static_cast<unsigned char>(byte);
}

}  // namespace

void AddedTokens::add(const AddedToken& token, std::string_view text) {
  if (text.empty()) return;
  begins_[static_cast<unsigned char>(text.front())] = true;
  std::uint32_t node = 0;
  for (const char byte : text) {
    const auto [next, is_new] = edges_.try_emplace(edge(node, byte), static_cast<std::uint32_t>(ends_.size()));
    if (is_new) ends_.push_back(-1);
    node = next->second;
  }
  ends_[node] = static_cast<std::int32_t>(tokens_.size());
  tokens_.push_back(token);
}

AddedTokens::Found AddedTokens::longest_at(std::string_view text, std::size_t begin, bool parse_special) const {
  Found best;
  std::uint32_t node = 0;
  for (std::size_t i = begin; i < text.size(); ++i) {
    const auto next = edges_.find(edge(node, text[i]));
    if (next == edges_.end()) break;
    node = next->second;
    if (ends_[node] < 0) continue;
    const AddedToken& token = tokens_[static_cast<std::size_t>(ends_[node])];
    if (parse_special || !token.special) best = {&token, i + 1 - begin};
  }
  return best;
}

std::vector<AddedTokens::Part> AddedTokens::split(std::string_view text, bool parse_special) const {
  std::vector<Part> parts;
  std::size_t done = 0;
  for (std::size_t i = 0; i < text.size();) {
    const Found found = begins_[static_cast<unsigned char>(text[i])] ? longest_at(text, i, parse_special) : Found{};
    if (!found.token) {
      ++i;
      continue;
    }
    std::size_t begin = i, end = i + found.length;
    if (found.token->lstrip) begin -= trailing_white_space(text.substr(done, i - done));
    if (found.token->rstrip) end += leading_white_space(text.substr(end));
    if (begin > done) parts.push_back({text.substr(done, begin - done), -1});
    parts.push_back({text.substr(begin, end - begin), found.token->id});
    i = done = end;
  }
  if (done < text.size()) parts.push_back({text.substr(done), -1});
  return parts;
}

}  // namespace bakeoff::baker
