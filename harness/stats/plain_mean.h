// The arithmetic mean, in the one way that all of stats computes it: summed first, then divided once. Each of n
// quotients would round; n equal values, whose sum is exact, have exactly their value as mean.
#pragma once

#include <span>

namespace bakeoff::stats {

/// Of at least one value.
inline double plain_mean(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

}  // namespace bakeoff::stats
