// Stopping early: a suite is played in random order, chunk by chunk over all arms, until every criterion that the gate
// has for it is settled. The gate's tests are then the betting tests of stats/sequential.h, whose promise holds at
// every look, so that the verdict of a run that stopped is worth as much as that of one that did not.
//
// A criterion is settled when it is met, or broken even if every other criterion of the gate were tested beside it
// (Bonferroni: what other suites show later can not undo it under Holm). Suites without a criterion are played to the
// end. An experiment without a gate stops by the usual arms with max_drop 0.05 for every suite; it gets no verdict.
#pragma once

#include "harness/run/experiment.h"
#include "harness/store/store.h"

namespace bakeoff::run {

/// The last look at a suite.
struct Look {
  std::size_t units = 0;  ///< that had been played
  bool is_settled = false;
};

/// By what a run stops. Errors: no gate, and no two arms to tell apart.
Result<compare::RunGate> stopping_gate(const Experiment& experiment);

/// Is every criterion of this suite settled by what the run has so far?
Result<bool> is_suite_settled(store::Store& store, store::RunId run, const compare::RunGate& gate,
                              const std::string& label);

}  // namespace bakeoff::run
