// Results as NeMo Evaluator writes them; see exports.h. Keys are those of its engine/artifacts.py and eval_loop.py
// (0.3.0): what `nel report`, `nel compare` and `nel gate` look at.
#include "harness/compare/exports.h"
#include "harness/core/json.h"

namespace bakeoff::compare {

namespace {

/// "20261125T042201Z" of "2026-11-25T04:22:01Z".
std::string stamp_of(const std::string& created) {
  std::string stamp;
  for (const char c : created)
    if (c != '-' && c != ':') stamp += c;
  return stamp;
}

Json from_evidence(const ScoredItem& item, const char* key) {
  const Json& evidence = item.verdict.evidence;
  return evidence.is_object() && evidence.contains(key) ? evidence[key] : Json();
}

OrderedJson row_of(const SuiteResults& suite, const ScoredItem& item, std::size_t problem) {
  OrderedJson details = OrderedJson::object(), rewards = OrderedJson::object(), metadata = {{"item", item.id}};
  for (std::size_t i = 1; i < suite.metrics.size(); ++i) {
    const auto value = item.verdict.metrics.find(suite.metrics[i].name);
    if (value == item.verdict.metrics.end()) continue;
    OrderedJson& said = details["scorer:" + suite.metrics[i].name];
    if (value->second == 0 || value->second == 1) said["correct"] = value->second == 1;
    said["reward"] = value->second;
    rewards["scorer:" + suite.metrics[i].name] = value->second;
  }
  if (has_groups(suite)) metadata["category"] = item.group;
  return {{"problem_idx", problem},
          {"repeat", item.replicate},
          {"reward", *item.verdict.score},
          {"scorer_rewards", rewards},
          {"prompt", item.question},
          {"model_response", item.answer},
          {"extracted_answer", OrderedJson(from_evidence(item, "extracted"))},
          {"expected_answer", target_of(item)},
          {"scoring_details", details},
          {"metadata", metadata}};
}

/// "pass@1" for rewards of 0 and 1, else "mean_reward", as nemo-evaluator chooses; other metrics as scorers.
OrderedJson scores_of(const SuiteResults& suite) {
  OrderedJson scores = OrderedJson::object();
  for (std::size_t i = 0; i < suite.metrics.size(); ++i) {
    const std::string& metric = suite.metrics[i].name;
    const auto mean = mean_of(suite, metric);
    if (!mean) continue;
    const std::string headline = is_binary(suite, metric) ? "pass@1" : "mean_reward";
    OrderedJson& entry = scores[i == 0 ? headline : "scorer:" + metric];
    entry = {{"value", mean->mean}};
    if (mean->standard_error) entry["standard_error"] = *mean->standard_error;
  }
  return scores;
}

Result<std::vector<Path>> write_benchmark(const ResultSet& set, const SuiteResults& suite, const Path& folder,
                                          const ExportOptions& options) {
  const auto problems = item_numbers(suite);
  std::string rows;
  OrderedJson unscored = OrderedJson::array();
  std::size_t scored = 0;
  int repeats = 1;
  for (const ScoredItem& item : suite.items) {
    const std::size_t problem = problems.at(item.id);
    repeats = std::max(repeats, item.replicate + 1);
    if (!item.verdict.score) {
      unscored.push_back({{"problem_idx", problem}, {"repeat", item.replicate}, {"reason", item.verdict.unscored}});
      continue;
    }
    rows += dump(row_of(suite, item, problem)) + "\n";
    ++scored;
  }
  const std::string run = "eval-" + stamp_of(options.created) + "-" + file_part(suite.name);
  const OrderedJson bundle = {
      {"run_id", run},
      {"config_hash", ""},
      {"sdk_version", options.exporter},
      {"timestamp", options.created},
      {"config",
       {{"model", set.arm}, {"benchmark", suite.name}, {"repeats", repeats}, {"identity", OrderedJson(set.identity)}}},
      {"benchmark",
       {{"name", suite.name},
        {"samples", problems.size()},
        {"repeats", repeats},
        {"scores", scores_of(suite)},
        {"unscored", unscored}}},
      {"n_results", scored}};
  const std::vector<Path> written = {folder / "results.jsonl", folder / (run + ".json")};
  BAKEOFF_CHECK(write_file_atomically(written[0], rows));
  BAKEOFF_CHECK(write_file_atomically(written[1], bundle.dump(2) + "\n"));
  return written;
}

}  // namespace

Result<std::vector<Path>> export_nemo(const ResultSet& set, const Path& out, const ExportOptions& options) {
  BAKEOFF_CHECK(check_exportable(set));
  std::vector<Path> written;
  for (const SuiteResults& suite : set.suites) {
    if (suite.items.empty()) continue;
    BAKEOFF_TRY(const auto files, write_benchmark(set, suite, out / file_part(suite.name), options));
    written.insert(written.end(), files.begin(), files.end());
  }
  return written;
}

}  // namespace bakeoff::compare
