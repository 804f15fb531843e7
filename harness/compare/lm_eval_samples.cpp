// Reading of lm-evaluation-harness's samples; see lm_eval_samples.h. The layout is that of save_results_samples() in
// its lm_eval/loggers/evaluation_tracker.py (0.4.13).
#include "harness/compare/lm_eval_samples.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "harness/compare/foreign.h"
#include "harness/core/sha256.h"

namespace bakeoff::compare {

namespace {

constexpr double kSameFigure = 1e-6;  ///< a mean over items equals the stated figure within this, relative to 1 or more

/// What stands for the question: the document's own field, else the end of the prompt.
std::string question_of(const Json& row) {
  if (const Json* doc = member(row, "doc"))
    for (const char* key : {"question", "query", "problem", "prompt", "goal", "sentence", "input", "text", "ctx"})
      if (const Json* text = member(*doc, key); text && text->is_string()) return shortened(text_of(*text));
  if (const Json* arguments = member(row, "arguments"))
    if (const Json* first = member(*arguments, "gen_args_0")) return shortened(text_at(*first, "arg_0"));
  return "";
}

/// The text that was generated, or the continuation with the greatest log-likelihood.
std::string answer_of(const Json& row) {
  const Json* answers = member(row, "filtered_resps");
  if (!answers || !answers->is_array() || answers->empty()) return "";
  if (!answers->front().is_array()) return shortened(text_of(answers->front()));
  std::size_t best = 0;
  double most = -HUGE_VAL;
  for (std::size_t i = 0; i < answers->size(); ++i) {
    const Json& pair = (*answers)[i];
    const double loglikelihood = pair.is_array() && !pair.empty() ? std::atof(text_of(pair[0]).c_str()) : -HUGE_VAL;
    if (loglikelihood > most) best = i, most = loglikelihood;
  }
  const Json* arguments = member(row, "arguments");
  const Json* chosen = arguments ? member(*arguments, "gen_args_" + std::to_string(best)) : nullptr;
  return chosen ? shortened(text_at(*chosen, "arg_1")) : "";
}

/// Collects the rows of one samples file.
class Samples {
 public:
  explicit Samples(SuiteResults& suite) : suite_(suite) {
    for (const MetricInfo& metric : suite.metrics) keys_.push_back(metric_key(metric.name));
  }

  Status add(const Json& row, const std::string& where) {
    const std::string id = text_at(row, "doc_id");
    if (id.empty())
      return input_error("expected a number at \"doc_id\"", where, "is this a samples_*.jsonl of lm-eval?");
    const std::string filter = member(row, "filter") ? text_at(row, "filter") : "none";
    const auto [at, is_new] = places_.try_emplace(id, suite_.items.size());
    if (is_new) start_item(id, row);
    if (!filters_.emplace(id, filter).second)
      return input_error("document " + id + " appears twice for the filter \"" + filter + "\"", where,
                         "the file must hold one evaluation");
    if (hashes_[id] != text_at(row, "doc_hash"))
      return input_error("document " + id + " is another one than in an earlier row", where);
    ScoredItem& item = suite_.items[at->second];
    for (std::size_t i = 0; i < keys_.size(); ++i)
      if (const Json* value = keys_[i].filter == filter ? member(row, keys_[i].metric) : nullptr)
        if (const auto number = number_of(*value)) item.verdict.metrics[suite_.metrics[i].name] = *number;
    return suite_.items.size() > kMostForeignItems ? input_error("holds more than 10 million documents", where)
                                                   : Status();
  }

  /// Document ids in their order, and digests of the documents and of the prompts.
  void finish(bool compare_prompts) {
    const auto number = [](const ScoredItem& item) { return std::strtoll(item.id.c_str(), nullptr, 10); };
    std::stable_sort(suite_.items.begin(), suite_.items.end(),
                     [&](const auto& a, const auto& b) { return number(a) < number(b); });
    Sha256 documents, prompts;
    for (const ScoredItem& item : suite_.items) {
      documents.update(item.id + ":" + hashes_[item.id] + "\n");
      prompts.update(prompts_[item.id] + "\n");
    }
    suite_.protocol["data"] = {{"documents", suite_.items.size()}, {"sha256", short_id(documents.hex())}};
    if (compare_prompts) suite_.protocol["prompts"] = short_id(prompts.hex());
  }

 private:
  void start_item(const std::string& id, const Json& row) {
    ScoredItem item{.id = id,
                    .group = id,
                    .replicate = 0,
                    .verdict = {},
                    .question = question_of(row),
                    .answer = answer_of(row),
                    .sample_key = ""};
    item.verdict.evidence = {{"target", shortened(text_at(row, "target"))}};
    suite_.items.push_back(std::move(item));
    hashes_[id] = text_at(row, "doc_hash");
    prompts_[id] = text_at(row, "prompt_hash");
  }

  SuiteResults& suite_;
  std::vector<MetricKey> keys_;  ///< beside suite_.metrics
  std::map<std::string, std::size_t> places_;
  std::map<std::string, std::string> hashes_, prompts_;
  std::set<std::pair<std::string, std::string>> filters_;
};

/// Does the mean over the items that have a number give the stated figure?
bool is_mean_of_items(const SuiteResults& suite, const std::string& metric, const SummaryFigure& stated) {
  double sum = 0, count = 0;
  for (const ScoredItem& item : suite.items) {
    const auto value = item.verdict.metrics.find(metric);
    if (value == item.verdict.metrics.end()) continue;
    sum += value->second;
    ++count;
  }
  return count > 0 && std::abs(sum / count - stated.value) <= kSameFigure * std::max(1.0, std::abs(stated.value));
}

/// Metrics that are no mean over items lose their items; without any left the suite has figures alone.
void keep_means(SuiteResults& suite, std::vector<std::string>& caveats) {
  std::string lost;
  std::set<std::string> kept;
  for (const auto& [metric, stated] : suite.figures) {
    if (is_mean_of_items(suite, metric, stated)) {
      kept.insert(metric);
      continue;
    }
    for (ScoredItem& item : suite.items) item.verdict.metrics.erase(metric);
    lost += (lost.empty() ? "" : ", ") + metric;
  }
  if (lost.empty()) return;
  caveats.push_back("task " + suite.name + ": " + lost + (lost.find(", ") == lost.npos ? " is" : " are") +
                    " no mean over the logged samples, so only the stated figure is used");
  std::stable_partition(suite.metrics.begin(), suite.metrics.end(),
                        [&](const MetricInfo& metric) { return kept.contains(metric.name); });
  if (kept.empty()) suite.items.clear();
}

}  // namespace

MetricKey metric_key(const std::string& key) {
  const auto comma = key.find(',');
  return comma == key.npos ? MetricKey{key, "none"} : MetricKey{key.substr(0, comma), key.substr(comma + 1)};
}

Status read_lm_eval_samples(const LmEvalSamples& samples, SuiteResults& suite, std::vector<std::string>& caveats) {
  Samples rows(suite);
  BAKEOFF_CHECK(
      for_each_python_row(samples.file, [&](const Json& row, const std::string& at) { return rows.add(row, at); }));
  const auto found = static_cast<std::int64_t>(suite.items.size());
  if (found == 0 || (samples.stated > 0 && samples.stated != found))
    return input_error("holds " + std::to_string(found) + " documents, but the results file speaks of " +
                           std::to_string(samples.stated),
                       samples.file.string(), "fetch the file again, or remove it to use the figures alone");
  rows.finish(samples.compare_prompts);
  keep_means(suite, caveats);
  for (ScoredItem& item : suite.items) set_primary(item.verdict, suite);
  return {};
}

}  // namespace bakeoff::compare
