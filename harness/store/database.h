// SQLite behind values: a connection, prepared statements, errors as Result. Knows nothing of Bakeoff's tables.
//
//   BAKEOFF_TRY(auto rows, database.query("SELECT name FROM arms WHERE run = ?", {run}));
//   while (true) { BAKEOFF_TRY(bool more, rows.step()); if (!more) break; use(rows.text(0)); }
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/core/files.h"
#include "harness/core/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace bakeoff::store {

struct Bytes {
  std::string data;
};
/// NULL, INTEGER, REAL, TEXT, BLOB.
using Value = std::variant<std::nullptr_t, std::int64_t, double, std::string, Bytes>;

class Database;

/// A running query. Ends (and is reset for the next use) when destroyed; at most one at a time for one SQL text.
class Rows {
 public:
  Rows(Database& database, sqlite3_stmt* statement) : database_(&database), statement_(statement) {}
  Rows(Rows&& other) noexcept;
  Rows& operator=(Rows&&) = delete;
  ~Rows();

  /// Moves to the next row; false after the last.
  Result<bool> step();
  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;  ///< of BLOBs too; empty for NULL

 private:
  Database* database_;
  sqlite3_stmt* statement_;
};

struct OpenOptions {
  bool create = false;     ///< make the file if it is missing
  bool read_only = false;  ///< open without the right to write
  bool immutable = false;  ///< promise that nobody writes: the only way to read from a read-only folder
  int busy_seconds = 30;   ///< how long to wait for another process's transaction
};

/// One connection. Not thread-safe. Errors name the file and say what to do.
class Database {
 public:
  static Result<Database> open(const Path& file, const OpenOptions& options);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  /// Runs SQL texts without parameters, several at once.
  Status run(const std::string& script);
  /// Runs one statement to its end.
  Status execute(const std::string& sql, const std::vector<Value>& values = {});
  Result<Rows> query(const std::string& sql, const std::vector<Value>& values = {});
  std::int64_t last_row() const;
  const Path& file() const { return file_; }

  /// The connection's last failure as an error: full disk, damaged file, locked by another program.
  Error failure() const;

 private:
  Database(Path file, sqlite3* handle);
  Result<sqlite3_stmt*> prepared(const std::string& sql);
  Status bind(sqlite3_stmt* statement, const std::vector<Value>& values);
  Path file_;
  sqlite3* handle_ = nullptr;
  std::map<std::string, sqlite3_stmt*> statements_;
};

}  // namespace bakeoff::store
