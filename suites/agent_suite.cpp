#include "suites/agent_suite.h"

#include <algorithm>
#include <functional>
#include <set>

#include "harness/core/seed.h"
#include "suites/attempts_curve.h"

namespace bakeoff::suites {

namespace {

class AgentEpisode : public Episode {
 public:
  AgentEpisode(std::unique_ptr<Dialogue> dialogue, Decoding decoding, std::uint64_t seed)
      : dialogue_(std::move(dialogue)), decoding_(std::move(decoding)), seed_(seed) {}

  std::optional<Request> next(const Reply* reply) override {
    if (reply) dialogue_->answer(std::get<Completion>(*reply).text);
    if (dialogue_->is_over()) return std::nullopt;
    const std::string turn = std::to_string(dialogue_->answers() + 1);
    return GenerateRequest{dialogue_->messages(), decoding_, derive_seed(seed_, {"answer", turn})};
  }
  Conversation messages() const override { return dialogue_->messages(); }

 private:
  std::unique_ptr<Dialogue> dialogue_;
  Decoding decoding_;
  std::uint64_t seed_;
};

/// The agent's answers in a sample: those recorded, or what an answer judged alone spells.
std::vector<std::string> answers_of(const Sample& sample, std::size_t opening) {
  std::vector<std::string> answers;
  for (std::size_t i = opening; i < sample.messages.size(); ++i)
    if (sample.messages[i].role == "assistant") answers.push_back(sample.messages[i].content);
  if (!sample.messages.empty()) return answers;
  const auto list = parse_json(sample.completion.text, "answer");
  if (list.ok() && list->is_array() && !list->empty() &&
      std::all_of(list->begin(), list->end(), [](const Json& one) { return one.is_string(); }))
    return list->get<std::vector<std::string>>();
  return {sample.completion.text};
}

void compare(const Json& before, const Json& after, const std::string& path, Json& changes) {
  if (before == after) return;
  if (!before.is_object() || !after.is_object()) {
    changes.push_back({{"path", path}, {"before", before}, {"after", after}});
    return;
  }
  const auto below = [&](const std::string& key) { return path.empty() ? key : path + "/" + key; };
  for (const auto& [key, value] : before.items()) compare(value, after.value(key, Json()), below(key), changes);
  for (const auto& [key, value] : after.items())
    if (!before.contains(key)) compare(Json(), value, below(key), changes);
}

Exhibit empty_exhibit(const char* name, const char* title, const char* x_title, const char* y_title) {
  Exhibit exhibit;
  exhibit.name = name;
  exhibit.title = title;
  exhibit.x_title = x_title;
  exhibit.y_title = y_title;
  exhibit.unit = "share";
  return exhibit;
}

/// Of the scored samples of the items that `counts` takes.
std::optional<double> mean_score(const std::vector<Results::Played>& played,
                                 const std::function<bool(const Item&)>& counts) {
  double sum = 0;
  int n = 0;
  for (const Results::Played& one : played) {
    if (!one.verdict.score || !counts(*one.item)) continue;
    sum += *one.verdict.score;
    ++n;
  }
  return n ? std::optional<double>(sum / n) : std::nullopt;
}

}  // namespace

AgentSettings read_agent_settings(ObjectReader& fields, const AgentDefaults& defaults) {
  AgentSettings settings;
  settings.shows_tools = fields.one_of("show", defaults.show, {"prompt", "item"}) == "item";
  settings.form = fields.one_of("calls", defaults.form, {"line", "json"}) == "json" ? CallForm::json : CallForm::line;
  settings.rules.tool_role = fields.one_of("tool_role", "tool", {"tool", "user"});
  settings.rules.max_answers = fields.in_range("max_answers", defaults.max_answers, 1, 200);
  return settings;
}

Json to_json(const AgentSettings& settings) {
  return {{"show", settings.shows_tools ? "item" : "prompt"},
          {"calls", settings.form == CallForm::json ? "json" : "line"},
          {"tool_role", settings.rules.tool_role},
          {"max_answers", settings.rules.max_answers}};
}

std::unique_ptr<Episode> AgentSuite::episode(const Item& item, const Decoding& decoding, std::uint64_t seed) const {
  return std::make_unique<AgentEpisode>(start(item), decoding, seed);
}

Verdict AgentSuite::judge(const Item& item, const Sample& sample) const {
  const auto dialogue = start(item);
  for (const std::string& answer : answers_of(sample, dialogue->messages().size())) {
    if (dialogue->is_over()) return Verdict::not_scored("the recording goes on after the conversation's end");
    dialogue->answer(answer);
  }
  if (!dialogue->failure().empty()) return Verdict::not_scored(dialogue->failure());
  if (!sample.messages.empty() && sample.messages != dialogue->messages())
    return Verdict::not_scored("the recording was made with other tools or another user: it does not play again");
  return verdict(item, *dialogue);
}

Result<std::vector<Exhibit>> AgentSuite::exhibits(const Results& results) const {
  std::set<std::string> kinds;
  for (const Item& item : items())
    if (std::string kind = kind_of(item); !kind.empty()) kinds.insert(std::move(kind));
  Exhibit passes = empty_exhibit("pass_hat_k", "All of k attempts succeed (pass^k)", "k", "items");
  Exhibit by_kind = empty_exhibit("by_kind", "Success by kind of item", "kind", "arm");
  by_kind.matrix = Matrix{{}, {kinds.begin(), kinds.end()}, {}};
  for (const Arm& arm : results.arms()) {
    BAKEOFF_TRY(const auto played, results.played(arm.name, results.own_label()));
    if (played.empty()) continue;
    BAKEOFF_TRY(Curve curve, attempts_curve(arm.name, played, stats::mean_pass_hat_k));
    if (curve.points.size() > 1) passes.curves.push_back(std::move(curve));
    by_kind.matrix->rows.push_back(arm.name);
    auto& cells = by_kind.matrix->cells.emplace_back();
    for (const std::string& kind : kinds)
      cells.push_back(mean_score(played, [&](const Item& item) { return kind_of(item) == kind; }));
  }
  std::vector<Exhibit> shown;
  if (!passes.curves.empty()) shown.push_back(std::move(passes));
  if (!kinds.empty() && !by_kind.matrix->rows.empty()) shown.push_back(std::move(by_kind));
  return shown;
}

Json evidence_of(const Dialogue& played) {
  Json actions = Json::array();
  for (const Action& action : played.actions()) actions.push_back(to_json(action));
  return {{"actions", std::move(actions)}, {"end", played.is_over() ? played.end() : "no more answers"}};
}

Json state_changes(const Json& before, const Json& after) {
  Json changes = Json::array();
  compare(before, after, "", changes);
  return changes;
}

}  // namespace bakeoff::suites
