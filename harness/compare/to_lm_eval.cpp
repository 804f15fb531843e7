// Results as lm-evaluation-harness writes them; see exports.h. Keys are those of its evaluation_tracker.py and
// evaluator.py (0.4.13): what its make_table(), its viewers and our reader look at.
#include <algorithm>
#include <ctime>
#include <numeric>

#include "harness/compare/exports.h"
#include "harness/compare/lm_eval_samples.h"
#include "harness/core/json.h"
#include "harness/core/sha256.h"

namespace bakeoff::compare {

namespace {

/// "acc,none" of "acc"; names with a filter have it already.
std::string result_key(const std::string& metric) {
  const MetricKey key = metric_key(metric);
  return key.metric + "," + key.filter;
}

/// A task's name is part of a file's name too.
std::string task_name(const SuiteResults& suite) {
  std::string name = suite.name;
  for (char& c : name)
    if (c == '/' || c == '\\' || static_cast<unsigned char>(c) < ' ') c = '_';
  return name;
}

/// "2026-11-25T04-22-01.000000", as in the names of its files.
std::string file_date(const std::string& created) {
  std::string date = created.substr(0, 19);
  for (char& c : date)
    if (c == ':') c = '-';
  return date + ".000000";
}

/// Seconds since 1970 of "2026-11-25T04:22:01Z"; 0 for what is no time.
double epoch_seconds(const std::string& created) {
  std::tm time{};
  return strptime(created.c_str(), "%Y-%m-%dT%H:%M:%S", &time) ? static_cast<double>(timegm(&time)) : 0;
}

/// One item with all its answers: lm-eval knows one value per document, here the mean over replicates.
struct Document {
  const ScoredItem* first = nullptr;
  OrderedJson answers = OrderedJson::array();
  std::map<std::string, std::pair<double, int>> sums;  ///< by metric, of the replicates that have it
  std::string unscored;                                ///< why the last unscored replicate is
};

std::vector<Document> documents_of(const SuiteResults& suite) {
  const auto numbers = item_numbers(suite);
  std::vector<Document> documents(numbers.size());
  for (const ScoredItem& item : suite.items) {
    Document& document = documents[numbers.at(item.id)];
    if (!document.first) document.first = &item;
    document.answers.push_back(item.answer);
    for (const auto& [metric, value] : item.verdict.metrics) {
      document.sums[metric].first += value;
      ++document.sums[metric].second;
    }
    if (!item.verdict.unscored.empty()) document.unscored = item.verdict.unscored;
  }
  return documents;
}

/// The ids themselves where all are numbers, else the positions.
std::vector<std::int64_t> document_numbers(const std::vector<Document>& documents) {
  std::vector<std::int64_t> numbers;
  for (const Document& document : documents) {
    const std::string& id = document.first->id;
    const bool is_number =
        !id.empty() && id.size() < 10 && id.find_first_not_of("0123456789") == id.npos && (id == "0" || id[0] != '0');
    if (!is_number) break;
    numbers.push_back(std::stoll(id));
  }
  if (numbers.size() == documents.size()) return numbers;
  numbers.resize(documents.size());
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

std::vector<std::string> filters_of(const SuiteResults& suite) {
  std::vector<std::string> filters;
  for (const MetricInfo& metric : suite.metrics) {
    const std::string filter = metric_key(metric.name).filter;
    if (std::find(filters.begin(), filters.end(), filter) == filters.end()) filters.push_back(filter);
  }
  return filters;
}

/// One row per document and filter.
class Rows {
 public:
  explicit Rows(const SuiteResults& suite)
      : suite_(suite), documents_(documents_of(suite)), numbers_(document_numbers(documents_)) {}

  std::size_t documents() const { return documents_.size(); }
  std::string text() {
    std::string lines;
    for (const std::string& filter : filters_of(suite_))
      for (std::size_t i = 0; i < documents_.size(); ++i) lines += dump(row(i, filter)) + "\n";
    return lines;
  }
  /// Over all rows that text() made, as its save_results_aggregated() joins them.
  std::string task_hash() const { return sha256_hex(hashes_); }

 private:
  OrderedJson row(std::size_t at, const std::string& filter) {
    const Document& document = documents_[at];
    const ScoredItem& item = *document.first;
    const OrderedJson doc = {{"id", item.id}, {"group", item.group}, {"question", item.question}};
    const std::string target = target_of(item);
    const std::string doc_hash = sha256_hex(dump(doc)), prompt_hash = sha256_hex(item.question),
                      target_hash = sha256_hex(target);
    hashes_ += doc_hash + prompt_hash + target_hash;
    OrderedJson row = {{"doc_id", numbers_[at]},
                       {"doc", doc},
                       {"target", target},
                       {"arguments", {{"gen_args_0", {{"arg_0", item.question}}}}},
                       {"resps", OrderedJson::array({document.answers})},
                       {"filtered_resps", OrderedJson::array({item.answer})},
                       {"filter", filter},
                       {"metrics", OrderedJson::array()},
                       {"doc_hash", doc_hash},
                       {"prompt_hash", prompt_hash},
                       {"target_hash", target_hash}};
    for (const auto& [name, sum] : document.sums)
      if (const MetricKey key = metric_key(name); key.filter == filter) {
        row["metrics"].push_back(key.metric);
        row[key.metric] = sum.first / sum.second;
      }
    if (!document.unscored.empty()) row["unscored"] = document.unscored;
    return row;
  }

  const SuiteResults& suite_;
  std::vector<Document> documents_;
  std::vector<std::int64_t> numbers_;
  std::string hashes_;
};

/// The parts of the results file that have one entry per task.
struct TaskEntries {
  OrderedJson results, subtasks, configs, versions, shots, directions, counts, hashes;
};

void add_task(const SuiteResults& suite, const Rows& rows, TaskEntries& entries) {
  const std::string task = task_name(suite);
  OrderedJson figures = {{"alias", suite.name}};
  OrderedJson directions = OrderedJson::object(), metrics = OrderedJson::array();
  for (const MetricInfo& metric : suite.metrics) {
    const MetricKey key = metric_key(metric.name);
    directions[key.metric] = metric.higher_is_better;
    metrics.push_back({{"metric", key.metric}, {"aggregation", "mean"}, {"higher_is_better", metric.higher_is_better}});
    const auto mean = mean_of(suite, metric.name);
    if (!mean) continue;
    figures[result_key(metric.name)] = mean->mean;
    figures[key.error_key(true)] = mean->standard_error ? OrderedJson(*mean->standard_error) : OrderedJson("N/A");
  }
  const OrderedJson version = OrderedJson(suite.protocol.value("version", Json("unknown")));
  OrderedJson filters = OrderedJson::array();
  for (const std::string& filter : filters_of(suite)) filters.push_back({{"name", filter}});
  entries.results[task] = figures;
  entries.subtasks[task] = OrderedJson::array();
  entries.configs[task] = {{"task", task},
                           {"metric_list", metrics},
                           {"filter_list", filters},
                           {"metadata", {{"version", version}, {"protocol", OrderedJson(suite.protocol)}}}};
  entries.versions[task] = version;
  entries.shots[task] = 0;
  entries.directions[task] = directions;
  entries.counts[task] = {{"original", rows.documents()}, {"effective", rows.documents()}};
  entries.hashes[task] = rows.task_hash();
}

OrderedJson results_file(const ResultSet& set, const TaskEntries& entries, const ExportOptions& options) {
  return {{"results", entries.results},
          {"group_subtasks", entries.subtasks},
          {"configs", entries.configs},
          {"versions", entries.versions},
          {"n-shot", entries.shots},
          {"higher_is_better", entries.directions},
          {"n-samples", entries.counts},
          {"config", {{"model", set.source}, {"model_args", OrderedJson(set.identity)}}},
          {"git_hash", nullptr},
          {"date", epoch_seconds(options.created)},
          {"task_hashes", entries.hashes},
          {"model_source", set.source},
          {"model_name", set.arm},
          {"model_name_sanitized", file_part(set.arm)},
          {"system_instruction", nullptr},
          {"system_instruction_sha", nullptr},
          {"chat_template", nullptr},
          {"chat_template_sha", nullptr},
          {"exported_by", options.exporter}};
}

}  // namespace

Result<std::vector<Path>> export_lm_eval(const ResultSet& set, const Path& out, const ExportOptions& options) {
  BAKEOFF_CHECK(check_exportable(set));
  const Path folder = out / file_part(set.arm);
  const std::string date = file_date(options.created);
  TaskEntries entries;
  std::vector<Path> written;
  for (const SuiteResults& suite : set.suites) {
    if (suite.items.empty()) continue;
    Rows rows(suite);
    written.push_back(folder / ("samples_" + task_name(suite) + "_" + date + ".jsonl"));
    BAKEOFF_CHECK(write_file_atomically(written.back(), rows.text()));
    add_task(suite, rows, entries);
  }
  written.push_back(folder / ("results_" + date + ".json"));
  BAKEOFF_CHECK(write_file_atomically(written.back(), results_file(set, entries, options).dump(2) + "\n"));
  return written;
}

}  // namespace bakeoff::compare
