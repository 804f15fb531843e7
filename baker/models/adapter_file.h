// Adapters on disk in PEFT's format: adapter_config.json and adapter_model.safetensors, with bakeoff.json beside them.
#pragma once

#include "baker/models/adapter_settings.h"
#include "baker/models/lora.h"
#include "harness/core/baker_api.h"

namespace bakeoff::baker {

inline constexpr const char* kAdapterConfigName = "adapter_config.json";
inline constexpr const char* kAdapterWeightsName = "adapter_model.safetensors";
inline constexpr const char* kAdapterRecordName = "bakeoff.json";
inline constexpr int kAdapterRecordFormat = 1;  ///< its "format"

struct AdapterMeta {
  std::string base_name;  ///< for adapter_config.json's base_model_name_or_path
  Json bakeoff;  ///< content of bakeoff.json: recipe, prompt, student, base digest, data digests, lineage, curve; null:
                 ///< none is written
};

/// Writes the files atomically and returns the adapter's content id (SHA-256 of adapter_model.safetensors). Tensor
/// names are PEFT's: base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight, fp32; ranks and scales that differ
/// between modules become rank_pattern and alpha_pattern. Low-rank terms only: anything else is an input error.
Result<std::string> write_adapter(const Path& folder, const LoraWeights& weights, const AdapterMeta& meta);

/// Reads a PEFT folder for a model of this shape. Errors name file and key or tensor: a setting that is not honoured, a
/// tensor that is missing, left over, of a wrong shape or not finite, an adapter that does nothing, another base than
/// `base_digest`.
Result<Adapter> read_adapter(const Path& folder, const ModelConfig& config, const std::string& base_digest);

/// An adapter read without a model: its modules are those that the file has tensors for, Module::product is known for
/// the embedding alone, and whole weights are only named.
struct LooseAdapter {
  Adapter adapter;
  std::string base_name;
  std::int64_t tensors = 0, parameters = 0;
  std::vector<std::string> whole;  ///< "lm_head.weight"
  Json record;                     ///< bakeoff.json; null where there is none
};
Result<LooseAdapter> read_loose_adapter(const Path& folder);

/// Where PEFT keeps a module's two factors: A [r, inputs] and B [outputs, r]; for the embedding [r, V] and [C, r].
struct FactorNames {
  std::string a, b;
};
FactorNames factor_names(const Module& module);

}  // namespace bakeoff::baker
