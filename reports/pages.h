// Pages that hold several results against each other, in the report's look: two sides item by item, and one baseline
// against all runs after it.
#pragma once

#include "harness/compare/history.h"
#include "reports/comparison.h"

namespace bakeoff::reports {

/// Two sides (or several arms of each): findings, forest plot, what differs in identity, and the items that changed
/// with both answers, as many as `most_bytes` hold. `comparisons` are adjusted already.
struct ComparisonPageOptions {
  std::string correction;            ///< what adjust() returned
  std::size_t most_bytes = 7 << 20;  ///< of the page, for changed items
};
std::string comparison_html(const std::vector<compare::Comparison>& comparisons,
                            const ComparisonPageOptions& options = {});

/// One run of a history, held against the baseline arm by arm.
struct TrendRun {
  std::string name;
  std::vector<compare::Comparison> comparisons;  ///< one per arm
};
struct Trend {  ///< comparisons adjusted by compare::adjust_against_baseline
  std::string baseline;
  std::vector<TrendRun> runs;  ///< oldest first
  std::string correction;
};

/// What is worse in which run (`first` is a place in Trend::runs), by suite, then arm.
std::vector<compare::Worse> regressions(const Trend& trend);

/// Which measure got worse and when, then a chart and a table of each suite's primary metric against the baseline.
std::string trend_html(const Trend& trend);

}  // namespace bakeoff::reports
