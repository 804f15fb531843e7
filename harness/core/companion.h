// Files that belong to the program and lie beside it: modules, helper programs.
#pragma once

#include <string>

#include "harness/core/files.h"

namespace bakeoff {

/// Where a file of that name is: what the environment variable says, else lib/ of the build tree, else lib/bakeoff/ of
/// an installation, seen from the running program. Missing: an infrastructure error that lists the places.
Result<Path> find_companion(const std::string& name, const char* variable);

}  // namespace bakeoff
