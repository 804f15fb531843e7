// Agents: the dialogue with tools and a simulated user, support_desk's scenarios, and episodes that share a batch.
#include <deque>
#include <set>

#include "harness/core/row_file.h"
#include "harness/core/seed.h"
#include "harness/run/player.h"
#include "suites/support_desk.h"
#include "tests/catch.h"
#include "tests/support.h"

namespace bakeoff {

namespace {

using suites::CallForm;
using suites::Dialogue;
using suites::Suite;
using suites::Tool;
using suites::World;

std::unique_ptr<Suite> desk(Json fields = Json::object(), std::uint64_t seed = 0) {
  auto suite = suites::create_suite("support_desk", {std::move(fields), {}, seed, "e.yaml: suites[0]"});
  REQUIRE(suite.ok());
  return std::move(*suite);
}

Verdict judged(const Suite& suite, const Item& item, const Json& answers) {
  Sample sample;
  sample.completion.text = dump(answers);
  return suite.judge(item, sample);
}

/// A shop with one order, for dialogues written by hand.
Json scenario(const std::string& status, int days = 0) {
  return {{"orders",
           {{"4417",
             {{"item", "red kettle"},
              {"pounds", 30},
              {"status", status},
              {"days", days},
              {"address", "1 Elm Street, York"},
              {"email", "ann.lee12@mail.example"}}}}},
          {"user",
           {{"email", "ann.lee12@mail.example"},
            {"number", 4417},
            {"item", "red kettle"},
            {"insists", Json::array({"Refund it!"})},
            {"wishes", Json::array({"Where is order 4417?"})}}}};
}

Dialogue dialogue_of(const Json& reference, suites::DialogueRules rules = {}) {
  return Dialogue({{"user", "Hello"}}, suites::support_desk::make_world(reference),
                  suites::support_desk::make_customer(reference), std::move(rules));
}

std::string status_of(const Dialogue& dialogue) {
  return dialogue.world().state()["orders"]["4417"]["status"].get<std::string>();
}

/// Breaks down, or whose user does.
class Broken : public World, public suites::SimulatedUser {
 public:
  explicit Broken(ErrorKind kind) : kind_(kind) {}
  std::span<const Tool> tools() const override { return tools_; }
  Result<std::string> call(const suites::ToolCall&) override { return Error{kind_, "the disk is full", "", ""}; }
  Json state() const override { return Json::object(); }
  Result<Turn> answer(const std::string&, bool) override { return infrastructure_error("the user is gone"); }

 private:
  ErrorKind kind_;
  std::vector<Tool> tools_{{"look", "looks", {}}};
};

/// Answers each conversation in a way that depends on it and the seed alone: a right step, a wrong order, a malformed
/// call or chatter. Requests are answered in an order drawn from `order`.
class DrawnAgent : public Generator {
 public:
  DrawnAgent(std::size_t rows, std::uint64_t order) : rows_(rows), order_(order) {}
  const GeneratorIdentity& identity() const override { return identity_; }
  Status serve(RequestFeed& feed) override {
    std::vector<RequestFeed::Ticket> held;
    while (true) {
      while (held.size() < rows_) {
        auto ticket = feed.pull();
        if (!ticket) break;
        held.push_back(std::move(*ticket));
      }
      if (held.empty()) return {};
      most_held = std::max(most_held, held.size());
      const auto at = static_cast<std::ptrdiff_t>(order_.below(held.size()));
      const RequestFeed::Ticket ticket = std::move(held[static_cast<std::size_t>(at)]);
      held.erase(held.begin() + at);
      feed.done(ticket.number, Reply(answer(std::get<GenerateRequest>(ticket.request))));
    }
  }
  std::size_t most_held = 0;

 private:
  static Completion answer(const GenerateRequest& asked) {
    const auto& heard = std::get<Conversation>(asked.prompt);
    Random random(derive_seed(asked.seed, {dump(to_json(heard))}));
    std::string number = "1000";
    for (const Message& message : heard)
      if (const auto at = message.content.find_first_of("123456789"); at != std::string::npos)
        number = message.content.substr(at, 4);
    static const char* const kTools[]{"cancel", "refund", "lookup", "escalate"};
    Completion reply;
    const auto what = random.below(6);
    if (what < 4)
      reply.text = std::string("CALL ") + kTools[what] + " order=" + number;
    else
      reply.text = what == 4 ? "<tool_call>{\"name\": \"cancel\"" : "Is there anything else?";
    reply.finish_reason = "stop";
    reply.ids = {1};
    reply.completion_tokens = 1;
    return reply;
  }

  std::size_t rows_;
  Random order_;
  GeneratorIdentity identity_;
};

/// item -> everything that was recorded of it and how it was judged.
std::map<std::string, std::string> played(const Suite& suite, std::size_t rows, std::uint64_t order) {
  std::vector<run::PlayTask> tasks;
  for (const Item& item : suite.items()) {
    run::PlayTask task{.item = &item, .row = {}};
    task.row.sample.seed = derive_seed(7, {item.id});
    tasks.push_back(std::move(task));
  }
  std::map<std::string, std::string> records;
  run::Player player(std::move(tasks), {.suite = &suite,
                                        .decoding = suite.decoding(),
                                        .live_episodes = rows,
                                        .stopped = [] { return false; },
                                        .on_sample =
                                            [&](const Item& item, store::SampleRow row) {
                                              records[item.id] = dump(to_json(row.sample.messages)) +
                                                                 row.sample.completion.text + dump(row.replies) +
                                                                 dump(to_json(suite.judge(item, row.sample)));
                                            }});
  DrawnAgent agent(rows, order);
  REQUIRE(agent.serve(player).ok());
  CHECK(agent.most_held == rows);
  return records;
}

/// What one arm scored: item, then its attempts.
class Scores : public suites::Results {
 public:
  Scores(const Suite& suite, std::vector<std::vector<std::optional<double>>> scores) : suite_(suite) {
    for (std::size_t i = 0; i < scores.size(); ++i)
      for (const auto& score : scores[i])
        played_.push_back(
            {&suite.items()[i], {}, score ? Verdict::scored(*score) : Verdict::not_scored("the tool failed")});
  }
  const std::string& own_label() const override { return label_; }
  const std::vector<Arm>& arms() const override { return arms_; }
  std::vector<std::string> labels() const override { return {label_}; }
  const Suite* suite(const std::string&) const override { return &suite_; }
  Result<std::vector<Played>> played(const std::string&, const std::string&) const override { return played_; }
  std::vector<std::optional<double>> contrast(const std::string&) const override { return {}; }

 private:
  const Suite& suite_;
  std::string label_ = "support_desk";
  std::vector<Arm> arms_{{.name = "base", .kind = "base", .prompt = "", .bake = ""}};
  std::vector<Played> played_;
};

}  // namespace

TEST_CASE("agents: pass^k and success by kind follow from the attempts; unscored ones are left out") {
  const auto suite = desk({{"level", 1}, {"items", 5}});  // cancel, refund, address, status, escalate
  const Scores scores(*suite, {{1, 1, 1, 1}, {1, 0, 1, 0, std::nullopt}});
  const auto exhibits = suite->exhibits(scores);
  REQUIRE(exhibits.ok());
  REQUIRE(exhibits->size() == 2);
  const auto& points = (*exhibits)[0].curves.at(0).points;
  REQUIRE(points.size() == 4);  // C(2,k)/C(4,k) for the second item: 1/2, 1/6, 0, 0
  CHECK(points[0].value == Approx(0.75));
  CHECK(points[1].value == Approx((1 + 1.0 / 6) / 2));
  CHECK(points[2].value == Approx(0.5));
  CHECK(points[3].value == Approx(0.5));
  const Matrix& kinds = *(*exhibits)[1].matrix;
  CHECK(kinds.columns == std::vector<std::string>{"address", "cancel", "escalate", "refund", "status"});
  CHECK(kinds.cells.at(0) == std::vector<std::optional<double>>{std::nullopt, 1.0, std::nullopt, 0.5, std::nullopt});
}

TEST_CASE("agents: a dialogue written by hand: calls, refusals, what cannot be read, and the customer's turns") {
  Dialogue dialogue = dialogue_of(scenario("processing"));
  dialogue.answer("CALL refund order=4417");
  CHECK(dialogue.messages().back() == Message{"tool", "Error: order 4417 is processing and can not be refunded"});
  dialogue.answer("CALL cancel order=4471");
  CHECK(dialogue.messages().back() == Message{"tool", "Error: there is no order 4471"});
  dialogue.answer("CALL cancel number=4417");
  CHECK(dialogue.messages().back() == Message{"tool", "Error: cancel needs order"});
  dialogue.answer("<tool_call>{\"name\": \"cancel\"");
  CHECK(dialogue.messages().back().role == "tool");
  CHECK(dialogue.malformed() == 1);
  CHECK(status_of(dialogue) == "processing");
  dialogue.answer("{\"name\": \"cancel\", \"arguments\": {\"order\": \"4417\"}}");
  CHECK(dialogue.messages().back() == Message{"tool", "Order 4417 is cancelled."});
  CHECK(status_of(dialogue) == "cancelled");
  dialogue.answer("Order 4417 is cancelled.");
  CHECK(dialogue.messages().back() == Message{"user", "Refund it!"});
  dialogue.answer("What is your email?");
  CHECK(dialogue.messages().back() == Message{"user", "My email is ann.lee12@mail.example."});
  dialogue.answer("No.");
  CHECK(dialogue.messages().back() == Message{"user", "Where is order 4417?"});
  CHECK(dialogue.end() == "too many answers");
  CHECK(dialogue.refused() == 3);
  CHECK(dialogue.actions().size() == 4);
}

TEST_CASE("agents: a customer reminds once where nothing happens, and then leaves") {
  Json reference = scenario("processing");
  reference["user"]["insists"] = reference["user"]["wishes"] = Json::array();
  Dialogue dialogue = dialogue_of(reference);
  dialogue.answer("I can not help you.");
  CHECK(dialogue.messages().back() == Message{"user", "Can you do that for me now?"});
  dialogue.answer("I can not help you.");
  CHECK(dialogue.messages().back() == Message{"user", "Thank you, goodbye."});
  CHECK(dialogue.end() == "the user left");
}

TEST_CASE(
    "agents: several calls of one answer are made in order; without a tool's role their results are one message") {
  suites::DialogueRules rules;
  rules.tool_role = "user";
  Dialogue dialogue = dialogue_of(scenario("processing"), rules);
  dialogue.answer("[lookup(order=4417), cancel(order=4417)]");
  CHECK(dialogue.messages().back() ==
        Message{"user", "Order 4417: red kettle, 30 pounds, processing.\nOrder 4417 is cancelled."});
}

TEST_CASE("agents: reasoning blocks are not what the agent says or calls") {
  Dialogue dialogue = dialogue_of(scenario("processing"));
  dialogue.answer("<think>CALL cancel order=4417</think>CALL lookup order=4417");
  CHECK(status_of(dialogue) == "processing");
  CHECK(dialogue.actions().size() == 1);
}

TEST_CASE("agents: a tool or a customer that breaks down is no failure of the agent") {
  const auto made = [](ErrorKind kind) {
    return Dialogue({{"user", "Hi"}}, std::make_unique<Broken>(kind), std::make_unique<Broken>(kind), {});
  };
  Dialogue refused = made(ErrorKind::input);
  refused.answer("CALL look");
  CHECK(refused.failure().empty());
  CHECK(!refused.is_over());
  Dialogue broken = made(ErrorKind::infrastructure);
  broken.answer("CALL look");
  CHECK(broken.failure().find("the tool look failed") == 0);
  CHECK(broken.is_over());
  Dialogue left_alone = made(ErrorKind::input);
  left_alone.answer("Hello.");
  CHECK(left_alone.failure().find("the simulated user failed") == 0);
}

TEST_CASE("agents: a recording is judged by playing it again, and is not scored where that leads elsewhere") {
  const auto suite = desk();
  const Item& item = suite->items()[0];
  Sample sample;
  auto episode = suite->episode(item, suite->decoding(), 1);
  auto request = episode->next(nullptr);
  for (const Json& answer : item.reference.at("path")) {
    REQUIRE(request);
    Completion completion;
    completion.text = answer.get<std::string>();
    const Reply reply = completion;
    request = episode->next(&reply);
  }
  CHECK(!request);
  sample.messages = episode->messages();
  CHECK(suite->judge(item, sample).score == 1.0);
  Sample other_tools = sample;
  other_tools.messages[2].content = "Done.";
  CHECK(!suite->judge(item, other_tools).score);
  Sample longer = sample;
  longer.messages.push_back({"assistant", "Goodbye."});
  CHECK(!suite->judge(item, longer).score);
  Sample nothing = sample;
  nothing.messages.resize(1);
  CHECK(suite->judge(item, nothing).score == 0.0);
}

TEST_CASE("agents: each scenario's right path succeeds, and no part of it does") {
  for (const char* split : {"test", "train"})
    for (int level = 1; level <= suites::support_desk::kLevels; ++level) {
      const auto suite = desk({{"level", level}, {"items", 120}, {"split", split}});
      for (const Item& item : suite->items()) {
        INFO(item.id << " " << dump(item.reference));
        const Json& path = item.reference.at("path");
        CHECK(judged(*suite, item, path).score == 1.0);
        CHECK(judged(*suite, item, Json::array({"I do not know."})).score == 0.0);
        for (std::size_t cut = 0; cut < path.size(); ++cut) {
          if (path[cut].get<std::string>().rfind("CALL ", 0) != 0) continue;
          Json shortened = Json::array();
          for (std::size_t i = 0; i < path.size(); ++i)
            if (i != cut) shortened.push_back(path[i]);
          const bool is_needed = item.reference.at("kind") != "other_owner";
          if (is_needed) CHECK(judged(*suite, item, shortened).score == 0.0);
        }
      }
    }
}

TEST_CASE("agents: what the policy forbids is a failure, done or refused, and so is a false word") {
  const auto suite = desk({{"level", 2}, {"items", 40}});
  int late = 0;
  for (const Item& item : suite->items()) {
    if (item.reference.at("kind") != "refund_late") continue;
    ++late;
    const std::string number = dump(item.reference["user"]["number"]);
    const std::string look = "CALL lookup order=" + number, refund = "CALL refund order=" + number;
    const std::string late_text = "I am sorry, the 30 days are over.";
    CHECK(judged(*suite, item, {look, late_text}).score == 1.0);
    CHECK(judged(*suite, item, {look, "It has been refunded, within the 30 days."}).metrics.at("told") == 0);
    const Verdict paid = judged(*suite, item, {look, refund, late_text});
    CHECK(paid.metrics.at("policy") == 0);
    CHECK(paid.metrics.at("state") == 0);
    CHECK(judged(*suite, item, {late_text}).metrics.at("actions") == 0);
  }
  CHECK(late == 8);
}

TEST_CASE("agents: the splits share no order number and no scenario, and a seed gives the same ones again") {
  std::set<std::string> seen;
  for (const char* split : {"test", "train"}) {
    const auto suite = desk({{"level", 2}, {"items", 200}, {"split", split}}, 3);
    std::set<std::string> own;
    for (const Item& item : suite->items())
      for (const auto& [number, order] : item.reference.at("orders").items()) own.insert(number);
    for (const std::string& number : own) CHECK(seen.insert(number).second);
    CHECK(desk({{"level", 2}, {"items", 200}, {"split", split}}, 3)->card().digest == suite->card().digest);
    CHECK(desk({{"level", 2}, {"items", 200}, {"split", split}}, 4)->card().digest != suite->card().digest);
  }
}

TEST_CASE("agents: an item shows policy and tools only where it is asked to") {
  const auto plain = desk({{"level", 3}}), shown = desk({{"level", 3}, {"show", "item"}});
  const std::string bare = plain->items()[0].messages[0].content, whole = shown->items()[0].messages[0].content;
  CHECK(whole.find("CALL refund order=ORDER") != whole.npos);
  CHECK(whole.find("at most 30 days ago") != whole.npos);
  CHECK(whole.find("Refunds above 100 pounds") == whole.npos);  // a rule of level 4
  CHECK(whole.substr(whole.size() - bare.size()) == bare);
  CHECK(bare.find("CALL") == bare.npos);
}

TEST_CASE("agents: tools as JSON are framed as Qwen3's own template frames them") {
  const auto file = testing::data_path("chat_templates/jinja2_golden.jsonl");
  if (!file) SKIP_TEST("public test data are not here");
  std::string golden;
  REQUIRE(for_each_jsonl(
              *file,
              [&](std::size_t, const Json& row) {
                if (row.value("scenario", "") == "tools_gen" &&
                    row.value("template", "").find("Qwen3") != std::string::npos)
                  golden = row.at("output").get<std::string>();
                return Status();
              },
              [](std::size_t, const Error& error) { return Status(error); })
              .ok());
  REQUIRE(!golden.empty());
  const std::vector<Tool> tools{{"get_weather", "Get the current weather in a city.", {{"city", "string", "City"}}}};
  const std::string text = describe_tools(tools, CallForm::json);
  const std::string head = text.substr(0, text.find("<tools>\n") + 8), foot = text.substr(text.find("\n</tools>"));
  CHECK(golden.find(head) != golden.npos);
  CHECK(golden.find(foot + "<|im_end|>") != golden.npos);
  const Json made = *parse_json(text.substr(head.size(), text.size() - head.size() - foot.size()), "tool");
  const auto begin = golden.find(head) + head.size();
  const Json published = *parse_json(golden.substr(begin, golden.find(foot) - begin), "golden");
  CHECK(made["function"]["parameters"]["required"] == published["function"]["parameters"]["required"]);
  CHECK(made["type"] == published["type"]);
  CHECK(made["function"]["name"] == published["function"]["name"]);
  CHECK(made["function"]["description"] == published["function"]["description"]);
  CHECK(made["function"]["parameters"]["properties"]["city"]["type"] == "string");
}

TEST_CASE("agents: a value is fitted to its tool, or the model is told what is wrong") {
  const std::vector<Tool> tools{{"pay", "", {{"order", "integer", ""}, {"to", "string", ""}, {"items", "array", ""}}}};
  const auto fit = [&](Json arguments, const std::string& name = "pay") {
    return suites::fit_call({name, std::move(arguments)}, tools);
  };
  const auto call = fit({{"order", "17"}, {"to", 5}, {"items", "[1, 'b']"}});
  REQUIRE(call.ok());
  CHECK(call->arguments == Json{{"order", 17}, {"to", "5"}, {"items", {"1", "b"}}});
  CHECK(fit({{"order", 17.5}, {"to", "x"}, {"items", Json::array()}}).error().what ==
        "order should be an integer, found 17.5");
  CHECK(fit({{"order", 17}, {"to", "x"}}).error().what == "pay needs items");
  CHECK(fit({{"order", 17}, {"to", "x"}, {"items", Json::array()}, {"why", 1}}).error().what ==
        "pay takes no why; it takes order, to, items");
  CHECK(fit({}, "pax").error().what == "there is no tool pax, did you mean pay?; the tools are pay");
}

TEST_CASE("agents: episodes that share a batch of 32 are those that are played one by one") {
  const auto suite = desk({{"level", 4}, {"items", 64}});
  const auto alone = played(*suite, 1, 1);
  CHECK(alone.size() == 64);
  CHECK(played(*suite, 32, 2) == alone);
  CHECK(played(*suite, 32, 3) == alone);
}

}  // namespace bakeoff
