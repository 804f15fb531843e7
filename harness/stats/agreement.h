// Do judges agree, with each other and with themselves when two answers change places?
//
// Cohen's kappa of two raters (1960, doi:10.1177/001316446002000104): (p_o - p_e) / (1 - p_e), p_o the share of items
// with the same label, p_e what raters with these label shares would share by chance. Its standard error is that of
// Fleiss, Cohen and Everitt (1969, doi:10.1037/h0028106):
//
//   SE^2 = ( sum_i p_ii (1 - (r_i + c_i)(1 - k))^2 + (1 - k)^2 sum_{i != j} p_ij (c_i + r_j)^2 - (k - p_e (1 - k))^2 )
//          / ( n (1 - p_e)^2 )                    p_ij table of shares, r_i its rows' and c_j its columns' sums
//
// Fleiss' kappa of m raters on every item (1971, doi:10.1037/h0031619): the same with p_o the mean share of agreeing
// pairs of raters, and p_e = sum_j p_j^2.
//
// Order: a judge sees every pair of answers twice, the second time swapped. Consistent: the same answer wins both
// times. Of the others, those where the same *place* wins show position bias: without bias, first and second place are
// equally likely, which an exact binomial test checks.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "harness/core/result.h"
#include "harness/stats/interval.h"
#include "harness/stats/rate.h"
#include "harness/stats/votes.h"

namespace bakeoff::stats {

struct Kappa {
  std::int64_t items = 0;
  double agreement = 0;                  ///< p_o
  double chance = 0;                     ///< p_e
  std::optional<double> kappa;           ///< absent where p_e = 1: all labels are the same
  std::optional<double> standard_error;  ///< of Cohen's
  std::optional<Interval> interval;      ///< of Cohen's: kappa -+ z SE, within [-1, 1]
};

/// Labels are any whole numbers. Errors: no items, lists of different lengths.
Result<Kappa> cohen_kappa(std::span<const int> first, std::span<const int> second, double confidence = kConfidence);

/// One row per item: how many raters gave each category. Errors: no items, rows of unequal lengths, negative counts,
/// items with different numbers of raters or fewer than two.
Result<Kappa> fleiss_kappa(const std::vector<std::vector<std::int64_t>>& counts);

/// One pair of answers, judged in both orders. Each outcome names the *place* that won in that showing.
struct BothOrders {
  Outcome shown = Outcome::tie;    ///< answer 1 first, answer 2 second
  Outcome swapped = Outcome::tie;  ///< answer 2 first, answer 1 second
};

struct PositionBias {
  Rate consistent;               ///< pairs with the same answer, or a tie, in both orders
  std::int64_t first_both = 0;   ///< the first place won both times
  std::int64_t second_both = 0;  ///< the second place won both times
  std::optional<double> p;       ///< of "no bias", two-sided; absent where no place won both times
  std::optional<double> kappa;   ///< Cohen's, between the answers chosen in the two orders
};

/// Errors: no pairs.
Result<PositionBias> position_bias(std::span<const BothOrders> pairs);

}  // namespace bakeoff::stats
