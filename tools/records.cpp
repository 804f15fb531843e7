// The record streams of the program.
#include "tools/records.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <limits>
#include <thread>

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

Result<RowSource> RowSource::open(const std::string& file) {
  BAKEOFF_TRY(LineReader lines, LineReader::open(file));
  return RowSource(std::move(lines), file == "-" ? "standard input" : file);
}

namespace {

InputRow row_of(LineReader::Line line, const std::string& name) {
  InputRow row;
  row.line = line.number;
  row.where = name + ":" + std::to_string(line.number);
  row.text = std::move(line.text);
  if (line.too_long) {
    row.error = input_error("the line is longer than " + std::to_string(LineReader::kMaxLineBytes >> 20) + " MiB",
                            row.where, "split it");
    return row;
  }
  auto fields = parse_json(row.text, row.where);
  if (!fields.ok())
    row.error = fields.error();
  else if (!fields->is_object())
    row.error = input_error("expected one JSON object on the line", row.where);
  else
    row.fields = std::move(fields).value();
  return row;
}

}  // namespace

Result<std::optional<InputRow>> RowSource::next() {
  while (true) {
    BAKEOFF_TRY(auto line, lines_.next());
    if (!line) return std::optional<InputRow>();
    if (line->too_long || line->text.find_first_not_of(" \t") != std::string::npos)
      return std::optional(row_of(std::move(*line), name_));
  }
}

Status finish_row(ObjectReader& fields, const InputRow& row) {
  for (const auto& entry : row.fields.items()) fields.raw(entry.key().c_str());
  return fields.finish();
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

std::size_t OrderedOutput::reserve() {
  waiting_.emplace_back();
  return first_ + waiting_.size() - 1;
}

void OrderedOutput::write(const std::vector<OrderedJson>& records) {
  for (const OrderedJson& record : records)
    if (written_.ok()) written_ = output_.write(record);
}

void OrderedOutput::put(std::size_t place, std::vector<OrderedJson> records) {
  waiting_[place - first_] = std::move(records);
  for (; !waiting_.empty() && waiting_.front(); ++first_) {
    write(*waiting_.front());
    waiting_.pop_front();
  }
}

void OrderedOutput::fail(std::size_t place, const InputRow& input, const Error& error) {
  ++failed_;
  put(place, {error_row(input, error)});
}

void OrderedOutput::write_rest() {
  for (const auto& records : waiting_)
    if (records) write(*records);
  first_ += waiting_.size();
  waiting_.clear();
}

Result<int> OrderedOutput::status(const std::string& input_name) const {
  if (!written_.ok()) return written_.error();
  if (failed_ == 0) return 0;
  return input_error(std::to_string(failed_) + " of " + std::to_string(first_) + " rows failed",
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

namespace {

constexpr std::size_t kRowsPerThread = 64;

using Convert = std::function<Result<OrderedJson>(const InputRow&)>;

/// Waits for one row and takes what is there already, `most` at most; empty at the end.
Result<std::vector<InputRow>> read_batch(RowSource& rows, std::size_t most) {
  std::vector<InputRow> batch;
  while (batch.size() < most && (batch.empty() || rows.ready())) {
    BAKEOFF_TRY(auto row, rows.next());
    if (!row) break;
    batch.push_back(std::move(*row));
  }
  return batch;
}

/// A record for each row, whichever thread made it; interrupted errors once Ctrl-C was pressed.
std::vector<Result<OrderedJson>> convert_batch(const std::vector<InputRow>& batch, const Convert& convert,
                                               std::size_t threads) {
  std::vector<Result<OrderedJson>> records(batch.size(), Result<OrderedJson>(interrupted_error()));
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i; (i = next++) < batch.size() && !interrupted();)
      records[i] = batch[i].error ? Result<OrderedJson>(*batch[i].error) : convert(batch[i]);
  };
  std::vector<std::jthread> helpers;
  for (std::size_t i = 1; i < std::min(threads, batch.size()); ++i) helpers.emplace_back(work);
  work();
  helpers.clear();
  return records;
}

}  // namespace

Result<int> map_rows(const StreamOptions& options, const Convert& convert, int threads) {
  BAKEOFF_TRY(RowSource rows, RowSource::open(options.input));
  BAKEOFF_TRY(const auto stream, RecordOutput::open(options.output));
  OrderedOutput output(*stream);
  const std::size_t workers = threads > 0 ? static_cast<std::size_t>(threads) : std::thread::hardware_concurrency();
  while (!output.broken()) {
    BAKEOFF_TRY(const auto batch, read_batch(rows, workers > 1 ? workers * kRowsPerThread : 1));
    if (batch.empty()) break;
    auto records = convert_batch(batch, convert, workers);
    if (interrupted()) return interrupted_error();
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const std::size_t place = output.reserve();
      if (records[i].ok())
        output.put(place, {std::move(records[i]).value()});
      else
        output.fail(place, batch[i], records[i].error());
    }
  }
  return output.status(options.input);
}

}  // namespace bakeoff::tools
