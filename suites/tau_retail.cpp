// Suite `tau_retail`: the 114 retail tasks of tau2-bench, with its shop, its policy and its tools.
//
// Protocol: tau-bench (Yao et al. 2024, arXiv:2406.12045) in the form of sierra-research/tau2-bench (MIT): the agent
// has the policy and 16 tools, a user with a written scenario calls, and the final state of the database must be the
// one that the task's expected actions lead to. Read from the published files: tasks.json, db.json, policy.md and
// split_tasks.json, which lie in one folder (`bakeoff datasets pull tau_retail`).
//
// Where we differ. tau2's user is a language model; ours is a script that says the scenario's own words in the first
// person (tau_retail.h). It can follow no condition ("if the agent asks for confirmation, ..."), so that tasks with one
// are shown apart as "conditional", and no score here compares with published ones. tau2's reward also asks a model
// whether `nl_assertions` hold, in 40 tasks: not done, the evidence counts them.
//
// Configuration, beside the keys of agent_suite.h (defaults here: show: item, calls: json, max_answers: 30):
//   {name: tau_retail, items: tau2/retail/tasks.json, split: base | train | test, limit: 20, ids: ["0", "5"]}
//
// Worked example, task 85: the user wants a fleece jacket exchanged for a large red one with a half zipper. Finding the
// user, looking the order up and exchange_delivered_order_items with the right ids: db 1. Without the exchange, or with
// another item, db 0.
//
// Metrics: `db`, the final state is right (tau2's DB criterion); `communicate`, all of the task's `communicate_info`
// were said (lower case, commas removed), absent where there is none; `actions`, the share of the expected actions that
// were called with the same arguments. Two tasks (64, 105) expect a change that the shop refuses: a final state that
// equals what is left then is unscored, as in tau2.
#include "suites/tau_retail.h"

#include <algorithm>

namespace bakeoff::suites {

namespace {

using tau_retail::Scenario;

std::string plain(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), ','), text.end());
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

std::string text_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

/// {"user": {...}, "actions": [{"name", "arguments"}], "communicate": [...], "assertions": N}
Result<Item> item_of(const Json& task, const std::string& where) {
  try {
    const Json& instructions = task.at("user_scenario").at("instructions");
    const Json& criteria = task.at("evaluation_criteria");
    const auto list = [&](const char* key) {
      return criteria.value(key, Json()).is_array() ? criteria[key] : Json::array();
    };
    Json user, actions = Json::array();
    for (const char* key : {"reason_for_call", "known_info", "unknown_info", "task_instructions"})
      user[key] = text_at(instructions, key);
    for (const Json& action : list("actions"))
      actions.push_back({{"name", action.at("name").get<std::string>()}, {"arguments", action.at("arguments")}});
    for (const Json& info : list("communicate_info")) info.get<std::string>();
    const auto id = task.at("id").get<std::string>();
    return Item{.id = id,
                .group = id,
                .messages = {},
                .reference = {{"user", std::move(user)},
                              {"actions", std::move(actions)},
                              {"communicate", list("communicate_info")},
                              {"assertions", list("nl_assertions").size()}}};
  } catch (const Json::exception& mistake) {
    return input_error(std::string("no task of tau2-bench: ") + mistake.what(), where);
  }
}

bool changes_state(const std::string& tool) {
  return tool.rfind("cancel_", 0) == 0 || tool.rfind("exchange_", 0) == 0 || tool.rfind("modify_", 0) == 0 ||
         tool.rfind("return_", 0) == 0;
}

Scenario scenario_of(const Item& item) {
  const Json& user = item.reference.at("user");
  return {text_at(user, "reason_for_call"), text_at(user, "known_info"), text_at(user, "unknown_info"),
          text_at(user, "task_instructions")};
}

class TauRetail : public AgentSuite {
 public:
  TauRetail(const AgentSettings& settings, std::shared_ptr<const Json> shop, const std::string& policy,
            std::vector<Item> items)
      : settings_(settings), shop_(std::move(shop)), items_(std::move(items)) {
    std::string before;
    if (settings.shows_tools)
      before = policy + "\n\n" + describe_tools(tau_retail::tools(), settings.form) + "\n\nThe user says: ";
    for (Item& item : items_) item.messages = {{"user", before + tau_retail::opening_words(scenario_of(item))}};
    const auto higher = Direction::higher_is_better, lower = Direction::lower_is_better;
    card_ = {.name = "tau_retail",
             .version = "1",
             .source = "sierra-research/tau2-bench, arXiv:2406.12045; user scripted from the scenarios",
             .licence = "MIT",
             .metrics = {{"db", higher, "the final state of the database is right"},
                         {"communicate", higher, "what the user has to hear was said"},
                         {"actions", higher, "share of the expected actions that were called"},
                         {"malformed", lower, "calls that could not be read"},
                         {"refused", lower, "calls that a tool refused"},
                         {"answers", lower, "answers of the agent"}},
             .digest = "",
             .cost = "about 3,500 prompt tokens and up to 30 answers an item; judged by a program"};
    card_.digest = suite_digest(card_, {{"settings", to_json(settings)}, {"shop", dump(*shop_)}}, items_);
  }

  const SuiteCard& card() const override { return card_; }
  const std::vector<Item>& items() const override { return items_; }
  Decoding decoding() const override {
    Decoding greedy;
    greedy.max_new_tokens = 256;
    return greedy;
  }
  std::unique_ptr<Dialogue> start(const Item& item) const override {
    return std::make_unique<Dialogue>(item.messages, tau_retail::make_world(shop_),
                                      tau_retail::make_user(scenario_of(item)), settings_.rules);
  }
  /// The words that the user has to hear, then the expected actions: a transfer to people ends the conversation.
  std::string example_answer(const Item& item) const override {
    std::string words = "I will do that.";
    for (const Json& info : item.reference.at("communicate")) words += " " + info.get<std::string>();
    Json answers = Json::array({words});
    for (const Json& action : item.reference.at("actions"))
      answers.push_back("<tool_call>" + dump(action) + "</tool_call>");
    return dump(answers);
  }

 protected:
  std::string kind_of(const Item& item) const override {
    return tau_retail::is_conditional(scenario_of(item)) ? "conditional" : "plain";
  }

  Verdict verdict(const Item& item, const Dialogue& played) const override {
    const auto right = tau_retail::make_world(shop_);
    int made = 0;
    std::string refused;
    Json missing = Json::array();
    for (const Json& action : item.reference.at("actions")) {
      const auto call = fit_call({action.at("name"), action.at("arguments")}, right->tools());
      if (!call.ok()) return Verdict::not_scored("an expected action fits no tool: " + call.error().line());
      const auto done = right->call(*call);
      if (!done.ok() && changes_state(call->name)) refused = call->name + ": " + done.error().what;
      const bool is_made = std::any_of(played.actions().begin(), played.actions().end(),
                                       [&](const Action& one) { return one.call == *call; });
      made += is_made ? 1 : 0;
      if (!is_made) missing.push_back(action);
    }
    const Json wrong = state_changes(right->state(), played.world().state());
    if (wrong.empty() && !refused.empty())
      return Verdict::not_scored("the task's own expected actions can not be done: " + refused);
    std::map<std::string, double> metrics{{"db", wrong.empty() ? 1 : 0},
                                          {"malformed", played.malformed()},
                                          {"refused", played.refused()},
                                          {"answers", played.answers()}};
    const auto expected = static_cast<double>(item.reference.at("actions").size());
    if (expected > 0) metrics["actions"] = made / expected;
    Json unsaid = Json::array();
    for (const Json& info : item.reference.at("communicate"))
      if (std::none_of(played.said().begin(), played.said().end(), [&](const std::string& words) {
            return plain(words).find(plain(info.get<std::string>())) != std::string::npos;
          }))
        unsaid.push_back(info);
    if (!item.reference.at("communicate").empty()) metrics["communicate"] = unsaid.empty() ? 1 : 0;
    Json evidence = evidence_of(played);
    evidence["state_differs"] = wrong;
    evidence["actions_missing"] = std::move(missing);
    evidence["not_said"] = std::move(unsaid);
    evidence["assertions_not_judged"] = item.reference.at("assertions");
    const double db = metrics.at("db");
    return Verdict::scored(db, std::move(metrics), std::move(evidence));
  }

 private:
  AgentSettings settings_;
  std::shared_ptr<const Json> shop_;
  std::vector<Item> items_;
  SuiteCard card_;
};

/// The tasks of one split, in the order of tasks.json.
Result<std::vector<Item>> read_tasks(const Path& file, const std::string& split) {
  BAKEOFF_TRY(const Json tasks, read_json_file(file));
  const Path splits_file = file.parent_path() / "split_tasks.json";
  BAKEOFF_TRY(const Json splits, read_json_file(splits_file));
  if (!tasks.is_array()) return input_error("expected a list of tasks", file.string());
  if (!splits.contains(split) || !splits[split].is_array())
    return input_error("there is no split \"" + split + "\"", splits_file.string());
  std::vector<Item> items;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    BAKEOFF_TRY(Item item, item_of(tasks[i], file.string() + "[" + std::to_string(i) + "]"));
    if (std::find(splits[split].begin(), splits[split].end(), item.id) != splits[split].end())
      items.push_back(std::move(item));
  }
  return items;
}

}  // namespace

Result<std::unique_ptr<Suite>> create_tau_retail(const SuiteConfig& config) {
  ObjectReader fields(config.fields, config.where);
  const AgentSettings settings = read_agent_settings(fields, {.show = "item", .form = "json", .max_answers = 30});
  const std::string given = fields.optional("items", "");
  const std::string split = fields.one_of("split", "base", {"base", "train", "test"});
  BAKEOFF_CHECK(fields.finish());
  BAKEOFF_TRY(const Path file, item_path(config, given, "tau_retail/tasks.json"));
  BAKEOFF_TRY(std::vector<Item> items, read_tasks(file, split));
  BAKEOFF_TRY(auto shop, tau_retail::read_shop(file.parent_path() / "db.json"));
  BAKEOFF_TRY(const std::string policy, read_file(file.parent_path() / "policy.md"));
  return std::unique_ptr<Suite>(std::make_unique<TauRetail>(settings, std::move(shop), policy, std::move(items)));
}

}  // namespace bakeoff::suites
