// A part of an experiment's items, for one of several machines: `run --shard 2/3`. Items are dealt in turn, so that
// parts are about equal and each holds some of every suite; all replicates of an item are in one part. Bakes are part
// of all.
#pragma once

#include <cstddef>
#include <string>

#include "harness/core/result.h"

namespace bakeoff::run {

struct Shard {
  std::size_t index = 1;  ///< 1 .. of
  std::size_t of = 1;

  bool has(std::size_t item) const { return item % of == index - 1; }
  std::string text() const { return std::to_string(index) + "/" + std::to_string(of); }
};

/// From "2/3".
Result<Shard> parse_shard(const std::string& text);

}  // namespace bakeoff::run
