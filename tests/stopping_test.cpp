// A suite's watch, which is told only what is new, settles at the same look as the gate over everything.
#include "harness/run/stopping.h"

#include <algorithm>

#include "harness/compare/gate.h"
#include "harness/core/seed.h"
#include "tests/catch.h"
#include "tests/result_sets.h"
#include "tests/simulation.h"

using namespace bakeoff;
using namespace bakeoff::testing;
using compare::CriterionStatus;

namespace {

/// Is `label` settled, by a gate over all that both arms have: another suite's criteria and Holm's rule included.
bool is_settled_by_gate(const std::vector<compare::SidePair>& pairs, const compare::Policy& policy,
                        const std::string& label, std::size_t suites) {
  const auto report = compare::gate(pairs, policy);
  REQUIRE(report.ok());
  const double tests = static_cast<double>(policy.scores.size() + (policy.for_others ? suites : 0));
  bool has_criterion = false;
  for (const auto& one : report->criteria) {
    if (one.suite != label || !one.decides()) continue;
    has_criterion = true;
    const bool is_broken =
        one.status == CriterionStatus::breach && one.p_breach && *one.p_breach * tests < report->alpha;
    if (one.status != CriterionStatus::pass && !is_broken) return false;
  }
  return has_criterion;
}

/// Two arms' answers to one suite in the order of play: some are unscored, some groups hold two items.
struct Played {
  compare::SuiteResults base, candidate;
};

Played draw(Random& random, const std::string& label, double drop, int items) {
  Played out{suite_of(label, {}), suite_of(label, {})};
  const auto verdict = [&](double chance) {
    if (random.uniform() < 0.02) return Verdict::not_scored("timeout");
    const double score = random.uniform() < chance;
    return Verdict::scored(score, {{label, score}, {"strict", score * static_cast<double>(random.below(2))}});
  };
  for (compare::SuiteResults* side : {&out.base, &out.candidate}) {
    side->was_watched = true;
    side->metrics.push_back({"strict", true, ""});
    for (int i = 0; i < items; ++i)
      for (int replicate = 0; replicate < 2; ++replicate)
        side->items.push_back({"item-" + std::to_string(i), "group-" + std::to_string(i / 2), replicate,
                               verdict(side == &out.base ? 0.7 : 0.7 - drop), "", "", ""});
  }
  return out;
}

compare::Policy policy_of(const char* text) {
  return compare::policy_from_json(parse_json(text, "policy").value(), "policy").value();
}

}  // namespace

TEST_CASE("a suite's watch settles at the look at which the whole gate does", "[simulation]") {
  const char* policies[] = {
      R"({"suites": {"a": {"max_drop": 0.1}, "b": {"max_drop": 0.1}}})",
      R"({"suites": {"a": {"max_drop": 0.15, "noise_floor": 0.03}}, "defaults": {"max_drop": 0.1}})",
      R"({"suites": {"b": {"min_gain": 0.1}}, "defaults": {"max_drop": 0.2}})",
      R"({"suites": {"a": {"metric": "strict", "max_drop": 0.2, "tier": "advisory"}, "b": {"max_drop": 0.1}}})"};
  suites::SuiteCard card;
  for (const char* metric : {"a", "strict"}) card.metrics.push_back({metric, suites::Direction::higher_is_better, ""});
  Random random(120);
  int settled = 0, looks = 0;
  for (int round = 0; round < rounds_of(12); ++round)
    for (const char* text : policies) {
      const compare::Policy policy = policy_of(text);
      const double drop = 0.3 * static_cast<double>(random.below(4)) - 0.3;
      const Played own = draw(random, "a", drop, 160), other = draw(random, "b", 0.3, 40);
      run::SuiteWatch watch(policy, "b", card, "a", 2);
      std::vector<compare::SidePair> pairs = {
          {set_of("a", {own.base, other.base}), set_of("b", {own.candidate, other.candidate})}};
      auto& base = pairs[0].base.suites[0].items;
      auto& candidate = pairs[0].candidate.suites[0].items;
      base.clear(), candidate.clear();
      for (std::size_t at = 0; at < own.base.items.size(); at += 32) {
        for (std::size_t i = at; i < std::min(at + 32, own.base.items.size()); ++i) {
          base.push_back(own.base.items[i]), candidate.push_back(own.candidate.items[i]);
          watch.add_base(own.base.items[i]), watch.add_candidate(own.candidate.items[i]);
        }
        const bool is_settled = is_settled_by_gate(pairs, policy, "a", 2);
        INFO(text << ", after " << base.size() << " answers");
        CHECK(watch.is_settled() == is_settled);
        ++looks, settled += is_settled;
      }
    }
  CHECK(settled > looks / 20);  // or the test would say nothing
  CHECK(settled < looks);
}
