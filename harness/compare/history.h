// One arm on one suite over the runs of a store, and which run broke it.
//
//   BAKEOFF_TRY(auto history, compare::read_history(*store, {.last = 20}));
//   BAKEOFF_TRY(auto found, compare::find_regressions(*store, "runs/pirate", baseline, {}));
//   // found.first_bad: the earliest run that is worse than the baseline on some suite
//
// Every later run is held against one pinned baseline, not against the run before it: many small losses, each too small
// to see, still add up to one that shows. All tests of all runs are adjusted together by Holm's rule, so the chance
// that any run is called bad without cause is at most 5 % (where arms did not change), however many runs there are.
#pragma once

#include <limits>

#include "harness/compare/compare.h"
#include "harness/store/store.h"

namespace bakeoff::compare {

struct HistoryOptions {
  std::int64_t last = 20;  ///< how many runs, the newest ones
  std::string arm, suite;  ///< only these; empty: all
};

struct HistoryPoint {
  store::RunId run = 0;
  store::ScoreRow score;
};

struct Series {
  std::string suite, arm;
  std::vector<HistoryPoint> points;  ///< in the order of the runs
};

struct History {
  std::vector<store::RunRow> runs;  ///< the oldest first
  std::vector<Series> series;       ///< by suite, then arm
};

Result<History> read_history(store::Store& store, const HistoryOptions& options = {});

struct RegressionOptions {
  std::string arm, suite;                                        ///< only these; empty: all
  double margin = 0.05;                                          ///< differences up to this count as the same
  double noise_floor = 0;                                        ///< known from elsewhere, a share
  std::int64_t last = std::numeric_limits<std::int64_t>::max();  ///< how many runs after the baseline, the newest ones
};

/// One arm of one run on one suite's primary metric against the baseline.
struct RegressionRow {
  store::RunId run = 0;
  std::string arm, suite;
  MetricComparison metric;
};

/// A measure that got worse: an arm on a suite's primary metric.
struct Worse {
  std::string suite, arm, metric;
  store::RunId first = 0;  ///< the earliest run with the finding "worse"
  std::int64_t runs = 0;   ///< how many have it
};

/// The rule behind every "first bad run", in the order in which the measures appear. `rows`: those of one measure with
/// the oldest run first.
std::vector<Worse> worse_measures(const std::vector<RegressionRow>& rows);

/// What several runs against one baseline are adjusted by (Holm's rule; see above), once for all that is shown
/// together. They are of primary metrics alone (CompareOptions::only_primary). Returns how: "Holm over 12 tests".
std::string adjust_against_baseline(std::vector<Comparison>& comparisons);

/// Why an arm of a run, or the run, was not held against the baseline.
struct Skipped {
  store::RunId run = 0;
  std::string reason;
};

struct Regressions {
  store::RunId baseline = 0;
  std::vector<RegressionRow> rows;  ///< by run
  std::vector<Worse> worse;
  std::vector<Skipped> skipped;
  std::int64_t runs = 0;                  ///< with at least one row
  std::string correction;                 ///< "Holm over 12 tests"
  std::optional<store::RunId> first_bad;  ///< the earliest with a finding "worse"
};

/// `name` is what messages call the store. Runs are those after the baseline. Errors: a baseline without results,
/// or without the suite wanted.
Result<Regressions> find_regressions(store::Store& store, const std::string& name, store::RunId baseline,
                                     const RegressionOptions& options = {});

/// The tag `baseline` of the store, or what `wanted` names (store/place.h). Errors: none is pinned, no such run.
Result<store::RunId> find_baseline(store::Store& store, const std::string& wanted);

}  // namespace bakeoff::compare
