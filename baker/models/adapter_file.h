// Adapters on disk in PEFT's format: adapter_config.json and adapter_model.safetensors, with bakeoff.json beside them.
#pragma once

#include "baker/models/lora.h"
#include "harness/core/baker_api.h"

namespace bakeoff::baker {

struct AdapterMeta {
  int rank = 16;
  double alpha = 16.0;
  std::vector<std::string> targets;
  std::string base_name;  ///< for adapter_config.json's base_model_name_or_path
  Json bakeoff;  ///< content of bakeoff.json: recipe, prompt, student, base digest, data digests, lineage, curve
};

/// Writes the three files atomically and returns the adapter's content id (SHA-256 of adapter_model.safetensors).
/// Tensor names are PEFT's: base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight, fp32.
Result<std::string> write_adapter(const Path& folder, const LoraWeights& weights, const AdapterMeta& meta);

/// Reads a PEFT folder for a model of this shape. Errors name file and key: unknown peft_type, bias, DoRA, rank or
/// alpha patterns of a wrong form, an unused or missing tensor, a wrong shape, NaN or Inf, B all zero, another base
/// than `base_digest`. Honours r, lora_alpha, use_rslora, rank_pattern, alpha_pattern.
Result<Adapter> read_adapter(const Path& folder, const ModelConfig& config, const std::string& base_digest);

}  // namespace bakeoff::baker
