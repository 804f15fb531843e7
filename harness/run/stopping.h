// Stopping early: a suite is played in random order, chunk by chunk over all arms, until every criterion that the gate
// has for it is settled. The gate's tests are then the betting tests of stats/sequential.h, whose promise holds at
// every look, so that the verdict of a run that stopped is worth as much as that of one that did not.
//
// A criterion is settled when it is met, or broken even if every other criterion of the gate were tested beside it
// (Bonferroni: what other suites show later can not undo it under Holm). Suites without a criterion are played to the
// end. An experiment without a gate stops by the usual arms with max_drop 0.05 for every suite; it gets no verdict.
#pragma once

#include <optional>

#include "harness/compare/open.h"
#include "harness/compare/policy.h"
#include "harness/run/experiment.h"
#include "suites/suite.h"

namespace bakeoff::run {

/// One suite of a gate's two arms while it is played. It keeps what it was told, so that each look reads only what is
/// new. Its decisions are those of the gate over all that the run has (compare::gate_run), made from this suite alone.
class SuiteWatch {
 public:
  /// `suites`: how many the run has; `candidate` is the arm's name.
  SuiteWatch(compare::Policy policy, const std::string& candidate, const suites::SuiteCard& card,
             const std::string& label, std::size_t suites);
  /// Answers in the order of play, a group's together; each once.
  void add_base(compare::ScoredItem answer) { base().items.push_back(std::move(answer)); }
  void add_candidate(compare::ScoredItem answer) { candidate().items.push_back(std::move(answer)); }
  /// Is every criterion of this suite settled by what was added? False where it has none.
  bool is_settled() const;

 private:
  compare::SuiteResults& base() { return pair_.base.suites.front(); }
  compare::SuiteResults& candidate() { return pair_.candidate.suites.front(); }
  compare::Policy policy_;
  compare::SidePair pair_;
  double tests_;  ///< criteria of the whole gate, those of suites that were not begun included
};

/// The last look at a suite.
struct Look {
  std::size_t units = 0;  ///< that had been played
  bool is_settled = false;
  std::optional<SuiteWatch> watch = {};  ///< present from the first look on
  std::size_t watched_units = 0;         ///< that it was told of
};

/// By what a run stops. Errors: no gate, and no two arms to tell apart.
Result<compare::RunGate> stopping_gate(const Experiment& experiment);

}  // namespace bakeoff::run
