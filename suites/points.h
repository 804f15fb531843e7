// Points that arms take from each other over the same items: 1 for the better answer, half for a tie. Counted from what
// a judge says of pairs of answers, or from the verdicts that two arms have anyway; drawn as matrices.
//
// Worked example: the judge prefers baked's answer in 6 of 10 pairs and calls 2 ties, so baked takes 70 % of the points
// from base, and base 30 % from baked.
#pragma once

#include <string>
#include <vector>

#include "harness/stats/agreement.h"
#include "suites/suite.h"

namespace bakeoff::suites {

/// One comparison of two arms. A pair without a verdict has no points: it is counted as unscored.
struct Tally {
  std::string first, second;
  std::size_t unscored = 0;
  std::vector<double> points;             ///< that the first takes: 1, 0.5 or 0
  std::vector<std::string> groups;        ///< of the items, one a point: the unit of clustered errors
  std::vector<stats::BothOrders> orders;  ///< what a judge said, one a point; empty without a judge

  std::string title() const { return second.empty() ? first : first + " against " + second; }
};

/// From verdicts of judged_pairs.h.
Tally tally_judged(std::string first, std::string second, const std::vector<Results::Played>& judged);

/// Do two judges of the same pairs name the same winners? In words; empty where no pair has both verdicts.
std::string agreement_text(const std::string& other_judge, const std::vector<Results::Played>& own,
                           const std::vector<Results::Played>& other);

/// What one arm answered to one suite.
struct Answers {
  std::string arm;
  std::vector<Results::Played> played;
};

/// From two arms' verdicts on one suite: the better primary score takes the point, equal ones share it, a pair with an
/// unscored one is unscored. Each point is appended to `votes` as one of that suite, `label`.
struct ComparedSuite {
  std::string label;
  Direction primary = Direction::higher_is_better;
  std::vector<Vote>& votes;
  Tally tally(const Answers& first, const Answers& second) const;
};

/// The matrix of points, with shares and their 95 % intervals in words. `caveat` opens the finding.
Exhibit points_exhibit(const std::string& name, const std::string& title, const std::string& caveat,
                       const std::vector<Tally>& tallies);

/// How a judge judged, one row a comparison: what could be read, consistency, bias for a place.
Exhibit judge_exhibit(const std::string& judge, const std::string& caveat, const std::vector<Tally>& tallies);

}  // namespace bakeoff::suites
