// The report's findings in sentences, with their numbers. Plain text: each writer escapes it its own way.
#pragma once

#include <string>
#include <vector>

#include "reports/report_model.h"

namespace bakeoff::reports {

struct Answer {
  std::string title;  ///< "pirate took: it does what its prompt does"
  std::vector<std::string> sentences;
};

/// One baked arm with the arms of its prompt.
struct BakedArm {
  std::size_t baked = 0;
  std::optional<std::size_t> base, prompted;
  const BakeReport* bake = nullptr;  ///< null where the arm's bake is not in the run
};
std::vector<BakedArm> baked_arms(const ReportModel& model);

/// One bake: the arm that it goes by, which is scale 1 or else the largest, and the same adapter at other scales.
struct BakeBlock {
  BakedArm lead;
  std::vector<BakedArm> others;  ///< by scale, the smallest first
};
std::vector<BakeBlock> bake_blocks(const ReportModel& model);
/// "scale 0.5".
std::string scale_words(double scale);

bool has_votes(const ReportModel& model);
/// Nobody was asked anything in this run: it holds votes.
bool is_votes_alone(const ReportModel& model);
/// "120 votes, 4 of them ties (half a point each): prompted is first with 1116 points."
std::string votes_words(const ReportModel& model);

/// A place where a bake may have done harm: the primary metric of a suite that is no target, or a further metric of one
/// that is.
struct SideMetric {
  const SuiteReport* suite;
  const MetricReport* metric;
};
std::vector<SideMetric> side_metrics(const ReportModel& model);

/// A side metric against base.
struct SideFinding {
  const SuiteReport* suite;
  const MetricReport* metric;
  const Difference* difference;
  std::string name;          ///< "arithmetic", "style (content)"
  bool leans_worse = false;  ///< not found to be worse, yet the uncorrected interval lies wholly on the bad side
};
/// Worse first, then those that lean so, better, not enough data, same; where there is a base arm.
std::vector<SideFinding> side_findings(const ReportModel& model, const BakedArm& arm);

/// Did it take? From the target suites' primary metrics: against base, then against the prompt.
Answer did_it_take(const ReportModel& model, const BakedArm& arm);
/// What else changed, against base.
Answer what_else_changed(const ReportModel& model, const BakedArm& arm);

/// The suite that shows whether this bake took: the one that has the bake's or its prompt's name; else the first target
/// suite on which its prompted arm is better than base; else the first one that is not another bake's. May be null.
const SuiteReport* leading_suite(const ReportModel& model, const BakedArm& arm);

/// One check of "can I trust it": holds or not, with what was seen.
struct Check {
  bool holds = false;
  std::string text;
};
std::vector<Check> trust_checks(const ReportModel& model);

/// Where the words may seem to contradict the interval beside them, why they do not: "alone it would count (p 0.031);
/// among 12 comparisons it may be chance". Else empty.
std::string interval_note(const Difference& difference);

/// "Stopped early: settled at look 2, after 128 of 500 items."; empty for a suite that was not.
std::string stopped_words(const SuiteReport& suite);
/// "20 samples played again, in another order and batch shape: none of 51,200 bits changed."; empty without one.
std::string certificate_words(const ReportModel& model);

/// "baked against base: +75 points (41 to 89), p 0.004, 9 won, 0 lost, 3 tied: better".
std::string difference_sentence(const ReportModel& model, const MetricReport& metric, const Difference& difference);

}  // namespace bakeoff::reports
