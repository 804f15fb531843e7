// What every estimate of this folder shares. All intervals are two-sided and closed.
#pragma once

namespace bakeoff::stats {

struct Interval {
  double low = 0;
  double high = 0;
  bool contains(double value) const { return low <= value && value <= high; }
};

/// The confidence of every interval unless a caller says otherwise.
inline constexpr double kConfidence = 0.95;

}  // namespace bakeoff::stats
