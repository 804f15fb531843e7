// The key `gate` of an experiment: which policy decides between which arms when a run is done.
#include <algorithm>

#include "harness/core/nearest.h"
#include "harness/run/experiment.h"

namespace bakeoff::run {
namespace {

const Arm* find_arm(const Experiment& experiment, const std::string& kind, const std::string& prompt) {
  for (const Arm& arm : experiment.arms)
    if (arm.kind == kind && (prompt.empty() || arm.prompt == prompt)) return &arm;
  return nullptr;
}

std::string usual_candidate(const Experiment& experiment) {
  const Arm* baked = find_arm(experiment, "baked", "");
  return baked ? baked->name : "";
}

/// The prompted arm of the candidate's prompt, else the base.
std::string usual_base(const Experiment& experiment, const std::string& candidate) {
  for (const Arm& arm : experiment.arms)
    if (arm.name == candidate)
      if (const Arm* prompted = find_arm(experiment, "prompted", arm.prompt); prompted && prompted->name != candidate)
        return prompted->name;
  const Arm* base = find_arm(experiment, "base", "");
  return base ? base->name : "";
}

Status check_arm(const std::string& name, const Experiment& experiment, const std::string& where) {
  if (name.empty()) return input_error("names no arm, and no arm of the experiment is the usual one", where);
  std::vector<std::string> known;
  for (const Arm& arm : experiment.arms) known.push_back(arm.name);
  if (std::find(known.begin(), known.end(), name) != known.end()) return {};
  const std::string meant = nearest(name, known);
  return input_error("there is no arm \"" + name + "\"", where, meant.empty() ? "" : "did you mean \"" + meant + "\"?");
}

Result<Json> policy_document(const Json& value, const Experiment& experiment, const std::string& where) {
  Json document = value;
  std::string at = where;
  if (value.is_string()) {
    const Path path = experiment.file.parent_path() / value.get<std::string>();
    at = path.string();
    BAKEOFF_TRY(document, read_yaml_file(path));
  }
  BAKEOFF_TRY([[maybe_unused]] const auto policy, compare::policy_from_json(document, at));
  return document;
}

}  // namespace

Result<compare::RunGate> gate_from_json(const Json& value, const Experiment& experiment, const std::string& where) {
  const Json whole = value.is_string() ? Json{{"policy", value}} : value;
  ObjectReader fields(whole, where);
  compare::RunGate gate;
  const Json policy = fields.required<Json>("policy");
  gate.candidate = fields.optional("candidate", usual_candidate(experiment).c_str());
  gate.base = fields.optional("base", usual_base(experiment, gate.candidate).c_str());
  BAKEOFF_CHECK(fields.finish());
  BAKEOFF_TRY(gate.policy, policy_document(policy, experiment, where + ".policy"));
  BAKEOFF_CHECK(check_arm(gate.candidate, experiment, where + ".candidate"));
  BAKEOFF_CHECK(check_arm(gate.base, experiment, where + ".base"));
  if (gate.base == gate.candidate)
    return input_error("base and candidate are the same arm, \"" + gate.base + "\"", where, "name two");
  return gate;
}

}  // namespace bakeoff::run
