// The gate that an experiment states for itself, applied to a finished run of it.
//
//   gate: {policy: policy.yaml, base: prompted, candidate: baked}
//
// The store keeps it with the resolved experiment, the policy in place of its file, so that the verdict can be had
// again from the store alone.
#pragma once

#include "harness/compare/gate.h"
#include "harness/store/store.h"

namespace bakeoff::compare {

/// What the experiment of a run states, as its store has it; nothing where it states none.
Result<std::optional<RunGate>> gate_of(const store::RunRow& run);

/// Holds the candidate's answers in this run against the base's. Errors: an arm that the run does not have.
Result<GateReport> gate_run(store::Store& store, store::RunId run, const RunGate& gate);

/// The same with what the run's experiment states; nothing where it states none.
Result<std::optional<GateReport>> gate_run(store::Store& store, store::RunId run);

}  // namespace bakeoff::compare
