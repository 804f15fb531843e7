// Two arms on the same items, right or wrong. Of n items b are right only for the candidate and c only for the base.
//
// Test: McNemar's, exact: under no difference b is binomial(b + c, 1/2); p doubles the smaller tail, at most 1
// (McNemar 1947, doi:10.1007/BF02295996; the exact form as in Fagerland, Lydersen and Laake 2013,
// doi:10.1186/1471-2288-13-91, section 2.2). Its size is at most nominal, usually well below. The mid-p version counts
// the outcome seen by half: p - C(b+c, b) / 2^(b+c) (same source, section 2.3; 1 where b = c). It is less wasteful and
// can exceed the level a little: for exploring, not for gates.
//
// Interval for the difference (b - c)/n: Tango's score interval (Tango 1998, doi:10.1002/(SICI)1097-0258(19980430)
// 17:8<891::AID-SIM780>3.0.CO;2-B): all d with |z(d)| <= z_{1-a/2}, where
//
//   z(d) = (b - c - n d) / sqrt( n (2 q(d) + d (1 - d)) )
//   q(d) = ( sqrt(B^2 - 8 n C) - B ) / 4n,    B = -b - c + (2n - b + c) d,    C = -c d (1 - d)
//
// and q(d) is the likelihood's estimate of c's probability under the difference d. It has width when b = c = 0. It is
// approximate: least coverages, enumerated, stand in docs/statistics.md.
#pragma once

#include <cstdint>
#include <optional>

#include "harness/stats/interval.h"

namespace bakeoff::stats {

struct PairedCounts {
  std::int64_t candidate_only = 0;  ///< b
  std::int64_t base_only = 0;       ///< c
  std::int64_t items = 0;           ///< n >= b + c
};

/// Exact two-sided p; 1 where no item differs. No items, no p.
std::optional<double> mcnemar_exact(const PairedCounts& counts);

/// The mid-p version. No items, no p.
std::optional<double> mcnemar_mid_p(const PairedCounts& counts);

/// z(d) above, with `correction` items taken from its numerator. Requires items >= 1.
double tango_score(const PairedCounts& counts, double d, double correction = 0);

/// Interval of candidate's rate minus base's rate, in [-1, 1]. No items, no interval.
std::optional<Interval> tango_interval(const PairedCounts& counts, double confidence = kConfidence);

}  // namespace bakeoff::stats
