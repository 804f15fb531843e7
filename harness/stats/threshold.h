// On which side of a threshold does a paired difference lie: candidate - base, over the same items? Two one-sided
// tests, for gates: "above" is shown where p_above is small, "below" where p_below is; where neither is, the items do
// not tell. The two nulls share the threshold as their border, so that only one of the claims can be false.
//
// Rates, threshold d, b items right only for the candidate, c only for the base, of n:
//   d = 0     exact: b is at most binomial(b + c, 1/2) where the difference is at most 0 (McNemar, paired_rates.h)
//   else      the score test of Nam and Tango at d (paired_rates.h) with 1.2 items taken from the difference:
//               z = (b - c - n d - 1.2) / sqrt( n (2 q(d) + d (1 - d)) ),   p_above = 1 - Phi(z);   p_below mirrored
//             Enumerated at alpha = 0.025 over the true shares, for n from 10 to 150 and d from -0.2 to 0.3: a false
//             claim has a chance of at most 0.0235 (tools/goldens/threshold_size.py; noninferiority.h has d < 0).
//
// Graded scores, or rates of grouped items, G groups with mean difference m and its clustered error SE (mean.h):
//
//   t = ( G (m - d) - w ) / sqrt( G^2 SE^2 + w ),    G - 1 degrees of freedom; p_below mirrored
//
// With w = 0 this is Student's test, which breaks its promise where a few items fail altogether: of 200 items with a
// true drop of 2 points that 1 in 50 causes, it calls 9 % fine at alpha = 0.025, for the failures that it did not see
// are missing from SE too. So w = 2 items that were not seen are added, on the unwelcome side, at the full distance 1
// from the others: then that chance is at most 0.0245 (enumerated for rare failures as a Poisson count; same script).
// The price is 2/G points. This is our own construction. Scores on another scale than [0, 1] have no worst case: w = 0,
// and the test's name says so.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "harness/stats/paired_rates.h"

namespace bakeoff::stats {

/// What decided, on the way to `p`: the larger the data, the closer `distance` / `deviation` sqrt(n) to z.
struct ThresholdTest {
  double p_above = 1;  ///< one-sided: small where the difference is shown to be above the threshold
  double p_below = 1;
  std::string test;
  double distance = 0;      ///< difference seen - threshold
  double deviation = 0;     ///< of one item's (one group's) difference
  double unseen_items = 0;  ///< w, or 1.2
};

/// Threshold in (-1, 1). Nothing without items or outside.
std::optional<ThresholdTest> test_rates(const PairedCounts& counts, double threshold);

enum class Scale { share, other };  ///< scores in [0, 1], or of any size

/// From the items' differences; `groups` as in mean.h. Nothing with fewer than two groups, or on another scale where
/// all differences are equal: that shows no spread to measure.
std::optional<ThresholdTest> test_mean(std::span<const double> differences, std::span<const int> groups,
                                       double threshold, Scale scale);

/// From a difference with its standard error, as unpaired figures have it: z = distance / error.
ThresholdTest test_figure(double difference, double standard_error, double threshold);

struct SettleOptions {
  double alpha = 0.025;  ///< one-sided
  double power = 0.8;
};

/// Items (groups), in all, with which 4 of 5 such experiments would show on which side a difference as large as the one
/// seen lies, by the normal approximation:  n |distance| - w > (z_alpha + z_power) sqrt( n deviation^2 + w ).
/// Nothing where the difference seen lies on the threshold, or beyond 10^9 items.
std::optional<std::int64_t> items_to_settle(const ThresholdTest& test, const SettleOptions& options = {});

}  // namespace bakeoff::stats
