// See run_gate.h.
#include "harness/compare/run_gate.h"

#include "harness/compare/from_store.h"

namespace bakeoff::compare {

Json to_json(const RunGate& gate) {
  return {{"policy", gate.policy}, {"base", gate.base}, {"candidate", gate.candidate}};
}

Result<std::optional<RunGate>> gate_of(const store::RunRow& run) {
  const auto found = run.resolved.find("gate");
  if (found == run.resolved.end()) return std::optional<RunGate>();
  ObjectReader fields(*found, "run " + std::to_string(run.id) + ": gate");
  RunGate gate{fields.required<Json>("policy"), fields.required<std::string>("base"),
               fields.required<std::string>("candidate")};
  BAKEOFF_CHECK(fields.finish());
  return std::optional(std::move(gate));
}

Result<GateReport> gate_run(store::Store& store, store::RunId run, const RunGate& gate) {
  BAKEOFF_TRY(const Policy policy, policy_from_json(gate.policy, "gate.policy"));
  const std::string name = store.folder().string();
  BAKEOFF_TRY(auto base, read_run(store, run, name, gate.base));
  BAKEOFF_TRY(auto candidate, read_run(store, run, name, gate.candidate));
  BAKEOFF_TRY(const auto pairs, pair_sets(std::move(base), std::move(candidate)));
  return compare::gate(pairs, policy);
}

Result<std::optional<GateReport>> gate_run(store::Store& store, store::RunId run) {
  BAKEOFF_TRY(const store::RunRow row, store.run(run));
  BAKEOFF_TRY(const auto gate, gate_of(row));
  if (!gate) return std::optional<GateReport>();
  BAKEOFF_TRY(GateReport report, gate_run(store, run, *gate));
  return std::optional(std::move(report));
}

}  // namespace bakeoff::compare
