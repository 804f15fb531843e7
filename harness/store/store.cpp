// Opening, migrating, transactions.
#include "harness/store/store.h"

#include <array>
#include <filesystem>

#include <unistd.h>

namespace bakeoff::store {
namespace {

constexpr const char* kSchema =
#include "harness/store/schema.sql"
    ;
/// "BAKE": tells a store from other programs' SQLite files (PRAGMA application_id).
constexpr std::int64_t kApplicationId = 0x42414b45;

/// Step i takes a store of version i + 1 to version i + 2.
constexpr std::array<const char*, kSchemaVersion - 1> kMigrations = {
#include "harness/store/schema_1_to_2.sql"
};

Result<std::int64_t> number(Database& database, const std::string& sql) {
  BAKEOFF_TRY(Rows rows, database.query(sql));
  BAKEOFF_TRY(const bool found, rows.step());
  return found ? rows.integer(0) : 0;
}

Status set_version(Database& database, int version) {
  return database.run("PRAGMA user_version = " + std::to_string(version));
}

Status create_or_migrate(Database& database) {
  BAKEOFF_TRY(const std::int64_t version, number(database, "PRAGMA user_version"));
  if (version == kSchemaVersion) return {};
  if (version == 0) {
    BAKEOFF_CHECK(database.run(kSchema));
    BAKEOFF_CHECK(database.run("PRAGMA application_id = " + std::to_string(kApplicationId)));
  }
  for (std::size_t step = version == 0 ? kMigrations.size() : static_cast<std::size_t>(version) - 1;
       step < kMigrations.size(); ++step)
    BAKEOFF_CHECK(database.run(kMigrations[step]));
  return set_version(database, kSchemaVersion);
}

/// The version of a file that is ours and that we can read.
Result<std::int64_t> check_kind(Database& database, Access access) {
  const std::string file = database.file().string();
  BAKEOFF_TRY(const std::int64_t version, number(database, "PRAGMA user_version"));
  BAKEOFF_TRY(const std::int64_t kind, number(database, "PRAGMA application_id"));
  BAKEOFF_TRY(const std::int64_t tables, number(database, "SELECT count(*) FROM sqlite_schema"));
  if (tables == 0) {
    if (access == Access::write) return kSchemaVersion;
    return input_error("the store is empty", file, "run the experiment first");
  }
  if (kind != kApplicationId) return input_error("this SQLite file is not a store of Bakeoff", file);
  if (version > kSchemaVersion)
    return input_error("the store was written by a newer Bakeoff (schema " + std::to_string(version) +
                           ", this program reads " + std::to_string(kSchemaVersion) + ")",
                       file, "update Bakeoff");
  return version;
}

/// Nobody can be writing where the folder is read-only, and SQLite must be told so to read there.
bool is_read_only(const Path& file) {
  std::error_code ignored;
  return access(file.parent_path().c_str(), W_OK) != 0 && !std::filesystem::exists(file.string() + "-wal", ignored);
}

}  // namespace

Store::Store(Path folder, Database database) : folder_(std::move(folder)), database_(std::move(database)) {}

Result<std::unique_ptr<Store>> Store::open(const Path& folder, Access access) {
  const Path file = folder / kFileName;
  std::error_code ignored;
  if (access == Access::write) BAKEOFF_CHECK(make_folder(folder));
  if (access == Access::read && !std::filesystem::exists(file, ignored))
    return input_error("there is no store here", file.string(),
                       "name the folder of a run, or run the experiment first");
  OpenOptions options{.create = access == Access::write, .read_only = access == Access::read};
  options.immutable = options.read_only && is_read_only(file);
  BAKEOFF_TRY(Database database, Database::open(file, options));
  std::unique_ptr<Store> store(new Store(folder, std::move(database)));
  BAKEOFF_CHECK(store->prepare(access));
  return store;
}

Result<bool> Store::is_there(const Path& folder) {
  const Path file = folder / kFileName;
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return false;
  BAKEOFF_TRY(Database database, Database::open(file, {.read_only = true, .immutable = is_read_only(file)}));
  auto tables = number(database, "SELECT count(*) FROM sqlite_schema");
  if (!tables.ok() && tables.error().kind == ErrorKind::infrastructure) {
    // Only a connection that may write can undo what a killed one left half done.
    BAKEOFF_TRY(Database healing, Database::open(file, {}));
    tables = number(healing, "SELECT count(*) FROM sqlite_schema");
  }
  BAKEOFF_TRY(const std::int64_t count, std::move(tables));
  return count > 0;
}

Status Store::prepare(Access access) {
  BAKEOFF_TRY(version_, check_kind(database_, access));
  if (access == Access::read) return {};
  // FULL: a commit is on the disk when it returns, so a verdict survives a power cut.
  BAKEOFF_CHECK(database_.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON"));
  version_ = kSchemaVersion;
  return transaction([&] { return create_or_migrate(database_); });
}

Status Store::transaction(const std::function<Status()>& work) {
  BAKEOFF_CHECK(database_.run("BEGIN IMMEDIATE"));
  Status status = work();
  if (status.ok()) status = database_.run("COMMIT");
  // After a full disk SQLite may have rolled back by itself; a second ROLLBACK then fails harmlessly.
  if (!status.ok()) static_cast<void>(database_.run("ROLLBACK"));
  return status;
}

}  // namespace bakeoff::store
