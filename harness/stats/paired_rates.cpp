// See paired_rates.h.
#include "harness/stats/paired_rates.h"

#include <algorithm>
#include <cmath>

#include <boost/math/distributions/binomial.hpp>

#include "harness/stats/mean.h"

namespace bakeoff::stats {
namespace {

bool usable(const PairedCounts& counts) {
  return counts.items >= 1 && counts.candidate_only >= 0 && counts.base_only >= 0 &&
         counts.candidate_only + counts.base_only <= counts.items;
}

/// Where the score, which falls as d grows, crosses `target`, between `low` and `high`.
double crossing(const PairedCounts& counts, double target, Interval range) {
  constexpr int kHalvings = 60;  // to the last bit of a double
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (range.low + range.high) / 2;
    (tango_score(counts, middle) > target ? range.low : range.high) = middle;
  }
  return (range.low + range.high) / 2;
}

}  // namespace

double tango_score(const PairedCounts& counts, double d, double correction) {
  const double n = static_cast<double>(counts.items);
  const double b = static_cast<double>(counts.candidate_only);
  const double c = static_cast<double>(counts.base_only);
  const double linear = -b - c + (2 * n - b + c) * d;
  const double constant = -c * d * (1 - d);
  const double q = (std::sqrt(std::max(0.0, linear * linear - 8 * n * constant)) - linear) / (4 * n);
  const double variance = n * (2 * q + d * (1 - d));
  const double distance = b - c - n * d - correction;
  constexpr double kRounding = 1e-12;
  if (variance <= kRounding) return std::abs(distance) <= kRounding * n ? 0 : std::copysign(HUGE_VAL, distance);
  return distance / std::sqrt(variance);
}

std::optional<double> mcnemar_exact(const PairedCounts& counts) {
  if (!usable(counts)) return std::nullopt;
  const auto differing = counts.candidate_only + counts.base_only;
  if (differing == 0) return 1.0;
  const auto fewer = std::min(counts.candidate_only, counts.base_only);
  const boost::math::binomial null(static_cast<double>(differing), 0.5);
  return std::min(1.0, 2 * boost::math::cdf(null, static_cast<double>(fewer)));
}

std::optional<double> mcnemar_mid_p(const PairedCounts& counts) {
  if (!usable(counts)) return std::nullopt;
  const auto differing = counts.candidate_only + counts.base_only;
  if (counts.candidate_only == counts.base_only) return 1.0;
  const boost::math::binomial null(static_cast<double>(differing), 0.5);
  const auto fewer = static_cast<double>(std::min(counts.candidate_only, counts.base_only));
  return 2 * boost::math::cdf(null, fewer) - boost::math::pdf(null, fewer);
}

std::optional<Interval> tango_interval(const PairedCounts& counts, double confidence) {
  if (!usable(counts)) return std::nullopt;
  const double z = normal_quantile(0.5 + confidence / 2);
  const double observed =
      static_cast<double>(counts.candidate_only - counts.base_only) / static_cast<double>(counts.items);
  return Interval{crossing(counts, z, {-1, observed}), crossing(counts, -z, {observed, 1})};
}

}  // namespace bakeoff::stats
