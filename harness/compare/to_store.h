// What others measured as a run of ours, so that report, history, compare, gate and rank work on it.
//
//   BAKEOFF_TRY(auto sets, compare::open_results("lm_eval_out/model"));
//   BAKEOFF_TRY(auto done, compare::import_results(sets, "runs/nightly", {.experiment = "nightly"}));
//
// Each import is one more run of the folder's experiment, written whole or not at all. What a store has no column for
// (protocols and figures as the source states them, its caveats) lies in the run's settings under "imported", by arm;
// from_store.h reads it back, so that a comparison of imported runs says what one of the files themselves says.
#pragma once

#include "harness/compare/results.h"
#include "harness/store/store.h"

namespace bakeoff::compare {

struct ImportOptions {
  std::string experiment;  ///< the folder's; another one in that folder is an error
  std::string program;     ///< name and version, for the run's settings
};

struct Imported {
  store::RunId run = 0;
  std::int64_t rows = 0;           ///< answers, or votes
  std::vector<std::string> notes;  ///< what the store shows otherwise than the source, or not at all
};

/// One arm for each set, the first of kind "base", the others "imported". Scores of a store lie in [0, 1]: the first
/// metric that does is a suite's primary one. Suites without such a metric, and figures without items, become
/// measurements of the arm: "SUITE/METRIC", with its error at "SUITE/METRIC_stderr". Errors: no sets, two of one arm, a
/// set that is a run of ours, a suite whose data differ between sets, a folder that holds another experiment.
Result<Imported> import_results(const std::vector<ResultSet>& sets, const Path& folder, const ImportOptions& options);

/// Files of votes (votes.h), in their order. Errors: a row that can not be read (nothing is written then), no vote, a
/// folder that holds another experiment.
Result<Imported> import_votes(const std::vector<Path>& files, const Path& folder, const ImportOptions& options);

}  // namespace bakeoff::compare
