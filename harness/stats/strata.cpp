#include "harness/stats/strata.h"

#include <cmath>

namespace bakeoff::stats {

std::optional<Mean> mean_of_means(std::span<const Stratum> strata, double confidence) {
  if (strata.empty()) return std::nullopt;
  Mean all;
  double variance = 0;
  bool has_error = true;
  for (const Stratum& stratum : strata) {
    const auto one = clustered_mean(stratum.values, stratum.groups, confidence);
    if (!one) return std::nullopt;
    all.n += one->n;
    all.groups += one->groups;
    all.mean += one->mean;
    has_error = has_error && one->standard_error;
    variance += one->standard_error ? *one->standard_error * *one->standard_error : 0;
  }
  const auto count = static_cast<double>(strata.size());
  all.mean /= count;
  if (!has_error) return all;
  all.standard_error = std::sqrt(variance) / count;
  if (variance <= 0) return all;
  const double degrees = static_cast<double>(all.groups) - count;
  const double half = student_quantile(degrees, 0.5 + confidence / 2) * *all.standard_error;
  all.interval = Interval{all.mean - half, all.mean + half};
  return all;
}

}  // namespace bakeoff::stats
