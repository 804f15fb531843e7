// What a forward pass is asked to compute.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

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

/// Tokens [first, first + count) of the pass, which share a variant.
struct VariantRun {
  std::size_t variant = 0;
  std::int64_t first = 0, count = 0;
  auto operator<=>(const VariantRun&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 sees a pointer
};
std::vector<VariantRun> variant_runs(std::span<const PassToken> tokens);

/// The pass cut into tokens of one path that lie side by side: `most` at most together, from position `alone_from` on
/// each by itself.
std::vector<std::span<const PassToken>> stretches_of(
    std::span<const PassToken> tokens, std::size_t most,
    std::int64_t alone_from = std::numeric_limits<std::int64_t>::max());

}  // namespace bakeoff::baker
