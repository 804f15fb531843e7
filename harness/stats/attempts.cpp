// See attempts.h.
#include "harness/stats/attempts.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace bakeoff::stats {
namespace {

double log_choose(double n, double k) { return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1); }

/// C(c,j) C(n-c,k-j) / C(n,k).
double exactly(const Attempts& attempts, std::int64_t drawn, std::int64_t passes) {
  const double n = static_cast<double>(attempts.made), c = static_cast<double>(attempts.passed);
  const double k = static_cast<double>(drawn), j = static_cast<double>(passes);
  if (j > c || k - j > n - c) return 0;
  return std::exp(log_choose(c, j) + log_choose(n - c, k - j) - log_choose(n, k));
}

/// C(a,k) / C(b,k) as a product of k factors: exact to rounding where a sum of logarithms is not.
double choose_ratio(std::int64_t a, std::int64_t b, std::int64_t k) {
  if (a < k) return 0;
  double ratio = 1;
  for (std::int64_t i = 0; i < k; ++i) ratio *= static_cast<double>(a - i) / static_cast<double>(b - i);
  return ratio;
}

Result<Mean> mean_over_items(std::span<const Attempts> items, std::int64_t k, std::span<const int> groups,
                             std::optional<double> (*of_item)(const Attempts&, std::int64_t)) {
  std::vector<double> values;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto value = of_item(items[i], k);
    if (!value)
      return input_error("item " + std::to_string(i) + " passed " + std::to_string(items[i].passed) + " of " +
                             std::to_string(items[i].made) + " attempts: not enough for k = " + std::to_string(k),
                         "", "make at least k attempts at every item, or ask for a smaller k");
    values.push_back(*value);
  }
  const auto mean = clustered_mean(values, groups);
  if (!mean) return input_error("no items, no mean", "", "judge some attempts first");
  return *mean;
}

}  // namespace

std::optional<double> at_least_passes(const Attempts& attempts, std::int64_t drawn, std::int64_t least) {
  if (drawn < 1 || drawn > attempts.made || attempts.passed < 0 || attempts.passed > attempts.made) return std::nullopt;
  if (least <= 0) return 1.0;
  if (least == 1) return 1 - choose_ratio(attempts.made - attempts.passed, attempts.made, drawn);
  if (least == drawn) return choose_ratio(attempts.passed, attempts.made, drawn);
  double sum = 0;
  for (std::int64_t j = least; j <= std::min(drawn, attempts.passed); ++j) sum += exactly(attempts, drawn, j);
  return std::min(1.0, sum);
}

std::optional<double> pass_at_k(const Attempts& attempts, std::int64_t k) { return at_least_passes(attempts, k, 1); }
std::optional<double> pass_hat_k(const Attempts& attempts, std::int64_t k) { return at_least_passes(attempts, k, k); }

std::optional<double> g_pass_at_k(const Attempts& attempts, std::int64_t k, double share) {
  if (!(share >= 0 && share <= 1)) return std::nullopt;
  const auto least = static_cast<std::int64_t>(std::ceil(share * static_cast<double>(k) - 1e-9));
  return at_least_passes(attempts, k, std::max<std::int64_t>(1, least));
}

Result<Mean> mean_pass_at_k(std::span<const Attempts> items, std::int64_t k, std::span<const int> groups) {
  return mean_over_items(items, k, groups, pass_at_k);
}
Result<Mean> mean_pass_hat_k(std::span<const Attempts> items, std::int64_t k, std::span<const int> groups) {
  return mean_over_items(items, k, groups, pass_hat_k);
}

}  // namespace bakeoff::stats
