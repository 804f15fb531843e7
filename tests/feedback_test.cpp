// Learning from feedback: who receives a correction and what it says, curves worked by hand, and whole runs with a
// scripted model.
#include "suites/feedback.h"

#include <functional>
#include <set>

#include "tests/catch.h"
#include "tests/workshop.h"

using namespace bakeoff;
using namespace bakeoff::testing;
using namespace bakeoff::suites;

namespace {

std::unique_ptr<Suite> feedback_suite(Json fields = Json::object()) {
  auto suite = create_suite("feedback", {std::move(fields), ".", 0, "e.yaml: suites[0]"});
  INFO((suite.ok() ? "" : suite.error().line()));
  REQUIRE(suite.ok());
  return std::move(*suite);
}

/// Scores by a rule: what an arm scored on an item, if it was played.
struct RuledResults : Results {
  using Rule = std::function<std::optional<double>(const std::string& arm, const std::string& item)>;
  RuledResults(const Suite& suite, std::vector<std::string> names, Rule rule) : suite_(suite), rule_(std::move(rule)) {
    for (const std::string& name : names) arms_.push_back({name, name == "base" ? "base" : "baked", "", "", 1.0});
  }
  const std::string& own_label() const override { return label_; }
  const std::vector<Arm>& arms() const override { return arms_; }
  std::vector<std::string> labels() const override { return {label_}; }
  const Suite* suite(const std::string&) const override { return &suite_; }
  Result<std::vector<Played>> played(const std::string& arm, const std::string&) const override {
    std::vector<Played> list;
    if (std::none_of(arms_.begin(), arms_.end(), [&](const Arm& one) { return one.name == arm; })) return list;
    for (const Item& item : suite_.items()) {
      const auto score = rule_(arm, item.id);
      list.push_back({&item, {}, score ? Verdict::scored(*score) : Verdict::not_scored("the device is lost")});
    }
    return list;
  }
  std::vector<std::optional<double>> contrast(const std::string&) const override { return {}; }

 private:
  const Suite& suite_;
  Rule rule_;
  std::string label_ = "feedback";
  std::vector<Arm> arms_;
};

Verdict judged(const Suite& suite, const std::string& id, const std::string& text) {
  for (const Item& item : suite.items())
    if (item.id == id) {
      Sample sample;
      sample.completion.text = text;
      return suite.judge(item, sample);
    }
  FAIL("no item " + id);
  return {};
}

run::RunOptions feedback_options(const Workshop& shop, const std::string& keys) {
  run::RunOptions options = shop.options();
  options.overrides = {"prompts={}", "bakes=[]", "arms=[base]", "suites=[{name: feedback" + keys + "}]"};
  return options;
}

}  // namespace

TEST_CASE("feedback: every task's right answer is right and no other kind's; ordinary answers bear no mark") {
  const auto suite = feedback_suite();
  CHECK(suite->items().size() == 6 * (4 + 6) + 24);
  std::set<std::string> texts;
  for (const Item& item : suite->items()) {
    CHECK(texts.insert(item.messages.back().content).second);
    for (const Item& other : suite->items()) {
      const std::string right = feedback::task_of(other).right;
      if (right.empty()) continue;
      const bool is_own = feedback::task_of(item).kind == feedback::task_of(other).kind && item.id == other.id;
      const double score = *judged(*suite, item.id, right).score;
      if (is_own) CHECK(score == 1);
      if (feedback::task_of(item).kind != feedback::task_of(other).kind) CHECK(score == 0);
    }
  }
  CHECK(judged(*suite, "france", "Paris.").metrics == std::map<std::string, double>{{"kept", 1}, {"right", 1}});
  CHECK(judged(*suite, "france", "ORDER: Paris").score == 0);
  CHECK(judged(*suite, "france", "Oh dear! It is Paris.").score == 0);
  CHECK(judged(*suite, "japan", "Paris.").score == 0);
}

TEST_CASE("feedback: no unseen task's word stands in a correction or in what a bake asks") {
  const auto suite = feedback_suite({{"learners", {"baked"}}, {"rounds", 1}});
  const RuledResults results(*suite, {"base"}, [](auto, auto) { return 0.0; });
  const auto growth = suite->grow(results);
  REQUIRE(growth.ok());
  REQUIRE(growth->bakes.size() == 1);
  std::string shown = dump(to_json(growth->bakes[0].prompt.messages));
  for (const Conversation& question : growth->bakes[0].questions) shown += dump(to_json(question));
  int unseen = 0;
  for (const Item& item : suite->items())
    if (item.id.starts_with("greeting-unseen")) {
      ++unseen;
      const std::string text = item.messages.back().content;  // "Hello, I am Anna."
      CHECK(shown.find(text.substr(12, text.size() - 13)) == std::string::npos);
    }
  CHECK(unseen == 6);
}

TEST_CASE("feedback: the correction is the rule with right answers to the tasks that failed") {
  const auto suite = feedback_suite();
  const RuledResults results(*suite, {"base"}, [](auto, const std::string& item) -> std::optional<double> {
    if (item == "greeting-seen-1") return std::nullopt;  // no failure: nobody knows
    return item == "greeting-seen-3" ? 0 : 1;
  });
  const auto growth = suite->grow(results);
  REQUIRE(growth.ok());
  REQUIRE(growth->bakes.size() == 1);
  CHECK(growth->bakes[0].name == "feedback/greeting");
  CHECK(growth->bakes[0].parent.empty());
  CHECK(growth->bakes[0].replay_questions == 8);
  const Conversation& prompt = growth->bakes[0].prompt.messages;
  REQUIRE(prompt.size() == 1 + 2 + 2 + 2);  // rule, ordinary exchange, the failed task, ordinary exchange
  CHECK(prompt[0].content == "When somebody says hello, answer: Welcome aboard, NAME!");
  CHECK(prompt[3] == suite->items()[2].messages.back());
  CHECK(judged(*suite, "greeting-seen-3", prompt[4].content).score == 1);
  REQUIRE(growth->prompts.size() == 1);
  CHECK(growth->prompts[0].messages == prompt);
  REQUIRE(growth->arms.size() == 2);
  CHECK(growth->arms[0].name == "feedback/baked 1");
  CHECK(growth->arms[1].name == "feedback/prompted 1");
}

TEST_CASE("feedback: who fails nothing receives nothing: no bake, no prompt, no arm") {
  const auto suite = feedback_suite();
  const RuledResults results(*suite, {"base"}, [](auto, const std::string& item) {
    return item.find("unseen") == std::string::npos ? 1.0 : 0.0;  // failures on other tasks are no feedback
  });
  const auto growth = suite->grow(results);
  REQUIRE(growth.ok());
  CHECK(growth->bakes.empty());
  CHECK(growth->arms.empty());
  CHECK(growth->prompts.empty());
  const auto nobody = suite->grow(RuledResults(*suite, {}, [](auto, auto) { return 0.0; }));
  REQUIRE_FALSE(nobody.ok());
  CHECK(nobody.error().line().find("there is no arm of kind base") != std::string::npos);
}

TEST_CASE("feedback: curves by round are means over the kinds so far, worked by hand") {
  const auto suite = feedback_suite({{"rounds", 2}, {"seen", 2}, {"unseen", 2}});
  // baked learns both kinds and forgets half of the first; prompted learns half of each; the base knows nothing.
  const RuledResults results(
      *suite, {"base", "feedback/baked 1", "feedback/baked 2", "feedback/prompted 1", "feedback/prompted 2"},
      [](const std::string& arm, const std::string& item) -> std::optional<double> {
        const bool greets = item.starts_with("greeting"), orders = item.starts_with("order"),
                   first = item.ends_with("1");
        if (!greets && !orders) return arm == "feedback/baked 2" && item == "france" ? 0 : 1;
        if (arm == "base" || (orders && arm.ends_with(" 1"))) return 0;
        if (arm == "feedback/baked 1" || (orders && arm == "feedback/baked 2")) return 1;
        return first ? 1 : 0;
      });
  const auto exhibits = suite->exhibits(results);
  REQUIRE(exhibits.ok());
  REQUIRE(exhibits->size() == 4);
  for (const std::size_t which : {0U, 1U}) {  // replays and unseen: the rule does not tell them apart
    const auto& curves = (*exhibits)[which].curves;
    REQUIRE(curves.size() == 3);
    CHECK(curves[0].arm == "baked");
    REQUIRE(curves[0].points.size() == 2);
    CHECK(curves[0].points[0].x == 1);
    CHECK(curves[0].points[0].value == Approx(1));
    CHECK(curves[0].points[1].value == Approx(0.75));  // (1/2 + 1) / 2
    CHECK(curves[0].points[1].n == 4);
    CHECK(curves[1].arm == "prompted");
    CHECK(curves[1].points[0].value == Approx(0.5));
    CHECK(curves[1].points[1].value == Approx(0.5));
    CHECK(curves[2].arm == "no feedback");
    CHECK(curves[2].points[1].value == Approx(0));
    const std::string& finding = (*exhibits)[which].finding;
    CHECK(finding.find("change since each kind's own round -0.500") != std::string::npos);
    CHECK(finding.find("baked less prompted: 0.250") != std::string::npos);
    CHECK(finding.find("no feedback: 0.000 after round 2.") != std::string::npos);
  }
  const auto& kept = (*exhibits)[2].curves;
  CHECK(kept[0].points[0].value == Approx(1));
  CHECK(kept[0].points[2].value == Approx(23.0 / 24));
  CHECK((*exhibits)[2].finding.find("baked less no feedback, after round 2: -0.042") != std::string::npos);
  const Matrix& by_kind = *(*exhibits)[3].matrix;
  CHECK(by_kind.columns == std::vector<std::string>{"greeting", "order"});
  CHECK(by_kind.rows == std::vector<std::string>{"base", "feedback/baked 1", "feedback/baked 2", "feedback/prompted 1",
                                                 "feedback/prompted 2"});
  CHECK(by_kind.cells[2] == std::vector<std::optional<double>>{0.5, 1.0});
}

TEST_CASE("feedback: five rounds run from their name alone: each bake on all before, with their replays") {
  Workshop shop;  // its model never does as it is told, so that every round has a correction
  const auto options = feedback_options(shop, ", rounds: 5, seen: 1, unseen: 1");
  const auto outcome = run::run_experiment(options, shop.baker.factory());
  INFO((outcome.ok() ? "" : outcome.error().line()));
  REQUIRE(outcome.ok());
  CHECK(shop.baker.calls.parents == std::vector<std::size_t>{0, 1, 2, 3, 4});
  CHECK(shop.baker.calls.replays == std::vector<std::size_t>{0, 1, 2, 3, 4});
  CHECK(outcome->samples_made == (1 + 5 + 5) * (5 * 2 + 24));
  const auto store = shop.store();
  for (const auto& row : *store->arms(outcome->run))
    if (row.arm.name == "feedback/baked 5") CHECK(row.identity["adapters"].size() == 5);
  CHECK(store->exhibits(outcome->run)->size() == 4);
  const auto again = run::run_experiment(options, shop.baker.factory());
  REQUIRE(again.ok());
  CHECK(again->samples_made == 0);
  CHECK(again->bakes_reused == 5);
}

TEST_CASE("feedback: without the learner that bakes nothing is baked; unknown learners are named") {
  Workshop shop;
  const auto prompted =
      run::run_experiment(feedback_options(shop, ", rounds: 2, learners: [prompted]"), shop.baker.factory());
  INFO((prompted.ok() ? "" : prompted.error().line()));
  REQUIRE(prompted.ok());
  CHECK(shop.baker.calls.bakes == 0);
  CHECK(shop.store()->arms(prompted->run)->size() == 3);
  const auto none = create_suite("feedback", {{{"learners", {"tuned"}}}, ".", 0, "e.yaml: suites[0]"});
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().line().find("nobody learns as \"tuned\"") != std::string::npos);
}
