// The kinds of arms: what each puts in front of the questions, and whether it carries an adapter. A new kind is one
// line of the table in arms.cpp.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/run/experiment.h"

namespace bakeoff::run {

struct ArmKind {
  const char* name;
  const char* summary;
  bool is_baked;           ///< answers with the adapter of a bake
  bool sees_prompt;        ///< the teacher's messages come first; else what stays at inference
  bool is_remote = false;  ///< answers from an address of its own, without the experiment's model
};
std::span<const ArmKind> all_arm_kinds();
/// Null where there is none of that name.
const ArmKind* find_arm_kind(const std::string& name);

/// Reads the key `arms`: a list of kinds ("baked" stands for that arm of every bake) and of whole arms
/// ({"kind", "name"?, "prompt"?, "bake"?, "scale"?, "without"?}; kind "remote": those of read_remote_model()). Null:
/// all local kinds.
Result<std::vector<Arm>> arms_from_json(const Json& list, const Experiment& experiment, const std::string& where);

/// What is put before every conversation of this arm.
Conversation context_of(const Arm& arm, const Experiment& experiment);

}  // namespace bakeoff::run
