// From an experiment file to a store full of samples and verdicts: what `bakeoff run` and `bakeoff plan` call.
//
//   run::RunOptions options{.experiment = "pirate.yaml"};
//   BAKEOFF_TRY(auto outcome, run::run_experiment(options, load_baker));
//   // outcome.folder / "bakeoff.db" holds run outcome.run; reports and comparisons read it from there
//
// A second call with the same options makes only what is missing: after Ctrl-C, kill -9 or a full disk it goes on where
// the first one stopped, and ends with the same rows. The factory is called only when a model is needed.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/compare/gate.h"
#include "harness/core/baker_api.h"
#include "harness/core/progress.h"
#include "harness/run/shard.h"
#include "harness/store/store.h"
#include "suites/suite.h"

namespace bakeoff::run {

struct RunOptions {
  Path experiment;                           ///< the YAML (or JSON) file
  std::vector<std::string> overrides;        ///< "path=value": "bakes[0].rank=8"; the value is YAML
  std::optional<int> limit;                  ///< at most this many items of each suite
  std::optional<Path> out;                   ///< the run's folder, instead of the experiment's
  int jobs = 0;                              ///< threads that judge; 0: as many as cores
  std::optional<std::string> dtype, device;  ///< instead of the experiment's engine settings
  std::optional<int> batch_rows;
  std::optional<Shard> shard;    ///< play only these items; `merge_shards` (harness/store/merge.h) joins the parts
  bool stop_early = false;       ///< play a suite only until its gate is settled (stopping.h)
  int certify = 0;               ///< how many samples are played again in another batch shape (certify.h)
  Progress* progress = nullptr;  ///< may be null
  /// Suites of the calling program, beside those of the table; they must outlive the call.
  std::span<const suites::SuiteEntry> more_suites = {};
};

/// A suite whose gate was settled before all of its items were played.
struct StoppedSuite {
  std::string label;
  std::int64_t items = 0, planned_items = 0;
};

/// Samples that were played a second time, in another batch shape and order.
struct Certificate {
  std::int64_t samples = 0, changed_samples = 0;
  std::int64_t bits = 0, changed_bits = 0;  ///< of token ids, texts and log-probabilities
};

/// What one execution did.
struct RunOutcome {
  store::RunId run = 0;
  Path folder;  ///< holds bakeoff.db and adapters/
  std::string experiment;
  std::int64_t bakes_made = 0, bakes_reused = 0;
  std::int64_t samples_made = 0, samples_reused = 0;
  std::int64_t samples_saved = 0;     ///< not played, since their suite was settled
  std::vector<StoppedSuite> stopped;  ///< where it was
  std::optional<Certificate> certificate;
  std::int64_t unscored = 0;  ///< of the run's verdicts, new and old
  double wall_seconds = 0;
  std::optional<compare::GateReport> gate;  ///< present where the experiment states one
};

/// Bakes, plays, judges, stores. Errors: input (experiment, data, a folder of another experiment: nothing is written),
/// infrastructure (disk, device; finished work is kept), interrupted (finished work is kept; the hint says how to
/// resume).
Result<RunOutcome> run_experiment(const RunOptions& options, const BakerFactory& factory);

/// What run_experiment would do, without doing or writing any of it.
struct PlanReport {
  std::string text;  ///< for people: resolved experiment, jobs, what is cached, estimate
  Json json;  ///< {"experiment", "jobs": [{"id","kind","name","items","cached","after"}], "complete", "estimate"}
};
Result<PlanReport> plan_experiment(const RunOptions& options, const BakerFactory& factory);

}  // namespace bakeoff::run
