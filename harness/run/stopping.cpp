// See stopping.h.
#include "harness/run/stopping.h"

#include "harness/compare/run_gate.h"

namespace bakeoff::run {
namespace {

bool is_settled(const compare::CriterionResult& one, double alpha, double tests) {
  if (one.status == compare::CriterionStatus::pass) return true;
  return one.status == compare::CriterionStatus::breach && one.p_breach && *one.p_breach * tests < alpha;
}

}  // namespace

Result<compare::RunGate> stopping_gate(const Experiment& experiment) {
  if (experiment.gate) return *experiment.gate;
  const Json usual = {{"policy", {{"alpha", 0.025}, {"defaults", {{"max_drop", 0.05}}}}}};
  auto gate = gate_from_json(usual, experiment, experiment.file.string() + ": gate");
  if (gate.ok()) return gate;
  return input_error("stopping early needs a decision to stop at", experiment.file.string(),
                     "add gate: {policy: FILE, base: ARM, candidate: ARM}");
}

Result<bool> is_suite_settled(store::Store& store, store::RunId run, const compare::RunGate& gate,
                              const std::string& label) {
  BAKEOFF_TRY(const compare::GateReport report, compare::gate_run(store, run, gate));
  BAKEOFF_TRY(const auto policy, compare::policy_from_json(gate.policy, "gate.policy"));
  BAKEOFF_TRY(const auto suites, store.suites(run));
  // Suites that were not begun yet are no criteria of the report, but will be.
  const auto for_others = (policy.for_others ? suites.size() : 0) + (policy.relative_for_others ? suites.size() : 0);
  const auto tests = static_cast<double>(policy.scores.size() + for_others);
  bool has_criterion = false;
  for (const auto& one : report.criteria) {
    if (one.suite != label || !one.decides()) continue;
    has_criterion = true;
    if (!is_settled(one, report.alpha, tests)) return false;
  }
  return has_criterion;
}

}  // namespace bakeoff::run
