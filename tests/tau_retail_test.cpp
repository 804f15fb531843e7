// Suite tau_retail against what a published implementation of tau2's tools does (tools/goldens/tau_retail.py), on the
// published tasks and database.
#include "suites/tau_retail.h"

#include "harness/core/row_file.h"
#include "tests/catch.h"
#include "tests/support.h"

namespace bakeoff {

namespace {

using suites::Suite;

std::optional<Path> tasks_file() { return testing::data_path("tau2/retail/tasks.json"); }

std::shared_ptr<const Json> shop() {
  static const auto read = suites::tau_retail::read_shop(tasks_file()->parent_path() / "db.json");
  REQUIRE(read.ok());
  return *read;
}

Json golden() {
  const auto read = read_json_file(testing::source_path("golden/tau_retail.json"));
  REQUIRE(read.ok());
  return *read;
}

std::unique_ptr<Suite> suite(Json fields = Json::object()) {
  fields["items"] = tasks_file()->string();
  auto made = suites::create_suite("tau_retail", {std::move(fields), {}, 0, "e.yaml: suites[0]"});
  if (!made.ok()) FAIL(made.error().line());
  return std::move(*made);
}

Verdict judged(const Suite& suite, const Item& item, const std::string& answers) {
  Sample sample;
  sample.completion.text = answers;
  return suite.judge(item, sample);
}

/// The fields of changed rows that differ from the published ones.
Json changed_fields(const Json& state) {
  Json changed{{"users", Json::object()}, {"orders", Json::object()}};
  for (const auto& [kind, rows] : state.items())
    for (const auto& [id, row] : rows.items()) {
      const Json& before = shop()->at(kind).at(id);
      for (const auto& [field, value] : row.items())
        if (!before.contains(field) || before[field] != value) changed[kind][id][field] = value;
    }
  return changed;
}

void check_against(const Json& calls, const Json& published) {
  const auto world = suites::tau_retail::make_world(shop());
  for (std::size_t i = 0; i < calls.size(); ++i) {
    INFO(dump(calls[i]));
    const auto call = suites::fit_call({calls[i]["name"], calls[i]["arguments"]}, world->tools());
    REQUIRE(call.ok());
    const auto result = world->call(*call);
    const Json& outcome = published["outcomes"][i];
    if (outcome.is_null()) continue;
    REQUIRE(result.ok() != outcome.is_object());
    if (outcome.is_object()) CHECK(result.error().what == outcome["error"].get<std::string>());
    if (outcome.is_string() && outcome != "ok") CHECK(*result == outcome.get<std::string>());
  }
  CHECK(changed_fields(world->state()) == published["changed"]);
}

}  // namespace

TEST_CASE("tau_retail: the expected actions of all 114 tasks end where the published tools end") {
  if (!tasks_file()) SKIP_TEST("public test data are not here");
  const Json published = golden();
  const auto all = suite();
  REQUIRE(all->items().size() == 114);
  for (const Item& item : all->items()) {
    INFO("task " << item.id);
    check_against(item.reference.at("actions"), published["tasks"].at(item.id));
  }
}

TEST_CASE("tau_retail: 480 drawn calls, many of them wrong, are done or refused as by the published tools") {
  if (!tasks_file()) SKIP_TEST("public test data are not here");
  const Json published = golden();
  for (const Json& sequence : published["drawn"]) check_against(sequence["calls"], sequence);
}

TEST_CASE("tau_retail: the expected actions score 1, none of them 0 where something was to change") {
  if (!tasks_file()) SKIP_TEST("public test data are not here");
  const Json published = golden();
  const auto all = suite();
  int unscored = 0;
  for (const Item& item : all->items()) {
    INFO("task " << item.id);
    const Verdict right = judged(*all, item, all->example_answer(item));
    if (!right.score) {
      ++unscored;
      continue;
    }
    CHECK(right.score == 1.0);
    CHECK(right.metrics.at("refused") == static_cast<double>([&] {
            int refused = 0;
            for (const Json& outcome : published["tasks"].at(item.id)["outcomes"]) refused += outcome.is_object();
            return refused;
          }()));
    if (right.metrics.count("communicate")) CHECK(right.metrics.at("communicate") == 1);
    if (right.metrics.count("actions")) CHECK(right.metrics.at("actions") == 1);
    const Verdict nothing = judged(*all, item, "I can not help you.");
    const Json& changed = published["tasks"].at(item.id)["changed"];
    if (!nothing.score) continue;
    CHECK(*nothing.score == (changed["orders"].empty() && changed["users"].empty() ? 1 : 0));
  }
  CHECK(unscored == 2);
}

TEST_CASE("tau_retail: splits, ids and limits choose tasks as published") {
  if (!tasks_file()) SKIP_TEST("public test data are not here");
  CHECK(suite({{"split", "train"}})->items().size() == 74);
  CHECK(suite({{"split", "test"}})->items().size() == 40);
  CHECK(suite({{"limit", 3}})->items().back().id == "2");
  CHECK(suite({{"ids", {"85"}}})
            ->items()[0]
            .messages[0]
            .content.find("The user says: Hi! I want to exchange my Fleece Jacket for a large red Fleece Jacket with a "
                          "half zipper.") != std::string::npos);
}

TEST_CASE("tau_retail: expressions are worked out as arithmetic has it") {
  using suites::tau_retail::calculated;
  CHECK(calculated("2 + 3 * (4 - 1.5) / 5") == 3.5);
  CHECK(calculated("-(2 - 5) * +2") == 6);
  CHECK(calculated("10 - 4 - 3") == 3);
  for (const char* wrong : {"", "1 +", "(1", "1)", "1 / 0", "2 ** 3", "1.2.3", "()"}) {
    INFO(wrong);
    CHECK(!calculated(wrong));
  }
  CHECK(!calculated(std::string(100000, '(')));
}

TEST_CASE("tau_retail: a scenario is said in the first person") {
  using suites::tau_retail::in_first_person;
  CHECK(in_first_person("You are Yusuf Rossi in zip code 19122. You do not remember your email address.") ==
        "I am Yusuf Rossi in zip code 19122. I do not remember my email address.");
  CHECK(in_first_person("It was sent to you; your boots are red, and you're sure they were yours.") ==
        "It was sent to me; my boots are red, and I'm sure they were mine.");
  CHECK(in_first_person("For some reason, you want to return all things.") ==
        "For some reason, I want to return all things.");
}

TEST_CASE("tau_retail: the user says who it is, says yes, tells more, asks back once and leaves") {
  const auto user = suites::tau_retail::make_user({.reason_for_call = "You want a refund.",
                                                   .known_info = "You are Mei Li in zip code 28236",
                                                   .unknown_info = "You do not remember your email address",
                                                   .task_instructions = "You prefer the gift card."});
  const auto said = [&](const std::string& words, bool acted = false) { return user->answer(words, acted)->text; };
  CHECK(said("What is your email?") == "I am Mei Li in zip code 28236. I do not remember my email address.");
  CHECK(said("I will refund it to PayPal. Do you confirm (yes/no)?") == "Yes, please go ahead.");
  CHECK(said("Which payment method would you like?", true) == "I prefer the gift card.");
  CHECK(said("Done.") == "Is everything done that I asked for?");
  const auto last = user->answer("Yes, it is.", false);
  CHECK(last->text == "Thank you, goodbye.");
  CHECK(!last->stays);
}

TEST_CASE("tau_retail: a database of another shape, a missing one and tasks without an id are errors with their file") {
  testing::TemporaryFolder folder;
  const auto create = [&] {
    return suites::create_suite("tau_retail", {{{"items", "tasks.json"}}, folder.path(), 0, "e.yaml: suites[0]"});
  };
  REQUIRE(write_file_atomically(folder / "tasks.json", "[{}]").ok());
  REQUIRE(write_file_atomically(folder / "split_tasks.json", "{\"base\": [\"0\"]}").ok());
  CHECK(create().error().line().find("tasks.json[0]: no task of tau2-bench") != std::string::npos);
  REQUIRE(write_file_atomically(folder / "tasks.json",
                                "[{\"id\": \"0\", \"user_scenario\": {\"instructions\": {}}, "
                                "\"evaluation_criteria\": {}}]")
              .ok());
  CHECK(create().error().line().find("db.json") != std::string::npos);
  REQUIRE(write_file_atomically(folder / "db.json",
                                "{\"products\": {}, \"users\": {\"a\": {\"email\": 3}}, \"orders\": {}}")
              .ok());
  CHECK(create().error().line().find("no retail database of tau2-bench") != std::string::npos);
}

}  // namespace bakeoff
