// One view of weights on disk, whatever the format: names, shapes, and values as fp32.
//
//   BAKEOFF_TRY(auto source, open_weights("model.gguf"));
//   BAKEOFF_TRY(auto norm, source->read("output_norm.weight"));
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/files.h"

namespace bakeoff::baker {

struct TensorInfo {
  std::string dtype;                ///< as the format spells it: "F32", "BF16", "Q4_1"
  std::vector<std::int64_t> shape;  ///< outermost first (row-major), in both formats
  std::int64_t elements = 0;        ///< product of the shape; 1 for a scalar
};

/// Immutable after opening; every method may be called from many threads at once.
class WeightSource {
 public:
  virtual ~WeightSource() = default;
  /// All tensors, sorted.
  virtual std::vector<std::string> names() const = 0;
  virtual bool has(const std::string& name) const = 0;
  /// An unknown name is an input error that names file and tensor.
  virtual Result<TensorInfo> info(const std::string& name) const = 0;
  /// The values as fp32, row-major. Integers and unsupported encodings are input errors.
  virtual Result<std::vector<float>> read(const std::string& name) const = 0;
  /// The file or folder, for messages.
  virtual const Path& path() const = 0;
};

/// A .gguf file, a .safetensors file, or a folder with model.safetensors or model.safetensors.index.json.
Result<std::unique_ptr<WeightSource>> open_weights(const Path& path);

}  // namespace bakeoff::baker
