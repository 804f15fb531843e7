// JSONL in, JSONL out: what the record verbs share. Every row of the input has its place in the output, in order; a row
// that fails leaves {"id"?,"line":N,"error":"..."} there, and the others go on.
#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/generator.h"
#include "harness/core/json.h"
#include "harness/core/progress.h"

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
Result<std::vector<InputRow>> read_rows(const std::string& file);

/// A stream of records. Not thread-safe.
class RecordOutput {
 public:
  static Result<std::unique_ptr<RecordOutput>> open(const std::string& file);
  ~RecordOutput();
  RecordOutput(const RecordOutput&) = delete;
  RecordOutput& operator=(const RecordOutput&) = delete;
  /// Writes the row and flushes it: a reader at the other end of a pipe sees it at once.
  Status write(const OrderedJson& row);

 private:
  RecordOutput(std::FILE* stream, std::string name) : stream_(stream), name_(std::move(name)) {}
  std::FILE* stream_;
  std::string name_;
};

/// {"id"?,"line":N,"error":"..."}
OrderedJson error_row(const InputRow& row, const Error& error);
/// {"id"} if the input row has one, else {}.
OrderedJson start_row(const InputRow& row);

/// Puts the output rows of each input row into the input's order, writing them as soon as their predecessors are
/// written.
class OrderedOutput {
 public:
  OrderedOutput(RecordOutput& output, std::size_t rows) : output_(output), waiting_(rows) {}
  /// The output rows of one input row, all at once.
  void put(std::size_t row, std::vector<OrderedJson> records);
  void fail(std::size_t row, const InputRow& input, const Error& error);
  /// The first failed write, else 3 as an error that counts the failed rows, else 0.
  Result<int> status(const std::string& input_name) const;

 private:
  RecordOutput& output_;
  std::vector<std::optional<std::vector<OrderedJson>>> waiting_;
  std::size_t next_ = 0, failed_ = 0;
  Status written_;
};

/// A list of non-negative integers of 31 bits.
Result<std::vector<TokenId>> token_ids_from_json(const Json& value, const std::string& where);

/// For verbs that treat each row alone: reads, converts, writes.
Result<int> map_rows(const StreamOptions& options, const std::function<Result<OrderedJson>(const InputRow&)>& convert);

/// What a model verb makes of one row: requests, and the records from their replies.
struct RowPlan {
  std::vector<Request> requests;
  std::function<Result<std::vector<OrderedJson>>(const InputRow&, std::vector<Reply>)> records;
};
using RowPlanner = std::function<Result<RowPlan>(const InputRow&)>;

/// For verbs that ask a model: plans all rows, serves their requests together, writes the records in order.
struct ServeJob {
  const StreamOptions& options;
  const char* stage;  ///< what the progress shows
  RowPlanner plan;
  std::function<Result<std::unique_ptr<Generator>>()> open;  ///< called only if there is a row to serve
  bool records_at_end = false;  ///< make the records when all replies are there: for records that ask the baker again
};
Result<int> serve_rows(const ServeJob& job);

}  // namespace bakeoff::tools
