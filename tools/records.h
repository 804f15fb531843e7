// JSONL in, JSONL out: what the record verbs share. Every row of the input has its place in the output, in order; a row
// that fails leaves {"id"?,"line":N,"error":"..."} there, and the others go on. Rows are read as they are needed and
// written as soon as those before them are, so memory does not grow with the input.
#pragma once

#include <cstdio>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/generator.h"
#include "harness/core/json.h"
#include "harness/core/progress.h"
#include "tools/line_reader.h"

namespace CLI {
class App;
}

namespace bakeoff::tools {

/// --input, --output, --quiet, --json-progress.
struct StreamOptions {
  std::string input = "-";
  std::string output = "-";
  bool quiet = false;
  bool json_progress = false;

  /// Quiet where records go to the same terminal as the progress would.
  ProgressMode mode() const;
};
void add_stream_options(CLI::App& app, StreamOptions& options);
/// --quiet and --json-progress alone.
void add_progress_options(CLI::App& app, StreamOptions& options);

/// One line of the input: its fields, or why it has none.
struct InputRow {
  std::size_t line = 0;
  std::string where;  ///< "questions.jsonl:12"
  std::string text;   ///< the line itself, for those who need the order of its keys
  Json fields;
  std::optional<Error> error;

  /// The caller's own name for the row, copied to the output.
  Json id() const;
};

/// Parses the row's text into its fields, or says why it has none.
void read_fields(InputRow& row);

/// The rows of a file or of standard input; empty lines are no rows. Not thread-safe.
class RowSource {
 public:
  static Result<RowSource> open(const std::string& file);
  /// Waits for a row; nothing at the end.
  Result<std::optional<InputRow>> next();
  /// The same before read_fields.
  Result<std::optional<InputRow>> next_unread();
  /// Whether a line is there already.
  bool ready() { return lines_.ready(); }

 private:
  RowSource(LineReader lines, std::string name) : lines_(std::move(lines)), name_(std::move(name)) {}
  LineReader lines_;
  std::string name_;
};

/// The mistakes that the reader met. Keys that nobody asked for are no mistake: rows may carry what others need.
Status finish_row(ObjectReader& fields, const InputRow& row);

/// A stream of records. Not thread-safe.
class RecordOutput {
 public:
  static Result<std::unique_ptr<RecordOutput>> open(const std::string& file);
  ~RecordOutput();
  RecordOutput(const RecordOutput&) = delete;
  RecordOutput& operator=(const RecordOutput&) = delete;
  /// Writes the row and flushes it: a reader at the other end of a pipe sees it at once.
  Status write(const OrderedJson& row);
  /// Whole lines, each with its end.
  Status write_lines(const std::string& lines);

 private:
  RecordOutput(std::FILE* stream, std::string name) : stream_(stream), name_(std::move(name)) {}
  std::FILE* stream_;
  std::string name_;
};

/// {"id"?,"line":N,"error":"..."}
OrderedJson error_row(const InputRow& row, const Error& error);
/// {"id"} if the input row has one, else {}.
OrderedJson start_row(const InputRow& row);

/// How many rows there were and how many of them failed.
struct RowCount {
  std::size_t rows = 0, failed = 0;
  void add(bool is_failure) { ++rows, failed += is_failure; }
  /// 3 as an error that counts the failed rows, else 0.
  Result<int> status(const std::string& input_name) const;
};

/// Puts the output rows of each input row into the input's order, writing them as soon as their predecessors are
/// written. Not thread-safe.
class OrderedOutput {
 public:
  explicit OrderedOutput(RecordOutput& output) : output_(output) {}
  /// The place of the next input row.
  std::size_t reserve();
  /// The output rows of one input row, all at once.
  void put(std::size_t place, std::vector<OrderedJson> records);
  void fail(std::size_t place, const InputRow& input, const Error& error);
  /// Places that are not written yet: what is held in memory.
  std::size_t waiting() const { return waiting_.size(); }
  /// Writes what is there behind places that stay empty: after Ctrl-C.
  void write_rest();
  /// Whether a write failed: nothing more can come.
  bool broken() const { return !written_.ok(); }
  /// The first failed write, else 3 as an error that counts the failed rows, else 0.
  Result<int> status(const std::string& input_name) const;

 private:
  void write(const std::vector<OrderedJson>& records);
  RecordOutput& output_;
  std::deque<std::optional<std::vector<OrderedJson>>> waiting_;
  std::size_t first_ = 0, failed_ = 0;  ///< first_: the place of waiting_.front()
  Status written_;
};

/// A list of non-negative integers of 31 bits.
Result<std::vector<TokenId>> token_ids_from_json(const Json& value, const std::string& where);

/// For verbs that treat each row alone: reads, converts, writes. With more than one thread (0: all cores) `convert` is
/// called from each; the output is the same. Rows that are cheap are handed over in larger takes (map_rows.cpp).
Result<int> map_rows(const StreamOptions& options, const std::function<Result<OrderedJson>(const InputRow&)>& convert,
                     int threads = 1);

/// What a model verb makes of one row: requests, and the records from their replies.
struct RowPlan {
  std::vector<Request> requests;
  std::function<Result<std::vector<OrderedJson>>(const InputRow&, std::vector<Reply>)> records;
};
using RowPlanner = std::function<Result<RowPlan>(const InputRow&)>;

/// For verbs that ask a model: plans rows as the generator wants work, and writes the records in order. While answers
/// are under way it never waits for more input, so that a partner at a pipe may wait for an answer before it goes on.
struct ServeJob {
  const StreamOptions& options;
  const char* stage;  ///< what the progress shows
  RowPlanner plan;
  std::function<Result<std::unique_ptr<Generator>>()> open;  ///< called only if there is a row to serve
  std::size_t window_rows = 128;                             ///< rows held in memory at most
  bool records_apart = false;  ///< make records while the generator rests: for records that ask the baker again
};
Result<int> serve_rows(const ServeJob& job);

}  // namespace bakeoff::tools
