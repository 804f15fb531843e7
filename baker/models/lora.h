// LoRA slots: a low-rank term beside a frozen linear map, y += scale * (x A^T) B^T (Hu et al. 2021, arXiv:2106.09685).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "baker/models/model.h"

namespace bakeoff::baker {

/// One adapted map. Both factors fp32, contiguous, on the CPU.
struct LoraPair {
  at::Tensor a;        ///< [r, inputs]
  at::Tensor b;        ///< [outputs, r]
  double scale = 1.0;  ///< alpha / r (alpha / sqrt(r) with rsLoRA)
};

/// The low-rank terms of a whole model. Slots without an adapter are empty.
struct LoraWeights {
  std::vector<std::array<std::optional<LoraPair>, kTargets>> layers;  ///< [L]

  const std::optional<LoraPair>& slot(std::int64_t layer, Target target) const {
    return layers[static_cast<std::size_t>(layer)][static_cast<std::size_t>(target)];
  }
  std::optional<LoraPair>& slot(std::int64_t layer, Target target) {
    return layers[static_cast<std::size_t>(layer)][static_cast<std::size_t>(target)];
  }
};

/// An adapter as it came from disk.
struct Adapter {
  std::string digest;                   ///< SHA-256 of adapter_model.safetensors
  std::string base_digest;              ///< from bakeoff.json; empty where it is absent
  std::optional<Conversation> student;  ///< what stays in front at inference, from bakeoff.json
  LoraWeights weights;
};

}  // namespace bakeoff::baker
