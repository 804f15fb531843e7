// What can be done with adapters as files: described, summed, truncated, merged into weights, exported. Part of the
// seam of baker_api.h.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/core/json.h"

namespace bakeoff {

struct AdapterUse {
  Path folder;         ///< a PEFT folder
  double scale = 1.0;  ///< in use in [0, 2]; 0 is the base, bit for bit. In sums and merges any finite number
};

/// One adapted module.
struct AdapterModule {
  std::string name;  ///< "model.layers.3.self_attn.q_proj"
  std::int64_t rank = 0;
  double scale = 1;  ///< alpha / r
  double norm = 0;   ///< Frobenius norm of scale B A
};

/// What an adapter folder holds, without a model.
struct AdapterCard {
  Path folder;
  std::string digest;  ///< SHA-256 of adapter_model.safetensors
  std::string base;    ///< as adapter_config.json names it
  bool dora = false;
  std::int64_t tensors = 0, parameters = 0;
  std::vector<AdapterModule> modules;
  std::vector<std::string> whole;  ///< weights that it brings whole (modules_to_save)
  Json record;                     ///< bakeoff.json; null where there is none
};
OrderedJson to_json(const AdapterCard& card);

struct Truncation {
  AdapterCard adapter;  ///< the new one
  double kept = 1;      ///< share of the squared Frobenius norm, over all modules together
  std::map<std::string, double> kept_of_module;
};

struct MergeOutcome {
  Path folder;
  std::string digest;                ///< SHA-256 of model.safetensors
  std::int64_t changed = 0;          ///< weights that differ from the base's
  std::vector<std::string> missing;  ///< what the folder lacks, and why
};

/// Every method that writes refuses a place that exists, and leaves nothing behind when it fails. The adapters' student
/// prompt and lineage are carried into what is written; parts that disagree about either base or student prompt are an
/// input error.
class AdapterTools {
 public:
  virtual ~AdapterTools() = default;
  virtual Result<AdapterCard> inspect(const Path& folder) = 0;
  /// The sum of scale times adapter, exact: ranks are concatenated. One part: that adapter scaled. Low-rank terms only.
  virtual Result<AdapterCard> sum(const std::vector<AdapterUse>& parts, const Path& out) = 0;
  /// The best approximation of every module's B A with at most `rank`, by its singular values.
  virtual Result<Truncation> truncate(const Path& folder, int rank, const Path& out) = 0;
  /// A Hugging Face folder of the model with the adapters added to its weights, fp32.
  virtual Result<MergeOutcome> merge(const std::string& model, const std::vector<AdapterUse>& adapters,
                                     const Path& out) = 0;
  /// llama.cpp's GGUF LoRA file of an adapter of this model. Returns the number of tensors.
  virtual Result<std::int64_t> export_gguf(const std::string& model, const Path& folder, const Path& out) = 0;
};

}  // namespace bakeoff
