// See upkeep.h.
#include "harness/store/upkeep.h"

#include <algorithm>
#include <array>
#include <set>

#include "harness/store/folder_lock.h"

namespace bakeoff::store {
namespace {

/// What goes, in an order in which each looks at what is left. Foreign keys are off meanwhile: SQLite would look for
/// children of every row that goes, without an index.
constexpr const char* kSweep = R"sql(
  DELETE FROM samples WHERE NOT EXISTS (SELECT 1 FROM run_samples WHERE sample = samples.key);
  DELETE FROM verdicts WHERE sample NOT IN (SELECT key FROM samples) OR suite NOT IN (SELECT suite FROM run_suites);
  WITH RECURSIVE used(adapter) AS (
    SELECT b.adapter FROM run_bakes r JOIN bakes b ON b.key = r.key
    UNION SELECT b.parent FROM used JOIN bakes b ON b.adapter = used.adapter)
  DELETE FROM bakes WHERE adapter NOT IN (SELECT adapter FROM used);
  DELETE FROM generators WHERE digest NOT IN (SELECT generator FROM arms UNION SELECT generator FROM samples);
  DELETE FROM suites WHERE digest NOT IN (
    SELECT suite FROM run_suites UNION SELECT suite FROM samples UNION SELECT suite FROM verdicts);
  DELETE FROM items WHERE suite NOT IN (SELECT digest FROM suites);
  DELETE FROM blobs WHERE hash NOT IN (
    SELECT messages_blob FROM samples WHERE messages_blob IS NOT NULL
    UNION SELECT text_blob FROM samples WHERE text_blob IS NOT NULL
    UNION SELECT rendered_prompt_blob FROM samples WHERE rendered_prompt_blob IS NOT NULL
    UNION SELECT replies_blob FROM samples WHERE replies_blob IS NOT NULL
    UNION SELECT evidence_blob FROM verdicts WHERE evidence_blob IS NOT NULL);
)sql";

constexpr std::array kSwept = {"samples", "verdicts", "bakes", "generators", "suites", "items", "blobs"};

/// A store that may be written, of this schema, as a bare connection.
Result<Database> open_database(const Path& folder) {
  BAKEOFF_TRY(const bool is_there, Store::is_there(folder));
  if (!is_there)
    return input_error("there is no store here", (folder / kFileName).string(), "name the folder of a run");
  BAKEOFF_CHECK(Store::open(folder, Access::write));
  return Database::open(folder / kFileName, {});
}

Result<std::map<std::string, std::int64_t>> count_rows(Database& database) {
  std::map<std::string, std::int64_t> counts;
  for (const char* table : kSwept) {
    BAKEOFF_TRY(Rows rows, database.query(std::string("SELECT count(*) FROM ") + table));
    BAKEOFF_TRY(const bool counted, rows.step());
    counts[table] = counted ? rows.integer(0) : 0;
  }
  return counts;
}

Result<std::set<std::string>> named_folders(Database& database) {
  std::set<std::string> names;
  BAKEOFF_TRY(Rows rows, database.query("SELECT folder FROM bakes"));
  while (true) {
    BAKEOFF_TRY(const bool more, rows.step());
    if (!more) return names;
    names.insert(Path(rows.text(0)).filename().string());
  }
}

/// The sweep in a transaction that stays open.
Result<Garbage> sweep(Database& database, const Path& folder) {
  Garbage garbage;
  BAKEOFF_TRY(const auto before, count_rows(database));
  BAKEOFF_CHECK(database.run(kSweep));
  BAKEOFF_TRY(const auto after, count_rows(database));
  for (const auto& [table, count] : before)
    if (count > after.at(table)) garbage.rows[table] = count - after.at(table);
  BAKEOFF_TRY(const auto names, named_folders(database));
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "adapters", ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("bake-") && !names.contains(name)) garbage.adapters.push_back(entry.path());
  }
  return garbage;
}

std::int64_t bytes_below(const Path& folder) {
  std::int64_t bytes = 0;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, ignored))
    if (entry.is_regular_file(ignored)) bytes += static_cast<std::int64_t>(entry.file_size(ignored));
  return bytes;
}

}  // namespace

Status remove_run(const Path& folder, RunId run) {
  BAKEOFF_TRY(Database database, open_database(folder));
  FolderLock lock;
  BAKEOFF_CHECK(lock.take(folder));
  BAKEOFF_TRY(const auto store, Store::open(folder, Access::read));
  BAKEOFF_CHECK(store->run(run));
  BAKEOFF_CHECK(database.run("PRAGMA foreign_keys = ON"));
  return database.execute("DELETE FROM runs WHERE id = ?", {run});
}

Result<Garbage> collect_garbage(const Path& folder, const GarbageOptions& options) {
  BAKEOFF_TRY(Database database, open_database(folder));
  FolderLock lock;
  BAKEOFF_CHECK(lock.take(folder));
  const std::int64_t before = bytes_below(folder);
  BAKEOFF_CHECK(database.run("PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE"));
  auto garbage = sweep(database, folder);
  const bool keep = garbage.ok() && !options.dry_run;
  BAKEOFF_CHECK(database.run(keep ? "COMMIT" : "ROLLBACK"));
  if (!garbage.ok()) return garbage;
  for (const Path& adapter : garbage->adapters) {
    if (options.dry_run) garbage->bytes += bytes_below(adapter);
    std::error_code failed;
    if (keep) std::filesystem::remove_all(adapter, failed);
    if (failed) return infrastructure_error("can not be removed: " + failed.message(), adapter.string());
  }
  if (!keep) return garbage;
  BAKEOFF_CHECK(database.run("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)"));
  // SQLite's own small files beside the store may have come meanwhile.
  garbage->bytes = std::max<std::int64_t>(0, before - bytes_below(folder));
  return garbage;
}

}  // namespace bakeoff::store
