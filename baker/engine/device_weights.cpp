#include "baker/engine/device_weights.h"

#include <algorithm>
#include <map>
#include <mutex>

#include <ATen/Functions.h>

namespace bakeoff::baker {
namespace {

constexpr std::int64_t kRowsAtATime = 1024;  ///< unpacked on the host together

/// Undefined for an empty vector.
at::Tensor place_values(const std::vector<float>& values, c10::Device device) {
  if (values.empty()) return {};
  return at::tensor(at::ArrayRef<float>(values), at::kFloat).to(device);
}

DeviceProduct place_product(const PackedMatrix& weight, const std::vector<float>& bias, c10::Device device) {
  return {DeviceMatrix::place(weight, device), place_values(bias, device), {}};
}

DeviceLowRank place_low_rank(const LowRank& term, c10::Device device) {
  if (term.empty()) return {};
  return {DeviceMatrix::place(term.a, device), DeviceMatrix::place(term.b, device)};
}

DeviceLayer place_layer(const DecoderLayer& from, c10::Device device) {
  const auto norm = [device](const std::vector<float>& weight, const std::vector<float>& bias = {}) {
    return DeviceNorm{place_values(weight, device), place_values(bias, device)};
  };
  DeviceLayer layer;
  layer.attention_norm = norm(from.attention_norm, from.attention_norm_bias);
  layer.mlp_norm = norm(from.mlp_norm, from.mlp_norm_bias);
  layer.q_norm = norm(from.q_norm);
  layer.k_norm = norm(from.k_norm);
  layer.post_attention_norm = norm(from.post_attention_norm);
  layer.post_mlp_norm = norm(from.post_mlp_norm);
  layer.qkv = place_product(from.qkv, from.qkv_bias, device);
  layer.o = place_product(from.o, from.o_bias, device);
  layer.gate_up = place_product(from.gate_up, from.gate_up_bias, device);
  layer.down = place_product(from.down, from.down_bias, device);
  return layer;
}

void place_adapters(const LayerLowRank& terms, c10::Device device, DeviceLayer& layer) {
  layer.qkv.variants.push_back(place_low_rank(terms.qkv, device));
  layer.o.variants.push_back(place_low_rank(terms.o, device));
  layer.gate_up.variants.push_back(place_low_rank(terms.gate_up, device));
  layer.down.variants.push_back(place_low_rank(terms.down, device));
}

}  // namespace

DeviceMatrix::DeviceMatrix(const PackedMatrix& matrix, c10::Device device) : packed_(matrix) {
  const std::int64_t outputs = matrix.outputs(), inputs = matrix.inputs();
  const auto type = matrix.dtype() == Dtype::bf16 ? at::kBFloat16 : at::kFloat;
  values_ = at::empty({outputs, inputs}, at::TensorOptions(type).device(device));
  for (std::int64_t first = 0; first < outputs; first += kRowsAtATime) {
    const std::int64_t rows = std::min(kRowsAtATime, outputs - first);
    const at::Tensor block = at::empty({rows, inputs}, at::kFloat);
    float* to = block.mutable_data_ptr<float>();
#pragma omp parallel for schedule(static)
    for (std::int64_t n = 0; n < rows; ++n) matrix.read_row(first + n, to + n * inputs);
    values_.narrow(0, first, rows).copy_(block);
  }
}

std::shared_ptr<const DeviceMatrix> DeviceMatrix::place(const PackedMatrix& matrix, c10::Device device) {
  static std::mutex one_at_a_time;
  static std::map<std::pair<const void*, std::string>, std::weak_ptr<const DeviceMatrix>> placed;
  const std::lock_guard<std::mutex> lock(one_at_a_time);
  std::erase_if(placed, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<const DeviceMatrix>& known = placed[{matrix.data(), device.str()}];
  auto shared = known.lock();
  if (!shared) {
    shared.reset(new DeviceMatrix(matrix, device));
    known = shared;
  }
  return shared;
}

at::Tensor DeviceMatrix::multiply(const at::Tensor& x) const {
  if (values_.scalar_type() == at::kFloat) return at::linear(x, values_);
  const at::Tensor rounded = x.to(at::kBFloat16);
  if (values_.is_cpu()) return at::linear(rounded.to(at::kFloat), values_.to(at::kFloat));
  return at::mm(rounded, values_.t(), at::kFloat);
}

DeviceWeights DeviceWeights::place(const Model& model, const std::vector<std::vector<LayerLowRank>>& variants,
                                   c10::Device device) {
  DeviceWeights weights;
  weights.embedding = DeviceMatrix::place(model.embedding, device);
  weights.head = DeviceMatrix::place(model.head, device);
  if (model.config.learned_positions)
    weights.positions = place_values(model.positions, device).view({-1, model.config.width});
  weights.final_norm = {place_values(model.final_norm, device), place_values(model.final_norm_bias, device)};
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    DeviceLayer layer = place_layer(model.layers[i], device);
    for (const std::vector<LayerLowRank>& variant : variants)
      place_adapters(variant.empty() ? LayerLowRank{} : variant[i], device, layer);
    weights.layers.push_back(std::move(layer));
  }
  return weights;
}

}  // namespace bakeoff::baker
