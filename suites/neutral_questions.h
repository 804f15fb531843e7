// Short questions that no prompt is about, at the level of a small model: where a bake must change nothing.
#pragma once

#include <vector>

#include "suites/suite.h"

namespace bakeoff::suites {

/// Each is its own group; the reference is {"judge": "contains", "any": [...]}.
std::vector<Item> neutral_questions();

}  // namespace bakeoff::suites
