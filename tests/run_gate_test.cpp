// The gate that an experiment states for itself, stopping early by it, and certificates, with a scripted baker: base
// says "It is rum.", the others "Arrr, rum!".
#include "harness/compare/run_gate.h"

#include <algorithm>
#include <set>

#include "reports/report.h"
#include "tests/workshop.h"

using namespace bakeoff;
using namespace bakeoff::testing;

namespace {

/// Makes the style suite ask `count` questions.
void ask(const Workshop& made, int count) {
  std::string rows;
  for (int i = 0; i < count; ++i)
    rows += R"({"id":"q)" + std::to_string(i) + R"(","question":"rum )" + std::to_string(i) + "\"}\n";
  write_text(made.folder / "questions" / "test.jsonl", rows);
}

double measured(const Workshop& made, store::RunId run, const std::string& name) {
  const auto all = made.store()->measurements(run);
  REQUIRE(all.ok());
  for (const auto& one : *all)
    if (one.name == name) return one.value;
  FAIL("no measurement " << name);
  return 0;
}

}  // namespace

TEST_CASE("an experiment's gate decides at the end of its run, and the store alone gives the same verdict again") {
  Workshop made("gate: {policy: policy.yaml, base: base}\n");
  ask(made, 60);
  write_text(made.folder / "policy.yaml", "suites: {style: {metric: manner, min_gain: 0.3}}\n");
  const auto went = made.run();
  REQUIRE(went.ok());
  REQUIRE(went->gate);
  CHECK(went->gate->decision == compare::Decision::go);
  CHECK(went->gate->criteria.at(0).arm == "baked");
  CHECK(measured(made, went->run, "gate_verdict") == 0);

  std::filesystem::remove(made.folder / "policy.yaml");
  const auto again = compare::gate_run(*made.store(), went->run);
  REQUIRE(again.ok());
  CHECK((*again)->reasons == went->gate->reasons);
  const auto model = reports::collect(*made.store());
  REQUIRE(model.ok());
  REQUIRE(model->gate);
  CHECK(model->gate->verdict == "GO");
  CHECK(reports::to_json(*model)["gate"]["criteria"][0]["status"] == "PASS");
}

TEST_CASE(
    "a gate's candidate is the baked arm unless it says otherwise, its base the prompted one of the same prompt") {
  Workshop made("gate: {policy: {suites: {style: {metric: manner, max_drop: 0.3}}}}\n");
  ask(made, 60);
  const auto went = made.run();
  REQUIRE(went.ok());
  CHECK(went->gate->decision == compare::Decision::go);
  CHECK(went->gate->base.ends_with(":prompted"));
  CHECK(went->gate->candidate.ends_with(":baked"));
  const auto reversed = made.run({"gate.candidate=base"});
  REQUIRE(reversed.ok());
  CHECK(reversed->gate->decision == compare::Decision::no_go);
  CHECK(reversed->samples_made == 0);
  CHECK(measured(made, reversed->run, "gate_verdict") == 1);
}

TEST_CASE("mistakes in a gate are found before anything is made, on one line that names the key") {
  const std::pair<const char*, const char*> wrong[] = {
      {"gate: nowhere.yaml\n", "nowhere.yaml"},
      {"gate: {policy: {suites: {style: {max_drip: 0.3}}}}\n", "max_drip"},
      {"gate: {policy: {suites: {style: {max_drop: 0.3}}}, candidate: bakd}\n", "did you mean \"baked\"?"},
      {"gate: {policy: {suites: {style: {max_drop: 0.3}}}, base: baked}\n", "the same arm"},
      {"gate: {policy: {suites: {style: {max_drop: 0.3}}}, against: base}\n", "against"},
      {"gate: {base: base}\n", "policy"}};
  for (const auto& [text, said] : wrong) {
    CAPTURE(text);
    Workshop made(text);
    const auto went = made.run();
    REQUIRE_FALSE(went.ok());
    CHECK(went.error().kind == ErrorKind::input);
    CHECK(went.error().line().find(said) != std::string::npos);
    CHECK(made.baker.calls.bakes == 0);
  }
}

TEST_CASE(
    "a run that may stop early plays a random part of each suite, in whole groups, and gives the verdict of the "
    "whole") {
  Workshop made("gate: {policy: {suites: {style: {metric: manner, max_drop: 0.1}}}}\nengine: {batch_rows: 8}\n");
  ask(made, 400);
  run::RunOptions options = made.options();
  options.stop_early = true;
  const auto early = run::run_experiment(options, made.baker.factory());
  REQUIRE(early.ok());
  CHECK(early->gate->decision == compare::Decision::go);
  REQUIRE(early->stopped.size() == 1);
  const auto played = early->stopped[0].items;
  CHECK(early->stopped[0].planned_items == 400);
  // A betting test needs log(1 / 0.025) / log(1 + (0.5 / 0.45) 0.05) = 68.2 items that are alike; a look every 8.
  CHECK(played == 72);
  CHECK(early->samples_saved == 4 * (400 - played));
  CHECK(measured(made, early->run, "items_saved") == 400 - static_cast<double>(played));
  CHECK(made.store()->run(early->run)->settings["stop_early"] == true);

  std::set<std::string> items;
  for (const auto& row : *made.store()->verdicts(early->run, "baked", "style")) items.insert(row.item);
  CHECK(items.size() == static_cast<std::size_t>(played));
  std::set<std::string> first;
  for (int i = 0; i < played; ++i) first.insert("q" + std::to_string(i));
  CHECK(items != first);

  const auto again = run::run_experiment(options, made.baker.factory());
  REQUIRE(again.ok());
  CHECK(again->samples_made == 0);
  CHECK(again->stopped[0].items == played);

  const auto whole = made.run();
  REQUIRE(whole.ok());
  CHECK(whole->samples_made == early->samples_saved);
  CHECK(whole->gate->decision == compare::Decision::go);
  CHECK(whole->stopped.empty());
}

TEST_CASE("a suite that the gate does not ask about, or can not settle, is played to its end") {
  Workshop made("gate: {policy: {suites: {style: {metric: manner, max_drop: 0.001}}}}\nengine: {batch_rows: 8}\n");
  ask(made, 100);
  run::RunOptions options = made.options();
  options.stop_early = true;
  const auto early = run::run_experiment(options, made.baker.factory());
  REQUIRE(early.ok());
  CHECK(early->gate->decision == compare::Decision::inconclusive);
  CHECK(early->samples_saved == 0);
  CHECK(early->stopped.empty());
}

TEST_CASE("a certificate plays samples again and counts the bits that changed") {
  Workshop made("engine: {batch_rows: 6}\n");
  ask(made, 30);
  run::RunOptions options = made.options();
  options.certify = 50;
  const auto steady = run::run_experiment(options, made.baker.factory());
  REQUIRE(steady.ok());
  CHECK(steady->certificate->samples == 50);
  CHECK(steady->certificate->changed_bits == 0);
  CHECK(steady->certificate->bits > 50 * 64);
  CHECK(measured(made, steady->run, "certified_changed_bits") == 0);
  const auto [least, most] =
      std::minmax_element(made.baker.calls.in_flight.end() - 50, made.baker.calls.in_flight.end());
  CHECK(*most <= 2);
  CHECK(*least >= 1);

  made.baker.script.is_shaky = true;
  const auto shaky = run::run_experiment(options, made.baker.factory());
  REQUIRE(shaky.ok());
  CHECK(shaky->samples_made == 0);
  CHECK(shaky->certificate->changed_samples == 50);
  // The last byte of each text: '.' (0x2e) or '!' (0x21) became '?' (0x3f), which differ in 2 and 4 bits.
  CHECK(shaky->certificate->changed_bits >= 50 * 2);
  CHECK(shaky->certificate->changed_bits <= 50 * 4);
}
