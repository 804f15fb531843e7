// Where the noise of a score comes from, and how large a difference is that means nothing.
//
// Every item was answered K times (replicates: other seeds, same settings). Then x_ik = mu_i + e_ik, and the score of
// one run over n items varies by (Wang 2025, arXiv:2512.21326, "prediction noise" and "data noise"; Miller 2024,
// arXiv:2411.00640)
//
//   prediction = mean_i s_i^2,                      s_i^2 = sum_k (x_ik - x_i.)^2 / (K_i - 1)
//   item       = var_i(x_i.) - mean_i(s_i^2 / K_i)  (unbiased; below 0 by chance: given as it is, used as 0)
//   SE^2       = ( item + prediction / K ) / n
//
// For two arms the same with differences: the item part is var_i of the paired difference, and the prediction parts of
// the arms add up, since their draws are independent. Prediction noise is what more replicates cut; item noise only
// more items. Items of one group: not covered here; take a group's mean as one item.
//
// Noise floor: two runs of one arm, A/A, differ by chance. 95 % of such differences lie within
//
//   t * s * sqrt(2)      s the standard deviation between runs, t Student's quantile at its degrees of freedom
//
// (the prediction interval for the difference of two new normal values; Hahn and Meeker 1991, Statistical Intervals).
// s comes from the runs' scores (degrees: runs - 1; for greedy arms the runs are bake seeds or few-shot
// draws), or, for runs that draw every item with its own seed, from the items: s^2 = prediction / n with degrees sum_i
// (K_i - 1), which needs few replicates. A difference within the floor is neither gain nor loss.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "harness/core/result.h"
#include "harness/stats/interval.h"
#include "harness/stats/power.h"

namespace bakeoff::stats {

/// Of one item's score, or of one item's difference between two arms; in squared points of score.
struct VarianceSplit {
  std::int64_t items = 0;
  double prediction = 0;     ///< of one answer (of one answer by each arm)
  double item = 0;           ///< between items, may be below 0
  std::int64_t degrees = 0;  ///< of `prediction`
  /// Standard error of the mean over `n` items with `replicates` answers each.
  double standard_error(double n, double replicates) const;
};

/// One row of answers' scores per item.
using Replicates = std::vector<std::vector<double>>;

/// Errors: fewer than two items, an item with fewer than two replicates.
Result<VarianceSplit> split_variance(const Replicates& items);
/// Of candidate - base; row i of both is the same item. Errors also: unequal numbers of items.
Result<VarianceSplit> split_variance(const Replicates& base, const Replicates& candidate);

/// The noise floor of a difference between two runs, from their scores. Nothing with fewer than two runs.
std::optional<double> noise_floor(std::span<const double> run_scores, double confidence = kConfidence);
/// The same from the prediction noise of one arm, for runs with `replicates` answers per item.
std::optional<double> noise_floor(const VarianceSplit& arm, double replicates = 1, double confidence = kConfidence);

/// How many answers per item, or how many items, would settle a true difference.
struct MoreNeeded {
  std::optional<std::int64_t> items;       ///< in all, at the replicates at hand; absent: beyond reach
  std::optional<std::int64_t> replicates;  ///< per item, at the items at hand; absent: item noise alone is too large
};

/// By the normal approximation (Miller 2024). `replicates` >= 1 is what is at hand; difference != 0.
MoreNeeded more_needed(const VarianceSplit& paired, double difference, double replicates, PowerOptions options = {});

}  // namespace bakeoff::stats
