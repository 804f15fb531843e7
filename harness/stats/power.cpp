// See power.h.
#include "harness/stats/power.h"

#include <cmath>

#include "harness/stats/mean.h"

namespace bakeoff::stats {
namespace {

double level_quantile(const PowerOptions& options) { return normal_quantile(1 - options.alpha / 2); }
double power_quantile(const PowerOptions& options) { return normal_quantile(options.power); }

}  // namespace

std::optional<double> detectable_rate_difference(std::int64_t items, double differing_share, PowerOptions options) {
  if (items < 1 || differing_share <= 0 || differing_share > 1) return std::nullopt;
  const double n = static_cast<double>(items);
  const double za = level_quantile(options), zb = power_quantile(options);
  // The condition squared: (n + zb^2) d^2 - 2 za sqrt(n psi) d + psi (za^2 - zb^2) = 0; the larger root is the one with
  // sqrt(n) d >= za sqrt(psi).
  const double a = n + zb * zb, b = za * std::sqrt(n * differing_share), c = differing_share * (za * za - zb * zb);
  const double d = (b + std::sqrt(b * b - a * c)) / a;
  if (!(d <= differing_share)) return std::nullopt;
  return d;
}

std::optional<double> detectable_mean_difference(std::int64_t items, double deviation, PowerOptions options) {
  if (items < 1 || deviation <= 0) return std::nullopt;
  return (level_quantile(options) + power_quantile(options)) * deviation / std::sqrt(static_cast<double>(items));
}

std::optional<std::int64_t> items_for_rate_difference(double difference, double differing_share, PowerOptions options) {
  if (difference <= 0 || difference > differing_share || differing_share > 1) return std::nullopt;
  const double root = level_quantile(options) * std::sqrt(differing_share) +
                      power_quantile(options) * std::sqrt(differing_share - difference * difference);
  return static_cast<std::int64_t>(std::ceil(root * root / (difference * difference)));
}

}  // namespace bakeoff::stats
