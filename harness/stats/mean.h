// The mean of scores with an error that respects groups: items that share a cause (paraphrases of one fact,
// replicates of one item) do not count as independent.
//
//   m = sum x_i / n
//   SE^2 = G/(G-1) * sum_g ( sum_{i in g} (x_i - m) )^2 / n^2          G groups
//   interval: m -+ t_{G-1} * SE
//
// Sources: Miller 2024, arXiv:2411.00640, section 2.2 (clustered error of an evaluation's mean); Cameron and Miller
// 2015, doi:10.3368/jhr.50.2.317, sections II.C and VI.D (the factor G/(G-1) and Student's t with G-1 degrees of
// freedom). With every item its own group this is the usual s/sqrt(n).
//
// Not covered: few groups of very different sizes (below about 10 the interval is too short).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/stats/interval.h"

namespace bakeoff::stats {

struct Mean {
  std::int64_t n = 0;
  std::int64_t groups = 0;
  double mean = 0;
  std::optional<double> standard_error;  ///< absent with fewer than two groups
  std::optional<Interval> interval;      ///< absent also where all values are equal: that shows no spread to measure
};

/// `groups` holds the group of each value, or is empty: every value its own. No values, no mean. Confidence in (0, 1).
std::optional<Mean> clustered_mean(std::span<const double> values, std::span<const int> groups = {},
                                   double confidence = kConfidence);

/// Numbers group names in the order of their first use; an empty name is a group of its own.
std::vector<int> group_numbers(std::span<const std::string> names);

/// The quantile of Student's t (degrees >= 1) and of the standard normal, at probability in (0, 1).
double student_quantile(double degrees, double probability);
double normal_quantile(double probability);
double normal_cdf(double z);

}  // namespace bakeoff::stats
