// The state that the two stages of one execution share: what was prepared, the store, and what is counted.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "harness/run/prepare.h"
#include "harness/run/stopping.h"

namespace bakeoff::run {

struct Session {
  const RunOptions& options;
  Prepared& prepared;
  LazyBaker& baker;
  std::unique_ptr<store::Store> store;  ///< the one writer
  RunOutcome outcome;
  /// What earlier rounds of this execution have done: by the key of a bake or the id of a play, under how many names.
  std::map<std::string, std::size_t> done;
  std::map<std::string, Look> looks = {};  ///< by suite label, with --stop-early
};

/// Makes every bake that is not there yet, proves that it acts, records it, and gives all arms their identity.
Status bake_all(Session& session);

/// Plays and judges everything that is not there yet. The calling thread is the model's lane.
Status play_all(Session& session);

/// What suites want once all is played: divergences between arms, then exhibits. Each is computed once and kept.
Status conclude(Session& session);
/// Plays some of the run's samples a second time and counts the bits that changed. After play_all.
Status certify(Session& session);

/// Seconds of wall time since a moment.
inline double seconds_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

}  // namespace bakeoff::run
