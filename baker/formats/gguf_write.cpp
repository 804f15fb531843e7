#include "baker/formats/gguf_write.h"

#include <functional>
#include <numeric>

namespace bakeoff::baker {
namespace {

constexpr std::uint32_t kMagic = 0x46554747, kVersion = 3;  // "GGUF"
constexpr std::size_t kAlignment = 32;                      // the format's default
constexpr std::uint32_t kF32Tensor = 0;                     // ggml_type
/// gguf_metadata_value_type of each alternative of GgufKey::value.
constexpr std::uint32_t kValueTypes[] = {8, 6, 4};

template <class T>
void put(std::string& to, T value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}
void put(std::string& to, const std::string& text) {
  put(to, static_cast<std::uint64_t>(text.size()));
  to += text;
}

std::size_t aligned(std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

Status write_gguf(const Path& file, const std::vector<GgufKey>& keys, const std::vector<GgufTensor>& tensors) {
  std::string content;
  put(content, kMagic);
  put(content, kVersion);
  put(content, static_cast<std::uint64_t>(tensors.size()));
  put(content, static_cast<std::uint64_t>(keys.size()));
  for (const GgufKey& key : keys) {
    put(content, key.name);
    put(content, kValueTypes[key.value.index()]);
    std::visit([&](const auto& value) { put(content, value); }, key.value);
  }
  std::uint64_t offset = 0;
  for (const GgufTensor& tensor : tensors) {
    const auto elements =
        std::accumulate(tensor.shape.begin(), tensor.shape.end(), std::int64_t{1}, std::multiplies<>());
    if (static_cast<std::size_t>(elements) != tensor.values.size())
      return internal_error("the shape of tensor " + tensor.name + " does not match its values", file.string());
    put(content, tensor.name);
    put(content, static_cast<std::uint32_t>(tensor.shape.size()));
    for (auto extent = tensor.shape.rbegin(); extent != tensor.shape.rend(); ++extent)
      put(content, static_cast<std::uint64_t>(*extent));
    put(content, kF32Tensor);
    put(content, offset);
    offset += aligned(tensor.values.size_bytes());
  }
  for (const GgufTensor& tensor : tensors) {
    content.resize(aligned(content.size()));
    content.append(reinterpret_cast<const char*>(tensor.values.data()), tensor.values.size_bytes());
  }
  content.resize(aligned(content.size()));
  return write_file_atomically(file, content);
}

}  // namespace bakeoff::baker
