// See shard.h.
#include "harness/run/shard.h"

#include <charconv>

namespace bakeoff::run {

Result<Shard> parse_shard(const std::string& text) {
  constexpr std::size_t kMost = 100'000;
  Shard shard;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, shard.index);
  const bool has_slash = first.ec == std::errc() && first.ptr != end && *first.ptr == '/';
  const auto second = has_slash ? std::from_chars(first.ptr + 1, end, shard.of) : first;
  if (has_slash && second.ec == std::errc() && second.ptr == end && shard.index >= 1 && shard.index <= shard.of &&
      shard.of <= kMost)
    return shard;
  return usage_error("expected i/n with 1 <= i <= n <= 100000, found \"" + text + "\"", "--shard",
                     "the second of three: 2/3");
}

}  // namespace bakeoff::run
