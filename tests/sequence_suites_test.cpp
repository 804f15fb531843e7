// Suites over sequences and conversations: retention's numbers by hand, probes that stay out of the history, junk that
// grows.
#include <cmath>

#include "suites/decay_exhibits.h"
#include "suites/personas.h"
#include "suites/retention.h"
#include "suites/self_chat.h"
#include "suites/synthetic_lives.h"
#include "tests/catch.h"
#include "tests/workshop.h"

using namespace bakeoff;
using namespace bakeoff::testing;
using namespace bakeoff::suites;

namespace {

/// Scores written down: by arm, then suite, one for each item.
struct WrittenResults : Results {
  std::string label = "retention";
  std::vector<Arm> all;
  std::vector<std::string> suites;
  std::map<std::pair<std::string, std::string>, std::vector<double>> scores;
  std::map<std::string, std::vector<std::optional<double>>> divergences;
  std::vector<Item> items;

  WrittenResults() {
    for (int i = 0; i < 4; ++i) items.push_back({"i" + std::to_string(i), "i" + std::to_string(i), {}, {}});
  }
  const std::string& own_label() const override { return label; }
  const std::vector<Arm>& arms() const override { return all; }
  std::vector<std::string> labels() const override { return suites; }
  const Suite* suite(const std::string&) const override { return nullptr; }
  Result<std::vector<Played>> played(const std::string& arm, const std::string& suite) const override {
    std::vector<Played> list;
    const auto found = scores.find({arm, suite});
    if (found == scores.end()) return list;
    for (std::size_t i = 0; i < found->second.size(); ++i) {
      Sample sample;
      sample.messages = {{"user", "q"}, {"assistant", "a" + std::to_string(i)}};
      list.push_back({&items[i], sample, Verdict::scored(found->second[i])});
    }
    return list;
  }
  std::vector<std::optional<double>> contrast(const std::string& name) const override {
    const auto found = divergences.find(name);
    return found == divergences.end() ? std::vector<std::optional<double>>() : found->second;
  }
};

Arm baked(const std::string& bake) { return {bake + "/baked", "baked", bake, bake, 1.0, {}}; }

/// Two bakes; task `one` falls from 1 to 1/2 after the second, `two` was at 1/4 before it was baked.
WrittenResults two_bakes() {
  WrittenResults results;
  results.all = {{"base", "base", "", "", 1.0, {}}, baked("one"), baked("two")};
  results.suites = {"one", "two", "sums", "retention"};
  results.scores = {{{"base", "one"}, {0, 0, 0, 0}},
                    {{"one/baked", "one"}, {1, 1, 1, 1}},
                    {{"two/baked", "one"}, {1, 0, 1, 0}},
                    {{"base", "two"}, {0, 0, 0, 0}},
                    {{"one/baked", "two"}, {1, 0, 0, 0}},
                    {{"two/baked", "two"}, {1, 1, 1, 0}},
                    {{"base", "sums"}, {1, 1, 0, 0}},
                    {{"one/baked", "sums"}, {1, 1, 0, 0}},
                    {{"two/baked", "sums"}, {1, 0, 0, 0}},
                    {{"base", "retention"}, {1, 1, 1, 1}},
                    {{"one/baked", "retention"}, {1, 1, 1, 1}},
                    {{"two/baked", "retention"}, {1, 1, 1, 1}}};
  results.divergences = {{"drift/one", {0.1, 0.3}}, {"drift/two", {0.4, std::nullopt}}};
  return results;
}

std::unique_ptr<Suite> retention() {
  auto suite = create_suite("retention", {Json::object(), ".", 0, "e.yaml: suites[0]"});
  REQUIRE(suite.ok());
  return std::move(*suite);
}

Reply said(const std::string& text) {
  Completion completion;
  completion.text = text;
  return completion;
}

std::unique_ptr<Suite> decay_suite() {
  auto suite = create_suite(
      "prompt_decay",
      {{{"probe", "London?"}, {"pattern", "Arrr"}, {"rounds", 3}, {"users", 2}}, ".", 7, "e.yaml: suites[0]"});
  REQUIRE(suite.ok());
  return std::move(*suite);
}

}  // namespace

TEST_CASE("retention's accuracy, transfers and forgetting are those of the definitions") {
  const auto results = two_bakes();
  const auto exhibits = retention()->exhibits(results);
  REQUIRE(exhibits.ok());
  const Exhibit& scores = (*exhibits)[0];
  REQUIRE(scores.matrix);
  CHECK(scores.matrix->rows == std::vector<std::string>{"(none)", "one", "two"});
  CHECK(scores.matrix->columns == std::vector<std::string>{"one", "two", "sums", "retention"});
  CHECK(scores.matrix->cells[2][0] == 0.5);
  // ACC (1/2 + 3/4) / 2, BWT 1/2 - 1, forgetting 1 - 1/2, FWT 1/4 - 0
  CHECK(scores.finding.find("Accuracy over all tasks after the last bake 0.625") == 0);
  CHECK(scores.finding.find("backward transfer -0.500") != std::string::npos);
  CHECK(scores.finding.find("forgetting 0.500") != std::string::npos);
  CHECK(scores.finding.find("forward transfer 0.250") != std::string::npos);
  CHECK(scores.finding.find("no clear loss after any bake") != std::string::npos);
  // d = -1, 0, -1, 0 by hand: SE = sqrt(1/3) / 2, t_3 = 3.18245
  const double half = 3.18245 * std::sqrt(1.0 / 3) / 2;
  char expected[64];
  std::snprintf(expected, sizeof expected, "-0.500 [%.3f, %.3f]", -0.5 - half, -0.5 + half);
  CHECK(scores.finding.find(expected) != std::string::npos);
  const Exhibit& drift = (*exhibits)[2];
  CHECK(drift.name == "drift");
  CHECK(drift.curves[0].points[0].value == Approx(0.2));
  CHECK(drift.curves[0].points[1].value == Approx(0.4));
  CHECK(drift.curves[0].points[1].n == 1);
}

TEST_CASE("retention takes each earlier bake out of the last state and lets it play its own task") {
  const auto growth = retention()->grow(two_bakes());
  REQUIRE(growth.ok());
  REQUIRE(growth->arms.size() == 1);
  CHECK(growth->arms[0].name == "two/baked without one");
  CHECK(growth->arms[0].bake == "two");
  CHECK(growth->arms[0].without == std::vector<std::string>{"one"});
  REQUIRE(growth->suites.size() == 1);
  CHECK(growth->suites[0].label == "one");
  CHECK(growth->suites[0].suite == nullptr);
}

TEST_CASE("retention says which bake has no suite of its name") {
  auto results = two_bakes();
  results.suites = {"one", "retention"};
  const auto growth = retention()->grow(results);
  REQUIRE_FALSE(growth.ok());
  CHECK(growth.error().line() ==
        "e.yaml: suites[0]: the bake \"two\" has no suite that measures it; add a suite with as: two");
}

TEST_CASE("a probe is asked behind each answer and never enters the history") {
  const auto suite = decay_suite();
  const Item& item = suite->items()[0];
  const auto script = item.reference.at("script").get<std::vector<std::string>>();
  REQUIRE(script.size() == 3);
  const auto episode = suite->episode(item, suite->decoding(), 5);
  std::vector<Conversation> asked;
  std::set<std::uint64_t> seeds;
  std::optional<Reply> reply;
  for (int i = 0; auto request = episode->next(reply ? &*reply : nullptr); ++i) {
    const auto& generate = std::get<GenerateRequest>(*request);
    asked.push_back(std::get<Conversation>(generate.prompt));
    seeds.insert(generate.seed);
    reply = said(i % 2 == 0 ? "word " + std::to_string(i / 2) : i < 4 ? "Arrr, the Tower!" : "The Tower.");
  }
  REQUIRE(asked.size() == 6);
  CHECK(seeds.size() == 6);
  CHECK(asked[1] == Conversation{{"user", script[0]}, {"assistant", "word 0"}, {"user", "London?"}});
  CHECK(asked[4] == Conversation{{"user", script[0]},
                                 {"assistant", "word 0"},
                                 {"user", script[1]},
                                 {"assistant", "word 1"},
                                 {"user", script[2]}});
  Sample sample;
  sample.messages = episode->messages();
  CHECK(sample.messages.size() == 12);
  const auto turns = probed_turns(sample.messages);
  REQUIRE(turns.size() == 3);
  CHECK(turns[2].turn == 6);
  CHECK(turns[1].history == Conversation(asked[4].begin(), asked[4].begin() + 4));
  const Verdict verdict = suite->judge(item, sample);
  REQUIRE(verdict.score);
  CHECK(*verdict.score == Approx(2.0 / 3));
  CHECK(verdict.metrics.at("first") == 1);
  CHECK(verdict.metrics.at("last") == 0);
  sample.messages.resize(7);
  CHECK_FALSE(suite->judge(item, sample).score);
}

TEST_CASE("users say the same to every arm, and each user something else") {
  CHECK(user_script(3, 8, 1) == user_script(3, 8, 1));
  CHECK(user_script(3, 8, 1) != user_script(3, 8, 2));
  CHECK(user_script(3, 8, 1)[0] == user_script(15, 8, 1)[0]);  // topics in turn
  CHECK(user_script(3, 8, 1) != user_script(15, 8, 1));
  const auto script = user_script(0, 8, 1);
  CHECK(std::set<std::string>(script.begin(), script.end()).size() == 8);
}

TEST_CASE("decay is found where there is some, and said to be absent where there is none") {
  DecayLine base{"base", true, {}, {}}, prompted{"prompted", false, {}, {}}, baked{"baked", false, {}, {}};
  for (int user = 0; user < 12; ++user)
    for (int turn = 2; turn <= 16; turn += 2) {
      const std::string name = std::to_string(user);
      const double noise = 0.02 * ((user * 7 + turn * 3) % 5 - 2);
      base.conversations[name][turn] = 0.0;
      prompted.conversations[name][turn] = std::pow(2.0, -(turn - 2) / 6.0) + noise;  // half-life 6 turns
      baked.conversations[name][turn] = 0.8 + noise;
    }
  const auto exhibits = decay_exhibits({base, prompted, baked});
  REQUIRE(exhibits.size() == 2);
  const std::string& finding = exhibits[1].finding;
  CHECK(finding.find("prompted: -0.0") == 0);
  CHECK(finding.find("half-life 6.0 turns") != std::string::npos);
  CHECK(finding.find("turn 16 / turn 2 = 0.2") != std::string::npos);  // 2^(-14/6) = .198, plus noise
  CHECK(finding.find("no decay detected", finding.find("baked: ")) != std::string::npos);
  CHECK(finding.find("baked less prompted: +0.0") != std::string::npos);
  CHECK(exhibits[0].curves.size() == 3);
  CHECK(exhibits[0].curves[1].points.front().low);
}

TEST_CASE("divergence by turn belongs to the conversation that it was measured in, and has a slope") {
  const auto suite = decay_suite();
  struct Chats : WrittenResults {
    Result<std::vector<Played>> played(const std::string&, const std::string&) const override {
      std::vector<Played> list;
      for (const Item& item : items) {
        Sample sample;
        for (int turn = 0; turn < 3; ++turn)
          for (const char* text : {"hello", "Arrr " /* the answer */, "[probe] London?", "Arrr"})
            sample.messages.push_back({sample.messages.size() % 2 ? "assistant" : "user", text + item.id});
        list.push_back({&item, sample, suite->judge(suite->items()[0], sample)});
      }
      return list;
    }
    const Suite* suite = nullptr;
  } results;
  results.suite = suite.get();
  results.label = "prompt_decay";
  results.all = {{"base", "base", "", "", 1.0, {}}, {"prompted", "prompted", "pirate", "", 1.0, {}}};
  const auto contrasts = suite->contrasts(results);
  REQUIRE(contrasts.ok());
  REQUIRE(contrasts->size() == 3);  // every turn of the one arm that is not the base
  for (int i = 0; i < 3; ++i) {
    const Contrast& contrast = (*contrasts)[static_cast<std::size_t>(i)];
    REQUIRE(contrast.conversations.size() == results.items.size());
    for (std::size_t user = 0; user < results.items.size(); ++user) {
      CHECK(contrast.conversations[user].size() == static_cast<std::size_t>(2 * (i + 1)));
      CHECK(contrast.conversations[user].back().content == "Arrr " + results.items[user].id);
      // 1, .6, .2 nats at turns 2, 4, 6, and one user apart from the others by as much at every turn
      results.divergences[contrast.name].push_back(1.0 - 0.4 * i + (user == 3 ? 0.4 : 0));
    }
  }
  results.divergences[(*contrasts)[1].name][0] = std::nullopt;  // could not be compared
  const auto exhibits = suite->exhibits(results);
  REQUIRE(exhibits.ok());
  const Exhibit& divergence = exhibits->back();
  REQUIRE(divergence.name == "divergence");
  REQUIRE(divergence.curves.size() == 1);
  const auto& points = divergence.curves[0].points;
  REQUIRE(points.size() == 3);
  CHECK(points[0].value == Approx(1.1));                // (1 + 1 + 1 + 1.4) / 4
  CHECK(points[1].value == Approx((0.6 * 2 + 1) / 3));  // without the first user
  CHECK(points[1].n == 3);
  CHECK(points[2].value == Approx(0.3));
  CHECK(divergence.finding.find("prompted: 1.100 nats per token at turn 2, 0.300 at turn 6, -0.2000 per turn") == 0);
}

TEST_CASE("every persona's examples show the manner that its probe is scored by") {
  CHECK(all_personas().size() >= 12);
  for (const Persona& persona : all_personas()) {
    auto suite = create_suite("prompt_decay", {{{"persona", persona.name}, {"rounds", 1}}, ".", 0, "e.yaml"});
    REQUIRE(suite.ok());
    for (const auto& [question, answer] : persona.examples) {
      Sample sample;
      sample.messages = {{"user", "a"}, {"assistant", "b"}, {"user", "[probe] c"}, {"assistant", answer}};
      INFO(persona.name << ": " << answer);
      CHECK((*suite)->judge((*suite)->items()[0], sample).score == 1.0);
      sample.messages.back().content = "I go to see the Tower Bridge and the parks.";
      CHECK((*suite)->judge((*suite)->items()[0], sample).score == 0.0);
    }
    const auto questions = baking_questions(persona);
    CHECK(questions.size() >= 16);
    for (const auto& question : questions) CHECK(question[0].content != persona.probe);
  }
}

TEST_CASE("of the published hundred system prompts those scored by words or tone are read") {
  const auto file = data_path("persona_drift/hundred_system_prompts.jsonl");
  if (!file) SKIP_TEST("needs the public test data persona_drift");
  const auto read = read_published_personas(*file);
  REQUIRE(read.ok());
  CHECK(read->size() == 49);  // counted in the file: 40 "contains", 3 "contains_any", 5 "get_sentiment", 1 "compound"
  std::map<std::string, std::string> tones;
  for (const Persona& persona : *read) {
    if (persona.manner["judge"] == "tone") tones[persona.name] = persona.manner["measure"].get<std::string>();
    if (persona.name == "published-76") {  // a secret number that must not be said
      CHECK(persona.manner["none"] == Json{"20568"});
      CHECK(prompt_of(persona).messages.size() == 1);
    }
  }
  // The lambdas of the published list: get_sentiment(x, "neg" or "pos"), and (1 - get_sentiment(x, "compound")) / 2.
  CHECK(tones == std::map<std::string, std::string>{{"published-58", "unkind"},
                                                    {"published-59", "positive"},
                                                    {"published-60", "negative"},
                                                    {"published-61", "negative"},
                                                    {"published-68", "positive"},
                                                    {"published-91", "negative"}});
}

TEST_CASE("invented lives state every answer that is asked for, and no other life does so by name") {
  const auto lives = synthetic_lives(most_lives(), 3);
  std::set<std::string> first, last;
  for (const Life& life : lives) {
    first.insert(life.name.substr(0, life.name.find(' ')));
    last.insert(life.name.substr(life.name.find(' ')));
    for (const LifeQuestion& question : life.questions) {
      CHECK(life.text.find(question.answer) != std::string::npos);
      CHECK(question.text.find(life.name) != std::string::npos);
      CHECK(question.reworded != question.text);
    }
  }
  CHECK(first.size() == lives.size());
  CHECK(last.size() == lives.size());
}

TEST_CASE("dilution's junk grows, never holds the documents, and is the same for every arm") {
  auto suite = create_suite("dilution", {{{"junk_words", {0, 100, 300}}, {"documents", 2}}, ".", 1, "e.yaml"});
  REQUIRE(suite.ok());
  CHECK((*suite)->items().size() == 2 * 4 * 3);
  const auto lives = synthetic_lives(most_lives(), 1);
  for (const Item& item : (*suite)->items()) {
    const std::string& text = item.messages[0].content;
    const int words = item.reference.at("junk_words").get<int>();
    std::istringstream counted(text);
    int count = 0;
    for (std::string word; counted >> word;) ++count;
    CHECK(count >= words);
    CHECK(count < words + 80);
    CHECK(text.find(lives[0].text) == std::string::npos);
    CHECK(text.find(lives[1].text) == std::string::npos);
  }
}

TEST_CASE("a panel of personas bakes, prompts and plays each of them, and shows them together") {
  Workshop shop;
  auto options = shop.options();
  options.overrides = {"suites=[{name: prompt_decay, personas: [pirate, cat], users: 2, rounds: 2}]", "bakes=[]",
                       "arms=[base]"};
  const auto outcome = run::run_experiment(options, shop.baker.factory());
  INFO((outcome.ok() ? "" : outcome.error().line()));
  REQUIRE(outcome.ok());
  CHECK(outcome->bakes_made == 2);
  CHECK(outcome->samples_made == 2 * 4 * 2);
  const auto store = shop.store();
  CHECK(store->verdicts(outcome->run, "persona-pirate/prompted", "prompt_decay/pirate")->size() == 2);
  CHECK(store->verdicts(outcome->run, "persona-cat/prompted", "prompt_decay/pirate")->empty());
  CHECK(store->verdicts(outcome->run, "base", "prompt_decay/cat")->size() == 2);
}

TEST_CASE("a sequence with its tasks and retention runs from its names alone") {
  Workshop shop;
  auto options = shop.options();
  options.overrides = {
      "prompts={one: {system: A}, two: {system: B}, three: {system: C}}", "bakes=[]",
      "sequence={prompts: [one, two, three], epochs: 1, replay: {questions: 1}}", "arms=[base, baked]",
      "suites=[{name: style, as: one, items: questions/test.jsonl, pattern: Arrr}, {name: style, as: two, items: "
      "questions/test.jsonl, pattern: Arrr}, {name: style, as: three, items: questions/test.jsonl, pattern: Arrr}, "
      "retention]"};
  const auto outcome = run::run_experiment(options, shop.baker.factory());
  INFO((outcome.ok() ? "" : outcome.error().line()));
  REQUIRE(outcome.ok());
  CHECK(shop.baker.calls.parents == std::vector<std::size_t>{0, 1, 2});
  const auto store = shop.store();
  const auto arms = store->arms(outcome->run);
  std::map<std::string, std::size_t> adapters;
  for (const auto& row : *arms) adapters[row.arm.name] = row.identity["adapters"].size();
  CHECK(adapters == std::map<std::string, std::size_t>{{"base", 0},
                                                       {"one/baked", 1},
                                                       {"two/baked", 2},
                                                       {"three/baked", 3},
                                                       {"three/baked without one", 2},
                                                       {"three/baked without two", 2}});
  CHECK(store->verdicts(outcome->run, "three/baked without one", "one")->size() == 2);
  CHECK(store->verdicts(outcome->run, "three/baked without one", "two")->empty());
  std::set<std::string> measured;
  for (const Measurement& entry : *store->measurements(outcome->run))
    if (entry.name.starts_with("retention/")) measured.insert(entry.subject + " " + entry.name);
  CHECK(measured == std::set<std::string>{"one/baked retention/drift/one", "two/baked retention/drift/two",
                                          "three/baked retention/drift/three"});
}
