// `bakeoff judge`: verdicts on answers that were made anywhere. No model is asked.
#include <algorithm>
#include <map>
#include <mutex>

#include <CLI/CLI.hpp>

#include "harness/stats/mean.h"
#include "suites/suite.h"
#include "tools/commands.h"
#include "tools/records.h"
#include "tools/suite_options.h"

namespace bakeoff::tools {

namespace {

struct JudgeOptions {
  StreamOptions streams;  ///< input: the samples
  SuiteOptions suite;
  std::string summary;  ///< file; empty: none
  int jobs = 0;         ///< threads that judge; 0: all cores
};

/// The first of the spellings that the row has; null if it has none.
const Json* first_of(const Json& row, std::initializer_list<const char*> keys) {
  for (const char* key : keys)
    if (row.contains(key)) return &row[key];
  return nullptr;
}

/// Other tools number their rows: 7 and "7" name the same item.
std::string name_of(const Json& id) { return id.is_string() ? id.get<std::string>() : dump(id); }

/// Joins sample rows to a suite's items and keeps what the summary needs. judge() may be called from any thread.
class Bench {
 public:
  explicit Bench(std::unique_ptr<suites::Suite> suite) : suite_(std::move(suite)) {
    for (const Item& item : suite_->items()) {
      by_id_.emplace(item.id, &item);
      if (!item.messages.empty()) by_prompt_.emplace(item.messages.back().content, &item);
    }
  }

  Result<OrderedJson> judge(const InputRow& row) {
    BAKEOFF_TRY(const Item* const item, find(row));
    const Json* answer = first_of(row.fields, {"output", "completion", "solution", "response", "text"});
    if (!answer || !answer->is_string())
      return input_error(
          "expected the answer as text in \"output\", \"completion\", \"solution\", \"response\" or \"text\"",
          row.where);
    Sample sample;
    sample.suite = suite_->card().name;
    sample.item = item->id;
    sample.completion.text = to_valid_utf8(answer->get<std::string>());
    const Verdict verdict = suite_->judge(*item, sample);
    count(row.line, *item, verdict);
    return record_of(row, *item, verdict);
  }

  /// The same whatever order the rows were judged in.
  OrderedJson summary() {
    std::map<std::string, Column> columns;
    std::int64_t scored = 0;
    std::ranges::sort(judged_, {}, &Judged::line);
    for (const Judged& judged : judged_) {
      scored += judged.score.has_value();
      for (const auto& [name, value] : judged.metrics) {
        columns[name].values.push_back(value);
        columns[name].groups.push_back(judged.group);
      }
    }
    return {{"suite", suite_->card().name},
            {"version", suite_->card().version},
            {"items", suite_->items().size()},
            {"scored", scored},
            {"unscored", static_cast<std::int64_t>(judged_.size()) - scored},
            {"metrics", means_of(columns)}};
  }

 private:
  struct Column {
    std::vector<double> values;
    std::vector<std::string> groups;
  };
  struct Judged {
    std::size_t line;  ///< of the input
    std::optional<double> score;
    std::map<std::string, double> metrics;  ///< empty where unscored
    std::string group;
  };

  static OrderedJson means_of(const std::map<std::string, Column>& columns) {
    OrderedJson metrics = OrderedJson::object();
    for (const auto& [name, column] : columns) {
      const auto mean = stats::clustered_mean(column.values, stats::group_numbers(column.groups));
      if (!mean) continue;
      const auto error = mean->standard_error;
      metrics[name] = {
          {"n", mean->n}, {"mean", mean->mean}, {"standard_error", error ? OrderedJson(*error) : OrderedJson()}};
    }
    return metrics;
  }

  Result<const Item*> find(const InputRow& row) const {
    if (const Json* id = first_of(row.fields, {"id", "task_id", "key", "doc_id"})) {
      const auto item = by_id_.find(name_of(*id));
      if (item != by_id_.end()) return item->second;
      return input_error("the suite has no item \"" + name_of(*id) + "\"", row.where, "check --items");
    }
    const Json* prompt = first_of(row.fields, {"prompt"});
    if (!prompt || !prompt->is_string())
      return input_error("names no item: expected \"id\", \"task_id\", \"key\", \"doc_id\" or \"prompt\"", row.where);
    const auto item = by_prompt_.find(prompt->get<std::string>());
    if (item != by_prompt_.end()) return item->second;
    return input_error("the suite has no item with this prompt", row.where, "check --items");
  }

  void count(std::size_t line, const Item& item, const Verdict& verdict) {
    Judged judged{line, verdict.score, {}, item.group.empty() ? item.id : item.group};
    if (verdict.score) judged.metrics = verdict.metrics;
    const std::lock_guard lock(mutex_);
    judged_.push_back(std::move(judged));
  }

  static OrderedJson record_of(const InputRow& row, const Item& item, const Verdict& verdict) {
    OrderedJson record = {{"id", item.id}};
    if (row.fields.contains("replicate")) record["replicate"] = OrderedJson(row.fields["replicate"]);
    const Json judged = to_json(verdict);
    for (const char* key : {"score", "metrics", "unscored", "evidence"}) record[key] = OrderedJson(judged.at(key));
    return record;
  }

  std::unique_ptr<suites::Suite> suite_;
  std::map<std::string, const Item*> by_id_, by_prompt_;
  std::mutex mutex_;
  std::vector<Judged> judged_;
};

Result<int> judge(const JudgeOptions& options) {
  BAKEOFF_TRY(std::unique_ptr<suites::Suite> suite, open_suite(options.suite));
  Bench bench(std::move(suite));
  const Result<int> status = map_rows(
      options.streams, [&](const InputRow& row) { return bench.judge(row); }, options.jobs);
  if (!options.summary.empty()) BAKEOFF_CHECK(write_file_atomically(options.summary, dump(bench.summary()) + "\n"));
  return status;
}

}  // namespace

Action declare_judge(CLI::App& app) {
  auto options = std::make_shared<JudgeOptions>();
  app.add_option("suite", options->suite.name, "Name of the suite")->required();
  add_suite_options(app, options->suite);
  app.add_option("--samples,--input", options->streams.input, "JSONL file of answers, or -")->capture_default_str();
  app.add_option("--output", options->streams.output, "JSONL file of verdicts, or -")->capture_default_str();
  app.add_option("--jobs", options->jobs, "Threads that judge; 0: all cores")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_option("--summary", options->summary, "Write counts and the mean of every metric into this file");
  app.add_flag("--unsafe-no-sandbox", options->suite.unsafe_no_sandbox,
               "Coding suites: run model-written code with your rights on this machine; recorded in every verdict");
  return [options] { return judge(*options); };
}

}  // namespace bakeoff::tools
