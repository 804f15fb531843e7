// See byte_trie.h.
#include "baker/text/byte_trie.h"

namespace bakeoff::baker {

void ByteTrie::add(std::string_view text, std::int32_t value) {
  if (text.empty()) return;
  const auto next_node = static_cast<std::uint32_t>(values_.size());
  std::uint32_t node = roots_[static_cast<unsigned char>(text.front())];
  if (node == kNone) {
    node = roots_[static_cast<unsigned char>(text.front())] = next_node;
    values_.push_back(-1);
  }
  for (const char byte : text.substr(1)) {
    const std::uint64_t edge = (static_cast<std::uint64_t>(node) << 8) | static_cast<unsigned char>(byte);
    const auto [next, is_new] = edges_.try_emplace(edge, static_cast<std::uint32_t>(values_.size()));
    if (is_new) values_.push_back(-1);
    node = next->second;
  }
  values_[node] = value;
}

}  // namespace bakeoff::baker
