// What a project of bgit says, in one form for input.yml and recipe.yml: see from_bgit.h.
#pragma once

#include <string>
#include <vector>

#include "harness/core/json.h"

namespace bakeoff::run {

/// A prompt, target or bake as it stands in the file.
struct BgitPart {
  std::string name, where;
  Json fields;  ///< an object, without its name
};

/// What input.yml or recipe.yml says, in one form.
struct BgitProject {
  Path file;
  std::string name, base_model, parent_model;
  std::vector<BgitPart> prompts, targets, bakes;
  bool is_chain = false;  ///< each bake starts from the one before it
};

/// Errors: no such file, a damaged one, no target in it.
Result<BgitProject> read_bgit_project(const Path& path);

}  // namespace bakeoff::run
