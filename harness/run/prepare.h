// What `run` and `plan` share: everything up to the plan. Reads, and writes nothing.
#pragma once

#include <memory>

#include "harness/run/identity.h"
#include "harness/run/plan.h"
#include "harness/run/run.h"

namespace bakeoff::run {

struct Prepared {
  Experiment experiment;
  Path folder;  ///< where the run is kept
  ModelIdentity model;
  Plan plan;                             ///< points into `experiment`
  std::unique_ptr<store::Store> reader;  ///< null where there is no store yet
};
Result<std::unique_ptr<Prepared>> prepare(const RunOptions& options, LazyBaker& baker);

/// Where a bake's adapter lies while it is trained, relative to the run's folder.
Path training_folder(const std::string& bake_key);
/// Where it lies for good.
Path adapter_folder(const std::string& adapter_id);

}  // namespace bakeoff::run
