// From what a user types to results. A name is
//
//   runs/pirate             a run's folder, its bakeoff.db, or the folder's name below runs/: one ResultSet per arm
//   runs/pirate:baked       one arm of it
//   runs/pirate@3:baked     of the third execution in that folder instead of the newest, or @NAME
//   (harness/store/place.h) lm_eval_out/model       a result folder or file of another harness
#pragma once

#include "harness/compare/results.h"
#include "harness/core/files.h"

namespace bakeoff::compare {

/// At least one set. Errors: nothing of that name, no reader for it, an arm or execution that is not there, results
/// that can not be read.
Result<std::vector<ResultSet>> open_results(const std::string& name);

/// The two sides of a comparison.
struct SidePair {
  ResultSet base, candidate;
};

/// One set on each side: these two, whatever their arms are called. Otherwise arms of equal name. None: input error
/// that names the arms.
Result<std::vector<SidePair>> pair_sets(std::vector<ResultSet> base, std::vector<ResultSet> candidate);

}  // namespace bakeoff::compare
