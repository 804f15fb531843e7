// The decision whether a candidate may take the base's place: GO, NO-GO or INCONCLUSIVE, with the errors it promises.
//
// Each score criterion puts a threshold on the difference candidate - base, in the direction that is better: -limit for
// max_drop and non_inferiority, +limit for min_gain. Two one-sided tests (harness/stats/threshold.h) ask on which side
// of it the true difference lies:
//
//   PASS                   shown to be on the good side: p of "at the threshold or beyond" < alpha
//   BREACH                 shown to be on the bad side, Holm-adjusted over all criteria that decide, and beyond the
//                          noise floor
//   INSUFFICIENT_EVIDENCE  neither: the items do not tell
//   MISSING                a suite, metric or measurement is not there
//
// A measurement (KL, seconds, bytes) is one number against a bound: PASS or BREACH without a test.
//
// Verdict over the critical and supporting criteria: one BREACH: NO-GO; all PASS: GO; else INCONCLUSIVE. Two promises,
// each at the policy's alpha (0.025, so that the 95 % intervals shown tell the same story):
//
//   wrong NO-GO  If every true difference is within its limit, the chance of NO-GO is at most alpha, however many
//                criteria there are: Holm (1979) keeps it in the strong sense. An A/A comparison is such a case for
//                any max_drop and non_inferiority.
//   wrong GO     If one true difference is beyond its limit, the chance of GO is at most alpha. GO needs every test to
//                reject, so no test needs a correction: the intersection-union test (Berger 1982,
//                doi:10.1080/00401706.1982.10487790).
//
// Both are about the population that the items came from, and hold as far as the tests hold their size (threshold.h).
// They say nothing about measurements, which carry no error of their own here.
//
// The interval shown is Tango's for rates and Student's for graded scores, at 95 %. It is for reading; the tests
// decide, and differ from it in their corrections and in Holm's adjustment.
//
// Gaps (unscored, or an item that one side lacks) never help the candidate: PASS must stand when every gap counts
// against it, its own as the worst score, the base's as the best. Gaps never make a BREACH, which rests on scored
// items.
#pragma once

#include "harness/compare/open.h"
#include "harness/compare/policy.h"
#include "harness/stats/interval.h"

namespace bakeoff::compare {

enum class CriterionStatus { pass, breach, insufficient_evidence, missing };
enum class Decision { go, no_go, inconclusive };

struct CriterionResult {
  std::string arm;    ///< of the candidate
  std::string suite;  ///< empty: a measurement
  std::string name;   ///< metric or measurement
  Tier tier = Tier::supporting;
  std::string rule;  ///< "max_drop", "max_ratio"
  double limit = 0;
  CriterionStatus status = CriterionStatus::missing;
  bool is_share = true;  ///< scores in [0, 1]; a measurement is not
  std::string unit;      ///< of a measurement
  std::int64_t items = 0, groups = 0;
  std::int64_t gaps = 0;  ///< items unscored or lacking on a side
  std::optional<double> base, candidate, difference;
  std::optional<stats::Interval> interval;
  std::string test;
  std::optional<double> p_pass, p_breach, p_breach_adjusted;
  std::optional<double> noise_floor;
  std::optional<std::int64_t> items_to_settle;  ///< in all; absent: beyond reach, or nothing is open
  bool gaps_decide = false;                     ///< would be PASS but for its gaps
  std::string reason;                           ///< one line: what was seen, against what
  bool decides() const { return tier != Tier::advisory; }
};

struct GateReport {
  Decision decision = Decision::inconclusive;
  std::vector<std::string> reasons;  ///< of the decision, the gravest first
  std::vector<CriterionResult> criteria;
  std::vector<std::string> not_comparable;  ///< why these results should not be held against each other
  std::vector<std::string> notes, caveats;
  std::string base, candidate;
  double alpha = 0.025;
};

/// Never fails for what results lack: that is MISSING. Errors: the policy names arms that no pair has.
Result<GateReport> gate(const std::vector<SidePair>& pairs, const Policy& policy);

/// 0 GO, 1 NO-GO, 2 INCONCLUSIVE.
int exit_status(Decision decision);
const char* name_of(Decision decision);
const char* name_of(CriterionStatus status);

}  // namespace bakeoff::compare
