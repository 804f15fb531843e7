// The table of arm kinds, and the key `arms` of an experiment.
#include "harness/run/arms.h"

#include <algorithm>
#include <set>

namespace bakeoff::run {
namespace {

constexpr ArmKind kKinds[] = {
    {"base", "the model as it is, with what stays at inference", false, false},
    {"prompted", "the model with the prompt: what a bake imitates", false, true},
    {"baked", "the adapter without the prompt", true, false},
    {"reprompted", "the adapter with the prompt again", true, true},
    {"remote", "a model behind an OpenAI-compatible address", false, false, true},
};

std::string kind_names() {
  std::string names;
  for (const ArmKind& kind : kKinds) names += (names.empty() ? "" : ", ") + std::string(kind.name);
  return names;
}

/// Prompts that some bake uses, in the order of the bakes; without bakes, all.
std::vector<std::string> prompts_in_use(const Experiment& experiment) {
  std::vector<std::string> names;
  for (const BakeSpec& bake : experiment.bakes)
    if (std::find(names.begin(), names.end(), bake.prompt) == names.end()) names.push_back(bake.prompt);
  if (names.empty())
    for (const auto& [name, prompt] : experiment.prompts) names.push_back(name);
  return names;
}

/// "baked" alone, "pirate/baked" where several bakes (or prompts) have one.
std::string arm_name(const std::string& owner, const std::string& kind, std::size_t owners) {
  return owners == 1 ? kind : owner + "/" + kind;
}

void add_arms_of_kind(const ArmKind& kind, const Experiment& experiment, std::vector<Arm>& arms) {
  if (kind.is_baked) {
    for (const BakeSpec& bake : experiment.bakes)
      arms.push_back({arm_name(bake.name, kind.name, experiment.bakes.size()), kind.name, bake.prompt, bake.name, 1.0});
  } else if (kind.sees_prompt) {
    const auto prompts = prompts_in_use(experiment);
    for (const std::string& prompt : prompts)
      arms.push_back({arm_name(prompt, kind.name, prompts.size()), kind.name, prompt, "", 1.0});
  } else {
    arms.push_back({kind.name, kind.name, "", "", 1.0});
  }
}

Status complete_bake(Arm& arm, const Experiment& experiment, ObjectReader& fields) {
  if (arm.bake.empty() && experiment.bakes.size() == 1) arm.bake = experiment.bakes[0].name;
  const BakeSpec* bake = experiment.find_bake(arm.bake);
  if (!bake) {
    fields.fail("bake", arm.bake.empty() ? "say which bake this arm uses" : "there is no bake \"" + arm.bake + "\"");
    return fields.finish();
  }
  if (arm.prompt.empty()) arm.prompt = bake->prompt;
  const auto below = experiment.ancestors(*bake);
  for (const std::string& left_out : arm.without)
    if (std::none_of(below.begin(), below.end(), [&](const BakeSpec* each) { return each->name == left_out; }))
      fields.fail("without", "the bake \"" + arm.bake + "\" does not start from \"" + left_out + "\"");
  return fields.finish();
}

/// A name or a list of names.
std::vector<std::string> names_of(ObjectReader& fields, const char* key) {
  if (!fields.has(key)) return {};
  if (fields.raw(key).is_string()) return {fields.raw(key).get<std::string>()};
  return fields.required<std::vector<std::string>>(key);
}

Status complete_prompt(Arm& arm, const ArmKind& kind, const Experiment& experiment, ObjectReader& fields) {
  if (kind.sees_prompt && arm.prompt.empty() && experiment.prompts.size() == 1)
    arm.prompt = experiment.prompts.begin()->first;
  if (arm.prompt.empty() && kind.sees_prompt) fields.fail("prompt", "say which prompt this arm sees");
  if (!arm.prompt.empty() && !experiment.prompts.contains(arm.prompt))
    fields.fail("prompt", "there is no prompt \"" + arm.prompt + "\"");
  return {};
}

Result<Arm> arm_from_json(const Json& value, const Experiment& experiment, const std::string& where) {
  ObjectReader fields(value, where);
  Arm arm;
  arm.kind = fields.required<std::string>("kind");
  arm.prompt = fields.optional("prompt", "");
  arm.bake = fields.optional("bake", "");
  arm.scale = fields.in_range("scale", 1.0, 0.0, 2.0);
  arm.without = names_of(fields, "without");
  arm.name = fields.optional("name", arm.kind.c_str());
  if (arm.name.empty()) fields.fail("name", "expected a name");
  const ArmKind* kind = find_arm_kind(arm.kind);
  if (kind && kind->is_remote) arm.remote = read_remote_model(fields);
  BAKEOFF_CHECK(fields.finish());
  if (!kind) return input_error("unknown kind of arm \"" + arm.kind + "\"", where + ".kind", "known: " + kind_names());
  if (!kind->is_baked && (!arm.bake.empty() || fields.has("scale") || fields.has("without")))
    return input_error("an arm of kind " + arm.kind + " has no adapter", where, "remove bake, scale and without");
  if (kind->is_baked) BAKEOFF_CHECK(complete_bake(arm, experiment, fields));
  BAKEOFF_CHECK(complete_prompt(arm, *kind, experiment, fields));
  BAKEOFF_CHECK(fields.finish());
  return arm;
}

Status check_names(const std::vector<Arm>& arms, const std::string& where) {
  std::set<std::string> names;
  for (const Arm& arm : arms)
    if (!names.insert(arm.name).second)
      return input_error("two arms are called \"" + arm.name + "\"", where, "give one of them another name");
  return {};
}

}  // namespace

std::span<const ArmKind> all_arm_kinds() { return kKinds; }

const ArmKind* find_arm_kind(const std::string& name) {
  for (const ArmKind& kind : kKinds)
    if (name == kind.name) return &kind;
  return nullptr;
}

Result<std::vector<Arm>> arms_from_json(const Json& list, const Experiment& experiment, const std::string& where) {
  std::vector<Arm> arms;
  if (list.is_null()) {
    for (const ArmKind& kind : kKinds)
      if (!kind.is_remote) add_arms_of_kind(kind, experiment, arms);
    return arms;
  }
  if (!list.is_array() || list.empty())
    return input_error("expected a list of arms", where, "known kinds: " + kind_names());
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string at = where + "[" + std::to_string(i) + "]";
    if (!list[i].is_string()) {
      BAKEOFF_TRY(Arm arm, arm_from_json(list[i], experiment, at));
      arms.push_back(std::move(arm));
      continue;
    }
    const ArmKind* kind = find_arm_kind(list[i].get<std::string>());
    if (!kind) return input_error("unknown kind of arm " + dump(list[i]), at, "known: " + kind_names());
    if (kind->is_remote)
      return input_error("a remote arm needs an address", at, "write {kind: remote, name: NAME, url: ..., model: ...}");
    add_arms_of_kind(*kind, experiment, arms);
  }
  BAKEOFF_CHECK(check_names(arms, where));
  return arms;
}

Conversation context_of(const Arm& arm, const Experiment& experiment) {
  const ArmKind* kind = find_arm_kind(arm.kind);
  const auto own = experiment.prompts.find(arm.prompt);
  if (arm.remote) return own == experiment.prompts.end() ? Conversation{} : own->second.messages;
  if (own != experiment.prompts.end()) return kind && kind->sees_prompt ? own->second.messages : own->second.student;
  // A base arm without a prompt of its own: what the prompts agree on, else the experiment's.
  const auto& prompts = experiment.prompts;
  if (prompts.empty()) return experiment.student;
  const Conversation& first = prompts.begin()->second.student;
  const bool agree =
      std::all_of(prompts.begin(), prompts.end(), [&](const auto& entry) { return entry.second.student == first; });
  return agree ? first : experiment.student;
}

}  // namespace bakeoff::run
