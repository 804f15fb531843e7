// What `run` and `plan` share: everything up to the plan. Reads, and writes nothing.
#pragma once

#include <memory>

#include "harness/run/identity.h"
#include "harness/run/plan.h"
#include "harness/run/run.h"

namespace bakeoff::run {

struct Prepared {
  Experiment experiment;  ///< with the prompts and bakes that suites added
  Path folder;            ///< where the run is kept
  ModelIdentity model;
  Plan plan;                                            ///< points into `experiment`
  std::optional<compare::RunGate> stopping_gate;        ///< present with --stop-early
  std::unique_ptr<store::Store> reader;                 ///< null where there is no store yet
  std::vector<std::pair<std::string, Arm>> added_arms;  ///< by suites: (label of the suite that it plays, arm)
  int rounds = 0;                                       ///< of growth
  Shard shard;
};
Result<std::unique_ptr<Prepared>> prepare(const RunOptions& options, LazyBaker& baker);

/// The plan again, with what was added to the experiment and with these suites behind those that it holds.
Status make_plan_anew(Prepared& prepared, store::Store& store, std::vector<PlannedSuite> more);

/// How the model is opened for an arm whose bakes are done. An adapter whose bytes changed: input error.
Result<GeneratorSpec> generator_spec(const Prepared& prepared, const PlannedArm& arm);
/// An adapter's folder, with the bytes that its id names.
Result<Path> proven_folder(const Prepared& prepared, const std::string& adapter_id);

/// Where a bake's adapter lies while it is trained, relative to the run's folder.
Path training_folder(const std::string& bake_key);
/// Where it lies for good.
Path adapter_folder(const std::string& adapter_id);

}  // namespace bakeoff::run
