// The record streams of the program.
#include "tools/records.h"

#include <cerrno>
#include <cstring>
#include <limits>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "harness/core/interrupt.h"

namespace bakeoff::tools {

ProgressMode StreamOptions::mode() const {
  if (json_progress) return ProgressMode::json;
  const bool shares_terminal = output == "-" && isatty(STDOUT_FILENO);
  return quiet || shares_terminal ? ProgressMode::quiet : ProgressMode::automatic;
}

void add_progress_options(CLI::App& app, StreamOptions& options) {
  app.add_flag("--quiet", options.quiet, "No progress on standard error");
  app.add_flag("--json-progress", options.json_progress, "Progress as JSON lines on standard error");
}

void add_stream_options(CLI::App& app, StreamOptions& options) {
  app.add_option("--input", options.input, "JSONL file, or - for standard input")->capture_default_str();
  app.add_option("--output", options.output, "JSONL file, or - for standard output")->capture_default_str();
  add_progress_options(app, options);
}

Json InputRow::id() const { return fields.is_object() && fields.contains("id") ? fields["id"] : Json(); }

Result<std::vector<InputRow>> read_rows(const std::string& file) {
  const std::string name = file == "-" ? "standard input" : file;
  std::vector<InputRow> rows;
  BAKEOFF_CHECK(for_each_line(file, [&](std::size_t line, std::string_view text) -> Status {
    if (text.find_first_not_of(" \t") == text.npos) return {};
    InputRow& row = rows.emplace_back();
    row.line = line;
    row.where = name + ":" + std::to_string(line);
    row.text = text;
    auto fields = parse_json(text, row.where);
    if (!fields.ok())
      row.error = fields.error();
    else if (!fields->is_object())
      row.error = input_error("expected one JSON object on the line", row.where);
    else
      row.fields = std::move(fields).value();
    return {};
  }));
  return rows;
}

Result<std::unique_ptr<RecordOutput>> RecordOutput::open(const std::string& file) {
  if (file == "-") return std::unique_ptr<RecordOutput>(new RecordOutput(stdout, "standard output"));
  std::FILE* stream = std::fopen(file.c_str(), "we");
  if (!stream)
    return infrastructure_error(std::string("can not be written: ") + std::strerror(errno), file,
                                "choose a folder that exists and can be written");
  return std::unique_ptr<RecordOutput>(new RecordOutput(stream, file));
}

RecordOutput::~RecordOutput() {
  if (stream_ != stdout) std::fclose(stream_);
}

Status RecordOutput::write(const OrderedJson& row) {
  const std::string line = dump(row) + "\n";
  if (std::fwrite(line.data(), 1, line.size(), stream_) == line.size() && std::fflush(stream_) == 0) return {};
  return infrastructure_error(std::string("can not be written: ") + std::strerror(errno), name_, "free some space");
}

OrderedJson start_row(const InputRow& row) {
  OrderedJson record = OrderedJson::object();
  if (const Json id = row.id(); !id.is_null()) record["id"] = OrderedJson(id);
  return record;
}

OrderedJson error_row(const InputRow& row, const Error& error) {
  OrderedJson record = start_row(row);
  record["line"] = row.line;
  record["error"] = error.line();
  return record;
}

void OrderedOutput::put(std::size_t row, std::vector<OrderedJson> records) {
  waiting_[row] = std::move(records);
  for (; next_ < waiting_.size() && waiting_[next_]; ++next_) {
    for (const OrderedJson& record : *waiting_[next_])
      if (written_.ok()) written_ = output_.write(record);
    waiting_[next_]->clear();
  }
}

void OrderedOutput::fail(std::size_t row, const InputRow& input, const Error& error) {
  ++failed_;
  put(row, {error_row(input, error)});
}

Result<int> OrderedOutput::status(const std::string& input_name) const {
  if (!written_.ok()) return written_.error();
  if (failed_ == 0) return 0;
  return input_error(std::to_string(failed_) + " of " + std::to_string(waiting_.size()) + " rows failed",
                     input_name == "-" ? "standard input" : input_name, "their output rows say why");
}

Result<std::vector<TokenId>> token_ids_from_json(const Json& value, const std::string& where) {
  if (!value.is_array()) return input_error("expected a list of token ids", where);
  std::vector<TokenId> ids;
  for (const Json& entry : value) {
    if (!entry.is_number_integer() || entry < 0 || entry > std::numeric_limits<TokenId>::max())
      return input_error("expected a token id, found " + dump(entry), where + "[" + std::to_string(ids.size()) + "]");
    ids.push_back(entry.get<TokenId>());
  }
  return ids;
}

Result<int> map_rows(const StreamOptions& options, const std::function<Result<OrderedJson>(const InputRow&)>& convert) {
  BAKEOFF_TRY(const std::vector<InputRow> rows, read_rows(options.input));
  BAKEOFF_TRY(const auto stream, RecordOutput::open(options.output));
  OrderedOutput output(*stream, rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (interrupted()) return interrupted_error();
    auto record = rows[i].error ? Result<OrderedJson>(*rows[i].error) : convert(rows[i]);
    if (record.ok())
      output.put(i, {std::move(record).value()});
    else
      output.fail(i, rows[i], record.error());
  }
  return output.status(options.input);
}

namespace {

/// The rows of a job on their way through the generator.
class RowServer {
 public:
  RowServer(const ServeJob& job, std::vector<InputRow> rows, RecordOutput& stream)
      : job_(job),
        rows_(std::move(rows)),
        plans_(rows_.size()),
        replies_(rows_.size()),
        output_(stream, rows_.size()) {}

  /// The requests of all good rows; the bad ones are answered at once.
  std::vector<Request> plan() {
    std::vector<Request> requests;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      auto plan = rows_[i].error ? Result<RowPlan>(*rows_[i].error) : job_.plan(rows_[i]);
      if (!plan.ok()) {
        output_.fail(i, rows_[i], plan.error());
        continue;
      }
      plans_[i] = std::move(plan).value();
      for (Request& request : plans_[i].requests) {
        places_.push_back({i, places_.empty() || places_.back().row != i ? 0 : places_.back().index + 1});
        requests.push_back(std::move(request));
      }
      replies_[i].resize(plans_[i].requests.size());
    }
    return requests;
  }

  Status serve(Generator& generator, std::vector<Request> requests) {
    Progress progress(job_.options.mode());
    progress.begin(job_.stage, static_cast<std::int64_t>(requests.size()));
    std::int64_t done = 0;
    auto replies = serve_all(generator, std::move(requests), [&](std::size_t number, const Result<Reply>& reply) {
      take(places_[number], reply);
      progress.update(++done);
    });
    if (!replies.ok()) return replies.error();
    if (interrupted()) return interrupted_error();
    for (std::size_t i = 0; job_.records_at_end && i < rows_.size(); ++i)
      if (!replies_[i].empty()) finish(i);
    return {};
  }

  Result<int> status() const { return output_.status(job_.options.input); }

 private:
  struct Place {
    std::size_t row, index;
  };

  void take(const Place& place, const Result<Reply>& reply) {
    auto& replies = replies_[place.row];
    replies[place.index] = reply;
    for (const auto& one : replies)
      if (!one) return;
    if (!job_.records_at_end) finish(place.row);
  }

  void finish(std::size_t row) {
    auto records = collect(row);
    if (records.ok())
      output_.put(row, std::move(records).value());
    else if (records.error().kind != ErrorKind::interrupted)  // an interrupted row has no place: the next call makes it
      output_.fail(row, rows_[row], records.error());
    replies_[row].clear();
  }

  Result<std::vector<OrderedJson>> collect(std::size_t row) {
    std::vector<Reply> replies;
    for (auto& reply : replies_[row]) {
      BAKEOFF_TRY(replies.emplace_back(), std::move(*reply));
    }
    return plans_[row].records(rows_[row], std::move(replies));
  }

  const ServeJob& job_;
  std::vector<InputRow> rows_;
  std::vector<RowPlan> plans_;
  std::vector<Place> places_;  ///< of each request
  std::vector<std::vector<std::optional<Result<Reply>>>> replies_;
  OrderedOutput output_;
};

}  // namespace

Result<int> serve_rows(const ServeJob& job) {
  BAKEOFF_TRY(std::vector<InputRow> rows, read_rows(job.options.input));
  BAKEOFF_TRY(const auto stream, RecordOutput::open(job.options.output));
  RowServer server(job, std::move(rows), *stream);
  std::vector<Request> requests = server.plan();
  if (!requests.empty()) {
    BAKEOFF_TRY(const std::unique_ptr<Generator> generator, job.open());
    BAKEOFF_CHECK(server.serve(*generator, std::move(requests)));
  }
  return server.status();
}

}  // namespace bakeoff::tools
