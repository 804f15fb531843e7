// Tests and intervals that assume no distribution: by flipping signs and by drawing items again. Seeded, so that the
// same data give the same digits on every machine.
//
// Sign flips: if two arms do not differ, each item's difference is as likely as its negative. p is the share of sign
// patterns whose mean is at least as far from 0 as the one seen: all 2^G of them for up to 16 groups that differ, else
// a random sample counted as (hits + 1) / (draws + 1), which never gives 0 (Phipson and Smyth 2010,
// doi:10.2202/1544-6115.1585).
//
// BCa bootstrap of the mean (Efron 1987, doi:10.1080/01621459.1987.10478410; Efron and Tibshirani 1993, chapter 14):
// percentiles shifted by the bias z0 = Phi^-1(share of bootstrap means below the mean seen, ties by half) and by the
// acceleration a = sum d^3 / (6 (sum d^2)^1.5), d the jackknife means' deviations. Refused below 30 groups, where its
// coverage falls well under 95 %.
//
// Items of one group are flipped and drawn together.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "harness/core/result.h"
#include "harness/stats/interval.h"

namespace bakeoff::stats {

inline constexpr std::int64_t kBootstrapMinimum = 30;

struct ResamplingOptions {
  std::uint64_t seed = 0;
  int draws = 9999;  ///< fewer for very many items: at most 3e7 single values are drawn, at least 1,999 times
  double confidence = kConfidence;
};

/// Two-sided p of "the mean difference is 0"; 1 where all are 0. No differences, no p.
std::optional<double> sign_flip_p(std::span<const double> differences, std::span<const int> groups,
                                  const ResamplingOptions& options = {});

/// The same with one sign at a time: what the fast version is tested against.
std::optional<double> sign_flip_p_plain(std::span<const double> differences, std::span<const int> groups,
                                        const ResamplingOptions& options = {});

/// The value at a share, in [0, 1], of a sorted list that is not empty; between neighbours by proportion.
double at_share(const std::vector<double>& sorted, double share);

/// Interval of the mean. Errors: fewer than 30 groups; all values equal.
Result<Interval> bca_interval(std::span<const double> values, std::span<const int> groups,
                              const ResamplingOptions& options = {});

}  // namespace bakeoff::stats
