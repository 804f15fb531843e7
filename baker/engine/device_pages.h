// Keys and values on a device: one pool of pages for all rows, so that one operation reaches any of them.
//
// A page holds the keys and values of kPageTokens tokens in every layer. A token's place in the pool is its slot; a
// segment holds pages, anywhere in the pool, and gives them back when it ends.
#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

#include "baker/engine/kv_cache.h"

namespace bakeoff::baker {

/// As many as Segment rounds its capacity to: both count the same bytes.
inline constexpr std::int64_t kPageTokens = kKeyBlock;

/// Grows as pages are asked for: to twice its size, but not beyond `most_bytes` unless more is in use. Its tensors are
/// then others; pages keep their numbers. Not thread-safe.
class PagePool {
 public:
  PagePool(const ModelConfig& config, c10::Device device, std::int64_t most_bytes);

  /// May throw c10::OutOfMemoryError; the pool is as before then.
  std::vector<std::int64_t> take(std::int64_t pages);
  void give_back(const std::vector<std::int64_t>& pages);

  /// [G, slots, D], fp32.
  at::Tensor& keys(std::int64_t layer) { return keys_[static_cast<std::size_t>(layer)]; }
  at::Tensor& values(std::int64_t layer) { return values_[static_cast<std::size_t>(layer)]; }
  std::int64_t free_pages() const { return static_cast<std::int64_t>(free_.size()); }
  std::int64_t pages() const { return pages_; }

 private:
  void grow(std::int64_t pages);

  std::int64_t kv_heads_, head_size_, most_pages_;
  c10::Device device_;
  std::int64_t pages_ = 0;
  std::vector<std::int64_t> free_;
  std::vector<at::Tensor> keys_, values_;  ///< [L]
};

/// Room for tokens in pages of a pool.
class PagedSegment : public Segment {
 public:
  PagedSegment(const ModelConfig& config, std::int64_t capacity, std::shared_ptr<std::int64_t> reserved,
               std::shared_ptr<PagePool> pool);
  ~PagedSegment() override;
  std::int64_t slot(std::int64_t token) const {
    return pages_[static_cast<std::size_t>(token / kPageTokens)] * kPageTokens + token % kPageTokens;
  }

 private:
  std::shared_ptr<PagePool> pool_;
  std::vector<std::int64_t> pages_;
};

}  // namespace bakeoff::baker
