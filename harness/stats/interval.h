// What every estimate of this folder shares. All intervals are two-sided and closed.
#pragma once

#include <algorithm>

namespace bakeoff::stats {

struct Interval {
  double low = 0;
  double high = 0;
  bool contains(double value) const { return low <= value && value <= high; }
};

/// Cut to a scale that the quantity can not leave. What is cut off could not hold the truth, so the coverage stays.
inline Interval clipped(const Interval& interval, double least, double most) {
  return {std::clamp(interval.low, least, most), std::clamp(interval.high, least, most)};
}

/// The confidence of every interval unless a caller says otherwise.
inline constexpr double kConfidence = 0.95;

}  // namespace bakeoff::stats
