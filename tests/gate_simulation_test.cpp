// The gate's promises, counted: a comparison of an arm with itself is NO-GO no more often than alpha, a real drop
// beyond the limit is GO no more often than alpha, and drops are caught as often as their size says. Set
// BAKEOFF_SIMULATION_ROUNDS to multiply the rounds; promised and seen are printed then.
#include <algorithm>

#include "harness/compare/gate.h"
#include "harness/core/seed.h"
#include "tests/catch.h"
#include "tests/result_sets.h"
#include "tests/simulation.h"

using namespace bakeoff;
using namespace bakeoff::compare;
using namespace bakeoff::testing;

namespace {

constexpr double kAlpha = 0.025;

int rounds() { return rounds_of(1000); }

Share share_of(const char* what, int seen) {
  Share share(what, rounds());
  for (int i = 0; i < seen; ++i) share.add(true);
  return share;
}

void check_at_most(const char* what, int seen, double promised) { share_of(what, seen).check_at_most(promised); }

/// How one suite's items come out on the two sides.
struct Population {
  const char* name;
  std::size_t items;
  double differing;  ///< share of items on which the sides differ
  double drop;       ///< true base - candidate
  bool graded;       ///< scores in fifths instead of 0 and 1
};

std::pair<std::vector<double>, std::vector<double>> draw(const Population& from, Random& random) {
  std::vector<double> base, candidate;
  const double worse = from.differing / 2 + from.drop / 2, better = from.differing / 2 - from.drop / 2;
  for (std::size_t i = 0; i < from.items; ++i) {
    const double fate = random.uniform();
    double left = random.uniform() < 0.6, right = left;
    if (fate < worse)
      left = 1, right = 0;
    else if (fate < worse + better)
      left = 0, right = 1;
    else if (from.graded)
      left = right = static_cast<double>(random.below(6)) / 5;
    base.push_back(left);
    candidate.push_back(right);
  }
  if (from.graded) {  // noise in fifths on every item, the same on both sides
    for (std::size_t i = 0; i < from.items; ++i)
      if (base[i] == candidate[i] && base[i] > 0.1 && base[i] < 0.9) {
        base[i] += 0.2 * (static_cast<double>(random.below(3)) - 1);
        candidate[i] += 0.2 * (static_cast<double>(random.below(3)) - 1);
        base[i] = std::clamp(base[i], 0.0, 1.0), candidate[i] = std::clamp(candidate[i], 0.0, 1.0);
      }
  }
  return {base, candidate};
}

Policy policy_with(const std::vector<Population>& populations, double max_drop) {
  Policy policy;
  policy.alpha = kAlpha;
  for (const auto& one : populations) {
    ScoreCriterion criterion;
    criterion.suite = one.name;
    criterion.limit = max_drop;
    policy.scores.push_back(criterion);
    policy.listed.push_back(one.name);
  }
  return policy;
}

struct Verdicts {
  int go = 0, no_go = 0, inconclusive = 0;
};

Verdicts simulate(const std::vector<Population>& populations, double max_drop, std::uint64_t seed) {
  Random random(seed);
  const Policy policy = policy_with(populations, max_drop);
  Verdicts out;
  for (int round = 0; round < rounds(); ++round) {
    std::vector<SuiteResults> base, candidate;
    for (const auto& one : populations) {
      auto [left, right] = draw(one, random);
      base.push_back(suite_of(one.name, left));
      candidate.push_back(suite_of(one.name, right));
    }
    const auto report = gate({{set_of("a", std::move(base)), set_of("b", std::move(candidate))}}, policy);
    REQUIRE(report.ok());
    out.go += report->decision == Decision::go;
    out.no_go += report->decision == Decision::no_go;
    out.inconclusive += report->decision == Decision::inconclusive;
  }
  return out;
}

}  // namespace

TEST_CASE("gate: an arm against itself is NO-GO no more often than promised, whatever the number of suites",
          "[simulation]") {
  // max_drop 0 is the hardest case: "no drop" lies on the threshold of every suite.
  const std::vector<Population> suites = {{"a", 60, 0.3, 0, false},
                                          {"b", 40, 0.1, 0, false},
                                          {"c", 100, 0.5, 0, false},
                                          {"d", 50, 0.2, 0, true},
                                          {"e", 30, 0.3, 0, true}};
  check_at_most("A/A, five suites, max_drop 0: NO-GO", simulate(suites, 0, 1).no_go, kAlpha);
  check_at_most("A/A, five suites, max_drop 0.02: NO-GO", simulate(suites, 0.02, 2).no_go, kAlpha);
  check_at_most("A/A, one binary suite, max_drop 0: NO-GO", simulate({suites[0]}, 0, 3).no_go, kAlpha);
  check_at_most("A/A, one graded suite, max_drop 0: NO-GO", simulate({suites[3]}, 0, 4).no_go, kAlpha);
}

TEST_CASE("gate: drops at their limits are NO-GO no more often than promised", "[simulation]") {
  const std::vector<Population> suites = {
      {"a", 100, 0.2, 0.05, false}, {"b", 200, 0.1, 0.05, false}, {"c", 150, 0.3, 0.05, false}};
  check_at_most("three drops at the limit of 0.05: NO-GO", simulate(suites, 0.05, 5).no_go, kAlpha);
}

TEST_CASE("gate: a drop at the limit is GO no more often than promised", "[simulation]") {
  for (const bool graded : {false, true})
    for (const double differing : {0.05, 0.1, 0.3}) {
      const Verdicts seen = simulate({{"a", 200, differing, 0.05, graded}}, 0.05, graded ? 6 : 7);
      check_at_most(graded ? "graded, a drop at the limit of 0.05: GO" : "binary, a drop at the limit of 0.05: GO",
                    seen.go, kAlpha);
    }
}

TEST_CASE("gate: one real drop among suites that are fine is rarely GO, and a large one is caught", "[simulation]") {
  std::vector<Population> suites = {{"a", 400, 0.1, 0, false}, {"b", 400, 0.1, 0, false}, {"c", 400, 0.2, 0.06, false}};
  check_at_most("one drop of 6 points of three, limit 5: GO", simulate(suites, 0.05, 8).go, kAlpha);
  suites[2].drop = 0.18;
  const Verdicts caught = simulate(suites, 0.05, 9);
  CHECK(caught.go == 0);
  share_of("one drop of 18 points of three, limit 5, 400 items: NO-GO", caught.no_go).check_at_least(0.95);
}

TEST_CASE("gate: two arms that are alike are GO once the items suffice", "[simulation]") {
  const Verdicts seen = simulate({{"a", 800, 0.1, 0, false}}, 0.05, 10);
  share_of("alike, 800 items, limit 5: GO", seen.go).check_at_least(0.95);
  CHECK(seen.no_go == 0);
}
