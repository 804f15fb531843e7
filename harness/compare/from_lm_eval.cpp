// Reading of lm-evaluation-harness's results; see from_lm_eval.h. The layout is that of its
// lm_eval/loggers/evaluation_tracker.py and evaluator.py (0.4.13), and of the flat figures that 0.3 wrote.
#include "harness/compare/from_lm_eval.h"

#include <algorithm>

#include "harness/compare/foreign.h"
#include "harness/compare/lm_eval_samples.h"
#include "harness/core/sha256.h"

namespace bakeoff::compare {

namespace {

/// Metrics of which less is better, where the file does not say (0.3 did not).
constexpr std::string_view kLowerIsBetter[] = {"perplexity",    "word_perplexity", "byte_perplexity",
                                               "bits_per_byte", "brier_score",     "ter"};

/// One results_DATE.json.
struct Evaluation {
  Path file;
  std::string date;  ///< as the name says it, which orders like time; empty where it says none
  Json content;

  std::string where() const { return file.string(); }
  std::string model() const {
    for (const char* key : {"model_name", "model_name_sanitized"})
      if (const std::string name = text_at(content, key); !name.empty()) return name;
    const Json* config = member(content, "config");
    if (!config) return file.stem().string();
    const std::string arguments = text_at(*config, "model_args");
    const auto at = arguments.find("pretrained=");
    if (at == arguments.npos || arguments.size() > 1000) return text_at(*config, "model");
    return arguments.substr(at + 11, arguments.find(',', at) - at - 11);
  }
  /// What must be equal for two files to be about the same model.
  Json arguments() const {
    const Json* config = member(content, "config");
    return config ? picked(*config, {"model", "model_args", "model_dtype", "model_sha", "peft_sha"}) : Json();
  }
};

bool is_results_file(const Path& file) {
  if (file.extension() != ".json") return false;
  const auto keys = first_keys(file);
  const auto has = [&](const char* key) { return std::find(keys.begin(), keys.end(), key) != keys.end(); };
  return has("results") && !has("eval");
}

/// Results files of a folder, else those of the folders in it.
std::vector<Path> results_files(const Path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored))
    return is_results_file(path) ? std::vector<Path>{path} : std::vector<Path>();
  std::vector<Path> found, nested;
  for (const Path& entry : entries_of(path)) {
    if (is_results_file(entry)) found.push_back(entry);
    for (const Path& inner : entries_of(entry))
      if (is_results_file(inner)) nested.push_back(inner);
  }
  return found.empty() ? nested : found;
}

/// "2026-11-25T04-22-01.123" of results_2026-11-25T04-22-01.123.json.
std::string date_of(const Path& file) {
  const std::string stem = file.stem().string();
  const auto at = stem.rfind('_');
  const std::string date = at == stem.npos ? "" : stem.substr(at + 1);
  return date.size() >= 19 && date[4] == '-' && date[10] == 'T' ? date : "";
}

/// What a task's entry states, under our names of the metrics.
std::map<std::string, SummaryFigure> figures_of(const Json& entry, std::int64_t n) {
  std::map<std::string, SummaryFigure> figures;
  for (const auto& [key, value] : entry.items()) {
    const MetricKey parts = metric_key(key);
    const auto number = number_of(value);
    if (!number || value.is_boolean() || parts.metric.ends_with("_stderr") || parts.metric == "sample_len" ||
        parts.metric == "sample_count" || parts.metric == "bypass")
      continue;
    SummaryFigure figure{.value = *number, .standard_error = {}, .n = n};
    if (const Json* error = member(entry, parts.error_key(key.find(',') != key.npos)))
      figure.standard_error = number_of(*error);
    figures.emplace(parts.name(), figure);
  }
  return figures;
}

std::int64_t sample_count(const Json& content, const std::string& task, const Json& entry) {
  if (const Json* counts = member(content, "n-samples"))
    if (const Json* of_task = member(*counts, task))
      if (const Json* n = member(*of_task, "effective")) return static_cast<std::int64_t>(number_of(*n).value_or(0));
  const Json* n = member(entry, "sample_len");
  return n ? static_cast<std::int64_t>(number_of(*n).value_or(0)) : 0;
}

/// Position of a name in a list of objects with a name; behind all where it is not there.
std::size_t place_in(const Json* list, const char* key, const std::string& name) {
  if (!list || !list->is_array()) return 0;
  for (std::size_t i = 0; i < list->size(); ++i)
    if (text_at((*list)[i], key) == name) return i;
  return list->size();
}

bool higher_is_better(const Json& content, const std::string& task, const std::string& metric) {
  if (const Json* directions = member(content, "higher_is_better"))
    if (const Json* of_task = member(*directions, task))
      if (const Json* up = member(*of_task, metric)) return !up->is_boolean() || up->get<bool>();
  return std::find(std::begin(kLowerIsBetter), std::end(kLowerIsBetter), metric) == std::end(kLowerIsBetter);
}

/// In the order of the task's own lists of filters and metrics: the first one is the one that people quote.
std::vector<MetricInfo> metrics_of(const Json& content, const SuiteResults& suite, const Json* config) {
  std::vector<MetricInfo> metrics;
  for (const auto& [name, figure] : suite.figures)
    metrics.push_back({name, higher_is_better(content, suite.name, metric_key(name).metric), ""});
  const Json* filters = config ? member(*config, "filter_list") : nullptr;
  const Json* listed = config ? member(*config, "metric_list") : nullptr;
  const auto rank = [&](const MetricInfo& info) {
    const MetricKey key = metric_key(info.name);
    return std::pair(place_in(listed, "metric", key.metric), place_in(filters, "name", key.filter));
  };
  std::stable_sort(metrics.begin(), metrics.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  return metrics;
}

/// The chat template, and whether shots were given as turns, which does not matter without a template.
Json template_of(const Json& content) {
  const std::string digest = text_at(content, "chat_template_sha");
  if (digest.empty()) return "none";
  const Json* turns = member(content, "fewshot_as_multiturn");
  return short_id(digest) + (turns && *turns == Json(true) ? ", shots as turns" : "");
}

Json protocol_of(const Json& content, const std::string& task, const Json* config) {
  Json protocol = {{"suite", task}};
  if (const Json* versions = member(content, "versions"))
    if (const Json* version = member(*versions, task)) protocol["version"] = text_of(*version);
  Json shots = Json::object();
  if (const Json* counts = member(content, "n-shot"))
    if (const Json* n = member(*counts, task)) shots["n"] = *n;
  if (const Json* run = member(content, "config")) {
    if (const Json* n = member(*run, "num_fewshot"); n && shots.empty()) shots["n"] = *n;
    if (const Json* seed = member(*run, "fewshot_seed"); seed && shots.value("n", Json()) != Json(0))
      shots["seed"] = *seed;
    if (const Json* decoding = member(*run, "gen_kwargs"); decoding && !decoding->empty())
      protocol["decoding"]["overridden"] = *decoding;
  }
  if (!shots.empty()) protocol["shots"] = shots;
  if (content.contains("chat_template_sha")) protocol["template"] = template_of(content);
  if (!config) return protocol;
  protocol["judge"] = picked(*config, {"output_type", "filter_list", "metric_list"});
  if (const Json* code = member(*config, "process_results"))
    protocol["judge"]["process_results"] = short_id(sha256_hex(text_of(*code)));
  if (const Json* decoding = member(*config, "generation_kwargs")) protocol["decoding"]["task"] = *decoding;
  return protocol;
}

/// Reads the samples beside the results file, if they were logged.
Status read_samples(const Evaluation& evaluation, SuiteResults& suite, std::vector<std::string>& caveats) {
  const Path file = evaluation.file.parent_path() / ("samples_" + suite.name + "_" + evaluation.date + ".jsonl");
  std::error_code ignored;
  if (evaluation.date.empty() || suite.figures.empty() || !std::filesystem::is_regular_file(file, ignored)) return {};
  const LmEvalSamples samples{.file = file,
                              .stated = suite.figures.begin()->second.n,
                              .compare_prompts = text_at(evaluation.content, "system_instruction_sha").empty()};
  return read_lm_eval_samples(samples, suite, caveats);
}

/// Names that come from the file become part of a path.
bool is_plain_name(const std::string& task) {
  return task.find('/') == task.npos && task.find('\\') == task.npos && task.find('\0') == task.npos;
}

Result<SuiteResults> read_task(const Evaluation& evaluation, const std::string& task, const Json& entry,
                               std::vector<std::string>& caveats) {
  const Json& content = evaluation.content;
  const Json* configs = member(content, "configs");
  const Json* config = configs ? member(*configs, task) : nullptr;
  SuiteResults suite;
  suite.name = task;
  suite.figures = figures_of(entry, sample_count(content, task, entry));
  suite.metrics = metrics_of(content, suite, config);
  suite.protocol = protocol_of(content, task, config);
  if (is_plain_name(task)) BAKEOFF_CHECK(read_samples(evaluation, suite, caveats));
  return suite;
}

Json identity_of(const Evaluation& evaluation) {
  const Json* config = member(evaluation.content, "config");
  Json identity = picked(evaluation.content, {"model_source", "model_name", "lm_eval_version", "transformers_version",
                                              "system_instruction_sha", "git_hash", "max_length"});
  if (config)
    identity.update(picked(*config, {"model", "model_args", "model_num_parameters", "model_dtype", "model_revision",
                                     "model_sha", "peft_sha", "batch_size", "device"}));
  return identity;
}

/// The evaluations of one model, the newest first.
Result<ResultSet> read_model(const std::string& model, const std::vector<const Evaluation*>& newest_first) {
  ResultSet set;
  set.source = "lm-eval";
  set.arm = model;
  set.identity = identity_of(*newest_first.front());
  std::size_t older = 0, other = 0, bare = 0;
  for (const Evaluation* evaluation : newest_first) {
    if (evaluation->arguments() != newest_first.front()->arguments()) {
      ++other;
      continue;
    }
    BAKEOFF_TRY(const Json* const results, object_at(evaluation->content, "results", evaluation->where()));
    for (const auto& [task, entry] : results->items()) {
      if (!entry.is_object()) return input_error("expected an object at \"results." + task + "\"", evaluation->where());
      if (find_suite(set, task)) {
        ++older;
        continue;
      }
      BAKEOFF_TRY(SuiteResults suite, read_task(*evaluation, task, entry, set.caveats));
      if (suite.figures.empty()) continue;  // a group without figures of its own
      const Json* groups = member(evaluation->content, "group_subtasks");
      const Json* inner = groups ? member(*groups, task) : nullptr;
      bare += suite.items.empty() && (!inner || inner->empty());
      set.suites.push_back(std::move(suite));
    }
  }
  if (older > 0)
    set.caveats.push_back(std::to_string(older) + " older results of the same tasks were left out; newest: " +
                          newest_first.front()->file.filename().string());
  if (other > 0)
    set.caveats.push_back(std::to_string(other) + " older results files with other model arguments were left out");
  if (bare > 0)
    set.caveats.push_back(std::to_string(bare) +
                          " tasks have no items: run lm_eval with --log_samples for a paired comparison");
  return set;
}

}  // namespace

bool looks_like_lm_eval(const Path& path) { return !results_files(path).empty(); }

Result<std::vector<ResultSet>> read_lm_eval(const Path& path) {
  std::vector<Evaluation> evaluations;
  for (const Path& file : results_files(path)) {
    BAKEOFF_TRY(Json content, read_python_json(file));
    BAKEOFF_CHECK(object_at(content, "results", file.string()));
    evaluations.push_back({file, date_of(file), std::move(content)});
  }
  if (evaluations.empty())
    return input_error("holds no results_*.json of lm-evaluation-harness", path.string(),
                       "give the folder that --output_path named");
  std::stable_sort(evaluations.begin(), evaluations.end(),
                   [](const auto& a, const auto& b) { return a.date > b.date; });
  std::map<std::string, std::vector<const Evaluation*>> by_model;
  for (const Evaluation& evaluation : evaluations) by_model[evaluation.model()].push_back(&evaluation);
  std::vector<ResultSet> sets;
  for (const auto& [model, newest_first] : by_model) {
    BAKEOFF_TRY(ResultSet set, read_model(model, newest_first));
    set.name = by_model.size() == 1 ? path.string() : path.string() + ":" + model;
    sets.push_back(std::move(set));
  }
  return sets;
}

}  // namespace bakeoff::compare
