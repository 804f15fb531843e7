// LoRA: a low-rank term beside a frozen linear map, y += scale * (x A^T) B^T (Hu et al. 2021, arXiv:2106.09685).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "baker/models/modules.h"
#include "harness/core/conversation.h"

namespace bakeoff::baker {

/// One adapted map. Both factors fp32, contiguous, on the CPU.
struct LoraPair {
  at::Tensor a;        ///< [r, inputs]
  at::Tensor b;        ///< [outputs, r]
  double scale = 1.0;  ///< alpha / r (alpha / sqrt(r) with rsLoRA)
};

/// One adapted module. The embedding counts as a map with its table [V, C] as weight.
struct LoraTerm {
  Module module;
  LoraPair pair;
};

/// The low-rank terms of a whole model, in the order of modules(). A module without a term is not adapted.
struct LoraWeights {
  std::vector<LoraTerm> terms;

  /// Null where the module ("model.layers.3.self_attn.q_proj") has no term.
  const LoraPair* find(const std::string& module) const {
    for (const LoraTerm& term : terms)
      if (term.module.name == module) return &term.pair;
    return nullptr;
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
