// Suite `support_desk`: an agent serves the customers of a shop with tools, by a written policy.
//
// Protocol: ours, after tau-bench (Yao et al. 2024, arXiv:2406.12045): a simulated user, tools that act on a hidden
// database, a policy, and a verdict on the final state. The user here is a script, so that no episode fails because of
// its user, and difficulty is graded down to what a model of 135M parameters can learn:
//
//   level 1: one call, which the customer's words decide       cancel, refund, address, status, escalate
//   level 2: look first, act or refuse by what is seen         cancel_open, cancel_shipped, refund_recent, refund_late
//   level 3: find the order, act only for its owner            cancel_found, refund_found, other_owner, address_shipped
//   level 4: several wishes, large sums, pressure              two_wishes, insists, expensive, changes_mind
//
// Configuration, beside the keys of agent_suite.h: {name: support_desk, level: 1, items: 60, split: test}
// By default nothing in an item states tools or policy: they are what the arm's prompt has to say, so that `base` can
// not know them and `baked` must. `show: item` puts the written policy in front of the customer's words.
//
// Worked example (level 1): user "I'd like to cancel order 4417, please." -> "CALL cancel order=4417" -> tool "Order
// 4417 is cancelled." -> "Order 4417 is cancelled." -> user "Thank you, goodbye.": all metrics 1. "CALL cancel
// order=4471" leaves the state wrong: state 0, success 0.
//
// Metrics: `success` is 1 where `state`, `actions`, `policy` and `told` all are. The final state is right when it is
// the one that the expected calls lead to; `actions`: the look-ups that the policy asks for were made; `policy`:
// nothing that it forbids was tried, be it refused by the tool; `told`: what the customer has to hear was said, in one
// of its wordings, and nothing that is not so.
#include "suites/support_desk.h"

#include <algorithm>

namespace bakeoff::suites {

namespace {

using support_desk::Split;

bool said(const std::vector<std::string>& texts, const Json& word) {
  const auto& wanted = word.get_ref<const std::string&>();
  return std::any_of(texts.begin(), texts.end(), [&](std::string text) {
    for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return text.find(wanted) != text.npos;
  });
}

/// A check that failed, for people; empty where it holds.
using Fault = std::string;

Fault fault_of_state(const Json& reference, const World& world) {
  const auto right = support_desk::make_world(reference);
  for (const Json& call : reference.at("expected"))
    if (const auto done = right->call({call.at("name"), call.at("arguments")}); !done.ok()) return done.error().line();
  const Json wrong = state_changes(right->state(), world.state());
  return wrong.empty() ? "" : "expected, found: " + dump(wrong);
}

bool made(const std::vector<Action>& actions, const Json& call, bool must_be_done) {
  return std::any_of(actions.begin(), actions.end(), [&](const Action& action) {
    return (action.is_done || !must_be_done) && judges::to_json(action.call) == call;
  });
}

Fault fault_of_actions(const Json& reference, const std::vector<Action>& actions) {
  for (const Json& call : reference.at("required"))
    if (!made(actions, call, true)) return "not called: " + dump(call);
  return "";
}

/// A forbidden call counts whatever its further arguments are.
Fault fault_of_policy(const Json& reference, const std::vector<Action>& actions) {
  for (const Json& call : reference.at("forbidden"))
    for (const Action& action : actions)
      if (call.at("name") == action.call.name &&
          action.call.arguments.value("order", Json()) == call["arguments"]["order"])
        return "tried: " + dump(call);
  return "";
}

Fault fault_of_words(const Json& reference, const std::vector<std::string>& texts) {
  for (const Json& words : reference.at("told"))
    if (std::none_of(words.begin(), words.end(), [&](const Json& word) { return said(texts, word); }))
      return "not said: one of " + dump(words);
  for (const Json& word : reference.at("never_told"))
    if (said(texts, word)) return "said: " + dump(word);
  return "";
}

class SupportDesk : public AgentSuite {
 public:
  SupportDesk(const AgentSettings& settings, const support_desk::DrawOptions& drawn)
      : settings_(settings), level_(drawn.level), items_(support_desk::draw_scenarios(drawn)) {
    if (settings.shows_tools)
      for (Item& item : items_) {
        std::string& words = item.messages.front().content;
        words = support_desk::policy(level_) + "\n\n" + describe_tools(support_desk::tools(), settings.form) +
                "\n\nThe customer says: " + words;
      }
    const auto higher = Direction::higher_is_better, lower = Direction::lower_is_better;
    card_ = {.name = "support_desk",
             .version = "2",
             .source = "Bakeoff (generated); protocol after arXiv:2406.12045",
             .licence = "Apache-2.0",
             .metrics = {{"success", higher, "state, actions, policy and told all hold"},
                         {"state", higher, "the final state of the database is right"},
                         {"actions", higher, "the look-ups that the policy asks for were made"},
                         {"policy", higher, "nothing forbidden was tried"},
                         {"told", higher, "the customer heard what there is to hear, and nothing that is not so"},
                         {"malformed", lower, "calls that could not be read"},
                         {"refused", lower, "calls that a tool refused"},
                         {"answers", lower, "answers of the agent"}},
             .digest = "",
             .cost = "2 to 8 answers of at most 64 tokens after 20 tokens and the arm's prompt; judged by a program"};
    card_.digest = suite_digest(card_, {{"settings", to_json(settings)}, {"level", level_}}, items_);
  }

  const SuiteCard& card() const override { return card_; }
  const std::vector<Item>& items() const override { return items_; }
  Decoding decoding() const override {
    Decoding greedy;
    greedy.max_new_tokens = 64;
    return greedy;
  }
  std::unique_ptr<Dialogue> start(const Item& item) const override {
    return std::make_unique<Dialogue>(item.messages, support_desk::make_world(item.reference),
                                      support_desk::make_customer(item.reference), settings_.rules);
  }
  std::string example_answer(const Item& item) const override { return dump(item.reference.at("path")); }

 protected:
  std::string kind_of(const Item& item) const override { return item.reference.at("kind").get<std::string>(); }

  Verdict verdict(const Item& item, const Dialogue& played) const override {
    const Json& reference = item.reference;
    const std::pair<const char*, Fault> checks[]{{"state", fault_of_state(reference, played.world())},
                                                 {"actions", fault_of_actions(reference, played.actions())},
                                                 {"policy", fault_of_policy(reference, played.actions())},
                                                 {"told", fault_of_words(reference, played.said())}};
    Json evidence = evidence_of(played);
    evidence["state_changes"] = state_changes(support_desk::make_world(reference)->state(), played.world().state());
    std::map<std::string, double> metrics{
        {"malformed", played.malformed()}, {"refused", played.refused()}, {"answers", played.answers()}};
    double success = 1;
    for (const auto& [name, fault] : checks) {
      metrics[name] = fault.empty() ? 1 : 0;
      if (fault.empty()) continue;
      success = 0;
      if (!evidence.contains("failed_check")) evidence["failed_check"] = std::string(name) + ": " + fault;
    }
    metrics["success"] = success;
    return Verdict::scored(success, std::move(metrics), std::move(evidence));
  }

 private:
  AgentSettings settings_;
  int level_;
  std::vector<Item> items_;
  SuiteCard card_;
};

}  // namespace

Result<std::unique_ptr<Suite>> create_support_desk(const SuiteConfig& config) {
  ObjectReader fields(config.fields, config.where);
  const AgentSettings settings = read_agent_settings(fields, {});
  support_desk::DrawOptions drawn;
  drawn.seed = config.seed;
  drawn.level = fields.in_range("level", drawn.level, 1, support_desk::kLevels);
  drawn.items = fields.in_range("items", drawn.items, 1, 2000);
  drawn.split = fields.one_of("split", "test", {"test", "train"}) == "train" ? Split::train : Split::test;
  BAKEOFF_CHECK(fields.finish());
  return std::unique_ptr<Suite>(std::make_unique<SupportDesk>(settings, drawn));
}

}  // namespace bakeoff::suites
