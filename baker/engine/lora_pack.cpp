#include "baker/engine/lora_pack.h"

#include <span>

namespace bakeoff::baker {
namespace {

/// One target of a fused product and where its outputs begin in it.
struct Slice {
  Target target;
  std::int64_t first_output;
};

struct Part {
  const LoraPair* pair;
  double scale;
  std::int64_t first_output;
};

LowRank stack(const std::vector<Part>& parts, std::int64_t outputs, std::int64_t inputs) {
  std::int64_t ranks = 0;
  for (const Part& part : parts) ranks += part.pair->a.size(0);
  if (ranks == 0) return {};
  std::vector<float> a, b(static_cast<std::size_t>(outputs * ranks), 0.0f);
  std::int64_t first_rank = 0;
  for (const Part& part : parts) {
    const float* from_a = part.pair->a.const_data_ptr<float>();
    const float* from_b = part.pair->b.const_data_ptr<float>();
    const std::int64_t rank = part.pair->a.size(0), rows = part.pair->b.size(0);
    a.insert(a.end(), from_a, from_a + rank * inputs);
    for (std::int64_t n = 0; n < rows; ++n)
      for (std::int64_t r = 0; r < rank; ++r)
        b[static_cast<std::size_t>((part.first_output + n) * ranks + first_rank + r)] =
            static_cast<float>(part.scale * static_cast<double>(from_b[n * rank + r]));
    first_rank += rank;
  }
  return {PackedMatrix::pack(a, ranks, inputs, Dtype::fp32), PackedMatrix::pack(b, outputs, ranks, Dtype::fp32)};
}

LowRank pack_product(const AdapterList& adapters, std::int64_t layer, std::span<const Slice> slices,
                     std::int64_t outputs, std::int64_t inputs) {
  std::vector<Part> parts;
  for (const auto& [adapter, scale] : adapters) {
    if (scale == 0) continue;
    for (const Slice& slice : slices)
      if (const auto& pair = adapter->weights.slot(layer, slice.target))
        parts.push_back({&*pair, pair->scale * scale, slice.first_output});
  }
  return stack(parts, outputs, inputs);
}

}  // namespace

std::vector<LayerLowRank> pack_adapters(const ModelConfig& config, const AdapterList& adapters) {
  bool any = false;
  for (const auto& [adapter, scale] : adapters) any = any || scale != 0;
  if (!any) return {};
  const std::int64_t queries = config.heads * config.head_size, keys = config.kv_heads * config.head_size;
  const Slice qkv[] = {{Target::q, 0}, {Target::k, queries}, {Target::v, queries + keys}};
  const Slice o[] = {{Target::o, 0}};
  const Slice gate_up[] = {{Target::gate, 0}, {Target::up, config.mlp_width}};
  const Slice down[] = {{Target::down, 0}};
  std::vector<LayerLowRank> layers(static_cast<std::size_t>(config.layers));
  for (std::int64_t i = 0; i < config.layers; ++i) {
    LayerLowRank& layer = layers[static_cast<std::size_t>(i)];
    layer.qkv = pack_product(adapters, i, qkv, queries + 2 * keys, config.width);
    layer.o = pack_product(adapters, i, o, config.width, queries);
    layer.gate_up = pack_product(adapters, i, gate_up, 2 * config.mlp_width, config.width);
    layer.down = pack_product(adapters, i, down, config.width, config.mlp_width);
  }
  return layers;
}

void add_low_rank(const LowRank& term, const float* x, std::int64_t rows, float* y) {
  thread_local std::vector<float> narrow, wide;
  narrow.resize(static_cast<std::size_t>(rows * term.a.outputs()));
  wide.resize(static_cast<std::size_t>(rows * term.b.outputs()));
  multiply(term.a, x, rows, narrow.data());
  multiply(term.b, narrow.data(), rows, wide.data());
  const float* from = wide.data();
  const std::int64_t count = rows * term.b.outputs();
  for (std::int64_t i = 0; i < count; ++i) y[i] += from[i];
}

}  // namespace bakeoff::baker
