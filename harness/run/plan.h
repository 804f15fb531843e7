// The plan: what has to be baked and played, each once, by content id. Bakes come before the plays that need them;
// plays are cut into chunks of items and interleaved, chunk 1 of every arm before chunk 2 of any, so that what changes
// on the machine meanwhile meets all arms alike. Suites may add arms; the plan grows until none does. What they add
// once they have read the answers (growth.h) comes with the input of the next plan.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/run/experiment.h"
#include "harness/run/keys.h"
#include "harness/run/other_sizes.h"
#include "harness/run/shard.h"
#include "harness/store/store.h"
#include "suites/suite.h"

namespace bakeoff::run {

struct PlannedSuite {
  std::string label;
  std::string where;  ///< in the experiment, for messages
  std::shared_ptr<const suites::Suite> suite;
  Decoding decoding;      ///< the suite's own, with what the experiment says
  std::size_t items = 0;  ///< how many are played: the first ones, up to the limit
  /// Who plays it, where a suite added it; none: all arms of the experiment.
  std::optional<std::vector<std::string>> players = {};
  std::vector<std::size_t> order = {};  ///< in which items are played; empty: as they stand
  OtherSizes other_sizes = {};          ///< that the store has answers to
};

/// One adapter of an arm: its bake's, or that of a bake that this one started from.
struct PlannedAdapter {
  std::string bake_key;
  double scale = 1.0;
  std::string adapter_id = {};  ///< empty until the bake is done
};

struct PlannedArm {
  Arm arm;
  Conversation context;
  std::vector<PlannedAdapter> adapters;  ///< of its bake and of those before it, the first bake first; empty: none
  std::string id;                        ///< of context, bake keys and scales: arms that share it answer alike
  std::string generator;                 ///< digest of the identity; empty until all bakes are done
  GeneratorIdentity identity;
};

struct BakeJob {
  std::string key;
  std::vector<std::string> names;  ///< the experiment's names for it
  const BakeSpec* spec = nullptr;
  const PromptSpec* prompt = nullptr;
  std::vector<std::string> parents;  ///< keys of the bakes below it, the first one first
  std::optional<store::BakeRow> done;
};

/// One (item, replicate) of a chunk.
struct Unit {
  const Item* item = nullptr;
  int replicate = 0;
  std::uint64_t seed = 0;
};

struct PlayJob {
  std::string id;
  std::size_t arm = 0;                                        ///< who plays: an index into Plan::arms
  std::size_t suite = 0;                                      ///< an index into Plan::suites
  std::size_t first = 0, last = 0;                            ///< units of the suite
  std::vector<std::pair<std::string, std::string>> shown_as;  ///< (arm, suite label) that show these samples
};

struct Plan {
  std::vector<PlannedSuite> suites;
  std::vector<PlannedArm> arms;
  std::vector<BakeJob> bakes;
  std::vector<PlayJob> plays;
  int replicates = 1;
  std::uint64_t seed = 0;
  Shard shard;  ///< which items are played here; the others are no units

  std::vector<Unit> units(const PlayJob& job) const;
  /// The sample's key; empty while the arm's bake is not done.
  std::string key(const PlayJob& job, const Unit& unit) const;
  /// The key under which the store has the answer: its own, or that of another size of the suite; nothing where
  /// neither.
  Result<std::optional<std::string>> find(store::Store& store, const PlayJob& job, const Unit& unit) const;
  /// Gives the arms of a finished bake their identity.
  void bake_done(const std::string& key, const store::BakeRow& row, const GeneratorIdentity& base);
  /// Null where there is none.
  const BakeJob* find_bake(const std::string& key) const;
};

struct PlanInput {
  const Experiment* experiment = nullptr;
  std::vector<PlannedSuite> suites;
  std::vector<std::pair<std::string, Arm>> added_arms;  ///< (label of the suite that it plays, arm)
  GeneratorIdentity base;
  std::map<std::string, GeneratorIdentity> remotes = {};  ///< of remote arms, by name, without any context
  std::size_t chunk_units = 64;                           ///< units that one arm plays before the next arm's turn
  /// A finished bake of this key, if there is one.
  std::function<Result<std::optional<store::BakeRow>>(const std::string& key)> find_bake;
};
Result<Plan> make_plan(PlanInput input);

/// Whole groups in random order (play_rank), so that what was played at any time is a random sample of groups.
void put_in_random_order(PlannedSuite& suite, std::uint64_t experiment_seed);

/// Creates the experiment's suites, from the table and from `more`. `limit`: at most so many items of each.
Result<std::vector<PlannedSuite>> create_suites(const Experiment& experiment, std::optional<int> limit,
                                                std::span<const suites::SuiteEntry> more = {});

}  // namespace bakeoff::run
