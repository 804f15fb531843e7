// What an adapter made from others says about itself in bakeoff.json.
#pragma once

#include "harness/core/adapter_tools.h"

namespace bakeoff::baker {

/// One adapter that something is made of.
struct Parent {
  Path folder;
  double scale = 1.0;
  std::string digest;
  Json record;  ///< its bakeoff.json; null where there is none
};

/// {"format", "student", "base", "base_digest", "made": how, "lineage": {"parents": [{"adapter", "scale", "prompt",
/// "recipe", "lineage"}]}}; null where no parent has a record. Parents that disagree about student prompt or base are
/// an input error.
Result<Json> derived_record(const std::vector<Parent>& parents, Json made);

}  // namespace bakeoff::baker
