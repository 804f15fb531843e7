// A mean with its interval as exhibits show it: in words, and as the point of a curve.
#pragma once

#include <fmt/format.h>

#include "harness/core/exhibit.h"
#include "harness/stats/mean.h"

namespace bakeoff::suites {

/// "0.625 [0.500, 0.750]", without the interval where there is none; "not measured" without a mean.
inline std::string text_of(const std::optional<stats::Mean>& mean) {
  if (!mean) return "not measured";
  if (!mean->interval) return fmt::format("{:.3f}", mean->mean);
  return fmt::format("{:.3f} [{:.3f}, {:.3f}]", mean->mean, mean->interval->low, mean->interval->high);
}

/// Scales of scores and of their differences, which intervals do not leave either.
inline constexpr stats::Interval kShare{0, 1}, kShareDifference{-1, 1};

inline CurvePoint point_of(double x, const stats::Mean& mean, const std::optional<stats::Interval>& scale = {}) {
  CurvePoint point{x, mean.mean, {}, {}, mean.n};
  if (!mean.interval) return point;
  const stats::Interval shown = scale ? stats::clipped(*mean.interval, scale->low, scale->high) : *mean.interval;
  point.low = shown.low;
  point.high = shown.high;
  return point;
}

}  // namespace bakeoff::suites
