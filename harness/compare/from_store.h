// One run of a store as ResultSets, one per arm.
//
// Protocol of a suite: "suite", "version", "data" (digest over version, configuration and items), "template" (digest,
// of the arm), "decoding". Judges belong to a suite's version. Measurements: those of the run, of the arm's bake (under
// their own names) and of the arm, and what its answers cost: "prompt_tokens_per_sample", "answer_tokens_per_sample",
// "seconds_per_sample".
#pragma once

#include "harness/compare/results.h"
#include "harness/store/store.h"

namespace bakeoff::compare {

struct StoreChoice {
  std::string execution;           ///< its number or a name it was given (store/place.h); empty: the newest
  std::optional<std::string> arm;  ///< none: all
};

/// One run of an open store.
Result<std::vector<ResultSet>> read_run(store::Store& store, store::RunId run, const std::string& name,
                                        const std::optional<std::string>& arm = {});

/// `name` is what messages call it: "runs/pirate". Errors: no such run or arm (the arms there are named), a store that
/// can not be read.
Result<std::vector<ResultSet>> read_store(const Path& folder, const std::string& name, const StoreChoice& choice = {});

}  // namespace bakeoff::compare
