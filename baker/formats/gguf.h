// The GGUF format, versions 2 and 3, little-endian (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md), in one
// file or in parts named "NAME-00001-of-00003.gguf", as llama.cpp's gguf-split writes them.
//
// Everything that the file says about sizes is checked against the size of the file before memory is taken for it, so a
// hostile file gives an error, never a crash or a huge allocation.
#pragma once

#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "baker/formats/dequantize.h"
#include "baker/formats/memory_map.h"
#include "baker/formats/weights.h"

namespace bakeoff::baker {

/// A metadata value. Integers of every width become int64 (uint64 above its range is an error), floats become double;
/// arrays hold one kind of element.
using GgufValue = std::variant<bool, std::int64_t, double, std::string, std::vector<bool>, std::vector<std::int64_t>,
                               std::vector<double>, std::vector<std::string>>;

using GgufMetadata = std::map<std::string, GgufValue>;

class Gguf : public WeightSource {
 public:
  /// Of a model in parts, `file` is the first; the metadata are the first part's.
  static Result<Gguf> open(const Path& file);

  std::vector<std::string> names() const override;
  bool has(const std::string& name) const override { return tensors_.count(name) > 0; }
  Result<TensorInfo> info(const std::string& name) const override;
  /// Quantised tensors are dequantised. GGUF keeps Llama's q and k rows in interleaved-pair order: reordering them is
  /// the model loader's part.
  Result<std::vector<float>> read(const std::string& name) const override;
  const Path& path() const override { return file_; }

  const GgufMetadata& metadata() const { return metadata_; }
  bool has_key(const std::string& key) const { return metadata_.count(key) > 0; }
  /// T: bool, std::int64_t, double (an integer is accepted), std::string, or a std::vector of one of these. A missing
  /// key or another type is an input error naming file and key.
  template <class T>
  Result<T> get(const std::string& key) const;
  /// The same without copying; null where the key is missing or of another type.
  template <class T>
  const T* find(const std::string& key) const {
    const auto found = metadata_.find(key);
    return found == metadata_.end() ? nullptr : std::get_if<T>(&found->second);
  }

 private:
  friend class GgufParser;
  struct Entry {
    TensorInfo info;
    std::span<const std::byte> bytes;
    const Encoding* encoding;
  };
  /// Adds the tensors of one file and returns its metadata.
  Result<GgufMetadata> add_file(const Path& file);
  Status add_other_parts();

  Path file_;
  std::vector<MemoryMap> maps_;
  GgufMetadata metadata_;
  std::map<std::string, Entry> tensors_;
};

/// The files of a model of which `file` is the first part, by its name: all parts, or `file` alone.
std::vector<Path> gguf_files(const Path& file);

}  // namespace bakeoff::baker
