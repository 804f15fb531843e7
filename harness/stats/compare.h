// Two arms on the same items, from their scores to one line of a report: difference, interval, p, test, and, once p is
// adjusted for the other tests beside it, a finding in words. Which method applies:
//
//   all scores 0 or 1, every item its own group:  McNemar's exact test, Tango's interval     (paired_rates.h)
//   otherwise, 30 independent items or more:      sign flips, BCa bootstrap                   (resampling.h)
//   otherwise, fewer:                             sign flips, Student's t by group            (mean.h)
//
// The finding follows the adjusted p; a difference within the noise floor is neither a gain nor a loss; "same" needs
// the whole interval within the margin (two one-sided tests, Schuirmann 1987, doi:10.1007/BF01068419; with a 95 %
// interval the error is at most 2.5 %); what remains is "not enough data", with what could have been seen.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "harness/stats/interval.h"

namespace bakeoff::stats {

/// One item, scored on both sides.
struct Pair {
  double base = 0;
  double candidate = 0;
  int group = 0;  ///< items of one group share a cause
};

struct PairedComparison {
  std::int64_t items = 0, groups = 0;
  double base = 0, candidate = 0;    ///< means over these items
  double difference = 0;             ///< candidate - base
  std::optional<Interval> interval;  ///< of the difference
  std::string interval_method;       ///< or the reason why there is none
  double p = 1;                      ///< two-sided, not adjusted
  std::string test;
  std::int64_t wins = 0, losses = 0, ties = 0;  ///< items on which the candidate's score is higher, lower, equal
  std::optional<double> detectable;  ///< smallest true difference that would be found in 4 of 5 such experiments
  /// Independent items, in all, with which 4 of 5 experiments would find a true difference as large as the one seen.
  /// Nothing where none was seen. The difference seen is uncertain, so this is the order of magnitude of what would
  /// settle it.
  std::optional<std::int64_t> items_to_settle;
};

struct CompareOptions {
  std::uint64_t seed = 0;
  double confidence = kConfidence;
};

/// No pairs, no comparison.
std::optional<PairedComparison> compare_paired(std::span<const Pair> pairs, const CompareOptions& options = {});

enum class Finding { better, worse, same, not_enough_data };

struct FindingOptions {
  double alpha = 0.05;
  double margin = 0.05;    ///< differences up to this count as the same
  double noise_floor = 0;  ///< differences up to this are no gain and no loss
  bool higher_is_better = true;
};

Finding find(const PairedComparison& comparison, double adjusted_p, const FindingOptions& options = {});

/// "better", "worse", "same within 5 points", "not enough data".
std::string in_words(Finding finding, double margin);

}  // namespace bakeoff::stats
