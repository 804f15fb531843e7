// Is the candidate at most `margin` worse than the base, on the same items? One-sided: a small p says "not worse by
// more than the margin"; a large one says nothing. The claim stands where p < alpha; beside it stands the two-sided
// interval of confidence 1 - 2 alpha, which then lies above -margin (but for the correction below, and only nearly).
//
// Binary: the score test of Nam (1997, doi:10.2307/2533508) and Tango (1998, see paired_rates.h) at the difference
// -margin,
//
//   z = (b - c + n margin - 1.2) / sqrt( n (2 q(-margin) - margin (1 + margin)) ),    p = 1 - Phi(z)
//
// (q as in paired_rates.h). The 1.2 items are our correction for continuity: without it the largest chance of a false
// claim over all true rates on the margin exceeds alpha = 0.025: 0.033 at n = 30 and margin 0.1, 0.028 at n = 200. With
// 1 item it is at most 0.0253, with 1.2 at most 0.0242, enumerated for n from 10 to 200 and margins from 0.01 to 0.2.
//
// Graded, or binary in groups: Student's t on the clustered mean (mean.h), t = (m + margin) / SE with G - 1 degrees.
// This relies on the mean being about normal; skewed differences of few groups can break it.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "harness/stats/interval.h"
#include "harness/stats/paired_rates.h"

namespace bakeoff::stats {

struct NonInferiorityOptions {
  double margin = 0.05;  ///< > 0: the largest drop that is accepted
  double alpha = 0.025;  ///< of the one-sided test
};

struct NonInferiority {
  double difference = 0;             ///< candidate - base
  std::optional<Interval> interval;  ///< two-sided, confidence 1 - 2 alpha
  double p = 1;                      ///< one-sided
  std::string test;
  bool shown = false;  ///< p < alpha
};

/// Nothing without items, or with a margin outside (0, 1).
std::optional<NonInferiority> noninferior_rates(const PairedCounts& counts, const NonInferiorityOptions& options = {});

/// From the items' differences, candidate - base; `groups` as in mean.h. Nothing with fewer than two groups or where
/// all differences are equal: that shows no spread to measure.
std::optional<NonInferiority> noninferior_mean(std::span<const double> differences, std::span<const int> groups = {},
                                               const NonInferiorityOptions& options = {});

}  // namespace bakeoff::stats
