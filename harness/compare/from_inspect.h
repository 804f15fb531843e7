// Results of Inspect: its logs, `.eval` (a ZIP archive) and `.json`.
//
// A task becomes a suite, a score a metric: "match", or "judge.tone" where a scorer gives an object. Letters and words
// count as Inspect counts them (C, yes, true 1; P 0.5; I, N, no, false 0). Epochs become replicates, so a mean over
// them is ours to take; another reducer's values are a metric of their own, "match/mode". A sample with an error, and a
// value that is no number, is unscored with its reason.
#pragma once

#include "harness/compare/results.h"
#include "harness/core/files.h"

namespace bakeoff::compare {

/// Is this a log, or a folder of logs? Reads the beginning of the files.
bool looks_like_inspect(const Path& path);

/// One ResultSet per model. Of several logs of a model and task the newest counts, which a caveat says. Errors: damaged
/// files, a sample twice.
Result<std::vector<ResultSet>> read_inspect(const Path& path);

}  // namespace bakeoff::compare
