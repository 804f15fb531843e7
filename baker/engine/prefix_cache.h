// Which computed contexts a new row can build on, and what memory keys and values may take.
//
// Keys and values of one token take 2 L G D 4 bytes (L layers, G key-value heads, D head size; 46,080 for the default
// model). A row reserves them for the tokens of its context that it does not share and for the tokens that it may
// write; the sum of all reservations stays below the budget.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "baker/engine/kv_cache.h"

namespace bakeoff::baker {

/// What a row needs of the cache.
struct PathRequest {
  std::size_t variant = 0;       ///< contexts are shared within one variant: adapters change keys and values
  std::span<const TokenId> ids;  ///< the whole context
  std::size_t most_shared = 0;   ///< tokens that may come from others; the rest is computed by the row itself
  std::int64_t new_tokens = 0;   ///< room after the context
};

/// Not thread-safe.
class PrefixCache {
 public:
  PrefixCache(const ModelConfig& config, std::int64_t budget_bytes, MakeSegment make_segment)
      : config_(config), budget_(budget_bytes), make_segment_(std::move(make_segment)) {}

  /// A path that shares the longest known prefix. Forgets the contexts that were unused for longest where the budget
  /// asks for it; nothing if rows in flight hold too much even then.
  std::optional<KvPath> open(const PathRequest& request);
  /// Makes the first ids.size() tokens of `path`, computed or about to be, known to later rows.
  void remember(std::size_t variant, std::span<const TokenId> ids, const KvPath& path);
  void clear() { known_.clear(); }

  std::int64_t reserved_bytes() const { return *reserved_; }
  std::int64_t budget_bytes() const { return budget_; }
  /// What the row would reserve if it shared nothing.
  std::int64_t bytes_alone(const PathRequest& request) const;

 private:
  struct Known {
    std::size_t variant;
    std::vector<TokenId> ids;
    KvPath path;
  };
  const ModelConfig& config_;
  std::int64_t budget_;
  MakeSegment make_segment_;
  std::shared_ptr<std::int64_t> reserved_ = std::make_shared<std::int64_t>(0);
  std::list<Known> known_;  ///< the last used first
};

}  // namespace bakeoff::baker
