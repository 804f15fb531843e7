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
  /// DoRA (Liu et al. 2024, arXiv:2402.09353): [outputs]; the norm of every row of W + scale B A. Undefined: plain
  /// LoRA.
  at::Tensor magnitude;

  /// True where the term is added beside the frozen product; false where it asks for a changed matrix of its own.
  bool is_low_rank() const { return module.layer >= 0 && !magnitude.defined(); }
};

/// A weight that the adapter brings whole (modules_to_save), by the checkpoint's name without ".weight".
struct WholeWeight {
  std::string name;   ///< "lm_head", "model.norm"
  at::Tensor values;  ///< fp32, [outputs, inputs] or [C]
};

/// What an adapter changes: low-rank terms in the order of modules(), and weights replaced. A module without a term is
/// not adapted.
struct LoraWeights {
  std::vector<LoraTerm> terms;
  std::vector<WholeWeight> whole;

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

/// Adapters in use together, each with its scale in [0, 2] on top of alpha / r; scale 0 is not applied at all.
using AdapterList = std::vector<std::pair<std::shared_ptr<const Adapter>, double>>;

}  // namespace bakeoff::baker
