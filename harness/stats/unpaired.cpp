// See unpaired.h.
#include "harness/stats/unpaired.h"

#include <algorithm>
#include <cmath>

#include <boost/math/distributions/students_t.hpp>

#include "harness/stats/mean.h"
#include "harness/stats/rate.h"

namespace bakeoff::stats {
namespace {

/// Logarithm of C(n1,k) C(n0,all-k), the hypergeometric weight of k successes on the candidate's side.
double log_weight(const Successes& base, const Successes& candidate, std::int64_t k) {
  const auto log_choose = [](double n, double j) {
    return std::lgamma(n + 1) - std::lgamma(j + 1) - std::lgamma(n - j + 1);
  };
  const auto rest = base.count + candidate.count - k;
  return log_choose(static_cast<double>(candidate.trials), static_cast<double>(k)) +
         log_choose(static_cast<double>(base.trials), static_cast<double>(rest));
}

double fisher_exact(const Successes& base, const Successes& candidate) {
  const auto all = base.count + candidate.count;
  const auto least = std::max<std::int64_t>(0, all - base.trials), most = std::min(candidate.trials, all);
  const double seen = log_weight(base, candidate, candidate.count);
  constexpr double kEqual = 1e-7;  // weights this close are equal but for rounding
  double extreme = 0, total = 0;
  for (std::int64_t k = least; k <= most; ++k) {
    const double weight = log_weight(base, candidate, k) - seen;
    if (weight <= kEqual) extreme += std::exp(weight);
    total += std::exp(std::min(weight, 700.0));
  }
  return std::min(1.0, extreme / total);
}

bool usable(const Successes& side) { return side.trials >= 1 && side.count >= 0 && side.count <= side.trials; }

}  // namespace

std::optional<UnpairedComparison> compare_rates_unpaired(const Successes& base, const Successes& candidate,
                                                         double confidence) {
  if (!usable(base) || !usable(candidate)) return std::nullopt;
  const auto from = *wilson(base.count, base.trials, confidence);
  const auto to = *wilson(candidate.count, candidate.trials, confidence);
  UnpairedComparison out;
  out.difference = to.rate - from.rate;
  out.interval = Interval{out.difference - std::hypot(to.rate - to.interval.low, from.interval.high - from.rate),
                          out.difference + std::hypot(to.interval.high - to.rate, from.rate - from.interval.low)};
  out.interval_method = "Newcombe hybrid score";
  out.p = fisher_exact(base, candidate);
  out.test = "Fisher exact";
  return out;
}

std::optional<UnpairedComparison> compare_means_unpaired(const GroupedValues& base, const GroupedValues& candidate,
                                                         double confidence) {
  const auto from = clustered_mean(base.values, base.groups), to = clustered_mean(candidate.values, candidate.groups);
  if (!from || !to || !from->standard_error || !to->standard_error) return std::nullopt;
  UnpairedComparison out;
  out.difference = to->mean - from->mean;
  out.test = "Welch";
  out.interval_method = "Welch's t";
  const double v0 = *from->standard_error * *from->standard_error, v1 = *to->standard_error * *to->standard_error;
  constexpr double kRounding = 1e-24;
  if (v0 + v1 <= kRounding) return out;
  const double degrees =
      (v0 + v1) * (v0 + v1) /
      (v0 * v0 / static_cast<double>(from->groups - 1) + v1 * v1 / static_cast<double>(to->groups - 1));
  const double error = std::sqrt(v0 + v1), reach = student_quantile(degrees, 0.5 + confidence / 2) * error;
  out.interval = Interval{out.difference - reach, out.difference + reach};
  out.p =
      2 * boost::math::cdf(boost::math::complement(boost::math::students_t(degrees), std::abs(out.difference) / error));
  return out;
}

}  // namespace bakeoff::stats
