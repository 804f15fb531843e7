// One forward pass over any mix of tokens: prompts being read and answers being written, of many rows.
//
// Legend: N tokens of the pass, H query heads, G key-value heads, D head size, C width, M MLP width.
#pragma once

#include <span>
#include <vector>

#include "baker/engine/kv_cache.h"
#include "baker/engine/lora_pack.h"
#include "baker/engine/pass_token.h"
#include "baker/models/rotary.h"

namespace bakeoff::baker {

/// Holds the buffers of a pass. Not thread-safe; parallel inside.
class Decoder {
 public:
  /// `variants`: packed adapters, a list of layers each (empty: none); they must outlive the decoder.
  Decoder(const Model& model, const std::vector<std::vector<LayerLowRank>>& variants);
  /// Computes all tokens and stores their keys and values. For each index in `wanted` (ascending) appends the
  /// final-norm state [C] to `hidden`.
  void forward(std::span<const PassToken> tokens, std::span<const std::size_t> wanted, std::vector<float>& hidden);

 private:
  void embed(std::span<const PassToken> tokens);
  void normalize(const std::vector<float>& weight, const std::vector<float>& bias, std::int64_t rows);
  void add_to_stream(const std::vector<float>& post_norm, std::int64_t rows);
  void turn_heads(std::int64_t layer, const PassToken& token, float* row) const;
  void rotate_and_store(std::int64_t layer, std::span<const PassToken> tokens);
  void attend(std::int64_t layer);
  void attend_stretch(std::int64_t layer, std::span<const PassToken> tokens, std::int64_t head, const float* queries,
                      float* out) const;
  void activate(std::int64_t rows);
  void mlp(std::int64_t layer, std::int64_t rows);
  void reserve(std::int64_t rows);
  void find_stretches(std::span<const PassToken> tokens);
  /// Adds the low-rank terms of one product of a layer: x [N, inputs] -> y [N, outputs].
  void add_adapters(std::int64_t layer, LowRank LayerLowRank::*product, const float* x, float* y) const;

  const Model& model_;
  const std::vector<std::vector<LayerLowRank>>& variants_;
  std::vector<VariantRun> runs_;
  std::vector<std::span<const PassToken>> stretches_;  ///< the pass, cut into what attends together
  std::vector<float> x_, normed_, qkv_, attended_, gate_up_, act_, delta_;  ///< [N, ...]
  std::vector<RotaryTable> rotary_;                                         ///< rotary_tables()
};

}  // namespace bakeoff::baker
