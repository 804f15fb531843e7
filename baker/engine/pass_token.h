// What a forward pass is asked to compute.
#pragma once

#include <cstddef>
#include <cstdint>

#include "harness/core/generator.h"

namespace bakeoff::baker {

struct KvPath;

/// One token to compute. Its key and value go to path->own at position - path->shared_tokens; it attends to every
/// earlier position of its path, which must have been computed before or be in the same pass.
struct PassToken {
  TokenId id;
  std::int64_t position;
  const KvPath* path;
  std::size_t variant = 0;  ///< adapters to apply; tokens of one variant lie side by side in a pass
};

}  // namespace bakeoff::baker
