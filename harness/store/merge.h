// Shards of one run, made on several machines (`run --shard i/n`), joined into the run that was never cut.
//
//   BAKEOFF_TRY(auto merged, store::merge_shards({"runs/a", "runs/b"}, "runs/pirate"));
//   // merged.run has the same samples, verdicts and scores as `bakeoff run` without --shard
//
// The merged run's costs are the sums over the shards: each made its own bakes. Exhibits are drawn from all samples, so
// they are not merged: the next `bakeoff run` into the folder draws them, and makes nothing else.
#pragma once

#include <vector>

#include "harness/store/store.h"

namespace bakeoff::store {

struct MergedRun {
  RunId run = 0;
  std::int64_t samples = 0;  ///< that it shows
};

/// Takes the newest shard of each folder into the store in `out`, a transaction each; adapters are copied. The same
/// shards again change nothing; what was cut off is taken up by doing it again. Input errors: a folder whose newest run
/// is no shard or is not complete, shards of different experiments, models, data or bakes (with what differs), shards
/// that are missing or given twice.
Result<MergedRun> merge_shards(const std::vector<Path>& folders, const Path& out);

}  // namespace bakeoff::store
