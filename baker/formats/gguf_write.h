// Writing small GGUF files, version 3 (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): adapters.
#pragma once

#include <span>
#include <string>
#include <variant>
#include <vector>

#include "harness/core/files.h"

namespace bakeoff::baker {

struct GgufKey {
  std::string name;
  std::variant<std::string, float, std::uint32_t> value;
};
/// An F32 tensor; the values must stay alive during the call.
struct GgufTensor {
  std::string name;
  std::vector<std::int64_t> shape;  ///< outermost first, as everywhere here; the file lists the fastest first
  std::span<const float> values;
};

/// In the order given; atomic. A shape that does not match its values is an internal error.
Status write_gguf(const Path& file, const std::vector<GgufKey>& keys, const std::vector<GgufTensor>& tensors);

}  // namespace bakeoff::baker
