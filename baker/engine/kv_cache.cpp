#include "baker/engine/kv_cache.h"

#include <algorithm>
#include <new>

namespace bakeoff::baker {
namespace {

std::int64_t padded_tokens(std::int64_t tokens) { return (tokens + kKeyBlock - 1) / kKeyBlock * kKeyBlock; }

}  // namespace

std::int64_t Segment::bytes_for(const ModelConfig& config, std::int64_t capacity) {
  return config.layers * config.kv_heads * padded_tokens(capacity) * config.head_size * 2 *
         static_cast<std::int64_t>(sizeof(float));
}

Segment::Segment(const ModelConfig& config, std::int64_t capacity, std::shared_ptr<std::int64_t> reserved)
    : kv_heads_(config.kv_heads),
      head_size_(config.head_size),
      padded_(padded_tokens(capacity)),
      bytes_(bytes_for(config, capacity)),
      reserved_(std::move(reserved)),
      memory_(static_cast<float*>(std::calloc(static_cast<std::size_t>(std::max<std::int64_t>(bytes_, 1)), 1))) {
  if (!memory_) throw std::bad_alloc();
  if (reserved_) *reserved_ += bytes_;
}

Segment::Segment(std::int64_t bytes, std::shared_ptr<std::int64_t> reserved)
    : bytes_(bytes), reserved_(std::move(reserved)) {
  if (reserved_) *reserved_ += bytes_;
}

Segment::~Segment() {
  if (reserved_) *reserved_ -= bytes_;
}

void Segment::store(std::int64_t layer, std::int64_t head, std::int64_t token, const float* key, const float* value) {
  float* base = memory_.get() + offset(layer, head);
  float* keys = base + token / kKeyBlock * head_size_ * kKeyBlock + token % kKeyBlock;
  for (std::int64_t d = 0; d < head_size_; ++d) keys[d * kKeyBlock] = key[d];
  std::copy_n(value, head_size_, base + padded_ * head_size_ + token * head_size_);
}

std::vector<SharedPart> KvPath::prefix(std::int64_t tokens) const {
  std::vector<SharedPart> parts;
  for (const SharedPart& part : shared) {
    if (tokens == 0) return parts;
    parts.push_back({part.segment, std::min(tokens, part.tokens)});
    tokens -= parts.back().tokens;
  }
  if (tokens > 0) parts.push_back({own, tokens});
  return parts;
}

}  // namespace bakeoff::baker
