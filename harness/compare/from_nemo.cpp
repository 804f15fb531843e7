// Reading of NeMo Evaluator's bundles; see from_nemo.h. The layout is that of its engine/artifacts.py,
// engine/eval_loop.py and engine/bundles.py (0.3.0).
#include "harness/compare/from_nemo.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "harness/compare/foreign.h"
#include "harness/core/sha256.h"

namespace bakeoff::compare {

namespace {

constexpr double kRounded = 6e-5;  ///< bundles state four decimals

bool is_bundle(const Path& file) {
  if (file.extension() != ".json") return false;
  const auto keys = first_keys(file);
  const auto has = [&](const char* key) { return std::find(keys.begin(), keys.end(), key) != keys.end(); };
  return has("run_id") && (has("benchmark") || file.filename().string().starts_with("eval-"));
}

/// Bundles of a folder and of the folders in it, as `nel` finds them.
std::vector<Path> bundles(const Path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored)) return is_bundle(path) ? std::vector{path} : std::vector<Path>();
  std::vector<Path> found;
  for (const Path& entry : entries_of(path)) {
    if (is_bundle(entry)) found.push_back(entry);
    for (const Path& inner : entries_of(entry))
      if (is_bundle(inner)) found.push_back(inner);
  }
  return found;
}

std::optional<int> whole_number(const Json& row, const char* key, int otherwise) {
  const Json* value = member(row, key);
  if (!value) return otherwise;
  const auto number = value->is_string() ? std::optional(std::atof(text_of(*value).c_str())) : number_of(*value);
  if (!number || *number != std::floor(*number) || std::abs(*number) > 1e9) return std::nullopt;
  return static_cast<int>(*number);
}

class Rows {
 public:
  explicit Rows(SuiteResults& suite) : suite_(suite) {}

  Status add(const Json& row, const std::string& where) {
    const auto problem = whole_number(row, "problem_idx", -1), repeat = whole_number(row, "repeat", 0);
    if (!problem || *problem < 0) return input_error("expected a whole number from 0 at \"problem_idx\"", where);
    if (!repeat || *repeat < 0) return input_error("expected a whole number from 0 at \"repeat\"", where);
    if (suite_.items.size() >= kMostForeignItems) return input_error("holds more than 10 million rows", where);
    ScoredItem item;
    item.id = item.group = std::to_string(*problem);
    item.replicate = *repeat;
    item.question = shortened(text_at(row, "prompt"));
    item.answer = shortened(text_at(row, "model_response"));
    item.verdict = verdict_of(row);
    documents_[*problem] = sha256_hex(item.question + "\n" + text_at(row, "expected_answer"));
    suite_.items.push_back(std::move(item));
    return {};
  }

  Status finish(const std::string& where) {
    BAKEOFF_CHECK(check_items(suite_.items, where));
    std::sort(suite_.items.begin(), suite_.items.end(), [](const ScoredItem& a, const ScoredItem& b) {
      return std::pair(std::stol(a.id), a.replicate) < std::pair(std::stol(b.id), b.replicate);
    });
    for (const std::string& scorer : scorers_) suite_.metrics.push_back({scorer, true, ""});
    for (ScoredItem& item : suite_.items) set_primary(item.verdict, suite_);
    Sha256 digest;
    for (const auto& [problem, document] : documents_) digest.update(std::to_string(problem) + ":" + document + "\n");
    suite_.protocol["data"] = {{"documents", documents_.size()}, {"sha256", short_id(digest.hex())}};
    return {};
  }

 private:
  Verdict verdict_of(const Json& row) {
    Verdict verdict;
    const Json* details = member(row, "scoring_details");
    verdict.evidence = picked(row, {"extracted_answer", "expected_answer"});
    if (const Json* metadata = member(row, "metadata"))
      if (const Json* category = member(*metadata, "category")) verdict.evidence["category"] = *category;
    const std::string error = details ? text_at(*details, "error") : "";
    if (details && text_at(*details, "method") == "solve_failed") {
      verdict.unscored = "error: " + shortened(error);
      return verdict;
    }
    const Json* value = member(row, "reward");
    const auto reward = value ? number_of(*value) : std::nullopt;
    if (!reward) {
      verdict.unscored = value ? "the reward " + dump(*value) + " is no number" : "the row has no reward";
      return verdict;
    }
    verdict.metrics = {{"mean_reward", *reward}, {"pass@1", *reward > 0 ? 1.0 : 0.0}};
    if (details && details->is_object()) add_scorers(*details, verdict);
    return verdict;
  }

  /// 1 where a scorer says "correct", as the bundle's figure counts it, else its reward.
  void add_scorers(const Json& details, Verdict& verdict) {
    for (const auto& [scorer, said] : details.items()) {
      if (!scorer.starts_with("scorer:")) continue;
      const Json* value = member(said, "correct") ? member(said, "correct") : member(said, "reward");
      if (const auto number = value ? number_of(*value) : std::nullopt) {
        verdict.metrics[scorer] = *number;
        scorers_.insert(scorer);
      }
    }
  }

  SuiteResults& suite_;
  std::map<int, std::string> documents_;  ///< digests of question and expected answer
  std::set<std::string> scorers_;
};

void add_figures(const Json& benchmark, SuiteResults& suite) {
  const Json* scores = member(benchmark, "scores");
  if (!scores || !scores->is_object()) return;
  const Json* samples = member(benchmark, "samples");
  for (const auto& [metric, entry] : scores->items()) {
    const Json* value = member(entry, "value");
    const auto number = value ? number_of(*value) : std::nullopt;
    if (!number) continue;
    suite.figures[metric] = {*number, {}, samples ? static_cast<std::int64_t>(number_of(*samples).value_or(0)) : 0};
    const auto known = [&](const MetricInfo& info) { return info.name == metric; };
    if (std::none_of(suite.metrics.begin(), suite.metrics.end(), known)) suite.metrics.push_back({metric, true, ""});
  }
}

/// The bundle's headline against the mean over the rows that were scored.
void check_means(const SuiteResults& suite, std::vector<std::string>& caveats) {
  std::map<std::string, std::pair<double, int>> by_item;
  std::size_t failed = 0;
  for (const ScoredItem& item : suite.items) {
    failed += item.verdict.unscored.starts_with("error");
    if (!item.verdict.score) continue;
    by_item[item.id].first += item.verdict.metrics.at("mean_reward");
    ++by_item[item.id].second;
  }
  if (failed > 0)
    caveats.push_back("benchmark " + suite.name + ": " + std::to_string(failed) +
                      " requests failed; they are unscored here and reward 0 in NeMo Evaluator's figures");
  const auto stated = suite.figures.find(suite.figures.contains("mean_reward") ? "mean_reward" : "pass@1");
  if (failed > 0 || by_item.empty() || stated == suite.figures.end()) return;
  double sum = 0;
  for (const auto& [id, total] : by_item) sum += total.first / total.second;
  const double mean = sum / static_cast<double>(by_item.size());
  if (std::abs(mean - stated->second.value) > kRounded * std::max(1.0, std::abs(mean)))
    caveats.push_back("benchmark " + suite.name + ": the bundle states " + dump(Json(stated->second.value)) + " for " +
                      stated->first + ", its rows give " + dump(Json(mean)));
}

Result<SuiteResults> read_benchmark(const Path& file, const Json& bundle, std::vector<std::string>& caveats) {
  BAKEOFF_TRY(const Json* const benchmark, object_at(bundle, "benchmark", file.string()));
  SuiteResults suite;
  suite.name = text_at(*benchmark, "name");
  if (suite.name.empty()) return input_error("expected a name at \"benchmark.name\"", file.string());
  suite.protocol = {{"suite", suite.name}};
  if (const Json* config = member(bundle, "config"))
    suite.protocol["decoding"] = picked(*config, {"temperature", "top_p", "max_tokens"});
  const Path rows_file = file.parent_path() / "results.jsonl";
  std::error_code ignored;
  if (std::filesystem::is_regular_file(rows_file, ignored)) {
    suite.metrics = {{"mean_reward", true, "mean of the rewards"}, {"pass@1", true, "share of rewards above 0"}};
    Rows rows(suite);
    BAKEOFF_CHECK(
        for_each_python_row(rows_file, [&](const Json& row, const std::string& at) { return rows.add(row, at); }));
    BAKEOFF_CHECK(rows.finish(rows_file.string()));
  } else {
    caveats.push_back("benchmark " + suite.name + " has no results.jsonl: no paired comparison");
  }
  add_figures(*benchmark, suite);
  if (suite.items.empty() && suite.figures.empty())
    return input_error("holds neither rows nor scores", file.string(), "the evaluation did not get that far");
  check_means(suite, caveats);
  return suite;
}

}  // namespace

bool looks_like_nemo(const Path& path) { return !bundles(path).empty(); }

Result<std::vector<ResultSet>> read_nemo(const Path& path) {
  ResultSet set;
  set.name = path.string();
  set.source = "nemo";
  const std::vector<Path> files = bundles(path);
  if (files.empty())
    return input_error("holds no eval-*.json of NeMo Evaluator", path.string(), "give the folder of --output-dir");
  for (const Path& file : files) {
    BAKEOFF_TRY(const Json bundle, read_python_json(file));
    const Json* config = member(bundle, "config");
    const std::string model = config ? text_at(*config, "model") : "";
    if (&file != &files.front() && model != set.arm)
      return input_error("is of the model \"" + model + "\", others here are of \"" + set.arm + "\"", file.string(),
                         "give a folder with one model's bundles");
    set.arm = model;
    if (config) set.identity = picked(*config, {"model", "model_url", "system_prompt"});
    BAKEOFF_TRY(SuiteResults suite, read_benchmark(file, bundle, set.caveats));
    if (find_suite(set, suite.name))
      return input_error("is a second bundle of the benchmark \"" + suite.name + "\"", file.string(),
                         "name the bundle that is meant");
    set.suites.push_back(std::move(suite));
  }
  return std::vector{std::move(set)};
}

}  // namespace bakeoff::compare
