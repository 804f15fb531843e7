// The experiment file: defaults, mistakes, overrides.
#include "harness/run/experiment.h"

#include "harness/run/arms.h"
#include "tests/workshop.h"

using namespace bakeoff;
using namespace bakeoff::testing;
using run::Experiment;

namespace {

std::vector<std::string> names_of(const std::vector<Arm>& arms) {
  std::vector<std::string> names;
  for (const Arm& arm : arms) names.push_back(arm.name);
  return names;
}

/// The error line of an experiment whose file has `text`, with the folder removed.
std::string mistake_in(const Workshop& shop, const std::string& text) {
  write_text(shop.folder / "bad.yaml", text);
  const auto read = run::read_experiment(shop.folder / "bad.yaml");
  REQUIRE_FALSE(read.ok());
  CHECK(exit_status(read.error().kind) == 3);
  std::string line = read.error().line();
  const std::string prefix = shop.folder.path().string() + "/";
  for (auto at = line.find(prefix); at != line.npos; at = line.find(prefix)) line.erase(at, prefix.size());
  return line;
}

const std::string kHead =
    "model: tiny\nprompts: {pirate: {system: Arrr}}\nquestions: ['Who are you?']\n"
    "suites: [{name: arithmetic}]\n";

}  // namespace

TEST_CASE("the short experiment means four arms and the default recipe") {
  Workshop shop;
  const auto read = run::read_experiment(shop.folder / "pirate.yaml");
  REQUIRE(read.ok());
  CHECK(read->name == "pirate");
  CHECK(names_of(read->arms) == std::vector<std::string>{"base", "prompted", "baked", "reprompted"});
  REQUIRE(read->bakes.size() == 1);
  CHECK(read->bakes[0].questions.size() == 2);
  CHECK(to_json(read->bakes[0].recipe) == to_json(Recipe{}));
  CHECK(run::context_of(read->arms[0], *read) == Conversation{{"system", ""}});
  CHECK(run::context_of(read->arms[1], *read) == Conversation{{"system", "You are a pirate."}});
  CHECK(run::context_of(read->arms[2], *read) == Conversation{{"system", ""}});
  CHECK(run::context_of(read->arms[3], *read) == Conversation{{"system", "You are a pirate."}});
}

TEST_CASE("the resolved experiment reads back as the same experiment") {
  Workshop shop("replicates: 2\narms: [base, {kind: baked, name: half, scale: 0.5}]\n");
  const auto read = run::read_experiment(shop.folder / "pirate.yaml");
  REQUIRE(read.ok());
  const auto resolved = run::to_json(*read);
  const auto again = run::experiment_from_json(Json(resolved), shop.folder / "pirate.yaml");
  REQUIRE(again.ok());
  CHECK(run::to_json(*again).dump() == resolved.dump());
  CHECK(again->arms[1].scale == 0.5);
}

TEST_CASE("mistakes in an experiment name the file, the path of keys, and the way out") {
  Workshop shop;
  CHECK(mistake_in(shop, kHead + "bakes: [{prompt: pirate, rank: many}]\n") ==
        "bad.yaml: bakes[0].rank: expected an integer of 32 bits, found \"many\"");
  CHECK(mistake_in(shop, kHead + "sutes: []\n") == "bad.yaml: sutes: unknown key; did you mean \"suites\"?");
  CHECK(mistake_in(shop, kHead + "bakes: [{prompt: pirate, rnk: 4}]\n") ==
        "bad.yaml: bakes[0].rnk: unknown key; did you mean \"rank\"?");
  CHECK(mistake_in(shop, kHead + "bakes: [{prompt: pirat}]\n") ==
        "bad.yaml: bakes[0].prompt: there is no prompt \"pirat\"; did you mean \"pirate\"?");
  CHECK(mistake_in(shop, "suites: [{name: arithmetic}]\n") == "bad.yaml: model: is missing");
  CHECK(mistake_in(shop, kHead + "arms: [toasted]\n") ==
        "bad.yaml: arms[0]: unknown kind of arm \"toasted\"; known: base, prompted, baked, reprompted, remote");
  CHECK(mistake_in(shop, kHead + "engine: {dtype: fp64}\n") ==
        "bad.yaml: engine.dtype: expected one of auto, fp32, bf16, found \"fp64\"");
  CHECK(mistake_in(shop, "model: tiny\nprompts: {p: {system: x}}\nbakes: [{prompt: p}]\n")
            .find("bad.yaml: bakes[0].questions: no questions to bake with; add questions: FILE.jsonl") == 0);
  CHECK(mistake_in(shop, "model: tiny\nprompts: {p: missing.yaml}\n").find("bad.yaml: prompts.p: there is no file") ==
        0);
  CHECK(mistake_in(shop, "model: tiny\n") == "bad.yaml: nothing to do; add bakes or suites");
}

TEST_CASE("template arguments and the date are read, written out and checked") {
  Workshop shop;
  const auto plain = run::read_experiment(shop.folder / "pirate.yaml");
  REQUIRE(plain.ok());
  CHECK(plain->rendering == TemplateSettings{});
  CHECK(run::to_json(*plain)["date"] == "2024-07-26");
  const auto read = run::read_experiment(shop.folder / "pirate.yaml",
                                         {"template={enable_thinking: false, depth: [1]}", "date=2024-02-29"});
  REQUIRE(read.ok());
  CHECK(read->rendering.arguments == Json{{"enable_thinking", false}, {"depth", {1}}});
  CHECK(read->rendering.date == "2024-02-29");
  const auto again = run::experiment_from_json(Json(run::to_json(*read)), shop.folder / "pirate.yaml");
  REQUIRE(again.ok());
  CHECK(again->rendering == read->rendering);
  for (const std::string name : {"messages", "tools", "add_generation_prompt", "bos_token", "eos_token", "date"})
    CHECK(mistake_in(shop, kHead + "template: {" + name + ": x}\n")
              .find("bad.yaml: template: \"" + name + "\" can not be a template argument; ") == 0);
  CHECK(mistake_in(shop, kHead + "template: [x]\n").find("bad.yaml: template: expected an object") == 0);
  for (const std::string date :
       {"2025-02-29", "2025-13-01", "2025-1-1", "0000-01-01", "today", "2025-01-01 10:00:00", "+025-01-01", ""})
    CHECK(mistake_in(shop, kHead + "date: \"" + date + "\"\n") ==
          "bad.yaml: date: \"" + date + "\" is no date; write YYYY-MM-DD");
  CHECK(mistake_in(shop, kHead + "date: 7\n").find("bad.yaml: date: expected") == 0);
}

TEST_CASE("a prompt that changes nothing is an input error") {
  Workshop shop;
  CHECK(mistake_in(shop, "model: tiny\nprompts: {p: {system: \"\"}}\nsuites: [{name: arithmetic}]\n")
            .find("bad.yaml: prompts.p: the prompt changes nothing") == 0);
  CHECK(
      mistake_in(shop, "model: tiny\nstudent: {system: Hi}\nprompts: {p: {system: Hi}}\nsuites: [{name: arithmetic}]\n")
          .find("bad.yaml: prompts.p: the prompt changes nothing") == 0);
}

TEST_CASE("questions beside the experiment are found by the prompt's name") {
  Workshop shop;
  write_text(shop.folder / "questions" / "p.jsonl", "{\"question\": \"One?\"}\n");
  write_text(shop.folder / "short.yaml", "model: tiny\nprompts: {p: {system: x}}\nbakes: [{prompt: p}]\n");
  const auto read = run::read_experiment(shop.folder / "short.yaml");
  REQUIRE(read.ok());
  CHECK(read->name == "short");
  CHECK(read->bakes[0].questions == std::vector<Conversation>{{{"user", "One?"}}});
}

TEST_CASE("several bakes give arms their names as prefix, and a prompt is prompted once") {
  Workshop shop;
  write_text(shop.folder / "many.yaml",
             kHead + "bakes: [{prompt: pirate, seeds: [3, 4]}, {prompt: pirate, name: wide, rank: 32}]\n");
  const auto read = run::read_experiment(shop.folder / "many.yaml");
  REQUIRE(read.ok());
  CHECK(names_of(read->arms) == std::vector<std::string>{"base", "prompted", "pirate-seed3/baked", "pirate-seed4/baked",
                                                         "wide/baked", "pirate-seed3/reprompted",
                                                         "pirate-seed4/reprompted", "wide/reprompted"});
  CHECK(read->bakes[1].seed == 4);
  CHECK(read->bakes[2].recipe.rank == 32);
}

TEST_CASE("an override sets one field with the type that YAML gives it") {
  Workshop shop;
  const auto read = run::read_experiment(
      shop.folder / "pirate.yaml",
      {"bakes[0].rank=8", "bakes.0.alpha=4.5", "engine.batch_rows=4", "name=other", "suites[0].pattern=\"7\""});
  REQUIRE(read.ok());
  CHECK(read->bakes[0].recipe.rank == 8);
  CHECK(read->bakes[0].recipe.alpha == 4.5);
  CHECK(read->engine.batch_rows == 4);
  CHECK(read->name == "other");
  CHECK(read->suites[0].fields["pattern"] == "7");
  const auto bad = run::read_experiment(shop.folder / "pirate.yaml", {"bakes[3].rank=8"});
  REQUIRE_FALSE(bad.ok());
  CHECK(bad.error().line() == "--set bakes[3].rank: the list has 1 entries, there is no [3]");
  CHECK_FALSE(run::read_experiment(shop.folder / "pirate.yaml", {"rank"}).ok());
}

TEST_CASE("a sequence is a chain of bakes, each on top of the one before, with the keys that all share") {
  Workshop shop;
  const std::string head =
      "model: tiny\nprompts: {a: {system: A}, b: {system: B}, c: {system: C}}\nquestions: ['Who?']\n";
  write_text(shop.folder / "chain.yaml",
             head +
                 "sequence: {prompts: [a, {prompt: b, rank: 2}, c], rank: 8, replay: {questions: 3, weight: 0.5}}\n"
                 "arms: [{kind: baked, bake: c, without: a}]\n");
  const auto read = run::read_experiment(shop.folder / "chain.yaml");
  INFO((read.ok() ? "" : read.error().line()));
  REQUIRE(read.ok());
  REQUIRE(read->bakes.size() == 3);
  CHECK(read->bakes[0].parent.empty());
  CHECK(read->bakes[1].parent == "a");
  CHECK(read->bakes[2].parent == "b");
  CHECK(read->bakes[0].recipe.rank == 8);
  CHECK(read->bakes[1].recipe.rank == 2);
  CHECK(read->bakes[2].replay.questions == 3);
  CHECK(read->bakes[2].replay.weight == 0.5);
  CHECK(read->arms[0].without == std::vector<std::string>{"a"});
  const auto again = run::experiment_from_json(Json(run::to_json(*read)), shop.folder / "chain.yaml");
  REQUIRE(again.ok());
  CHECK(run::to_json(*again).dump() == run::to_json(*read).dump());

  CHECK(
      mistake_in(shop, head + "bakes: [{prompt: a, parent: b}, {prompt: b}]\n") ==
      "bad.yaml: bakes[0].parent: there is no bake \"b\" before this one; a bake starts from one that stands above it "
      "in the list");
  CHECK(mistake_in(shop, head + "sequence: [a, z]\n").find("there is no prompt \"z\"") != std::string::npos);
  CHECK(mistake_in(shop, head + "sequence: a\n").find("expected the prompts to bake") != std::string::npos);
  CHECK(mistake_in(shop, head + "sequence: {prompts: [a], parent: b}\n").find("no key \"parent\"") !=
        std::string::npos);
  CHECK(mistake_in(shop, head + "sequence: {prompts: [a], rnk: 3}\n").find("rnk") != std::string::npos);
  CHECK(mistake_in(shop, head + "sequence: [a, b]\narms: [{kind: baked, bake: a, without: b}]\n")
            .find("the bake \"a\" does not start from \"b\"") != std::string::npos);
}
