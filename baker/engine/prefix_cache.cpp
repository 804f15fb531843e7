#include "baker/engine/prefix_cache.h"

#include <algorithm>

namespace bakeoff::baker {
namespace {

/// Contexts that a new row is compared with. Rows that share anything mostly follow each other; the common prompt is
/// used by all of them and so stays.
constexpr std::size_t kMostKnown = 16;

std::size_t common_tokens(std::span<const TokenId> a, std::span<const TokenId> b) {
  const auto most = static_cast<std::ptrdiff_t>(std::min(a.size(), b.size()));
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.begin() + most, b.begin()).first - a.begin());
}

}  // namespace

std::int64_t PrefixCache::bytes_alone(const PathRequest& request) const {
  return Segment::bytes_for(config_, static_cast<std::int64_t>(request.ids.size()) + request.new_tokens);
}

std::optional<KvPath> PrefixCache::open(const PathRequest& request) {
  auto best = known_.end();
  std::size_t longest = 0;
  const bool is_long = config_.is_long(static_cast<std::int64_t>(request.ids.size()) + request.new_tokens);
  for (auto known = known_.begin(); known != known_.end(); ++known) {
    if (known->variant != request.variant || known->path.is_long != is_long) continue;
    const std::size_t common = std::min(common_tokens(request.ids, known->ids), request.most_shared);
    if (common <= longest) continue;
    longest = common;
    best = known;
  }
  KvPath path;
  path.is_long = is_long;
  path.shared_tokens = static_cast<std::int64_t>(longest);
  if (best != known_.end()) {
    path.shared = best->path.prefix(path.shared_tokens);
    known_.splice(known_.begin(), known_, best);
  }
  const std::int64_t tokens = static_cast<std::int64_t>(request.ids.size() - longest) + request.new_tokens;
  const std::int64_t bytes = Segment::bytes_for(config_, tokens);
  while (*reserved_ + bytes > budget_ && !known_.empty()) known_.pop_back();
  if (*reserved_ + bytes > budget_) return std::nullopt;
  path.own = make_segment_(tokens, reserved_);
  return path;
}

void PrefixCache::remember(std::size_t variant, std::span<const TokenId> ids, const KvPath& path) {
  for (const Known& known : known_)
    if (known.variant == variant && known.path.is_long == path.is_long && known.ids.size() >= ids.size() &&
        common_tokens(known.ids, ids) == ids.size())
      return;
  known_.remove_if([&](const Known& known) { return known.path.own == path.own; });  // what this row knew before
  known_.push_front({variant, {ids.begin(), ids.end()}, path});
  if (known_.size() > kMostKnown) known_.pop_back();
}

}  // namespace bakeoff::baker
