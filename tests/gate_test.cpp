// The gate: what a policy says, how criteria are settled, what missing and unscored results do, and its outputs.
#include "harness/compare/gate.h"

#include "reports/gate.h"
#include "tests/approved.h"
#include "tests/result_sets.h"

using namespace bakeoff;
using namespace bakeoff::compare;
using namespace bakeoff::testing;

namespace {

Policy policy_of(const std::string& yaml) {
  const auto document = parse_yaml(yaml, "policy.yaml");
  REQUIRE(document.ok());
  const auto policy = policy_from_json(*document, "policy.yaml");
  if (!policy.ok()) FAIL(policy.error().line());
  return *policy;
}

std::string mistake_of(const std::string& yaml) {
  const auto document = parse_yaml(yaml, "policy.yaml");
  REQUIRE(document.ok());
  const auto policy = policy_from_json(*document, "policy.yaml");
  return policy.ok() ? "" : policy.error().line();
}

GateReport gate_of(std::vector<SuiteResults> base, std::vector<SuiteResults> candidate, const std::string& policy) {
  const auto report =
      gate({{set_of("prompted", std::move(base)), set_of("baked", std::move(candidate))}}, policy_of(policy));
  REQUIRE(report.ok());
  return *report;
}

/// One binary suite "s".
GateReport gate_rates(int wins, int losses, int items, const std::string& policy) {
  const auto [base, candidate] = rates(wins, losses, items);
  return gate_of({suite_of("s", base)}, {suite_of("s", candidate)}, policy);
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("gate: a drop within the limit passes, one beyond it is a breach, a straddling one is not settled") {
  const std::string policy = "suites: {s: {max_drop: 0.05}}";
  CHECK(gate_rates(10, 10, 1000, policy).decision == Decision::go);
  CHECK(gate_rates(10, 200, 1000, policy).decision == Decision::no_go);
  const GateReport open = gate_rates(2, 3, 30, policy);
  CHECK(open.decision == Decision::inconclusive);
  REQUIRE(open.criteria.size() == 1);
  CHECK(open.criteria[0].status == CriterionStatus::insufficient_evidence);
  REQUIRE(open.criteria[0].items_to_settle);
  CHECK(*open.criteria[0].items_to_settle > 30);
  CHECK(contains(open.criteria[0].reason, "items in all"));
  CHECK(exit_status(Decision::go) == 0);
  CHECK(exit_status(Decision::no_go) == 1);
  CHECK(exit_status(Decision::inconclusive) == 2);
}

TEST_CASE("gate: a gain that is asked for must be shown") {
  const std::string policy = "suites: {s: {min_gain: 0.3}}";
  CHECK(gate_rates(90, 2, 100, policy).decision == Decision::go);
  CHECK(gate_rates(10, 2, 100, policy).decision == Decision::no_go);
  CHECK(gate_rates(36, 2, 100, policy).decision == Decision::inconclusive);
}

TEST_CASE("gate: where lower is better the threshold lies on the other side") {
  const std::string policy = "suites: {s: {direction: lower_is_better, max_drop: 0.05}}";
  CHECK(gate_rates(10, 200, 1000, policy).decision == Decision::go);
  CHECK(gate_rates(200, 10, 1000, policy).decision == Decision::no_go);
}

TEST_CASE("gate: unscored items turn GO into INCONCLUSIVE when they could, and never NO-GO into it") {
  const std::string policy = "suites: {s: {max_drop: 0.05}}";
  for (const bool base_side : {true, false}) {
    for (const auto& [gaps, expected] : {std::pair{5, Decision::go}, std::pair{40, Decision::inconclusive}}) {
      auto [base, candidate] = rates(10, 10, 1000);
      for (int i = 0; i < gaps; ++i) (base_side ? base : candidate)[static_cast<std::size_t>(500 + i)] = -1;
      if (base_side)  // what the candidate got wrong where the base is unscored could have been right
        for (int i = 0; i < gaps; ++i) candidate[static_cast<std::size_t>(500 + i)] = 0;
      const GateReport report = gate_of({suite_of("s", base)}, {suite_of("s", candidate)}, policy);
      CAPTURE(base_side, gaps);
      CHECK(report.decision == expected);
      CHECK(report.criteria[0].gaps == gaps);
      CHECK(report.criteria[0].gaps_decide == (expected == Decision::inconclusive));
    }
  }
  auto [base, candidate] = rates(10, 200, 1000);
  for (std::size_t i = 300; i < 700; ++i) candidate[i] = -1;
  CHECK(gate_of({suite_of("s", base)}, {suite_of("s", candidate)}, policy).decision == Decision::no_go);
}

TEST_CASE("gate: items that the candidate lost count like unscored ones") {
  auto [base, candidate] = rates(10, 10, 1000);
  candidate.resize(940);
  const GateReport report = gate_of({suite_of("s", base)}, {suite_of("s", candidate)}, "suites: {s: {max_drop: 0.05}}");
  CHECK(report.decision == Decision::inconclusive);
  CHECK(report.criteria[0].gaps == 60);
}

TEST_CASE("gate: what is missing is INCONCLUSIVE, and NO-GO under a policy of NeMo Evaluator") {
  const auto [base, candidate] = rates(10, 10, 1000);
  const auto run = [&](const std::string& policy) {
    return gate_of({suite_of("s", base)}, {suite_of("s", candidate)}, policy);
  };
  const GateReport ours = run("suites: {s: {max_drop: 0.05}, gone: {max_drop: 0.05}}");
  CHECK(ours.decision == Decision::inconclusive);
  CHECK(ours.criteria[0].suite == "gone");
  CHECK(ours.criteria[0].status == CriterionStatus::missing);
  CHECK(run("benchmarks: {gone: {metric: mean_reward, max_drop: 0.05}}").decision == Decision::no_go);
  CHECK(run("suites: {s: {metric: nothing, max_drop: 0.05}}").decision == Decision::inconclusive);
  CHECK(run("limits: [{measurement: kl_held_out, max: 1}]").decision == Decision::inconclusive);
  CHECK(run("suites: {gone: {tier: advisory, max_drop: 0.05}}").decision == Decision::inconclusive);  // nothing decides
}

TEST_CASE("gate: an advisory breach is shown and decides nothing") {
  const auto [base, candidate] = rates(10, 200, 1000);
  const auto [same, other] = rates(5, 5, 1000);
  const GateReport report =
      gate_of({suite_of("bad", base), suite_of("good", same)}, {suite_of("bad", candidate), suite_of("good", other)},
              "suites: {bad: {tier: advisory, max_drop: 0.05}, good: {max_drop: 0.05}}");
  CHECK(report.decision == Decision::go);
  CHECK(report.criteria[1].status == CriterionStatus::breach);
}

TEST_CASE("gate: breaches are adjusted for the number of criteria that decide") {
  // One-sided p of 6 losses to 0 wins: 1/64 < 0.025; twice that is not.
  const auto [base, candidate] = rates(0, 6, 40);
  const auto run = [&](int suites) {
    std::vector<SuiteResults> left, right;
    std::string policy = "suites: {";
    for (int i = 0; i < suites; ++i) {
      const std::string name = "s" + std::to_string(i);
      left.push_back(suite_of(name, base));
      right.push_back(suite_of(name, i == 0 ? candidate : base));
      policy += name + ": {max_drop: 0}, ";
    }
    return gate_of(left, right, policy + "}");
  };
  CHECK(*run(1).criteria[0].p_breach == Approx(1.0 / 64));
  CHECK(run(1).decision == Decision::no_go);
  const GateReport two = run(2);
  CHECK(*two.criteria[0].p_breach_adjusted == Approx(2.0 / 64));
  CHECK(two.decision == Decision::inconclusive);
}

TEST_CASE("gate: a difference within the noise floor is no breach") {
  CHECK(gate_rates(10, 100, 1000, "suites: {s: {max_drop: 0.02}}").decision == Decision::no_go);
  CHECK(gate_rates(10, 100, 1000, "suites: {s: {max_drop: 0.02, noise_floor: 0.1}}").decision ==
        Decision::inconclusive);
}

TEST_CASE("gate: measurements are held against bounds, alone or beside the base's") {
  ResultSet base = set_of("prompted", {}), candidate = set_of("baked", {});
  base.measurements = {{"prompted", "prompt_tokens_per_sample", 200, "tokens"}};
  candidate.measurements = {{"pirate", "kl_held_out", 0.2, "nats/token"},
                            {"baked", "prompt_tokens_per_sample", 40, "tokens"},
                            {"run", "x", 1, "s"},
                            {"baked", "x", 2, "s"}};
  const auto status = [&](const std::string& limit) {
    const auto report = gate({{base, candidate}}, policy_of("limits: [" + limit + "]"));
    REQUIRE(report.ok());
    return report->criteria.front().status;
  };
  CHECK(status("{measurement: kl_held_out, max: 0.5}") == CriterionStatus::pass);
  CHECK(status("{measurement: kl_held_out, max: 0.1}") == CriterionStatus::breach);
  CHECK(status("{measurement: kl_held_out, min: 0.1}") == CriterionStatus::pass);
  CHECK(status("{measurement: prompt_tokens_per_sample, max_ratio: 0.5}") == CriterionStatus::pass);
  CHECK(status("{measurement: prompt_tokens_per_sample, max_ratio: 0.1}") == CriterionStatus::breach);
  CHECK(status("{measurement: prompt_tokens_per_sample, max_increase: -150}") == CriterionStatus::pass);
  CHECK(status("{measurement: kl_held_out, max_ratio: 2}") == CriterionStatus::missing);  // the base has none
  CHECK(status("{measurement: x, max: 5}") == CriterionStatus::missing);                  // of whom?
  CHECK(status("{measurement: x, subject: run, max: 1.5}") == CriterionStatus::pass);
  base.measurements[0].value = 0;
  CHECK(status("{measurement: prompt_tokens_per_sample, max_ratio: 0.5}") == CriterionStatus::missing);
}

TEST_CASE("gate: figures without samples are gated by their standard errors") {
  SuiteResults base = suite_of("s", {}), candidate = base;
  base.figures["s"] = {0.5, 0.01, 2500};
  candidate.figures["s"] = {0.5, 0.01, 2500};
  const std::string policy = "suites: {s: {max_drop: 0.05}}";
  CHECK(gate_of({base}, {candidate}, policy).decision == Decision::go);
  candidate.figures["s"].value = 0.4;
  CHECK(gate_of({base}, {candidate}, policy).decision == Decision::no_go);
  candidate.figures["s"].standard_error.reset();
  CHECK(gate_of({base}, {candidate}, policy).decision == Decision::inconclusive);
}

TEST_CASE("gate: the defaults cover suites that are not listed, also one that the candidate lost") {
  const auto [base, candidate] = rates(10, 10, 1000);
  const std::string policy = "{suites: {a: {tier: critical}}, defaults: {max_drop: 0.05}}";
  const GateReport all =
      gate_of({suite_of("a", base), suite_of("b", base)}, {suite_of("a", candidate), suite_of("b", candidate)}, policy);
  REQUIRE(all.criteria.size() == 2);
  CHECK(all.criteria[0].tier == Tier::critical);
  CHECK(all.decision == Decision::go);
  CHECK(gate_of({suite_of("a", base), suite_of("b", base)}, {suite_of("a", candidate)}, policy).decision ==
        Decision::inconclusive);
}

TEST_CASE("gate: what is not comparable is said, for gated suites alone") {
  const auto [base, candidate] = rates(10, 10, 1000);
  SuiteResults other = suite_of("s", candidate);
  other.protocol["template"] = "t2";
  CHECK(gate_of({suite_of("s", base)}, {other}, "suites: {s: {max_drop: 0.05}}").not_comparable.size() == 1);
  CHECK(gate_of({suite_of("s", base)}, {other}, "limits: [{measurement: x, max: 1}]").not_comparable.empty());
}

TEST_CASE("gate: a policy names its mistakes") {
  CHECK(contains(mistake_of("suites: {s: {max_dorp: 0.1}}"), "max_dorp"));
  CHECK(contains(mistake_of("suites: {s: {tier: critical}}"), "states no rule"));
  CHECK(contains(mistake_of("suites: {s: {max_drop: 0.1, min_gain: 0.1}}"), "one rule"));
  CHECK(contains(mistake_of("suites: {s: {max_drop: -0.1}}"), "max_drop"));
  CHECK(contains(mistake_of("suites: {s: {max_drop: 5}}"), "max_drop"));
  CHECK(contains(mistake_of("suites: {s: {non_inferiority: 0}}"), "above 0"));
  CHECK(contains(mistake_of("suites: {s: {tier: fatal, max_drop: 0.1}}"), "tier"));
  CHECK(contains(mistake_of("limits: [{measurement: x}]"), "one of max"));
  CHECK(contains(mistake_of("limits: [{measurement: x, max: 1, min: 0}]"), "one of max"));
  CHECK(contains(mistake_of("{version: 2, suites: {s: {max_drop: 0.1}}}"), "version"));
  CHECK(contains(mistake_of("alpha: 0.05"), "gates nothing"));
  CHECK(contains(mistake_of("[]"), "expected a policy"));
  CHECK(contains(mistake_of("benchmarks: {s: {min_gain: 0.1}}"), "min_gain"));
  CHECK(contains(mistake_of("suites: [s]"), "by name"));
  const auto arms =
      gate({{set_of("a", {}), set_of("b", {})}}, policy_of("{arms: [c], limits: [{measurement: x, max: 1}]}"));
  CHECK_FALSE(arms.ok());
}

TEST_CASE("gate: the schema's examples and the example policy are policies") {
  const auto schema = read_json_file(source_path("../datasets/schemas/policy.schema.json"));
  REQUIRE(schema.ok());
  for (const Json& example : schema->at("examples")) CHECK(policy_from_json(example, "example").ok());
  CHECK(read_policy(source_path("../examples/policy.yaml")).ok());
}

TEST_CASE("gate: NeMo Evaluator's policy file is read unchanged") {
  // The keys of nemo_evaluator/config/gate_policy.py, 0.3.0; its defaults: supporting, max_drop 0.015.
  const Policy policy = policy_of(R"(
version: 1
defaults:
  tier: supporting
  metric: mean_reward
  direction: higher_is_better
  max_relative_drop: 0.10
benchmarks:
  gsm8k: {tier: critical, metric: pass@1, max_drop: 0.02, relative_guard_below: 0.5}
  toxicity: {tier: advisory, direction: lower_is_better, max_drop: null}
)");
  CHECK(policy.is_nemo);
  REQUIRE(policy.scores.size() == 4);
  CHECK(policy.scores[0].suite == "gsm8k");
  CHECK(policy.scores[0].metric == "pass@1");
  CHECK(policy.scores[0].limit == 0.02);
  CHECK(policy.scores[1].rule == Rule::relative_drop);
  CHECK(policy.scores[1].only_below == 0.5);
  CHECK(policy.scores[2].limit == 0.015);
  CHECK(policy.scores[2].higher_is_better == false);
  CHECK(policy.for_others->limit == 0.015);
  CHECK(policy_of("defaults: {max_drop: 0.03}").is_nemo);
}

TEST_CASE("gate: NeMo's metrics are a suite's primary score and the share above zero") {
  SuiteResults base = suite_of("s", std::vector<double>(600, 0.5)),
               candidate = suite_of("s", std::vector<double>(600, 0.4));
  const auto run = [&](const std::string& metric) {
    return gate_of({base}, {candidate}, "benchmarks: {s: {metric: " + metric + ", max_drop: 0.05}}");
  };
  CHECK(run("mean_reward").decision == Decision::no_go);
  CHECK(*run("mean_reward").criteria[0].difference == Approx(-0.1));
  CHECK(run("pass@1").decision == Decision::go);
  CHECK(*run("pass@1").criteria[0].candidate == Approx(1));
}

TEST_CASE("gate: a relative drop is a claim about candidate - (1 - r) base, and spares high scores") {
  const auto [base, candidate] = rates(0, 120, 400);  // 100% to 70%
  const auto run = [&](const std::string& more) {
    return gate_of({suite_of("s", base)}, {suite_of("s", candidate)},
                   "benchmarks: {s: {metric: mean_reward, max_drop: 0.5, max_relative_drop: " + more + "}}");
  };
  CHECK(run("0.1").criteria[1].status == CriterionStatus::breach);
  CHECK(run("0.5").criteria[1].status == CriterionStatus::pass);
  CHECK(run("0.1, relative_guard_below: 0.9").criteria[1].status == CriterionStatus::pass);
}

TEST_CASE("gate: the outputs are the approved ones") {
  const auto [base, candidate] = rates(3, 200, 1000);
  const auto [same, other] = rates(5, 5, 1000);
  auto [few, holes] = rates(10, 10, 1000);
  for (std::size_t i = 400; i < 460; ++i) holes[i] = -1;
  ResultSet left = set_of("prompted", {suite_of("arithmetic", base), suite_of("style <b>", same),
                                       suite_of("facts", few), suite_of("数学", {1, 0, 1}), suite_of("extra", same)});
  ResultSet right = set_of("baked", {suite_of("arithmetic", candidate), suite_of("style <b>", other),
                                     suite_of("facts", holes), suite_of("数学", {1, 1, 0}), suite_of("extra", other)});
  right.measurements = {{"pirate", "kl_held_out", 0.7, "nats/token"}};
  right.caveats = {"coding: WARNING: ran without the sandbox"};
  left.caveats = {};
  const auto report = gate({{left, right}}, policy_of(R"(
suites:
  arithmetic: {tier: critical, max_drop: 0.05}
  "style <b>": {max_drop: 0.03}
  facts: {non_inferiority: 0.05}
  "数学": {tier: advisory, max_drop: 0.05}
  code: {max_drop: 0.05}
limits:
  - {measurement: kl_held_out, max: 0.5}
)"));
  REQUIRE(report.ok());
  CHECK(report->decision == Decision::no_go);
  check_approved("gate.txt", reports::gate_table(*report));
  check_approved("gate.md", reports::gate_markdown(*report));
  check_approved("gate.json", reports::gate_json(*report).dump(1) + "\n");
  check_approved("gate.xml", reports::gate_junit(*report));
}

TEST_CASE("gate: a summary that is too large is cut at a line's end, and says so") {
  GateReport report;
  CriterionResult one;
  one.suite = "s";
  one.reason = std::string(500, 'x');
  report.criteria.assign(5000, one);
  const std::string text = reports::gate_markdown(report);
  CHECK(text.size() < 1024 * 1024);
  CHECK(text.size() > 1000 * 1024);
  CHECK(contains(text, "Cut here"));
}
