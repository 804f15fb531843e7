// Forward by ATen's operations on any device: CUDA is one, the CPU another (for tests, beside Decoder).
//
// Activations, keys, values, norms, attention and sums of products are fp32, weights fp32 or bf16. One operation works
// on all tokens of a pass; attention on all rows that compute the same number of tokens, adapters on all tokens of a
// variant. Greedy tokens and scores are read on the device; only rows that sample or list bring their logits here.
// Which bits come out depends on the shapes of a pass: the device's libraries choose other sums for other shapes.
// Steps in which every row writes one token are padded to one of few layouts, and recorded (device_graphs.h).
//
// Legend: N tokens of the pass, H query heads, G key-value heads, D head size, C width, M MLP width, V vocabulary.
#pragma once

#include <optional>

#include "baker/engine/device_graphs.h"
#include "baker/engine/device_pages.h"
#include "baker/engine/device_pass.h"
#include "baker/engine/device_weights.h"
#include "baker/engine/forward.h"
#include "baker/models/rotary.h"

namespace bakeoff::baker {

/// Weights go to the device with the first pass.
class DeviceForward : public Forward {
 public:
  DeviceForward(const Model& model, const std::vector<std::vector<LayerLowRank>>& variants, c10::Device device,
                std::int64_t kv_bytes);

  std::shared_ptr<Segment> make_segment(std::int64_t capacity, std::shared_ptr<std::int64_t> reserved) override;
  void forward(std::span<const PassToken> tokens, std::span<const std::size_t> wanted,
               std::vector<float>& hidden) override;
  void project(std::span<const float> hidden, std::vector<float>& logits) override;
  void read_states(std::span<const float> hidden, std::span<Reading*> readings) override;

  const DeviceGraphs& graphs() const { return graphs_; }

 private:
  const DeviceWeights& weights();
  /// The stream [N, C] after the last layer.
  at::Tensor compute(DevicePass& pass);
  at::Tensor compute_step(std::span<const PassToken> tokens);
  at::Tensor embed(const DevicePass& pass);
  /// x [N, inputs] -> [N, outputs], with bias and adapters.
  at::Tensor product(const DeviceProduct& product, const DevicePass& pass, const at::Tensor& x) const;
  at::Tensor norm(const DeviceNorm& norm, const at::Tensor& x) const;
  at::Tensor rms_norm(const DeviceNorm& norm, const at::Tensor& x) const;
  void add_to_stream(const DeviceNorm& post_norm, const at::Tensor& delta, at::Tensor& stream) const;
  void turn_heads(std::int64_t layer, const DevicePass& pass, const at::Tensor& heads);
  at::Tensor attend(std::int64_t layer, const DevicePass& pass, const at::Tensor& queries);
  at::Tensor attend_group(std::int64_t layer, const DevicePass& pass, std::size_t group, const at::Tensor& queries);
  at::Tensor attention(std::int64_t layer, const DevicePass& pass, const at::Tensor& normed);
  at::Tensor activate(const at::Tensor& gate_up) const;
  /// Logits [R, V] on the device at states [R, C] of the host.
  at::Tensor logits_at(std::span<const float> hidden);

  const Model& model_;
  const std::vector<std::vector<LayerLowRank>>& variants_;
  c10::Device device_;
  std::shared_ptr<PagePool> pool_;
  std::optional<DeviceWeights> weights_;
  std::vector<RotaryTable> rotary_;  ///< rotary_tables()
  DeviceGraphs graphs_;
  std::int64_t recorded_pages_ = 0;  ///< size of the pool that the recordings know
  KvPath nowhere_;                   ///< where the tokens that only pad a step go
};

}  // namespace bakeoff::baker
