// Texts found at a place of another text, by a trie over bytes.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bakeoff::baker {

/// Fixed after building; then it may be used from many threads at once.
class ByteTrie {
 public:
  /// `value` is not negative. A text given again takes the later value; an empty text is never found.
  void add(std::string_view text, std::int32_t value);

  /// Calls `on_match(length in bytes, value)` for each added text with which `text` begins, the shortest first.
  template <class OnMatch>
  void each_prefix(std::string_view text, OnMatch&& on_match) const {
    std::uint32_t node = text.empty() ? kNone : roots_[static_cast<unsigned char>(text.front())];
    for (std::size_t i = 1; node != kNone; ++i) {
      if (values_[node] >= 0) on_match(i, values_[node]);
      node = i < text.size() ? child(node, text[i]) : kNone;
    }
  }

  struct Match {
    std::size_t length = 0;  ///< 0: none
    std::int32_t value = -1;
  };
  Match longest(std::string_view text) const {
    Match best;
    each_prefix(text, [&](std::size_t length, std::int32_t value) { best = {length, value}; });
    return best;
  }

 private:
  static constexpr std::uint32_t kNone = 0;  ///< node 0 stands for none
  std::uint32_t child(std::uint32_t node, char byte) const {
    const auto next = edges_.find((static_cast<std::uint64_t>(node) << 8) | static_cast<unsigned char>(byte));
    return next == edges_.end() ? kNone : next->second;
  }
  std::uint32_t roots_[256] = {};
  std::unordered_map<std::uint64_t, std::uint32_t> edges_;
  std::vector<std::int32_t> values_ = {-1};  ///< by node, -1 where no text ends
};

}  // namespace bakeoff::baker
