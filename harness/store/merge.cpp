// See merge.h.
#include "harness/store/merge.h"

#include <set>

#include "harness/store/folder_lock.h"

namespace bakeoff::store {
namespace {

struct ShardRun {
  Path folder;
  RunRow run;
  std::string text;  ///< "2/3"
  Json settings;     ///< without the shard
};

Result<ShardRun> read_shard(const Path& folder) {
  BAKEOFF_TRY(const bool is_there, Store::is_there(folder));
  if (is_there) BAKEOFF_CHECK(Store::open(folder, Access::write));  // an older schema is brought to this one
  BAKEOFF_TRY(const auto store, Store::open(folder, Access::read));
  ShardRun shard{folder, {}, "", {}};
  BAKEOFF_TRY(shard.run, store->latest_run());
  shard.settings = shard.run.settings;
  const auto found = shard.settings.find("shard");
  if (found == shard.settings.end() || !found->is_string())
    return input_error("the newest run is no shard", folder.string(), "make shards with bakeoff run --shard i/n");
  shard.text = found->get<std::string>();
  shard.settings.erase(found);
  if (shard.run.status != "complete")
    return input_error("shard " + shard.text + " is " + shard.run.status, folder.string(), "let it finish first");
  return shard;
}

/// Where two JSON objects differ: "bakes, seed".
std::string differing_keys(const Json& left, const Json& right) {
  std::set<std::string> keys;
  for (const Json* side : {&left, &right})
    for (const auto& entry : side->items())
      if (!left.contains(entry.key()) || !right.contains(entry.key()) || left[entry.key()] != right[entry.key()])
        keys.insert(entry.key());
  std::string text;
  for (const std::string& key : keys) text += (text.empty() ? "" : ", ") + key;
  return text;
}

/// The experiment apart from where its results go.
Json without_place(Json resolved) {
  resolved.erase("out");
  return resolved;
}

Status check_alike(const ShardRun& first, const ShardRun& other) {
  std::string keys = differing_keys(without_place(first.run.resolved), without_place(other.run.resolved));
  const std::string settings = differing_keys(first.settings, other.settings);
  keys += (keys.empty() || settings.empty() ? "" : ", ") + settings;
  if (keys.empty()) return {};
  return input_error("is no part of the same run as " + first.folder.string() + ": " + keys + " differ",
                     other.folder.string(), "make all shards from one experiment, with one model and one data set");
}

/// All of 1/n .. n/n, each once.
Status check_complete(const std::vector<ShardRun>& shards) {
  std::set<std::string> seen;
  const std::string of = shards.front().text.substr(shards.front().text.find('/'));
  for (const ShardRun& shard : shards) {
    if (!shard.text.ends_with(of) || shard.text.substr(shard.text.find('/')) != of)
      return input_error("shard " + shard.text + " does not go with " + shards.front().text, shard.folder.string());
    if (!seen.insert(shard.text).second)
      return input_error("shard " + shard.text + " is there twice", shard.folder.string());
  }
  std::string missing;
  const auto count = std::stoull(of.substr(1));
  for (std::size_t i = 1; i <= count; ++i) {
    const std::string text = std::to_string(i) + of;
    if (!seen.contains(text)) missing += (missing.empty() ? "" : ", ") + text;
  }
  if (missing.empty()) return {};
  return input_error("not all shards are there: " + missing + " missing", "", "name the folders of all shards");
}

/// What run ?1 of the attached store refers to by content. What is there already is the same by its key.
constexpr const char* kContent[] = {
    "INSERT OR IGNORE INTO main.generators SELECT * FROM shard.generators WHERE digest IN "
    "(SELECT generator FROM shard.arms WHERE run = ?1)",
    "INSERT OR IGNORE INTO main.suites SELECT * FROM shard.suites WHERE digest IN "
    "(SELECT suite FROM shard.run_suites WHERE run = ?1)",
    "INSERT OR IGNORE INTO main.items SELECT * FROM shard.items WHERE suite IN "
    "(SELECT suite FROM shard.run_suites WHERE run = ?1)",
    "INSERT OR IGNORE INTO main.bakes SELECT * FROM shard.bakes WHERE key IN "
    "(SELECT key FROM shard.run_bakes WHERE run = ?1)",
    "INSERT OR IGNORE INTO main.blobs SELECT * FROM shard.blobs WHERE hash IN (WITH shown AS "
    "(SELECT s.* FROM shard.run_samples r JOIN shard.samples s ON s.key = r.sample WHERE r.run = ?1) "
    "SELECT messages_blob FROM shown UNION SELECT text_blob FROM shown UNION SELECT rendered_prompt_blob FROM shown "
    "UNION SELECT replies_blob FROM shown UNION "
    "SELECT v.evidence_blob FROM shown JOIN shard.verdicts v ON v.sample = shown.key)",
    "INSERT OR IGNORE INTO main.samples SELECT * FROM shard.samples WHERE key IN "
    "(SELECT sample FROM shard.run_samples WHERE run = ?1)",
    "INSERT OR IGNORE INTO main.verdicts SELECT * FROM shard.verdicts WHERE sample IN "
    "(SELECT sample FROM shard.run_samples WHERE run = ?1) AND suite IN "
    "(SELECT suite FROM shard.run_suites WHERE run = ?1)",
};

/// What is its own, into run ?2.
constexpr const char* kOwn[] = {
    "INSERT OR IGNORE INTO main.arms SELECT ?2, position, name, kind, prompt, bake, scale, generator "
    "FROM shard.arms WHERE run = ?1",
    "INSERT OR IGNORE INTO main.run_suites SELECT ?2, position, label, suite FROM shard.run_suites WHERE run = ?1",
    "INSERT OR IGNORE INTO main.run_bakes SELECT ?2, position, name, key FROM shard.run_bakes WHERE run = ?1",
    "INSERT OR IGNORE INTO main.run_samples SELECT ?2, arm, suite, item, replicate, sample FROM shard.run_samples "
    "WHERE run = ?1",
    "INSERT INTO main.measurements SELECT ?2, subject, name, value, unit FROM shard.measurements WHERE run = ?1 "
    "ON CONFLICT DO UPDATE SET value = max(value, excluded.value) WHERE name = 'peak_resident_bytes'",
    "INSERT OR IGNORE INTO main.votes SELECT ?2, id, suite, item, model_a, model_b, winner, judge, category, sample, "
    "created_at, source FROM shard.votes WHERE run = ?1",
    "INSERT INTO main.costs SELECT ?2, subject, phase, wall_seconds, prompt_tokens, completion_tokens FROM shard.costs "
    "WHERE run = ?1 ON CONFLICT DO UPDATE SET wall_seconds = wall_seconds + excluded.wall_seconds, "
    "prompt_tokens = prompt_tokens + excluded.prompt_tokens, "
    "completion_tokens = completion_tokens + excluded.completion_tokens",
};

/// Arms of one name must answer alike: the same bake on two machines can give two adapters.
constexpr const char* kOtherArms =
    "SELECT a.name FROM shard.arms a JOIN main.arms m ON m.run = ?2 AND m.name = a.name "
    "WHERE a.run = ?1 AND a.generator <> m.generator";

class Merge {
 public:
  Merge(Database& database, RunId into) : database_(database), into_(into) {}

  Status take(const ShardRun& shard) {
    BAKEOFF_CHECK(database_.execute("ATTACH DATABASE ? AS shard", {(shard.folder / kFileName).string()}));
    Status status = database_.run("BEGIN IMMEDIATE");
    if (status.ok()) status = copy(shard);
    if (status.ok()) status = database_.run("COMMIT");
    if (!status.ok()) static_cast<void>(database_.run("ROLLBACK"));
    BAKEOFF_CHECK(database_.run("DETACH DATABASE shard"));
    return status;
  }

 private:
  Status copy(const ShardRun& shard) {
    BAKEOFF_CHECK(check_arms(shard));
    for (const char* sql : kContent) BAKEOFF_CHECK(database_.execute(sql, {shard.run.id}));
    for (const char* sql : kOwn) BAKEOFF_CHECK(database_.execute(sql, {shard.run.id, into_}));
    return {};
  }

  Status check_arms(const ShardRun& shard) {
    BAKEOFF_TRY(Rows rows, database_.query(kOtherArms, {shard.run.id, into_}));
    BAKEOFF_TRY(const bool differs, rows.step());
    if (!differs) return {};
    return input_error("the arm \"" + rows.text(0) + "\" is another one than in the shards before: its bake differs",
                       shard.folder.string(), "bake once, copy bakeoff.db and adapters/ to every machine, then shard");
  }

  Database& database_;
  RunId into_;
};

Status copy_adapters(const ShardRun& shard, const Path& out) {
  BAKEOFF_TRY(const auto store, Store::open(shard.folder, Access::read));
  BAKEOFF_TRY(const auto bakes, store->bakes(shard.run.id));
  for (const BakeRow& bake : bakes) {
    const Path target = out / "adapters" / bake.folder.filename();
    std::error_code failed;
    if (std::filesystem::exists(target, failed)) continue;
    BAKEOFF_CHECK(make_folder(out / "adapters"));
    const Path half = target.string() + ".copy";
    std::filesystem::copy(bake.folder, half,
                          std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing,
                          failed);
    if (!failed) std::filesystem::rename(half, target, failed);
    if (failed) return infrastructure_error("the adapter can not be copied: " + failed.message(), bake.folder.string());
  }
  return {};
}

Result<std::vector<ShardRun>> read_shards(const std::vector<Path>& folders) {
  if (folders.empty()) return input_error("there is nothing to merge");
  std::vector<ShardRun> shards;
  for (const Path& folder : folders) {
    BAKEOFF_TRY(ShardRun shard, read_shard(folder));
    shards.push_back(std::move(shard));
    BAKEOFF_CHECK(check_alike(shards.front(), shards.back()));
  }
  BAKEOFF_CHECK(check_complete(shards));
  return shards;
}

Status take_all(const std::vector<ShardRun>& shards, const Path& out, RunId run) {
  BAKEOFF_TRY(Database database, Database::open(out / kFileName, {}));
  BAKEOFF_CHECK(database.run("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON"));
  // A second merge, or one that was cut off, must not count costs twice.
  BAKEOFF_CHECK(database.execute("DELETE FROM costs WHERE run = ?", {run}));
  Merge merge(database, run);
  for (const ShardRun& shard : shards) BAKEOFF_CHECK(merge.take(shard));
  return {};
}

}  // namespace

Result<MergedRun> merge_shards(const std::vector<Path>& folders, const Path& out) {
  BAKEOFF_TRY(const auto shards, read_shards(folders));
  FolderLock lock;
  BAKEOFF_CHECK(lock.take(out));
  BAKEOFF_TRY(const auto store, Store::open(out, Access::write));
  for (const ShardRun& shard : shards) BAKEOFF_CHECK(copy_adapters(shard, out));
  MergedRun merged;
  const ShardRun& first = shards.front();
  const Status begun = store->transaction([&]() -> Status {
    BAKEOFF_CHECK(store->claim_experiment(first.run.experiment));
    BAKEOFF_TRY(merged.run, store->begin_run({first.run.experiment, first.run.resolved, first.settings}));
    return {};
  });
  BAKEOFF_CHECK(begun);
  const Status taken = take_all(shards, out, merged.run);
  BAKEOFF_CHECK(store->transaction([&] { return store->end_run(merged.run, taken.ok() ? "complete" : "failed"); }));
  BAKEOFF_CHECK(taken);
  BAKEOFF_TRY(const auto scores, store->scores(merged.run));
  for (const ScoreRow& score : scores) merged.samples += score.scored + score.unscored;
  return merged;
}

}  // namespace bakeoff::store
