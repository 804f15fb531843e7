// The RAII layer over SQLite's C interface. Errors are made here, once, from SQLite's result codes.
#include "harness/store/database.h"

#include <sqlite3.h>

namespace bakeoff::store {
namespace {

Error error_of(int code, const std::string& message, const std::string& file) {
  const std::string what = "the store: " + message;
  switch (code & 0xff) {
    case SQLITE_FULL:
      return infrastructure_error(what, file, "free space on this disk and run again: finished work is kept");
    case SQLITE_IOERR:
      return infrastructure_error(what, file,
                                  "check the disk (space, quota, health) and run again: finished work is kept");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return infrastructure_error(what, file, "another program holds the store; wait for it or stop it");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return input_error("this is no store, or it is damaged (" + message + ")", file,
                         "move it away; `sqlite3 FILE .recover` may save its rows");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return infrastructure_error(what, file, "make the folder and the file writable");
    case SQLITE_CANTOPEN:
      return infrastructure_error(what, file, "check that the folder exists and is writable");
    case SQLITE_NOMEM:
      return infrastructure_error(what, file, "free memory and run again");
    default:
      return internal_error(what, file);
  }
}

/// file:PATH with the characters escaped that mean something in a URI (sqlite.org/uri.html).
std::string uri_of(const Path& file) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(file).string()) {
    if (c == '%' || c == '?' || c == '#') {
      uri += '%';
      uri += kDigits[static_cast<unsigned char>(c) >> 4];
      uri += kDigits[static_cast<unsigned char>(c) & 15];
    } else {
      uri += c;
    }
  }
  return uri;
}

}  // namespace

Rows::Rows(Rows&& other) noexcept : database_(other.database_), statement_(other.statement_) {
  other.statement_ = nullptr;
}

Rows::~Rows() {
  if (!statement_) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Result<bool> Rows::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return database_->failure();
}

bool Rows::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
std::int64_t Rows::integer(int column) const { return sqlite3_column_int64(statement_, column); }
double Rows::real(int column) const { return sqlite3_column_double(statement_, column); }

std::string Rows::text(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const int bytes = sqlite3_column_bytes(statement_, column);
  return data ? std::string(static_cast<const char*>(data), static_cast<std::size_t>(bytes)) : std::string();
}

Database::Database(Path file, sqlite3* handle) : file_(std::move(file)), handle_(handle) {}

Database::Database(Database&& other) noexcept
    : file_(std::move(other.file_)), handle_(other.handle_), statements_(std::move(other.statements_)) {
  other.handle_ = nullptr;
  other.statements_.clear();
}

Database& Database::operator=(Database&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(handle_, other.handle_);
  std::swap(statements_, other.statements_);
  return *this;
}

Database::~Database() {
  for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  if (handle_) sqlite3_close(handle_);
}

Result<Database> Database::open(const Path& file, const OpenOptions& options) {
  int flags = options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  if (options.create) flags |= SQLITE_OPEN_CREATE;
  sqlite3* handle = nullptr;
  const std::string name = options.immutable ? uri_of(file) + "?immutable=1" : file.string();
  flags |= SQLITE_OPEN_NOMUTEX | (options.immutable ? SQLITE_OPEN_URI : 0);
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags, nullptr);
  Database database(file, handle);
  if (code != SQLITE_OK) return error_of(code, sqlite3_errstr(code), file.string());
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, options.busy_seconds * 1000);
  return database;
}

Error Database::failure() const {
  return error_of(sqlite3_extended_errcode(handle_), sqlite3_errmsg(handle_), file_.string());
}

Status Database::run(const std::string& script) {
  if (sqlite3_exec(handle_, script.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return failure();
  return {};
}

Result<sqlite3_stmt*> Database::prepared(const std::string& sql) {
  if (const auto found = statements_.find(sql); found != statements_.end()) return found->second;
  sqlite3_stmt* statement = nullptr;
  const int bytes = static_cast<int>(sql.size());
  if (sqlite3_prepare_v3(handle_, sql.data(), bytes, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK)
    return failure();
  statements_.emplace(sql, statement);
  return statement;
}

Status Database::bind(sqlite3_stmt* statement, const std::vector<Value>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const int at = static_cast<int>(i) + 1;
    const Value& value = values[i];
    int code = SQLITE_OK;
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
      code = sqlite3_bind_int64(statement, at, *integer);
    } else if (const auto* real = std::get_if<double>(&value)) {
      code = sqlite3_bind_double(statement, at, *real);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      code = sqlite3_bind_text64(statement, at, text->data(), text->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    } else if (const auto* bytes = std::get_if<Bytes>(&value)) {
      code = sqlite3_bind_blob64(statement, at, bytes->data.data(), bytes->data.size(), SQLITE_TRANSIENT);
    } else {
      code = sqlite3_bind_null(statement, at);
    }
    if (code != SQLITE_OK) return failure();
  }
  return {};
}

Result<Rows> Database::query(const std::string& sql, const std::vector<Value>& values) {
  BAKEOFF_TRY(sqlite3_stmt * statement, prepared(sql));
  Rows rows(*this, statement);
  BAKEOFF_CHECK(bind(statement, values));
  return rows;
}

Status Database::execute(const std::string& sql, const std::vector<Value>& values) {
  BAKEOFF_TRY(Rows rows, query(sql, values));
  bool more = true;
  while (more) {
    BAKEOFF_TRY(more, rows.step());
  }
  return {};
}

std::int64_t Database::last_row() const { return sqlite3_last_insert_rowid(handle_); }

}  // namespace bakeoff::store
