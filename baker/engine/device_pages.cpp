#include "baker/engine/device_pages.h"

#include <algorithm>

#include <ATen/Functions.h>

namespace bakeoff::baker {
namespace {

constexpr std::int64_t kFirstPages = 64;

/// The same content with room for more slots.
at::Tensor grown(const at::Tensor& from, std::int64_t slots) {
  at::Tensor to = at::empty({from.size(0), slots, from.size(2)}, from.options());
  to.narrow(1, 0, from.size(1)).copy_(from);
  return to;
}

}  // namespace

PagePool::PagePool(const ModelConfig& config, c10::Device device, std::int64_t most_bytes)
    : kv_heads_(config.kv_heads),
      head_size_(config.head_size),
      most_pages_(most_bytes / Segment::bytes_for(config, kPageTokens)),
      device_(device) {
  const auto layers = static_cast<std::size_t>(config.layers);
  for (std::vector<at::Tensor>* all : {&keys_, &values_})
    for (std::size_t i = 0; i < layers; ++i)
      all->push_back(at::empty({kv_heads_, 0, head_size_}, at::TensorOptions(at::kFloat).device(device_)));
}

/// One layer after the other: beside the old pool and the new one, a single layer is there twice.
void PagePool::grow(std::int64_t pages) {
  const std::int64_t slots = pages * kPageTokens;
  for (std::vector<at::Tensor>* all : {&keys_, &values_})
    for (at::Tensor& one : *all)
      if (one.size(1) < slots) one = grown(one, slots);
  for (std::int64_t page = pages_; page < pages; ++page) free_.push_back(page);
  pages_ = pages;
}

std::vector<std::int64_t> PagePool::take(std::int64_t pages) {
  const std::int64_t missing = pages - free_pages();
  if (missing > 0) grow(std::max(pages_ + missing, std::min(std::max(kFirstPages, 2 * pages_), most_pages_)));
  std::vector<std::int64_t> taken(free_.end() - pages, free_.end());
  free_.resize(free_.size() - static_cast<std::size_t>(pages));
  return taken;
}

void PagePool::give_back(const std::vector<std::int64_t>& pages) {
  free_.insert(free_.end(), pages.begin(), pages.end());
}

PagedSegment::PagedSegment(const ModelConfig& config, std::int64_t capacity, std::shared_ptr<std::int64_t> reserved,
                           std::shared_ptr<PagePool> pool)
    : Segment(bytes_for(config, capacity), std::move(reserved)),
      pool_(std::move(pool)),
      pages_(pool_->take((capacity + kPageTokens - 1) / kPageTokens)) {}

PagedSegment::~PagedSegment() { pool_->give_back(pages_); }

}  // namespace bakeoff::baker
