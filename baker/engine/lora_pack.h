// Adapters made ready for the engine: the low-rank factors of all adapters in use, stacked into one pair per product.
#pragma once

#include <utility>
#include <vector>

#include "baker/models/lora.h"

namespace bakeoff::baker {

/// y += (x A^T) B^T. Ranks of several targets and adapters are stacked; B is block-structured and carries every scale.
struct LowRank {
  PackedMatrix a;  ///< [R, inputs], fp32
  PackedMatrix b;  ///< [outputs, R], fp32
  bool empty() const { return a.outputs() == 0; }
};

struct LayerLowRank {
  LowRank qkv, o, gate_up, down;
};

/// Of the terms that are low-rank (the others are in the model: adapted_model.h). One entry per layer; empty when no
/// adapter with a scale other than 0 is given, so that the base stays bit-exact.
std::vector<LayerLowRank> pack_adapters(const ModelConfig& config, const AdapterList& adapters);

/// Adds a low-rank term that is not empty: `x` [rows, inputs] to `y` [rows, outputs].
void add_low_rank(const LowRank& term, const float* x, std::int64_t rows, float* y);

}  // namespace bakeoff::baker
