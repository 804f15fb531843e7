// Two arms that did not answer the same items: what is left when pairing is not possible. Paired comparison
// (compare.h) of the same data sees smaller differences; use it wherever both arms met an item.
//
// Rates, k1 of n1 against k0 of n0:
//   test      Fisher's exact test, two-sided: the sum of the hypergeometric probabilities, given k1 + k0, that are no
//             larger than that of the table seen (Fisher 1935; Agresti 2013, Categorical Data Analysis, section 3.5).
//   interval  Newcombe's hybrid score interval without correction (Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)
//             17:8<873::AID-SIM779>3.0.CO;2-I, method 10), from the two Wilson intervals [l, u]:
//               d - sqrt((p1 - l1)^2 + (u0 - p0)^2)   to   d + sqrt((u1 - p1)^2 + (p0 - l0)^2)
//
// Means: Welch's test (1947, doi:10.1093/biomet/34.1-2.28) on clustered errors, degrees by Satterthwaite:
//   t = (m1 - m0) / sqrt(S1^2 + S0^2),   (S1^2 + S0^2)^2 / (S1^4/(G1 - 1) + S0^4/(G0 - 1))
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "harness/stats/interval.h"

namespace bakeoff::stats {

struct Successes {
  std::int64_t count = 0;   ///< k
  std::int64_t trials = 0;  ///< n >= k
};

struct UnpairedComparison {
  double difference = 0;  ///< candidate - base
  std::optional<Interval> interval;
  std::optional<double> p;  ///< two-sided; absent, as the interval is, where no value differs from another
  std::string test, interval_method;
};

/// Each trial on its own. Nothing without trials on both sides or with counts that can not be.
std::optional<UnpairedComparison> compare_rates_unpaired(const Successes& base, const Successes& candidate,
                                                         double confidence = kConfidence);

struct GroupedValues {
  std::span<const double> values;
  std::span<const int> groups = {};  ///< one per value, or empty: every value its own
};

/// Nothing where a side has fewer than two groups.
std::optional<UnpairedComparison> compare_means_unpaired(const GroupedValues& base, const GroupedValues& candidate,
                                                         double confidence = kConfidence);

}  // namespace bakeoff::stats
