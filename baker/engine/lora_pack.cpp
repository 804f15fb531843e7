#include "baker/engine/lora_pack.h"

namespace bakeoff::baker {
namespace {

struct Part {
  const LoraPair* pair;
  double scale;
  std::int64_t first_output;
};

LowRank stack(const std::vector<Part>& parts, std::int64_t outputs, std::int64_t inputs) {
  std::int64_t ranks = 0;
  for (const Part& part : parts) ranks += part.pair->a.size(0);
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

/// The terms of every adapter in use for one product of one layer.
std::vector<Part> parts_of(const AdapterList& adapters, std::int64_t layer, Product product) {
  std::vector<Part> parts;
  for (const auto& [adapter, scale] : adapters) {
    if (scale == 0) continue;
    for (const LoraTerm& term : adapter->weights.terms)
      if (term.is_low_rank() && term.module.layer == layer && term.module.product == product)
        parts.push_back({&term.pair, term.pair.scale * scale, term.module.first_output});
  }
  return parts;
}

}  // namespace

std::vector<LayerLowRank> pack_adapters(const ModelConfig& config, const AdapterList& adapters) {
  bool any = false;
  for (const auto& [adapter, scale] : adapters) any = any || scale != 0;
  if (!any) return {};
  const std::vector<Module> all = modules(config);
  const auto pack = [&](std::int64_t layer, Product product) {
    const std::vector<Part> parts = parts_of(adapters, layer, product);
    return parts.empty() ? LowRank{} : stack(parts, product_outputs(all, layer, product), parts[0].pair->a.size(1));
  };
  std::vector<LayerLowRank> layers;
  for (std::int64_t i = 0; i < config.layers; ++i)
    layers.push_back({pack(i, Product::qkv), pack(i, Product::o), pack(i, Product::gate_up), pack(i, Product::down)});
  return layers;
}

void add_low_rank(const LowRank& term, const float* x, std::int64_t rows, float* y) {
  thread_local std::vector<float> narrow;
  narrow.resize(static_cast<std::size_t>(rows * term.a.outputs()));
  multiply(term.a, x, rows, narrow.data());
  multiply_add(term.b, narrow.data(), rows, y);
}

}  // namespace bakeoff::baker
