// Two arms' answers to one suite, joined by item: replicates of an item are averaged on each side, then the two sides
// are paired. Shared by comparison and gate.
//
// A metric may be about some of a suite's items only: a scored verdict without it is no part of its numbers, and no
// gap. A gap is an unscored verdict, or an item that one side has and the other lacks.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/compare/results.h"
#include "harness/stats/compare.h"

namespace bakeoff::compare {

/// One side's scored replicates of one item.
struct ItemScore {
  double sum = 0;
  int scored = 0;
  int unscored = 0;
  const ScoredItem* first = nullptr;  ///< null: this side lacks the item

  bool known() const { return scored > 0; }
  double mean() const { return sum / scored; }
  /// With `value` in the place of what is unscored; all of it where the item is lacking.
  double imputed(double value) const;
};

struct PairedItem {
  std::string id;
  int group = 0;
  ItemScore base, candidate;
  bool scored_on_both() const { return base.known() && candidate.known(); }
  bool has_gap() const { return !scored_on_both() || base.unscored + candidate.unscored > 0; }
};

struct Pairing {
  std::vector<PairedItem> items;  ///< in the base's order, then those that only the candidate has
  bool is_share = true;           ///< all scores lie in [0, 1]
  std::int64_t gaps = 0;          ///< items with a gap
  std::int64_t common = 0;        ///< items that both sides have, scored or not

  /// The items scored on both sides.
  std::vector<stats::Pair> pairs() const;
  /// All items, with every gap against the candidate: its own at worst, the base's at best.
  std::vector<stats::Pair> worst_case(bool higher_is_better) const;
};

Pairing pair_items(const SuiteResults& base, const SuiteResults& candidate, const std::string& metric);

/// The value that a metric has in a scored verdict; absent where the verdict is unscored or the metric does not apply.
std::optional<double> value_of(const Verdict& verdict, const std::string& metric, bool is_primary);

/// The noise floor of a difference between two runs like these, from replicates: the larger of the two sides'.
/// Nothing where neither side has two scored replicates of every item.
std::optional<double> measured_noise_floor(const SuiteResults& base, const SuiteResults& candidate,
                                           const std::string& metric);

}  // namespace bakeoff::compare
