// See rate.h.
#include "harness/stats/rate.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/binomial.hpp>

#include "harness/stats/mean.h"

namespace bakeoff::stats {
namespace {

Interval wilson_interval(double rate, double trials, double confidence) {
  const double z = normal_quantile(0.5 + confidence / 2);
  const double z2n = z * z / trials;
  const double centre = rate + z2n / 2;
  const double reach = std::sqrt(z2n * rate * (1 - rate) + z2n * z2n / 4);
  Interval interval{std::max(0.0, (centre - reach) / (1 + z2n)), std::min(1.0, (centre + reach) / (1 + z2n))};
  if (rate == 0) interval.low = 0;  // exactly so; rounding would leave 1e-18
  if (rate == 1) interval.high = 1;
  return interval;
}

/// Trials that would give the same error without groups: p(1-p)/SE^2, never above n. Without spread: the groups.
double effective_trials(const Mean& mean) {
  const double trials = static_cast<double>(mean.n);
  const double variance = mean.mean * (1 - mean.mean);
  if (mean.groups == mean.n) return trials;
  if (variance <= 0 || !mean.standard_error) return static_cast<double>(mean.groups);
  if (*mean.standard_error <= 0) return trials;
  return std::clamp(variance / (*mean.standard_error * *mean.standard_error), 1.0, trials);
}

Rate make_rate(double successes, std::int64_t trials, double effective, double confidence) {
  Rate out;
  out.successes = successes;
  out.trials = trials;
  out.rate = successes / static_cast<double>(trials);
  out.effective_trials = effective;
  out.interval = wilson_interval(out.rate, effective, confidence);
  if (successes == 0) out.rule_of_three = std::min(1.0, 3.0 / effective);
  return out;
}

/// Probability that the true rate's interval is one of those for which `holds` is true. All such k are neighbours.
template <class Holds>
double coverage(const std::vector<Interval>& intervals, double rate, Holds holds) {
  const boost::math::binomial distribution(static_cast<double>(intervals.size()) - 1, rate);
  std::size_t first = 0, end = intervals.size();
  while (first < end && !holds(intervals[first])) ++first;
  while (end > first && !holds(intervals[end - 1])) --end;
  if (first == end) return 0;
  const double below = first == 0 ? 0 : boost::math::cdf(distribution, static_cast<double>(first - 1));
  return boost::math::cdf(distribution, static_cast<double>(end - 1)) - below;
}

}  // namespace

std::optional<Interval> clopper_pearson(std::int64_t successes, std::int64_t trials, double confidence) {
  if (trials < 1 || successes < 0 || successes > trials) return std::nullopt;
  const double k = static_cast<double>(successes), misses = static_cast<double>(trials - successes);
  const double tail = (1 - confidence) / 2;
  Interval out{0, 1};
  if (successes > 0) out.low = boost::math::quantile(boost::math::beta_distribution<>(k, misses + 1), tail);
  if (successes < trials)
    out.high = boost::math::quantile(boost::math::complement(boost::math::beta_distribution<>(k + 1, misses), tail));
  return out;
}

std::optional<double> wilson_coverage_floor(std::int64_t trials, Interval rates, double confidence) {
  if (trials < 1) return std::nullopt;
  std::vector<Interval> intervals;
  for (std::int64_t k = 0; k <= trials; ++k) intervals.push_back(wilson(k, trials, confidence)->interval);
  double least = 1;
  const auto look = [&](double end) {
    if (end <= rates.low || end >= rates.high || end <= 0 || end >= 1) return;
    // Just beside an end, the interval that ends there no longer holds the rate: from below and from above.
    least = std::min(least, coverage(intervals, end, [&](Interval i) { return i.low < end && end <= i.high; }));
    least = std::min(least, coverage(intervals, end, [&](Interval i) { return i.low <= end && end < i.high; }));
  };
  for (const Interval& interval : intervals) look(interval.low), look(interval.high);
  return least;
}

std::optional<Rate> wilson(std::int64_t successes, std::int64_t trials, double confidence) {
  if (trials < 1 || successes < 0 || successes > trials) return std::nullopt;
  return make_rate(static_cast<double>(successes), trials, static_cast<double>(trials), confidence);
}

bool is_binary(std::span<const double> values) {
  return !values.empty() && std::all_of(values.begin(), values.end(), [](double v) { return v == 0 || v == 1; });
}

std::optional<Rate> clustered_rate(std::span<const double> values, std::span<const int> groups, double confidence) {
  if (!is_binary(values)) return std::nullopt;
  const auto mean = clustered_mean(values, groups, confidence);
  const double successes = static_cast<double>(std::count(values.begin(), values.end(), 1.0));
  return make_rate(successes, mean->n, effective_trials(*mean), confidence);
}

}  // namespace bakeoff::stats
