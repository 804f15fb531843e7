// The mean of several means, each of scores of its own: the tasks of a sequence of bakes, say, which share no items.
//
//   m = sum_s m_s / S          SE^2 = sum_s SE_s^2 / S^2          interval: m -+ t_d * SE, d = sum_s (G_s - 1)
//
// with m_s and SE_s the clustered mean and error of stratum s (mean.h) and G_s its groups: the error of a stratified
// mean with equal weights (Cochran 1977, Sampling Techniques, sections 5.3 and 5.4).
#pragma once

#include <vector>

#include "harness/stats/mean.h"

namespace bakeoff::stats {

struct Stratum {
  std::vector<double> values;
  std::vector<int> groups;  ///< of each value, or empty: every value its own
};

/// `n` and `groups` are sums. No strata, or one without values: no mean. Error and interval are absent where a stratum
/// has fewer than two groups; the interval also where no stratum shows any spread.
std::optional<Mean> mean_of_means(std::span<const Stratum> strata, double confidence = kConfidence);

}  // namespace bakeoff::stats
