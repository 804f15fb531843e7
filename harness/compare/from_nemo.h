// Results of NeMo Evaluator (nemo-evaluator 0.3): for each benchmark a bundle, `eval-*.json`, with `results.jsonl`
// beside it.
//
// A benchmark becomes a suite, a problem an item, repeats replicates. Metrics: "mean_reward" (the reward itself,
// primary), "pass@1" (1 where the reward is above 0) and one for each "scorer:NAME". `nel` records a request that
// failed as reward 0; here it is unscored with its reason, so means can differ from the bundle's, which a caveat says.
#pragma once

#include "harness/compare/results.h"
#include "harness/core/files.h"

namespace bakeoff::compare {

/// Is this a bundle, a folder with one, or a folder of such folders? Reads the beginning of the files.
bool looks_like_nemo(const Path& path);

/// One ResultSet with a suite for each benchmark. Errors: damaged files, two bundles of one benchmark, bundles of
/// several models, a row twice.
Result<std::vector<ResultSet>> read_nemo(const Path& path);

}  // namespace bakeoff::compare
