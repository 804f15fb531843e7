// The random order in which items are played when a run may stop early. Whoever reads the run later finds the same
// order.
#pragma once

#include "harness/core/seed.h"

namespace bakeoff {

/// Groups of items are put in random order, the same on every machine, by sorting stably by this.
inline std::uint64_t play_rank(std::uint64_t experiment_seed, std::string_view group) {
  return derive_seed(experiment_seed, {"play order", group});
}

}  // namespace bakeoff
