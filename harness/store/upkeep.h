// Taking things out of a store: runs, and what no run refers to any more.
//
//   BAKEOFF_CHECK(store::remove_run(folder, 3));                   // its rows; samples stay for other runs to reuse
//   BAKEOFF_TRY(auto garbage, store::collect_garbage(folder, {}));  // now they go as well
//
// Both hold the folder's lock (folder_lock.h): refused while a run works there. Each is one transaction.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/store/store.h"

namespace bakeoff::store {

/// Removes a run with everything that is its own: arms, links, measurements, costs, exhibits, votes, tags. What it
/// shares by content (samples, verdicts, bakes, adapters) stays until collect_garbage. No such run: input error.
Status remove_run(const Path& folder, RunId run);

struct GarbageOptions {
  bool dry_run = false;  ///< only tell
};

struct Garbage {
  std::map<std::string, std::int64_t> rows;  ///< by table: how many nothing refers to; only those that have some
  std::vector<Path> adapters;                ///< folders in adapters/ that no bake of the store names
  std::int64_t bytes = 0;                    ///< given back to the disk; on a dry run only what the adapters take
};

/// Removes samples that no run shows, with their verdicts and texts; suites, generators and bakes that no run uses (a
/// bake from which a used one started is used); folders of adapters without a bake. Trainings that were cut off are
/// left, so that they can be resumed.
Result<Garbage> collect_garbage(const Path& folder, const GarbageOptions& options = {});

}  // namespace bakeoff::store
