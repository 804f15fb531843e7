// Items that were attempted several times: how likely is it that k attempts hold a success, or are all successes?
//
// Of n attempts at an item c passed. k of them are drawn without replacement; the number of passed ones among them is
// hypergeometric, and the chance that at least m pass is an unbiased estimate of that chance for k fresh attempts:
//
//   P(>= m of k) = sum_{j=m}^{k} C(c,j) C(n-c,k-j) / C(n,k)
//
//   pass@k     m = 1            Chen et al. 2021, arXiv:2107.03374, equation 1: 1 - C(n-c,k)/C(n,k)
//   pass^k     m = k            Yao et al. 2024, arXiv:2406.12045: C(c,k)/C(n,k)
//   G-Pass@k   m = ceil(tau k)  Liu et al. 2024, arXiv:2412.13147 (tau = 0 counts as m = 1)
//
// The figure of a suite is the mean over its items, with the error of that mean (mean.h): the items are the sample, so
// the spread of attempts within an item is in it already.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "harness/core/result.h"
#include "harness/stats/mean.h"

namespace bakeoff::stats {

/// One item's attempts.
struct Attempts {
  std::int64_t made = 0;    ///< n
  std::int64_t passed = 0;  ///< c <= n
};

/// The chance that at least `least` of `drawn` attempts pass; 1 where least <= 0. Nothing where 1 <= drawn <= n or
/// 0 <= c <= n does not hold.
std::optional<double> at_least_passes(const Attempts& attempts, std::int64_t drawn, std::int64_t least);

std::optional<double> pass_at_k(const Attempts& attempts, std::int64_t k);
std::optional<double> pass_hat_k(const Attempts& attempts, std::int64_t k);
/// `share` (tau above) in [0, 1].
std::optional<double> g_pass_at_k(const Attempts& attempts, std::int64_t k, double share);

/// The mean over items with its clustered error. Errors: no item; an item with fewer than k attempts or other counts
/// that can not be.
Result<Mean> mean_pass_at_k(std::span<const Attempts> items, std::int64_t k, std::span<const int> groups = {});
Result<Mean> mean_pass_hat_k(std::span<const Attempts> items, std::int64_t k, std::span<const int> groups = {});

}  // namespace bakeoff::stats
