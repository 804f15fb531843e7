// See mean.h.
#include "harness/stats/mean.h"

#include <cmath>
#include <unordered_map>

#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>

#include "harness/stats/plain_mean.h"

namespace bakeoff::stats {
namespace {

/// Sums of deviations from the mean, one per group.
std::vector<double> group_deviations(std::span<const double> values, std::span<const int> groups, double mean) {
  std::vector<double> sums;
  if (groups.empty()) {
    for (double value : values) sums.push_back(value - mean);
    return sums;
  }
  std::unordered_map<int, std::size_t> place;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto [found, is_new] = place.try_emplace(groups[i], sums.size());
    if (is_new) sums.push_back(0);
    sums[found->second] += values[i] - mean;
  }
  return sums;
}

}  // namespace

double student_quantile(double degrees, double probability) {
  return boost::math::quantile(boost::math::students_t(degrees), probability);
}

double normal_quantile(double probability) { return boost::math::quantile(boost::math::normal(), probability); }

double normal_cdf(double z) { return boost::math::cdf(boost::math::normal(), z); }

std::optional<Mean> clustered_mean(std::span<const double> values, std::span<const int> groups, double confidence) {
  if (values.empty()) return std::nullopt;
  Mean out;
  out.n = static_cast<std::int64_t>(values.size());
  out.mean = plain_mean(values);
  const auto sums = group_deviations(values, groups, out.mean);
  out.groups = static_cast<std::int64_t>(sums.size());
  if (out.groups < 2) return out;
  double squares = 0;
  for (double sum : sums) squares += sum * sum;
  const double count = static_cast<double>(out.groups);
  const double error = std::sqrt(count / (count - 1) * squares) / static_cast<double>(out.n);
  out.standard_error = error;
  constexpr double kRounding = 1e-12;
  if (error <= kRounding) return out;
  const double reach = student_quantile(count - 1, 0.5 + confidence / 2) * error;
  out.interval = Interval{out.mean - reach, out.mean + reach};
  return out;
}

std::vector<int> group_numbers(std::span<const std::string> names) {
  std::unordered_map<std::string, int> known;
  std::vector<int> numbers;
  numbers.reserve(names.size());
  int next = 0;
  for (const auto& name : names) {
    if (name.empty()) {
      numbers.push_back(next++);
      continue;
    }
    const auto [found, is_new] = known.try_emplace(name, next);
    if (is_new) ++next;
    numbers.push_back(found->second);
  }
  return numbers;
}

}  // namespace bakeoff::stats
