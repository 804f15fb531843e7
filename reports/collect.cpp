// See collect.h.
#include "reports/collect.h"

#include <algorithm>
#include <unordered_map>

#include "harness/compare/run_gate.h"
#include "reports/gate.h"

namespace bakeoff::reports {
namespace {

struct Embedding {
  std::size_t most_bytes, drawn;
  std::uint64_t seed;
};

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

std::vector<std::vector<ScoredSample>> scored(const SamplesByArm& rows_by_arm) {
  std::vector<std::vector<ScoredSample>> out;
  for (const auto& rows : rows_by_arm) {
    auto& samples = out.emplace_back();
    for (const auto& row : rows) samples.push_back({row.item, row.group, row.replicate, row.verdict});
  }
  return out;
}

void add_cost(const SamplesByArm& rows_by_arm, std::vector<ArmCost>& costs) {
  for (std::size_t arm = 0; arm < rows_by_arm.size(); ++arm)
    for (const auto& row : rows_by_arm[arm]) {
      ++costs[arm].samples;
      costs[arm].prompt_tokens += static_cast<double>(row.prompt_tokens);
      costs[arm].completion_tokens += static_cast<double>(row.completion_tokens);
    }
}

/// Prompt tokens that each baked arm saves on one suite, added to what the suites before gave.
void add_savings(const SamplesByArm& rows_by_arm, std::vector<Saving>& savings) {
  for (Saving& saving : savings) {
    std::unordered_map<std::string, std::int64_t> prompted;
    const auto name = [](const auto& row) { return row.item + '\n' + std::to_string(row.replicate); };
    for (const auto& row : rows_by_arm[saving.prompted]) prompted[name(row)] = row.prompt_tokens;
    for (const auto& row : rows_by_arm[saving.baked]) {
      const auto found = prompted.find(name(row));
      if (found == prompted.end()) continue;
      const auto tokens = static_cast<double>(found->second - row.prompt_tokens);
      const bool is_first = saving.samples++ == 0;
      saving.tokens += tokens;
      saving.least = is_first ? tokens : std::min(saving.least, tokens);
      saving.most = is_first ? tokens : std::max(saving.most, tokens);
    }
  }
}

/// How the arms' scores of each item lie.
std::vector<ItemOutcome> outcomes_of(const std::vector<Item>& items, const SamplesByArm& rows_by_arm) {
  std::vector<ItemOutcome> out;
  std::unordered_map<std::string, std::size_t> places;
  for (const auto& item : items) {
    places[item.id] = out.size();
    out.push_back({item.id});
  }
  for (const auto& rows : rows_by_arm)
    for (const auto& row : rows) {
      const auto found = places.find(row.item);
      if (found == places.end()) continue;
      ItemOutcome& outcome = out[found->second];
      const auto& score = row.verdict.score;
      if (!score) outcome.is_unscored = true;
      if (!score) continue;
      outcome.least = std::min(outcome.least.value_or(*score), *score);
      outcome.most = std::max(outcome.most.value_or(*score), *score);
    }
  return out;
}

Result<AnswerCell> answer_cell(store::Store& store, const store::VerdictRow& row, Decoding& decoding) {
  AnswerCell out;
  BAKEOFF_TRY(auto sample, store.sample(row.sample_key));
  out.sample_key = row.sample_key;
  out.text = sample.sample.completion.text;
  out.messages = std::move(sample.sample.messages);
  out.verdict = row.verdict;
  out.finish_reason = sample.sample.completion.finish_reason;
  out.prompt_tokens = row.prompt_tokens;
  out.completion_tokens = row.completion_tokens;
  out.seed = sample.sample.seed;
  decoding = sample.sample.decoding;
  return out;
}

/// About how many bytes of a page an item takes.
std::size_t page_bytes(const ItemRow& item) {
  constexpr std::size_t kMarkup = 420, kMostText = 20000;
  std::size_t bytes = 0;
  const auto add = [&](std::size_t text) { bytes += std::min(text + text / 16, kMostText) + 100; };
  for (const auto& message : item.question) add(message.content.size());
  for (const auto& cell : item.answers) {
    bytes += kMarkup;
    add(dump(cell.verdict.evidence).size());
    if (cell.messages.size() <= item.question.size() + 1) add(cell.text.size());
    if (cell.messages.size() > item.question.size() + 1)
      for (std::size_t i = item.question.size(); i < cell.messages.size(); ++i) add(cell.messages[i].content.size());
  }
  return bytes;
}

using FirstRows = std::vector<std::unordered_map<std::string, const store::VerdictRow*>>;

/// An item with every arm's answer; of replicates the first.
Result<ItemRow> item_row(store::Store& store, const Item& item, const FirstRows& first, Decoding& decoding) {
  ItemRow out{item.id, item.group, item.messages, item.reference, {}, false};
  for (const auto& by_item : first) {
    const auto found = by_item.find(out.id);
    AnswerCell cell;
    if (found != by_item.end()) {
      BAKEOFF_TRY(cell, answer_cell(store, *found->second, decoding));
    }
    out.answers.push_back(std::move(cell));
  }
  return out;
}

/// An item with scores and keys alone, which needs no sample to be read.
ItemRow brief_row(const Item& item, const FirstRows& first) {
  ItemRow out{item.id, item.group, item.messages, {}, {}, true};
  for (const auto& by_item : first) {
    const auto found = by_item.find(out.id);
    AnswerCell cell;
    if (found != by_item.end()) cell.sample_key = found->second->sample_key, cell.verdict = found->second->verdict;
    out.answers.push_back(std::move(cell));
  }
  return out;
}

/// What is left of a suite's part of the page: five eighths for answers of what went wrong, a quarter for more of them
/// in brief, the rest for answers of what went well.
struct Room {
  explicit Room(std::size_t bytes) : full(bytes / 8 * 5), brief(bytes / 4), drawn(bytes / 8) {}
  std::size_t full, brief, drawn;

  /// Takes `bytes` where there are so many; else nothing more of this kind is taken.
  static bool take(std::size_t& room, std::size_t bytes) {
    const bool fits = bytes <= room;
    room = fits ? room - bytes : 0;
    return fits;
  }
};

/// In full or in brief; nothing where neither fits.
Result<std::optional<ItemRow>> row_that_fits(store::Store& store, const Item& item, ItemKind kind,
                                             const FirstRows& first, Room& room, Decoding& decoding) {
  std::size_t& full = kind == ItemKind::drawn ? room.drawn : room.full;
  if (full > 0) {
    BAKEOFF_TRY(ItemRow row, item_row(store, item, first, decoding));
    if (Room::take(full, page_bytes(row))) return std::optional(std::move(row));
  }
  constexpr std::size_t kBriefMarkup = 160, kBriefCell = 110;
  const std::size_t bytes = kBriefMarkup + kBriefCell * first.size() + kBriefQuestionBytes;
  if (kind == ItemKind::drawn || !Room::take(room.brief, bytes)) return std::optional<ItemRow>();
  return std::optional(brief_row(item, first));
}

/// The most interesting items that fit, in the suite's order. Returns the bytes that are left.
Result<std::size_t> add_conversations(store::Store& store, const SamplesByArm& rows_by_arm, const Embedding& embedding,
                                      SuiteReport& suite) {
  BAKEOFF_TRY(const auto items, store.items(suite.digest));
  suite.total_items = static_cast<std::int64_t>(items.size());
  FirstRows first(rows_by_arm.size());
  for (std::size_t arm = 0; arm < rows_by_arm.size(); ++arm)
    for (const auto& row : rows_by_arm[arm]) first[arm].try_emplace(row.item, &row);
  const auto outcomes = outcomes_of(items, rows_by_arm);
  for (const auto& outcome : outcomes) ++suite.kinds[kind_of(outcome)].total;
  Room room(embedding.most_bytes);
  std::map<std::size_t, ItemRow> rows;
  for (const std::size_t i : by_interest(outcomes, embedding.seed, embedding.drawn)) {
    const ItemKind kind = kind_of(outcomes[i]);
    BAKEOFF_TRY(auto row, row_that_fits(store, items[i], kind, first, room, suite.decoding));
    if (!row) continue;
    ++suite.kinds[kind].shown;
    rows.emplace(i, std::move(*row));
  }
  for (auto& [place, row] : rows) suite.items.push_back(std::move(row));
  return room.full + room.brief + room.drawn;
}

/// Returns the bytes of the page that the suite leaves to others.
Result<std::size_t> collect_suite(store::Store& store, const store::SuiteRow& row, const Embedding& embedding,
                                  ReportModel& model) {
  SuiteReport suite = suite_card(row);
  SamplesByArm rows_by_arm;
  for (const auto& arm : model.arms) {
    BAKEOFF_TRY(auto rows, store.verdicts(model.run.id, arm.arm.name, row.label));
    rows_by_arm.push_back(std::move(rows));
  }
  summarise(model, scored(rows_by_arm), suite);
  add_cost(rows_by_arm, model.arm_costs);
  add_savings(rows_by_arm, model.savings);
  BAKEOFF_TRY(const std::size_t left, add_conversations(store, rows_by_arm, embedding, suite));
  model.suites.push_back(std::move(suite));
  return left;
}

/// Each suite may use an equal part of what those before it left.
Status collect_suites(store::Store& store, const std::vector<store::SuiteRow>& rows, const CollectOptions& options,
                      ReportModel& model) {
  std::size_t left = options.most_bytes;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Embedding embedding{left / (rows.size() - i), options.drawn, model.run.seed};
    BAKEOFF_TRY(const std::size_t unused, collect_suite(store, rows[i], embedding, model));
    left = left - embedding.most_bytes + unused;
  }
  return {};
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
    if (cost.samples == 0) continue;
    cost.prompt_tokens /= static_cast<double>(cost.samples);
    cost.completion_tokens /= static_cast<double>(cost.samples);
  }
  for (auto& saving : model.savings)
    if (saving.samples > 0) saving.tokens /= static_cast<double>(saving.samples);
  for (const auto& row : rows)
    for (std::size_t arm = 0; arm < model.arms.size(); ++arm)
      if (row.subject == model.arms[arm].arm.name && row.phase == "play")
        model.arm_costs[arm].run_seconds += row.wall_seconds;
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
  BAKEOFF_CHECK(collect_suites(store, suites, options, model));
  const bool has_target =
      std::any_of(model.suites.begin(), model.suites.end(), [](const auto& suite) { return suite.is_target; });
  if (!has_target && !model.suites.empty()) model.suites.front().is_target = true;
  BAKEOFF_TRY(const auto costs, store.costs(run.id));
  finish_costs(costs, model);
  BAKEOFF_TRY(model.measurements, store.measurements(run.id));
  BAKEOFF_TRY(model.exhibits, store.exhibits(run.id));
  BAKEOFF_TRY(const auto gate, compare::gate_run(store, run.id));
  if (gate) model.gate = gate_summary(*gate);
  adjust(model);
  return model;
}

}  // namespace bakeoff::reports
