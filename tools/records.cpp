// The record streams of the program.
#include "tools/records.h"

#include <cerrno>
#include <cstring>
#include <limits>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "harness/core/interrupt.h"
#include "harness/core/words.h"

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
  if (line.too_long)
    row.error = input_error("the line is longer than " + std::to_string(LineReader::kMaxLineBytes >> 20) + " MiB",
                            row.where, "split it");
  return row;
}

}  // namespace

void read_fields(InputRow& row) {
  if (row.error) return;
  auto fields = parse_json(row.text, row.where);
  if (!fields.ok())
    row.error = fields.error();
  else if (!fields->is_object())
    row.error = input_error("expected one JSON object on the line", row.where);
  else
    row.fields = std::move(fields).value();
}

Result<std::optional<InputRow>> RowSource::next() {
  BAKEOFF_TRY(auto row, next_unread());
  if (row) read_fields(*row);
  return row;
}

Result<std::optional<InputRow>> RowSource::next_unread() {
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

Status RecordOutput::write(const OrderedJson& row) { return write_lines(dump(row) + "\n"); }

Status RecordOutput::write_lines(const std::string& lines) {
  if (std::fwrite(lines.data(), 1, lines.size(), stream_) == lines.size() && std::fflush(stream_) == 0) return {};
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
  return RowCount{first_, failed_}.status(input_name);
}

Result<int> RowCount::status(const std::string& input_name) const {
  if (failed == 0) return 0;
  return input_error(count_text(failed) + " of " + counted(rows, "row") + " failed",
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

}  // namespace bakeoff::tools
