// See threshold.h.
#include "harness/stats/threshold.h"

#include <cmath>

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/students_t.hpp>

#include "harness/stats/mean.h"

namespace bakeoff::stats {
namespace {

constexpr double kContinuity = 1.2;   // items, of the score test
constexpr double kUnseenItems = 2.0;  // items, of the mean's test

PairedCounts mirrored(const PairedCounts& counts) { return {counts.base_only, counts.candidate_only, counts.items}; }

/// P(binomial(differing, 1/2) >= candidate_only).
double exact_p_above_zero(const PairedCounts& counts) {
  const auto differing = static_cast<double>(counts.candidate_only + counts.base_only);
  if (counts.candidate_only == 0) return 1;
  const boost::math::binomial null(differing, 0.5);
  return boost::math::cdf(boost::math::complement(null, static_cast<double>(counts.candidate_only - 1)));
}

double student_p_above(double degrees, double t) {
  return boost::math::cdf(boost::math::complement(boost::math::students_t(degrees), t));
}

}  // namespace

std::optional<ThresholdTest> test_rates(const PairedCounts& counts, double threshold) {
  const bool usable = counts.items >= 1 && counts.candidate_only >= 0 && counts.base_only >= 0 &&
                      counts.candidate_only + counts.base_only <= counts.items;
  if (!usable || !(threshold > -1 && threshold < 1)) return std::nullopt;
  const double n = static_cast<double>(counts.items);
  const double difference = static_cast<double>(counts.candidate_only - counts.base_only) / n;
  const double differing = static_cast<double>(counts.candidate_only + counts.base_only) / n;
  ThresholdTest out;
  out.distance = difference - threshold;
  out.deviation = std::sqrt(std::max(0.0, differing - difference * difference));
  out.unseen_items = kContinuity;
  if (threshold == 0) {
    out.test = "McNemar exact, one-sided";
    out.p_above = exact_p_above_zero(counts);
    out.p_below = exact_p_above_zero(mirrored(counts));
    return out;
  }
  out.test = "Nam score, continuity-corrected";
  out.p_above = normal_cdf(-tango_score(counts, threshold, kContinuity));
  out.p_below = normal_cdf(-tango_score(mirrored(counts), -threshold, kContinuity));
  return out;
}

std::optional<ThresholdTest> test_mean(std::span<const double> differences, std::span<const int> groups,
                                       double threshold, Scale scale) {
  const auto mean = clustered_mean(differences, groups);
  if (!mean || !mean->standard_error) return std::nullopt;
  ThresholdTest out;
  out.unseen_items = scale == Scale::share ? kUnseenItems : 0;
  const double n = static_cast<double>(mean->groups);
  const double error = n * *mean->standard_error;
  const double spread = std::sqrt(error * error + out.unseen_items);
  if (spread == 0) return std::nullopt;
  out.distance = mean->mean - threshold;
  out.deviation = *mean->standard_error * std::sqrt(n);
  out.test = scale == Scale::share ? "Student's t with 2 unseen items" : "Student's t, no bound on the unseen";
  out.p_above = student_p_above(n - 1, (n * out.distance - out.unseen_items) / spread);
  out.p_below = student_p_above(n - 1, (-n * out.distance - out.unseen_items) / spread);
  return out;
}

ThresholdTest test_figure(double difference, double standard_error, double threshold) {
  ThresholdTest out;
  out.distance = difference - threshold;
  out.deviation = standard_error;
  out.test = "unpaired normal";
  const double z = standard_error > 0 ? out.distance / standard_error : 0;
  out.p_above = normal_cdf(-z);
  out.p_below = normal_cdf(z);
  return out;
}

std::optional<std::int64_t> items_to_settle(const ThresholdTest& test, const SettleOptions& options) {
  constexpr double kMost = 1e9;
  const double z = normal_quantile(1 - options.alpha) + normal_quantile(options.power);
  const double distance = std::abs(test.distance), w = test.unseen_items;
  if (distance == 0) return std::nullopt;
  // (n distance - w)^2 = z^2 (n deviation^2 + w), the larger root.
  const double linear = 2 * distance * w + z * z * test.deviation * test.deviation;
  const double constant = w * w - z * z * w;
  const double root = std::sqrt(std::max(0.0, linear * linear - 4 * distance * distance * constant));
  const double items = std::ceil((linear + root) / (2 * distance * distance));
  if (!(items < kMost)) return std::nullopt;
  return std::max<std::int64_t>(2, static_cast<std::int64_t>(items));
}

}  // namespace bakeoff::stats
