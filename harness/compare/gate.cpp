// See gate.h.
#include "harness/compare/gate.h"

#include <algorithm>

#include "harness/compare/compare.h"
#include "harness/compare/criteria.h"
#include "harness/stats/multiplicity.h"

namespace bakeoff::compare {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

/// The suites that the policy's defaults cover: those of the base that are not listed. One that the candidate lost is
/// MISSING, but for NeMo, which only warns.
std::vector<std::string> other_suites(const SidePair& pair, const Policy& policy) {
  std::vector<std::string> out;
  for (const auto& suite : pair.base.suites)
    if (!contains(policy.listed, suite.name) && (!policy.is_nemo || find_suite(pair.candidate, suite.name)))
      out.push_back(suite.name);
  return out;
}

std::vector<ScoreCriterion> criteria_of(const SidePair& pair, const Policy& policy) {
  std::vector<ScoreCriterion> out = policy.scores;
  for (const auto& given : {policy.for_others, policy.relative_for_others})
    for (const auto& suite : other_suites(pair, policy)) {
      if (!given) break;
      out.push_back(*given);
      out.back().suite = suite;
    }
  return out;
}

/// Holm's adjustment over the criteria that decide; advisory ones are adjusted among themselves.
void adjust(std::vector<CriterionResult>& criteria) {
  for (const bool decides : {true, false}) {
    std::vector<CriterionResult*> family;
    std::vector<double> p;
    for (auto& one : criteria)
      if (one.decides() == decides && one.p_breach) {
        family.push_back(&one);
        p.push_back(*one.p_breach);
      }
    const auto adjusted = stats::holm(p);
    for (std::size_t i = 0; i < family.size(); ++i) family[i]->p_breach_adjusted = adjusted[i];
  }
}

std::string label(const CriterionResult& one) {
  return (one.suite.empty() ? one.name : one.suite + " (" + one.name + ")") + " [" + name_of(one.tier) + "]";
}

/// The deciding criteria of a status, as one reason; empty where there are none.
std::string reason_of(const GateReport& report, CriterionStatus status) {
  std::string names;
  for (const auto& one : report.criteria)
    if (one.decides() && one.status == status) names += (names.empty() ? "" : ", ") + label(one);
  return names.empty() ? "" : std::string(name_of(status)) + ": " + names;
}

void decide(GateReport& report, const Policy& policy) {
  const auto breach = reason_of(report, CriterionStatus::breach);
  const auto missing = reason_of(report, CriterionStatus::missing);
  const auto open = reason_of(report, CriterionStatus::insufficient_evidence);
  for (const auto& reason : {breach, missing, open})
    if (!reason.empty()) report.reasons.push_back(reason);
  const auto passed = std::count_if(report.criteria.begin(), report.criteria.end(), [](const CriterionResult& one) {
    return one.decides() && one.status == CriterionStatus::pass;
  });
  if (!breach.empty() || (policy.is_nemo && !missing.empty())) {
    report.decision = Decision::no_go;
  } else if (missing.empty() && open.empty() && passed > 0) {
    report.decision = Decision::go;
    report.reasons.push_back("all " + std::to_string(passed) + " deciding criteria are met");
  } else if (report.reasons.empty()) {
    report.reasons.emplace_back("no criterion decides: nothing was gated");
  }
}

void note_pair(const SidePair& pair, const Policy& policy, GateReport& report) {
  const Comparison both = compare(pair.base, pair.candidate, {.suites = {""}});  // no suites: what differs alone
  const std::string arm = pair.candidate.arm.empty() ? "" : pair.candidate.arm + ": ";
  for (const auto& note : both.notes) report.notes.push_back(arm + note);
  for (const auto& caveat : both.caveats) report.caveats.push_back(caveat);
  for (const auto& suite : pair.base.suites) {
    const SuiteResults* other = find_suite(pair.candidate, suite.name);
    const bool is_gated = contains(policy.listed, suite.name) || policy.for_others;
    if (!is_gated) report.notes.push_back(arm + suite.name + ": the policy does not gate this suite");
    if (!is_gated || !other) continue;
    for (auto& reason : protocol_differences(suite, *other)) report.not_comparable.push_back(arm + reason);
  }
}

}  // namespace

Result<GateReport> gate(const std::vector<SidePair>& pairs, const Policy& policy) {
  GateReport report;
  report.alpha = policy.alpha;
  for (const SidePair& pair : pairs) {
    if (!policy.arms.empty() && !contains(policy.arms, pair.candidate.arm)) continue;
    report.base += (report.base.empty() ? "" : ", ") + pair.base.name;
    report.candidate += (report.candidate.empty() ? "" : ", ") + pair.candidate.name;
    for (const auto& criterion : criteria_of(pair, policy))
      report.criteria.push_back(measure_score(pair, criterion, policy.alpha));
    for (const auto& limit : policy.limits) report.criteria.push_back(check_limit(pair, limit));
    note_pair(pair, policy, report);
  }
  if (report.base.empty())
    return input_error("the policy gates arms that the candidate does not have: " + policy.arms.front(), "arms");
  adjust(report.criteria);
  for (auto& one : report.criteria) settle(one, policy.alpha);
  std::stable_sort(report.criteria.begin(), report.criteria.end(),
                   [](const auto& a, const auto& b) { return static_cast<int>(a.tier) < static_cast<int>(b.tier); });
  decide(report, policy);
  return report;
}

int exit_status(Decision decision) { return static_cast<int>(decision); }

const char* name_of(Decision decision) {
  if (decision == Decision::go) return "GO";
  return decision == Decision::no_go ? "NO-GO" : "INCONCLUSIVE";
}

const char* name_of(CriterionStatus status) {
  switch (status) {
    case CriterionStatus::pass:
      return "PASS";
    case CriterionStatus::breach:
      return "BREACH";
    case CriterionStatus::missing:
      return "MISSING";
    case CriterionStatus::insufficient_evidence:
      break;
  }
  return "INSUFFICIENT_EVIDENCE";
}

}  // namespace bakeoff::compare
