// See noninferiority.h.
#include "harness/stats/noninferiority.h"

#include <boost/math/distributions/students_t.hpp>

#include "harness/stats/mean.h"

namespace bakeoff::stats {

std::optional<NonInferiority> noninferior_rates(const PairedCounts& counts, const NonInferiorityOptions& options) {
  const auto interval = tango_interval(counts, 1 - 2 * options.alpha);
  if (!interval || !(options.margin > 0 && options.margin < 1)) return std::nullopt;
  NonInferiority out;
  out.difference = static_cast<double>(counts.candidate_only - counts.base_only) / static_cast<double>(counts.items);
  out.interval = interval;
  constexpr double kContinuity = 1.2;
  out.p = normal_cdf(-tango_score(counts, -options.margin, kContinuity));
  out.test = "Nam score, continuity-corrected";
  out.shown = out.p < options.alpha;
  return out;
}

std::optional<NonInferiority> noninferior_mean(std::span<const double> differences, std::span<const int> groups,
                                               const NonInferiorityOptions& options) {
  const auto mean = clustered_mean(differences, groups, 1 - 2 * options.alpha);
  if (!mean || !mean->interval || !(options.margin > 0)) return std::nullopt;
  NonInferiority out;
  out.difference = mean->mean;
  out.interval = mean->interval;
  const boost::math::students_t null(static_cast<double>(mean->groups - 1));
  out.p = boost::math::cdf(boost::math::complement(null, (mean->mean + options.margin) / *mean->standard_error));
  out.test = "Student's t";
  out.shown = out.p < options.alpha;
  return out;
}

}  // namespace bakeoff::stats
