// Reading of Inspect's logs; see from_inspect.h. The layout is that of its inspect_ai/log/_log.py (0.3.285, log
// version 2).
#include "harness/compare/from_inspect.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "harness/compare/foreign.h"
#include "harness/compare/inspect_log.h"
#include "harness/core/sha256.h"

namespace bakeoff::compare {

namespace {

constexpr double kSameFigure = 1e-6;  ///< a mean over items equals the stated figure within this, relative to 1 or more

std::vector<Path> logs(const Path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored))
    return is_inspect_log(path) ? std::vector{path} : std::vector<Path>();
  std::vector<Path> found;
  for (const Path& entry : entries_of(path))
    if (is_inspect_log(entry)) found.push_back(entry);
  return found;
}

/// As Inspect's value_to_float, but a word without a number is none instead of 0.
std::optional<double> score_number(const Json& value) {
  if (!value.is_string()) return number_of(value);
  std::string word = value.get<std::string>();
  if (word == "C") return 1;
  if (word == "P") return 0.5;
  if (word == "I" || word == "N") return 0;
  std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::tolower(c); });
  if (word == "yes" || word == "true") return 1;
  if (word == "no" || word == "false") return 0;
  char* end = nullptr;
  const double number = std::strtod(word.c_str(), &end);
  return !word.empty() && *end == '\0' && std::isfinite(number) ? std::optional(number) : std::nullopt;
}

/// Names and values of one score: itself, or the members of its object.
std::vector<std::pair<std::string, const Json*>> parts_of(const std::string& name, const Json& value) {
  if (!value.is_object()) return {{name, &value}};
  std::vector<std::pair<std::string, const Json*>> parts;
  for (const auto& [key, inner] : value.items()) parts.emplace_back(name + "." + key, &inner);
  return parts;
}

/// The text of a message's content: itself, or its parts of type "text".
std::string content_text(const Json& message) {
  const Json* content = member(message, "content");
  if (!content) return "";
  if (!content->is_array()) return text_of(*content);
  std::string text;
  for (const Json& part : *content) text += text_at(part, "text");
  return text;
}

/// Texts over a hundred characters are kept once in `attachments` and named where they stood.
std::string resolved(std::string text, const Json& sample) {
  constexpr std::string_view kProtocol = "attachment://";
  if (!text.starts_with(kProtocol)) return text;
  const Json* attachments = member(sample, "attachments");
  return attachments ? text_at(*attachments, text.substr(kProtocol.size()).c_str()) : text;
}

std::string question_of(const Json& sample) {
  const Json* input = member(sample, "input");
  if (!input) return "";
  if (!input->is_array()) return resolved(text_of(*input), sample);
  std::string last;
  for (const Json& message : *input)
    if (text_at(message, "role") == "user") last = content_text(message);
  return resolved(last, sample);
}

std::string answer_of(const Json& sample) {
  const Json* output = member(sample, "output");
  const Json* choices = output ? member(*output, "choices") : nullptr;
  if (choices && choices->is_array() && !choices->empty())
    if (const Json* message = member(choices->front(), "message")) return resolved(content_text(*message), sample);
  return output ? resolved(text_at(*output, "completion"), sample) : "";
}

/// Why a score is no number, in the scorer's words where it says any.
std::string reason_of(const std::string& name, const Json& score, const Json& value) {
  for (const std::string& said : {text_at(score, "reason"), text_at(score, "explanation")})
    if (!said.empty()) return name + ": " + shortened(said);
  return name + ": " + (value.is_null() ? "unscored" : dump(value) + " is no number");
}

class Reader {
 public:
  Reader(const InspectLog& log, SuiteResults& suite, std::vector<std::string>& caveats)
      : log_(log), suite_(suite), caveats_(caveats) {}

  Status read() {
    BAKEOFF_CHECK(log_.for_each_sample([&](const Json& sample, const std::string& at) { return add(sample, at); }));
    BAKEOFF_CHECK(check_items(suite_.items, log_.where()));
    sort_items();
    add_reductions();
    for (ScoredItem& item : suite_.items) set_primary(item.verdict, suite_);
    if (!suite_.items.empty()) suite_.protocol["data"] = data();
    check_means();
    return {};
  }

 private:
  Status add(const Json& sample, const std::string& where) {
    const std::string id = text_at(sample, "id");
    const Json* epoch = member(sample, "epoch");
    const double number = epoch ? number_of(*epoch).value_or(0) : 1;
    if (id.empty()) return input_error("expected a number or text at \"id\"", where);
    if (number != std::floor(number) || number < 1 || number > 1e6)
      return input_error("expected a number from 1 at \"epoch\"", where);
    if (suite_.items.size() >= kMostForeignItems) return input_error("holds more than 10 million samples", where);
    ScoredItem item{.id = id,
                    .group = id,
                    .replicate = static_cast<int>(number) - 1,
                    .verdict = {},
                    .question = shortened(question_of(sample)),
                    .answer = shortened(answer_of(sample)),
                    .sample_key = ""};
    item.verdict = verdict_of(sample);
    digests_[id] = sha256_hex(question_of(sample) + "\n" + text_at(sample, "target"));
    suite_.items.push_back(std::move(item));
    return {};
  }

  Verdict verdict_of(const Json& sample) {
    Verdict verdict;
    std::string reason;
    if (const Json* scores = member(sample, "scores"))
      for (const auto& [name, score] : scores->items()) {
        static const Json no_value;
        const Json* value = member(score, "value");
        for (const auto& [metric, part] : parts_of(name, value ? *value : no_value)) {
          if (const auto number = score_number(*part))
            verdict.metrics[metric] = *number;
          else
            reason = reason_of(metric, score, *part);
          verdict.evidence["extracted"] = shortened(text_at(score, "answer"));
        }
      }
    if (const Json* limit = member(sample, "limit")) verdict.evidence["limit"] = *limit;
    if (const Json* error = member(sample, "error")) reason = "error: " + shortened(text_at(*error, "message"));
    if (const Json* invalid = member(sample, "invalidation")) {
      reason = "invalidated: " + text_at(*invalid, "reason");
      verdict.metrics.clear();
    }
    if (!reason.empty()) verdict.evidence["reason"] = reason;
    for (const auto& [metric, value] : verdict.metrics) remember(metric);
    if (verdict.metrics.empty()) verdict.unscored = reason.empty() ? "the log has no score for it" : reason;
    verdict.evidence["target"] = shortened(text_at(sample, "target"));
    return verdict;
  }

  void remember(const std::string& metric) {
    const auto is_it = [&](const MetricInfo& known) { return known.name == metric; };
    if (std::none_of(suite_.metrics.begin(), suite_.metrics.end(), is_it)) suite_.metrics.push_back({metric, true, ""});
  }

  /// In the data set's order, as far as the log knows it.
  void sort_items() {
    std::map<std::string, std::size_t> places;
    if (const Json* dataset = member(log_.eval(), "dataset"))
      if (const Json* ids = member(*dataset, "sample_ids"))
        for (const Json& id : *ids) places.emplace(text_of(id), places.size());
    const auto key = [&](const ScoredItem& item) {
      const auto place = places.find(item.id);
      return std::tuple<std::size_t, const std::string&, int>(place == places.end() ? places.size() : place->second,
                                                              item.id, item.replicate);
    };
    std::sort(suite_.items.begin(), suite_.items.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  }

  /// What a reducer other than the mean made of several epochs, at each item's first epoch.
  void add_reductions() {
    const Json* reductions = member(log_.header, "reductions");
    const bool has_epochs =
        std::any_of(suite_.items.begin(), suite_.items.end(), [](const ScoredItem& i) { return i.replicate > 0; });
    if (!reductions || !reductions->is_array() || !has_epochs) return;
    std::map<std::string, ScoredItem*> first;
    for (ScoredItem& item : suite_.items) first.try_emplace(item.id, &item);
    for (const Json& reduction : *reductions) {
      const std::string reducer = text_at(reduction, "reducer");
      const Json* samples = member(reduction, "samples");
      if (reducer.empty() || reducer == "mean" || !samples) continue;
      for (const Json& sample : *samples) {
        const auto item = first.find(text_at(sample, "sample_id"));
        const Json* value = member(sample, "value");
        if (item == first.end() || !value) continue;
        for (const auto& [metric, part] : parts_of(text_at(reduction, "scorer"), *value))
          if (const auto number = score_number(*part)) {
            item->second->verdict.metrics[metric + "/" + reducer] = *number;
            remember(metric + "/" + reducer);
          }
      }
    }
  }

  Json data() const {
    Sha256 digest;
    for (const auto& [id, item] : digests_) digest.update(id + ":" + item + "\n");
    return {{"documents", digests_.size()}, {"sha256", short_id(digest.hex())}};
  }

  /// Says where a stated accuracy or mean is not the mean over the items that were read.
  void check_means() {
    for (const auto& [metric, stated] : suite_.figures) {
      std::map<std::string, std::pair<double, int>> by_item;
      for (const ScoredItem& item : suite_.items) {
        const auto value = item.verdict.metrics.find(metric);
        if (value == item.verdict.metrics.end()) continue;
        by_item[item.id].first += value->second;
        ++by_item[item.id].second;
      }
      double sum = 0;
      for (const auto& [id, total] : by_item) sum += total.first / total.second;
      const double mean = by_item.empty() ? 0 : sum / static_cast<double>(by_item.size());
      if (by_item.empty() || std::abs(mean - stated.value) <= kSameFigure * std::max(1.0, std::abs(stated.value)))
        continue;
      caveats_.push_back("task " + suite_.name + ": the log states " + dump(Json(stated.value)) + " for " + metric +
                         ", its samples give " + dump(Json(mean)));
    }
  }

  const InspectLog& log_;
  SuiteResults& suite_;
  std::vector<std::string>& caveats_;
  std::map<std::string, std::string> digests_;  ///< of question and target, by id
};

/// Our name for an entry of results.scores.
std::string metric_name(const Json& entry) {
  const std::string name = text_at(entry, "name"), scorer = text_at(entry, "scorer"),
                    reducer = text_at(entry, "reducer");
  std::string metric = scorer.empty() || scorer == name ? name : scorer + "." + name;
  if (!reducer.empty() && reducer != "mean") metric += "/" + reducer;
  return metric;
}

void add_figures(const Json& header, SuiteResults& suite) {
  const Json* results = member(header, "results");
  const Json* scores = results ? member(*results, "scores") : nullptr;
  if (!scores || !scores->is_array()) return;
  for (const Json& entry : *scores) {
    const Json* metrics = member(entry, "metrics");
    const auto value = [&](const char* name) -> std::optional<double> {
      const Json* metric = metrics ? member(*metrics, name) : nullptr;
      const Json* number = metric ? member(*metric, "value") : nullptr;
      return number ? number_of(*number) : std::nullopt;
    };
    const auto figure = value("accuracy") ? value("accuracy") : value("mean");
    if (!figure) continue;
    const Json* scored = member(entry, "scored_samples");
    if (!scored) scored = member(*results, "completed_samples");
    suite.figures[metric_name(entry)] = {*figure, value("stderr"),
                                         scored ? static_cast<std::int64_t>(number_of(*scored).value_or(0)) : 0};
    suite.metrics.push_back({metric_name(entry), true, ""});
  }
}

/// Names of the solvers but for system prompts: these belong to what is compared.
Json solver_names(const Json& header) {
  Json names = Json::array();
  if (const Json* plan = member(header, "plan"))
    if (const Json* steps = member(*plan, "steps"))
      for (const Json& step : *steps)
        if (const std::string name = text_at(step, "solver"); name.find("system_message") == name.npos)
          names.push_back(name);
  return names;
}

Json protocol_of(const InspectLog& log) {
  const Json& eval = log.eval();
  Json protocol = {{"suite", text_at(eval, "task")}, {"version", text_at(eval, "task_version")}};
  if (const Json* scorers = member(eval, "scorers")) {
    Json judges = Json::array();
    for (const Json& scorer : *scorers) judges.push_back(picked(scorer, {"name", "options"}));
    protocol["judge"] = judges;
  }
  Json decoding = Json::object();
  if (const Json* plan = member(log.header, "plan"))
    if (const Json* config = member(*plan, "config"); config && config->is_object()) decoding.update(*config);
  if (const Json* config = member(eval, "model_generate_config"); config && config->is_object())
    decoding.update(*config);
  for (const char* key : {"seed", "max_connections", "max_retries", "timeout", "attempt_timeout", "batch", "cache"})
    decoding.erase(key);
  protocol["decoding"] = decoding;
  protocol["template"] = {{"solvers", solver_names(log.header)}};
  if (const Json* arguments = member(eval, "task_args"); arguments && !arguments->empty())
    protocol["arguments"] = *arguments;
  return protocol;
}

Json identity_of(const InspectLog& log) {
  Json identity = picked(log.eval(), {"model", "model_args", "model_base_url", "revision", "packages"});
  if (const Json* plan = member(log.header, "plan"))
    if (const Json* steps = member(*plan, "steps")) identity["plan"] = short_id(sha256_hex(dump(*steps)));
  return identity;
}

Status read_task(const InspectLog& log, ResultSet& set) {
  SuiteResults suite;
  suite.name = text_at(log.eval(), "task");
  suite.protocol = protocol_of(log);
  add_figures(log.header, suite);
  BAKEOFF_CHECK(Reader(log, suite, set.caveats).read());
  const std::string status = text_at(log.header, "status");
  if (status != "success") set.caveats.push_back("task " + suite.name + " did not end well: status \"" + status + "\"");
  if (suite.items.empty() && suite.figures.empty())
    return input_error("holds neither samples nor results", log.where(), "the evaluation did not get that far");
  set.suites.push_back(std::move(suite));
  return {};
}

}  // namespace

bool looks_like_inspect(const Path& path) { return !logs(path).empty(); }

Result<std::vector<ResultSet>> read_inspect(const Path& path) {
  std::vector<InspectLog> newest_first;
  for (const Path& file : logs(path)) {
    BAKEOFF_TRY(InspectLog log, open_inspect_log(file));
    newest_first.push_back(std::move(log));
  }
  if (newest_first.empty())
    return input_error("holds no log of Inspect (.eval or .json)", path.string(),
                       "give a log or the folder of --log-dir");
  std::stable_sort(newest_first.begin(), newest_first.end(),
                   [](const InspectLog& a, const InspectLog& b) { return a.created() > b.created(); });
  std::vector<ResultSet> sets;
  for (const InspectLog& log : newest_first) {
    const std::string model = text_at(log.eval(), "model");
    auto set = std::find_if(sets.begin(), sets.end(), [&](const ResultSet& s) { return s.arm == model; });
    if (set == sets.end()) {
      sets.push_back({.name = path.string(),
                      .source = "inspect",
                      .arm = model,
                      .identity = identity_of(log),
                      .suites = {},
                      .measurements = {},
                      .caveats = {}});
      set = std::prev(sets.end());
    }
    if (find_suite(*set, text_at(log.eval(), "task")))
      set->caveats.push_back("an older log of the same task was left out: " + log.file.filename().string());
    else
      BAKEOFF_CHECK(read_task(log, *set));
  }
  for (ResultSet& set : sets)
    if (sets.size() > 1) set.name += ":" + set.arm;
  return sets;
}

}  // namespace bakeoff::compare
