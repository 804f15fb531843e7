// Results as logs of Inspect; see exports.h. Fields are those of its inspect_ai/log/_log.py (0.3.285, log version 2).
#include "harness/compare/exports.h"
#include "harness/core/json.h"
#include "harness/core/sha256.h"

namespace bakeoff::compare {

namespace {

/// Inspect counts words; for numbers its metric is called accuracy where they are 0 and 1, else mean.
const char* metric_of(const SuiteResults& suite, const std::string& metric) {
  return is_binary(suite, metric) ? "accuracy" : "mean";
}

OrderedJson error_options(const SuiteResults& suite) {
  return has_groups(suite) ? OrderedJson{{"cluster", "group"}} : OrderedJson::object();
}

/// Each of our metrics is a scorer of its own.
OrderedJson scorers_of(const SuiteResults& suite) {
  OrderedJson scorers = OrderedJson::array();
  for (const MetricInfo& metric : suite.metrics)
    scorers.push_back(
        {{"name", metric.name},
         {"options", OrderedJson::object()},
         {"metrics",
          {{{"name", std::string("inspect_ai/") + metric_of(suite, metric.name)}, {"options", OrderedJson::object()}},
           {{"name", "inspect_ai/stderr"}, {"options", error_options(suite)}}}},
         {"metadata", OrderedJson::object()}});
  return scorers;
}

OrderedJson figure(const std::string& name, double value, OrderedJson params = OrderedJson::object()) {
  return {{"name", name}, {"value", value}, {"params", std::move(params)}};
}

OrderedJson results_of(const SuiteResults& suite) {
  OrderedJson scores = OrderedJson::array();
  std::size_t completed = 0;
  for (const ScoredItem& item : suite.items) completed += item.verdict.score.has_value();
  const auto items = static_cast<std::int64_t>(item_numbers(suite).size());
  for (const MetricInfo& metric : suite.metrics) {
    const auto mean = mean_of(suite, metric.name);
    if (!mean) continue;
    const std::string name = metric_of(suite, metric.name);
    scores.push_back({{"name", metric.name},
                      {"scorer", metric.name},
                      {"reducer", "mean"},
                      {"scored_samples", mean->n},
                      {"unscored_samples", items - mean->n},
                      {"params", OrderedJson::object()},
                      {"metrics",
                       {{name, figure(name, mean->mean)},
                        {"stderr", figure("stderr", mean->standard_error.value_or(0), error_options(suite))}}}});
  }
  return {{"total_samples", suite.items.size()}, {"completed_samples", completed}, {"scores", scores}};
}

OrderedJson sample_of(const ResultSet& set, const ScoredItem& item) {
  const Json& evidence = item.verdict.evidence;
  const OrderedJson answer = {{"role", "assistant"}, {"content", item.answer}, {"source", "generate"}};
  OrderedJson scores = OrderedJson::object();
  for (const auto& [metric, value] : item.verdict.metrics)
    scores[metric] = {{"value", value}, {"answer", item.answer}, {"metadata", OrderedJson(evidence)}};
  OrderedJson sample = {{"id", item.id},
                        {"epoch", item.replicate + 1},
                        {"input", item.question},
                        {"target", target_of(item)},
                        {"messages", {{{"role", "user"}, {"content", item.question}, {"source", "input"}}, answer}},
                        {"output",
                         {{"model", set.arm},
                          {"choices", {{{"message", answer}, {"stop_reason", "stop"}}}},
                          {"completion", item.answer}}},
                        {"scores", scores},
                        {"metadata", {{"group", item.group.empty() ? item.id : item.group}}}};
  if (!item.verdict.unscored.empty())
    sample["error"] = {{"message", item.verdict.unscored}, {"traceback", ""}, {"traceback_ansi", ""}};
  return sample;
}

OrderedJson spec_of(const ResultSet& set, const SuiteResults& suite, const ExportOptions& options) {
  OrderedJson ids = OrderedJson::array();
  int epochs = 1;
  for (const ScoredItem& item : suite.items) {
    if (item.replicate == 0) ids.push_back(item.id);
    epochs = std::max(epochs, item.replicate + 1);
  }
  const std::string id = sha256_hex(set.name + "\n" + suite.name + "\n" + options.created).substr(0, 22);
  const std::string version = suite.protocol.contains("version") && suite.protocol["version"].is_string()
                                  ? suite.protocol["version"].get<std::string>()
                                  : "0";
  return {{"eval_id", id},
          {"run_id", id},
          {"created", options.created},
          {"task", suite.name},
          {"task_id", id},
          {"task_version", version},
          {"task_attribs", OrderedJson::object()},
          {"task_args", OrderedJson::object()},
          {"dataset",
           {{"name", suite.name}, {"samples", item_numbers(suite).size()}, {"sample_ids", ids}, {"shuffled", false}}},
          {"model", set.arm},
          {"model_generate_config", OrderedJson::object()},
          {"model_args", OrderedJson(set.identity)},
          {"config", {{"epochs", epochs}, {"epochs_reducer", OrderedJson::array({"mean"})}}},
          {"packages", OrderedJson::object()},
          {"metadata", {{"exported_by", options.exporter}, {"protocol", OrderedJson(suite.protocol)}}},
          {"scorers", scorers_of(suite)}};
}

OrderedJson log_of(const ResultSet& set, const SuiteResults& suite, const ExportOptions& options) {
  OrderedJson samples = OrderedJson::array();
  for (const ScoredItem& item : suite.items) samples.push_back(sample_of(set, item));
  return {
      {"version", 2},
      {"status", "success"},
      {"eval", spec_of(set, suite, options)},
      {"plan", {{"name", "plan"}, {"steps", OrderedJson::array()}, {"config", OrderedJson::object()}}},
      {"results", results_of(suite)},
      {"stats",
       {{"started_at", options.created}, {"completed_at", options.created}, {"model_usage", OrderedJson::object()}}},
      {"samples", samples}};
}

/// "2026-11-25T04-22-01" in front: viewers sort logs by name.
std::string file_name(const ResultSet& set, const SuiteResults& suite, const std::string& created) {
  std::string date = created.substr(0, 19);
  for (char& c : date)
    if (c == ':') c = '-';
  return date + "_" + file_part(suite.name) + "_" + file_part(set.arm) + ".json";
}

}  // namespace

Result<std::vector<Path>> export_inspect(const ResultSet& set, const Path& out, const ExportOptions& options) {
  BAKEOFF_CHECK(check_exportable(set));
  std::vector<Path> written;
  for (const SuiteResults& suite : set.suites) {
    if (suite.items.empty()) continue;
    written.push_back(out / file_name(set, suite, options.created));
    BAKEOFF_CHECK(write_file_atomically(written.back(), dump(log_of(set, suite, options)) + "\n"));
  }
  return written;
}

}  // namespace bakeoff::compare
