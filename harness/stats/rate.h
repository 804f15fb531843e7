// An interval for a rate: how often something happened among n independent trials.
//
// Wilson's score interval (Wilson 1927, doi:10.1080/01621459.1927.10502953; recommended for small n by Brown, Cai and
// DasGupta 2001, doi:10.1214/ss/1009213286): with p = k/n and z the normal quantile,
//
//   ( p + z^2/2n -+ z sqrt( p(1-p)/n + z^2/4n^2 ) ) / ( 1 + z^2/n )
//
// It has width at 0 of n and n of n too. Its coverage is 95 % on average; for true rates very near 0 or 1 it falls to a
// floor (the least coverage over all rates): 0.83 for n from 10 to 1,000. For rates between 0.1 and 0.9 it is at least
// 0.91 at n = 10, 0.92 at n = 30, 0.93 at n = 100 and 0.94 at n = 1,000. wilson_coverage_floor() computes it for any n:
// the coverage of a rate p, sum over the k whose interval holds p of C(n,k) p^k (1-p)^(n-k), is a sum over neighbouring
// k, thus rises and then falls between the ends of intervals, so that its least value lies at such an end.
//
// Clopper and Pearson's interval (1934, doi:10.1093/biomet/26.4.404) covers at least as often as it says for every
// rate, and is longer for it: its ends are quantiles of Beta(k, n-k+1) and Beta(k+1, n-k). For claims that must hold at
// any rate.
//
// Rule of three: after 0 of n the rate is below 3/n with 95 % confidence, as (1 - 3/n)^n <= e^-3 < 0.05 (Hanley and
// Lippman-Hand 1983, doi:10.1001/jama.1983.03330370053031).
//
// Rates of grouped items use the effective number of trials n / design effect (Korn and Graubard 1998, Survey
// Methodology 24:193-201, there with the exact interval; Franco et al. 2019, doi:10.1093/jssam/smy019, with Wilson's).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "harness/stats/interval.h"

namespace bakeoff::stats {

struct Rate {
  double successes = 0;
  std::int64_t trials = 0;
  double rate = 0;
  Interval interval;
  double effective_trials = 0;          ///< below `trials` where grouped items agree with each other
  std::optional<double> rule_of_three;  ///< at 0 of n: the rate is below this with 95 % confidence (3/n)
};

/// Requires 0 <= successes <= trials; no trials, no rate.
std::optional<Rate> wilson(std::int64_t successes, std::int64_t trials, double confidence = kConfidence);

/// The exact interval. Requires 0 <= successes <= trials; no trials, no interval.
std::optional<Interval> clopper_pearson(std::int64_t successes, std::int64_t trials, double confidence = kConfidence);

/// The least coverage of Wilson's interval over the true rates strictly inside `rates`, exactly. Time grows with the
/// square of `trials`: 10,000 take about a second. No trials, no floor.
std::optional<double> wilson_coverage_floor(std::int64_t trials, Interval rates = {0, 1},
                                            double confidence = kConfidence);

/// The rate of ones among values that are all 0 or 1, items grouped as in mean.h. Other values: no rate.
std::optional<Rate> clustered_rate(std::span<const double> values, std::span<const int> groups = {},
                                   double confidence = kConfidence);

/// True where there is a value and all are 0 or 1.
bool is_binary(std::span<const double> values);

}  // namespace bakeoff::stats
