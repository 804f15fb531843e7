// See collect.h.
#include "reports/collect.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "harness/compare/ranking.h"
#include "harness/compare/run_gate.h"
#include "reports/confidence.h"
#include "reports/embed.h"
#include "reports/gate.h"

namespace bakeoff::reports {
namespace {

using SamplesByArm = std::vector<std::vector<store::VerdictRow>>;

/// Suites that measure what a prompt is for. An experiment without one: its first suite.
bool measures_the_prompt(const std::string& suite) {
  for (const char* name : {"style", "facts", "prompt_instructions", "prompt_decay"})
    if (suite == name) return true;
  return false;
}

std::string text_field(const Json& object, const char* key) {
  if (!object.is_object()) return "";
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

Result<GeneratorIdentity> identity_from(const Json& value, const std::string& where) {
  GeneratorIdentity out;
  out.model_digest = text_field(value, "model_digest");
  out.template_digest = text_field(value, "template_digest");
  out.dtype = text_field(value, "dtype");
  out.device = text_field(value, "device");
  out.engine = text_field(value, "engine");
  if (const auto list = value.find("adapters"); list != value.end() && list->is_array())
    for (const auto& one : *list)
      if (one.is_string()) out.adapters.push_back(one.get<std::string>());
  if (const auto context = value.find("context"); context != value.end() && context->is_array()) {
    BAKEOFF_TRY(out.context, conversation_from_json(*context, where + ".context"));
  }
  return out;
}

RunInfo run_info(const store::RunRow& row, const Path& folder) {
  RunInfo out;
  out.experiment = row.experiment;
  out.digest = row.digest;
  out.status = row.status;
  out.started_at = row.started_at;
  out.finished_at = row.finished_at;
  out.place = folder.string();
  out.id = row.id;
  out.settings = row.settings;
  out.resolved = row.resolved;
  out.program = text_field(row.settings, "program");
  if (row.resolved.is_object() && row.resolved.contains("seed") && row.resolved["seed"].is_number_unsigned())
    out.seed = row.resolved["seed"].get<std::uint64_t>();
  return out;
}

Result<BakeReport> bake_report(const store::BakeRow& row) {
  BakeReport out;
  out.name = row.name;
  out.key = row.key;
  out.parent = row.parent;
  out.seed = row.seed;
  out.created_at = row.created_at;
  out.outcome = row.outcome;
  BAKEOFF_TRY(out.prompt, prompt_from_json(row.prompt, "bake " + row.name + ": prompt"));
  BAKEOFF_TRY(out.recipe, recipe_from_json(row.recipe, "bake " + row.name + ": recipe"));
  out.questions = row.questions.is_array() ? static_cast<std::int64_t>(row.questions.size()) : 0;
  return out;
}

SuiteReport suite_card(const store::SuiteRow& row) {
  SuiteReport out;
  out.label = row.label;
  out.name = row.name;
  out.version = row.version;
  out.source = row.source;
  out.licence = row.licence;
  out.digest = row.digest;
  out.is_target = measures_the_prompt(row.name);
  for (const auto& metric : row.metrics)
    out.metrics.push_back({metric.name, metric.meaning, metric.higher_is_better, out.metrics.empty(), true, {}, {}});
  return out;
}

std::vector<std::vector<ScoredSample>> scored(SamplesByArm rows_by_arm) {
  std::vector<std::vector<ScoredSample>> out;
  for (auto& rows : rows_by_arm) {
    auto& samples = out.emplace_back();
    for (auto& row : rows)
      samples.push_back({std::move(row.item), std::move(row.group), row.replicate, std::move(row.verdict),
                         std::move(row.sample_key)});
  }
  return out;
}

ShownSamples shown_samples(const SamplesByArm& rows_by_arm) {
  ShownSamples out;
  for (const auto& rows : rows_by_arm) {
    auto& samples = out.emplace_back();
    for (const auto& row : rows) samples.push_back({row.item, row.sample_key, row.verdict.score});
  }
  return out;
}

/// No answer comes from no prompt: 0 is what imported answers and some servers leave where a count belongs.
bool is_metered(const store::VerdictRow& row) { return row.prompt_tokens > 0; }

void add_cost(const SamplesByArm& rows_by_arm, std::vector<ArmCost>& costs) {
  for (std::size_t arm = 0; arm < rows_by_arm.size(); ++arm)
    for (const auto& row : rows_by_arm[arm]) {
      ArmCost& cost = costs[arm];
      ++cost.samples;
      if (!is_metered(row)) continue;
      ++cost.metered;
      cost.prompt_tokens = cost.prompt_tokens.value_or(0) + static_cast<double>(row.prompt_tokens);
      cost.completion_tokens = cost.completion_tokens.value_or(0) + static_cast<double>(row.completion_tokens);
    }
}

/// Prompt tokens that each baked arm saves on one suite, added to what the suites before gave.
void add_savings(const SamplesByArm& rows_by_arm, std::vector<Saving>& savings) {
  for (Saving& saving : savings) {
    std::unordered_map<std::string, std::int64_t> prompted;
    const auto name = [](const auto& row) { return row.item + '\n' + std::to_string(row.replicate); };
    for (const auto& row : rows_by_arm[saving.prompted])
      if (is_metered(row)) prompted[name(row)] = row.prompt_tokens;
    for (const auto& row : rows_by_arm[saving.baked]) {
      const auto found = prompted.find(name(row));
      if (found == prompted.end() || !is_metered(row)) continue;
      const auto tokens = static_cast<double>(found->second - row.prompt_tokens);
      const bool is_first = saving.samples++ == 0;
      saving.tokens += tokens;
      saving.least = is_first ? tokens : std::min(saving.least, tokens);
      saving.most = is_first ? tokens : std::max(saving.most, tokens);
    }
  }
}

std::int64_t asked_items(const SamplesByArm& rows_by_arm) {
  std::unordered_set<std::string> items;
  for (const auto& rows : rows_by_arm)
    for (const auto& row : rows) items.insert(row.item);
  return static_cast<std::int64_t>(items.size());
}

/// Of replicates the first: probabilities are not drawn.
std::vector<ArmCalibration> calibrations(const SamplesByArm& rows_by_arm) {
  std::vector<ArmCalibration> out;
  for (std::size_t arm = 0; arm < rows_by_arm.size(); ++arm) {
    std::vector<StatedConfidence> stated;
    for (const auto& row : rows_by_arm[arm])
      if (const auto one = row.replicate == 0 ? stated_confidence(row.verdict) : std::nullopt) stated.push_back(*one);
    if (auto seen = calibration_of(stated)) out.push_back({arm, std::move(*seen)});
  }
  return out;
}

Result<ShownSamples> collect_suite(store::Store& store, const store::SuiteRow& row, ReportModel& model) {
  SuiteReport suite = suite_card(row);
  SamplesByArm rows_by_arm;
  for (const auto& arm : model.arms) {
    BAKEOFF_TRY(auto rows, store.verdicts(model.run.id, arm.arm.name, row.label));
    rows_by_arm.push_back(std::move(rows));
  }
  suite.asked_items = asked_items(rows_by_arm);
  suite.calibrations = calibrations(rows_by_arm);
  add_cost(rows_by_arm, model.arm_costs);
  add_savings(rows_by_arm, model.savings);
  ShownSamples shown = shown_samples(rows_by_arm);
  summarise(model, scored(std::move(rows_by_arm)), suite);
  model.suites.push_back(std::move(suite));
  return shown;
}

void begin_costs(ReportModel& model) {
  model.arm_costs.resize(model.arms.size());
  for (std::size_t arm = 0; arm < model.arms.size(); ++arm) {
    if (model.arms[arm].arm.kind != "baked") continue;
    const auto prompted = find_arm(model, "prompted", model.arms[arm].arm.prompt);
    if (prompted) model.savings.push_back({arm, *prompted, 0, 0, 0, 0});
  }
}

void finish_costs(const std::vector<store::CostRow>& rows, ReportModel& model) {
  for (auto& cost : model.arm_costs) {
    if (cost.metered == 0) continue;
    *cost.prompt_tokens /= static_cast<double>(cost.metered);
    *cost.completion_tokens /= static_cast<double>(cost.metered);
  }
  for (auto& saving : model.savings)
    if (saving.samples > 0) saving.tokens /= static_cast<double>(saving.samples);
  for (const auto& row : rows)
    for (std::size_t arm = 0; arm < model.arms.size(); ++arm)
      if (row.subject == model.arms[arm].arm.name && row.phase == "play")
        model.arm_costs[arm].run_seconds += row.wall_seconds;
}

std::optional<double> measured(const ReportModel& model, const std::string& subject, const char* name) {
  for (const auto& one : model.measurements)
    if (one.subject == subject && one.name == name) return one.value;
  return std::nullopt;
}

/// What the run has measured about itself: where suites were stopped, and what a second play of samples changed.
void add_run_facts(ReportModel& model) {
  for (auto& suite : model.suites)
    if (const auto saved = measured(model, suite.label, "items_saved"); saved && *saved > 0)
      suite.stopped = EarlyStop{suite.asked_items, suite.asked_items + std::llround(*saved),
                                static_cast<int>(measured(model, suite.label, "looks").value_or(0))};
  const auto count = [&](const char* name) { return std::llround(measured(model, "run", name).value_or(0)); };
  if (measured(model, "run", "certified_samples"))
    model.certificate = Certificate{count("certified_samples"), count("certified_changed_samples"),
                                    count("certified_bits"), count("certified_changed_bits")};
}

Status add_ranking(store::Store& store, ReportModel& model) {
  compare::VoteSet votes;
  BAKEOFF_CHECK(compare::add_votes(store, model.run.id, "", votes));
  if (votes.votes.empty()) return {};
  auto ranking = compare::rank_votes(votes, {.elo_orders = 0});
  if (ranking.ok())
    model.ranking = std::make_shared<compare::Ranking>(std::move(*ranking));
  else
    model.no_ranking = ranking.error().what;
  return {};
}

ModelCard model_card(const ReportModel& model, const store::RunRow& run, const CollectOptions& options) {
  if (options.model) return *options.model;
  ModelCard card;
  card.name = text_field(run.resolved, "model");
  if (!model.arms.empty()) card.digest = model.arms.front().identity.model_digest;
  return card;
}

}  // namespace

Result<ReportModel> collect(store::Store& store, const CollectOptions& options) {
  BAKEOFF_TRY(const auto run, options.run ? store.run(*options.run) : store.latest_run());
  ReportModel model;
  model.run = run_info(run, store.folder());
  BAKEOFF_TRY(const auto arms, store.arms(run.id));
  for (const auto& row : arms) {
    BAKEOFF_TRY(auto identity, identity_from(row.identity, "arm " + row.arm.name));
    model.arms.push_back({row.arm, std::move(identity), row.generator});
  }
  begin_costs(model);
  model.model = model_card(model, run, options);
  BAKEOFF_TRY(const auto bakes, store.bakes(run.id));
  for (const auto& row : bakes) {
    BAKEOFF_TRY(auto bake, bake_report(row));
    model.bakes.push_back(std::move(bake));
  }
  BAKEOFF_TRY(const auto suites, store.suites(run.id));
  std::vector<ShownSamples> shown;
  for (const auto& row : suites) {
    BAKEOFF_TRY(auto samples, collect_suite(store, row, model));
    shown.push_back(std::move(samples));
  }
  const bool has_target =
      std::any_of(model.suites.begin(), model.suites.end(), [](const auto& suite) { return suite.is_target; });
  if (!has_target && !model.suites.empty()) model.suites.front().is_target = true;
  BAKEOFF_TRY(const auto costs, store.costs(run.id));
  finish_costs(costs, model);
  BAKEOFF_TRY(model.measurements, store.measurements(run.id));
  add_run_facts(model);
  BAKEOFF_CHECK(add_ranking(store, model));
  BAKEOFF_TRY(model.exhibits, store.exhibits(run.id));
  BAKEOFF_TRY(const auto gate, compare::gate_run(store, run.id));
  if (gate) model.gate = gate_summary(*gate);
  adjust(model);
  BAKEOFF_CHECK(embed(store, {options.most_bytes, options.drawn}, shown, model));
  return model;
}

}  // namespace bakeoff::reports
