// The models that Bakeoff knows by name, where they come from, and their content ids.
#pragma once

#include <span>
#include <string>

#include "harness/core/files.h"

namespace bakeoff::tools {

/// A model that lies in a Python package. Nothing of the package is ever run.
struct KnownModel {
  const char* name;
  const char* file;    ///< as it lies in its folder of the cache
  const char* sha256;  ///< of the file
  long long bytes;
  const char* licence;
  const char* package;         ///< as pip names it, with its version
  const char* package_sha256;  ///< of the package's file
  const char* member;          ///< path of the file in the package
};

std::span<const KnownModel> known_models();
/// Null if there is none of that name.
const KnownModel* find_known_model(const std::string& name);
/// Where it lies, or will lie.
Path model_file(const KnownModel& model);
/// Is the file there, with the right content? Its error says which of the two is wrong.
Status verify_model(const KnownModel& model);
/// Fetches it, or takes it from `source` (a package or the file itself) unless that is empty. Checks both content ids
/// before the file gets its place. Does nothing if it is there already.
Status pull_model(const KnownModel& model, const Path& source);

}  // namespace bakeoff::tools
