#include "baker/engine/kv_cache.h"

#include <algorithm>

namespace bakeoff::baker {

Segment::Segment(const ModelConfig& config, std::int64_t capacity)
    : layers_(config.layers),
      kv_heads_(config.kv_heads),
      head_size_(config.head_size),
      capacity_(capacity),
      padded_((capacity + kKeyBlock - 1) / kKeyBlock * kKeyBlock),
      memory_(new float[static_cast<std::size_t>(layers_ * kv_heads_ * padded_ * head_size_ * 2)]()) {}

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
