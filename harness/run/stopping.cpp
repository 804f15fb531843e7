// See stopping.h.
#include "harness/run/stopping.h"

#include <algorithm>

#include "harness/compare/criteria.h"

namespace bakeoff::run {
namespace {

bool is_covered(const compare::Policy& policy, const std::string& label) {
  return std::find(policy.listed.begin(), policy.listed.end(), label) != policy.listed.end();
}

/// The policy with the criteria of one suite alone, defaults written out; those that do not decide are left out.
compare::Policy policy_of(compare::Policy policy, const std::string& label) {
  std::vector<compare::ScoreCriterion> own;
  for (const auto& one : policy.scores)
    if (one.suite == label) own.push_back(one);
  for (auto& given : {policy.for_others, policy.relative_for_others})
    if (given && !is_covered(policy, label)) {
      own.push_back(*given);
      own.back().suite = label;
    }
  std::erase_if(own, [](const auto& one) { return one.tier == compare::Tier::advisory; });
  policy.scores = std::move(own);
  return policy;
}

}  // namespace

SuiteWatch::SuiteWatch(compare::Policy policy, const std::string& candidate, const suites::SuiteCard& card,
                       const std::string& label, std::size_t suites) {
  const auto for_others = (policy.for_others ? suites : 0) + (policy.relative_for_others ? suites : 0);
  tests_ = static_cast<double>(policy.scores.size() + for_others);
  policy_ = policy_of(std::move(policy), label);
  compare::SuiteResults results;
  results.name = label;
  results.was_watched = true;
  for (const suites::Metric& metric : card.metrics)
    results.metrics.push_back({metric.name, metric.direction == suites::Direction::higher_is_better, metric.meaning});
  pair_.candidate.arm = candidate;
  pair_.base.suites = {results};
  pair_.candidate.suites = {std::move(results)};
}

bool SuiteWatch::is_settled() const {
  for (const auto& criterion : policy_.scores) {
    compare::CriterionResult one = compare::measure_score(pair_, criterion, policy_.alpha);
    // Bonferroni over all: at least what Holm's rule gives, whatever other suites show later.
    if (one.p_breach) one.p_breach_adjusted = std::min(1.0, *one.p_breach * tests_);
    compare::settle(one, policy_.alpha);
    if (one.status != compare::CriterionStatus::pass && one.status != compare::CriterionStatus::breach) return false;
  }
  return !policy_.scores.empty();
}

Result<compare::RunGate> stopping_gate(const Experiment& experiment) {
  if (experiment.gate) return *experiment.gate;
  const Json usual = {{"policy", {{"alpha", 0.025}, {"defaults", {{"max_drop", 0.05}}}}}};
  auto gate = gate_from_json(usual, experiment, experiment.file.string() + ": gate");
  if (gate.ok()) return gate;
  return input_error("stopping early needs a decision to stop at", experiment.file.string(),
                     "add gate: {policy: FILE, base: ARM, candidate: ARM}");
}

}  // namespace bakeoff::run
