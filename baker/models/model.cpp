#include "baker/models/model.h"

#include <algorithm>

namespace bakeoff::baker {

std::string module_name(std::int64_t layer, Target target) {
  const bool attention = target <= Target::o;
  return "model.layers." + std::to_string(layer) + (attention ? ".self_attn." : ".mlp.") +
         kTargetNames[static_cast<std::size_t>(target)];
}

TargetShape target_shape(const ModelConfig& config, Target target) {
  const std::int64_t queries = config.heads * config.head_size, keys = config.kv_heads * config.head_size;
  switch (target) {
    case Target::q:
      return {queries, config.width};
    case Target::k:
    case Target::v:
      return {keys, config.width};
    case Target::o:
      return {config.width, queries};
    case Target::gate:
    case Target::up:
      return {config.mlp_width, config.width};
    case Target::down:
      return {config.width, config.mlp_width};
  }
  return {0, 0};
}

bool ModelConfig::is_long(std::int64_t tokens) const {
  return std::any_of(rotary.begin(), rotary.end(),
                     [tokens](const RotaryFrequencies& one) { return one.long_after > 0 && tokens > one.long_after; });
}

std::int64_t Model::weight_bytes() const {
  std::int64_t total = static_cast<std::int64_t>(positions.size() * sizeof(float)) + embedding.bytes() +
                       (config.tied_head ? 0 : head.bytes());
  for (const DecoderLayer& layer : layers)
    total += layer.qkv.bytes() + layer.o.bytes() + layer.gate_up.bytes() + layer.down.bytes();
  return total;
}

}  // namespace bakeoff::baker
