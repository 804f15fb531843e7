// See poisson.h.
#include "harness/stats/poisson.h"

#include <cmath>

namespace bakeoff::stats {
namespace {

double by_multiplication(Random& random, double mean) {
  const double end = std::exp(-mean);
  double product = random.uniform();
  double count = 0;
  while (product > end) product *= random.uniform(), ++count;
  return count;
}

double by_rejection(Random& random, double mean) {
  const double b = 0.931 + 2.53 * std::sqrt(mean), a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), squeeze = 0.9277 - 3.6224 / (b - 2);
  while (true) {
    const double u = random.uniform() - 0.5, v = 1 - random.uniform(), us = 0.5 - std::abs(u);
    const double k = std::floor((2 * a / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= squeeze) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (std::log(v * inverse_alpha / (a / (us * us) + b)) <= k * std::log(mean) - mean - std::lgamma(k + 1)) return k;
  }
}

}  // namespace

double poisson_draw(Random& random, double mean) {
  if (!(mean > 0)) return 0;
  constexpr double kRejectionFrom = 10;
  return mean < kRejectionFrom ? by_multiplication(random, mean) : by_rejection(random, mean);
}

}  // namespace bakeoff::stats
