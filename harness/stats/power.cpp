// See power.h.
#include "harness/stats/power.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/non_central_t.hpp>

#include "harness/stats/mean.h"

namespace bakeoff::stats {
namespace {

/// In double throughout: long double, the library's default, takes three times as long for digits that no power needs.
using Binomial =
    boost::math::binomial_distribution<double,
                                       boost::math::policies::policy<boost::math::policies::promote_double<false>>>;

constexpr std::int64_t kMostItems = 1'000'000'000;

/// One number of differing items: how likely it is and the largest count of losses that still makes a claim.
struct Differing {
  std::int64_t count = 0;
  double chance = 0;
  double most_losses = -1;
};

double most_losses(std::int64_t differing, double alpha) {
  const Binomial null(static_cast<double>(differing), 0.5);
  const auto claims = [&](double k) { return k >= 0 && 2 * boost::math::cdf(null, k) < alpha; };
  const double m = static_cast<double>(differing);
  double k = std::floor(m / 2 + normal_quantile(alpha / 2) * std::sqrt(m) / 2);  // near the answer
  while (claims(k + 1)) ++k;
  while (k >= 0 && !claims(k)) --k;
  return std::max(k, -1.0);
}

/// All numbers of differing items that occur with more than negligible chance.
std::vector<Differing> differing_counts(std::int64_t items, double share, double alpha) {
  const double n = static_cast<double>(items), reach = 7 * std::sqrt(n * share * (1 - share)) + 7;
  const Binomial counts(n, share);
  const auto first = static_cast<std::int64_t>(std::max(1.0, std::floor(n * share - reach)));
  const auto last = static_cast<std::int64_t>(std::min(n, std::ceil(n * share + reach)));
  std::vector<Differing> out;
  for (auto m = first; m <= last; ++m)
    out.push_back({m, boost::math::pdf(counts, static_cast<double>(m)), most_losses(m, alpha)});
  return out;
}

double power_at(const std::vector<Differing>& counts, double win_share) {
  double power = 0;
  for (const auto& each : counts) {
    if (each.most_losses < 0) continue;
    const Binomial losses(static_cast<double>(each.count), std::max(0.0, 1 - win_share));
    power += each.chance * boost::math::cdf(losses, each.most_losses);
  }
  return power;
}

/// The smallest whole number above `low` for which a condition holds that, once true, stays so. `low` does not fulfil
/// it.
std::optional<std::int64_t> first_true(std::int64_t low, std::int64_t guess,
                                       const std::function<bool(std::int64_t)>& holds) {
  std::int64_t high = std::max(guess, low + 1);
  while (!holds(high)) {
    if (high >= kMostItems) return std::nullopt;
    low = high, high *= 2;
  }
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (holds(middle) ? high : low) = middle;
  }
  return high;
}

std::int64_t connor_items(double difference, double share, const PowerOptions& options) {
  const double root = normal_quantile(1 - options.alpha / 2) * std::sqrt(share) +
                      normal_quantile(options.power) * std::sqrt(std::max(0.0, share - difference * difference));
  const double items = std::ceil(root * root / (difference * difference));
  return items < static_cast<double>(kMostItems) ? static_cast<std::int64_t>(items) : kMostItems;
}

}  // namespace

std::optional<double> mcnemar_power(const RateEffect& effect, std::int64_t items, double alpha) {
  const double size = std::abs(effect.difference), share = effect.differing_share;
  if (items < 1 || !(share > 0 && share <= 1 && size <= share)) return std::nullopt;
  return power_at(differing_counts(items, share, alpha), (share + size) / (2 * share));
}

std::optional<double> detectable_rate_difference(std::int64_t items, double differing_share, PowerOptions options) {
  if (items < 1 || !(differing_share > 0 && differing_share <= 1)) return std::nullopt;
  const auto counts = differing_counts(items, differing_share, options.alpha);
  if (power_at(counts, 1) < options.power) return std::nullopt;
  double low = 0.5, high = 1;  // share of wins among differing items
  constexpr int kHalvings = 30;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (power_at(counts, middle) < options.power ? low : high) = middle;
  }
  return differing_share * (2 * high - 1);
}

std::optional<std::int64_t> items_for_rate_difference(double difference, double differing_share, PowerOptions options) {
  if (!(difference > 0 && difference <= differing_share && differing_share <= 1)) return std::nullopt;
  const auto guess = connor_items(difference, differing_share, options);
  constexpr std::int64_t kExactly = 5'000;
  if (guess >= kMostItems) return std::nullopt;
  if (guess > kExactly) return guess;
  return first_true(0, guess, [&](std::int64_t n) {
    return *mcnemar_power({difference, differing_share}, n, options.alpha) >= options.power;
  });
}

std::optional<double> mean_power(double effect, std::int64_t items, double alpha) {
  if (items < 2 || !std::isfinite(effect)) return std::nullopt;
  const double degrees = static_cast<double>(items - 1), critical = student_quantile(degrees, 1 - alpha / 2);
  const double shift = std::abs(effect) * std::sqrt(static_cast<double>(items));
  constexpr double kCertain = 38;  // beyond this the chance of missing it is no double
  if (shift - critical > kCertain) return 1.0;
  return boost::math::cdf(boost::math::complement(boost::math::non_central_t(degrees, shift), critical));
}

std::optional<double> detectable_mean_difference(std::int64_t items, double deviation, PowerOptions options) {
  if (items < 2 || !(deviation > 0)) return std::nullopt;
  double low = 0, high = 1;
  while (*mean_power(high, items, options.alpha) < options.power) high *= 2;
  constexpr int kHalvings = 40;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (*mean_power(middle, items, options.alpha) < options.power ? low : high) = middle;
  }
  return high * deviation;
}

std::optional<std::int64_t> items_for_mean_difference(double difference, double deviation, PowerOptions options) {
  if (!(difference > 0 && deviation > 0)) return std::nullopt;
  const double effect = difference / deviation;
  const double z = normal_quantile(1 - options.alpha / 2) + normal_quantile(options.power);
  const double guess = std::ceil(z * z / (effect * effect)) + 1;
  if (!(guess < static_cast<double>(kMostItems))) return std::nullopt;
  return first_true(1, static_cast<std::int64_t>(guess),
                    [&](std::int64_t n) { return *mean_power(effect, n, options.alpha) >= options.power; });
}

std::optional<std::int64_t> items_for_equivalence(const Equivalence& aim, PowerOptions options) {
  const double room = aim.margin - std::abs(aim.difference);
  if (!(room > 0 && aim.deviation > 0)) return std::nullopt;
  const double z = normal_quantile(1 - options.alpha / 2) + normal_quantile((1 + options.power) / 2);
  const double root = z * aim.deviation / room, items = std::ceil(root * root);
  if (!(items < static_cast<double>(kMostItems))) return std::nullopt;
  return static_cast<std::int64_t>(items);
}

}  // namespace bakeoff::stats
