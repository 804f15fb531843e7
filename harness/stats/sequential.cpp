// See sequential.h.
#include "harness/stats/sequential.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace bakeoff::stats {
namespace {

constexpr double kMostShare = 0.5;  ///< c: the largest share of the capital that a bet can lose

double factor_above(double value, double mean, double bet) {
  return 1 + std::min(bet, kMostShare / mean) * (value - mean);
}
double factor_below(double value, double mean, double bet) {
  return 1 - std::min(bet, kMostShare / (1 - mean)) * (value - mean);
}

void claim(std::optional<std::int64_t>& when, double log_capital, double log_needed, std::int64_t items) {
  if (!when && log_capital >= log_needed) when = items;
}

}  // namespace

double Bets::next(double value) {
  const double t = seen_ + 1;
  const double variance = (0.25 + squares_) / t;  // v_{t-1}
  const double size = std::sqrt(2 * std::log(2 / alpha_) / (variance * t * std::log(1 + t)));
  seen_ = t;
  sum_ += value;
  const double mean = (0.5 + sum_) / (t + 1);
  squares_ += (value - mean) * (value - mean);
  return size;
}

std::optional<ThresholdTest> test_sequence(std::span<const double> differences, double threshold, double alpha) {
  if (differences.empty() || !(threshold > -1 && threshold < 1)) return std::nullopt;
  Bets bets(2 * alpha);  // each side at alpha: the formula's alpha is two-sided
  const double mean = (1 + threshold) / 2;
  double above = 0, below = 0, most_above = 0, most_below = 0, sum = 0;
  for (const double difference : differences) {
    const double value = (difference + 1) / 2, size = bets.next(value);
    sum += difference;
    most_above = std::max(most_above, above += std::log(factor_above(value, mean, size)));
    most_below = std::max(most_below, below += std::log(factor_below(value, mean, size)));
  }
  ThresholdTest out;
  out.p_above = std::exp(-most_above);
  out.p_below = std::exp(-most_below);
  out.test = "betting, valid at every look";
  out.distance = sum / static_cast<double>(differences.size()) - threshold;
  return out;
}

SequentialComparison::SequentialComparison(const SequentialOptions& options) : options_(options), bets_(options.alpha) {
  at_margin_.mean = (1 - options.margin) / 2;
}

void SequentialComparison::bet(Capital& capital, double value, double size) const {
  capital.above += std::log(factor_above(value, capital.mean, size));
  capital.below += std::log(factor_below(value, capital.mean, size));
  capital.most_above = std::max(capital.most_above, capital.above);
  capital.most_below = std::max(capital.most_below, capital.below);
}

Status SequentialComparison::add(double difference) {
  if (!(difference >= -1 && difference <= 1))
    return input_error("the difference " + std::to_string(difference) + " is outside [-1, 1]", "",
                       "scores must lie in [0, 1]");
  const double value = (difference + 1) / 2, size = bets_.next(value);
  values_.push_back(value);
  sizes_.push_back(size);
  sum_ += value;

  bet(at_zero_, value, size);
  bet(at_margin_, value, size);
  const double needed = std::log(2 / options_.alpha);
  claim(claims_.gain, at_zero_.above, needed, items());
  claim(claims_.harm, at_zero_.below, needed, items());
  claim(claims_.not_inferior, at_margin_.above, needed, items());
  return {};
}

double SequentialComparison::p() const {
  return std::min(1.0, 2 * std::exp(-std::max(at_zero_.most_above, at_zero_.most_below)));
}

double SequentialComparison::final_capital(double mean, bool above) const {
  double log_capital = 0;
  for (std::size_t i = 0; i < values_.size(); ++i)
    log_capital +=
        std::log(above ? factor_above(values_[i], mean, sizes_[i]) : factor_below(values_[i], mean, sizes_[i]));
  return log_capital;
}

/// The end of the set of means whose capital is too small. K+ falls as m grows, K- rises, so halving finds it.
double SequentialComparison::bound(bool low) const {
  const double needed = std::log(2 / options_.alpha);
  double outside = low ? 0 : 1, inside = sum_ / static_cast<double>(items());
  constexpr int kHalvings = 40;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (outside + inside) / 2;
    (final_capital(middle, low) >= needed ? outside : inside) = middle;
  }
  return 2 * outside - 1;
}

Interval SequentialComparison::interval() {
  if (values_.empty()) return seen_;
  const double low = std::max(seen_.low, bound(true)), high = std::min(seen_.high, bound(false));
  if (low <= high) seen_ = {low, high};
  return seen_;
}

}  // namespace bakeoff::stats
