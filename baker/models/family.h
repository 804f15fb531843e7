// The table of model families: one file and one line each.
#pragma once

#include <span>

#include "baker/formats/gguf.h"
#include "baker/formats/weights.h"
#include "baker/models/model.h"

namespace bakeoff::baker {

/// Where one family keeps things in the two formats. The readers of configurations may throw nlohmann's exception for a
/// member of a wrong type.
struct Family {
  const char* name;               ///< ModelConfig::family
  const char* architecture;       ///< config.json's architectures[0]
  const char* gguf_architecture;  ///< general.architecture; empty where GGUF knows the family under another name
  Result<ModelConfig> (*config_from_json)(const Json& config, const std::string& where);
  Result<ModelConfig> (*config_from_gguf)(const Gguf& file);  ///< null without a gguf_architecture
  /// Fills the weights; every tensor of the source must be used and every weight filled, or the error names it.
  Status (*load)(const WeightSource& source, bool gguf, Model& model);
};

std::span<const Family> all_families();

/// Reads tensors by name and remembers which were read, so that nothing is left over in silence.
class TensorReader {
 public:
  TensorReader(const WeightSource& source, Dtype dtype) : source_(source), dtype_(dtype) {}
  Result<std::vector<float>> vector(const std::string& name, std::int64_t size);
  Result<std::vector<float>> matrix(const std::string& name, std::int64_t outputs, std::int64_t inputs);
  /// The matrices below each other, packed as one.
  Result<PackedMatrix> packed(std::vector<std::vector<float>> parts, std::int64_t inputs) const;
  bool has(const std::string& name) const { return source_.has(name); }
  /// An error naming a tensor that nobody read, unless `ignorable` says it may be.
  Status finish(bool (*ignorable)(const std::string&)) const;
  /// Fills `head` from the tensor of this name, or with the embedding where the model's head is tied and the source has
  /// no such tensor.
  Status head(const std::string& name, Model& model);

 private:
  Result<std::vector<float>> checked(const std::string& name, const std::vector<std::int64_t>& shape);
  const WeightSource& source_;
  Dtype dtype_;
  std::vector<std::string> read_;
};

}  // namespace bakeoff::baker
