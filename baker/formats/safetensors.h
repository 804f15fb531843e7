// The safetensors format: eight bytes of header length, a JSON header, raw little-endian tensors
// (https://github.com/huggingface/safetensors, README "Format"). Read through a memory map, written for adapters.
//
// Every rule of the format is checked on opening; a file that breaks one is an error naming the file and the rule.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "baker/formats/memory_map.h"
#include "baker/formats/weights.h"

namespace bakeoff::baker {

/// One tensor as stored. `bytes` points into the map and lives as long as the Safetensors object.
struct TensorView {
  std::string dtype;  ///< "F32", "BF16", "I64", ...
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
};

class Safetensors : public WeightSource {
 public:
  static Result<Safetensors> open(const Path& file);

  std::vector<std::string> names() const override;
  bool has(const std::string& name) const override { return tensors_.count(name) > 0; }
  Result<TensorInfo> info(const std::string& name) const override;
  Result<std::vector<float>> read(const std::string& name) const override;
  const Path& path() const override { return file_; }

  Result<TensorView> view(const std::string& name) const;
  /// The header's __metadata__; empty where it has none.
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

 private:
  Path file_;
  MemoryMap map_;
  std::map<std::string, std::string> metadata_;
  std::map<std::string, TensorView> tensors_;
};

/// Several files named by an index (model.safetensors.index.json: {"metadata", "weight_map": {tensor: file}}).
class ShardedSafetensors : public WeightSource {
 public:
  /// Every tensor of the index must be in its file, and every tensor of the files in the index.
  static Result<ShardedSafetensors> open(const Path& index_file);

  std::vector<std::string> names() const override;
  bool has(const std::string& name) const override { return weight_map_.count(name) > 0; }
  Result<TensorInfo> info(const std::string& name) const override;
  Result<std::vector<float>> read(const std::string& name) const override;
  const Path& path() const override { return index_; }
  /// The files, sorted: what a digest of the model covers.
  std::vector<Path> files() const;

 private:
  Result<const Safetensors*> shard_of(const std::string& name) const;
  Path index_;
  std::map<std::string, Safetensors> shards_;
  std::map<std::string, std::string> weight_map_;
};

/// An fp32 tensor to write. The values must stay alive during the call.
struct TensorToWrite {
  std::string name;
  std::vector<std::int64_t> shape;
  std::span<const float> values;
};

/// A tensor whose values are made when its turn to be written comes, so that a model needs the memory of one at a time.
struct TensorToMake {
  std::string name;
  std::vector<std::int64_t> shape;
  std::function<Result<std::vector<float>>()> values;
};

/// As write_safetensors, tensor by tensor into `file` itself: not atomic. Values of another number than the shape asks
/// for are an internal error.
Status stream_safetensors(const Path& file, std::vector<TensorToMake> tensors);

/// Writes F32 tensors sorted by name with metadata {"format": "pt"}: the same content gives the same bytes. Atomic.
/// Two tensors of one name, or a shape that does not match its values, is an internal error.
Status write_safetensors(const Path& file, std::vector<TensorToWrite> tensors);

}  // namespace bakeoff::baker
