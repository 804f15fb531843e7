// Stopping early by stats::test_sequence: what it promises to someone who looks after every item, counted.
#include "harness/stats/sequential.h"

#include <optional>
#include <span>
#include <vector>

#include "harness/core/seed.h"
#include "harness/stats/threshold.h"
#include "tests/catch.h"
#include "tests/simulation.h"

namespace bakeoff::stats {

using testing::rounds_of, testing::Share;

namespace {

/// Differences of one arm pair in the order of play: wins and losses of a whole item, ties, or half of that if graded.
std::vector<double> draw_differences(Random& random, int items, double wins, double losses, bool graded) {
  std::vector<double> differences;
  for (int i = 0; i < items; ++i) {
    const double u = random.uniform(), size = graded ? 0.5 + 0.5 * static_cast<double>(random.below(2)) : 1;
    differences.push_back(u < wins ? size : u < wins + losses ? -size : 0);
  }
  return differences;
}

/// Stops at the first look, one after every item, at which `p` is small: someone who peeks.
template <typename P>
std::optional<int> first_small(const std::vector<double>& differences, double alpha, P p) {
  for (std::size_t seen = 1; seen <= differences.size(); ++seen)
    if (p(std::span(differences).first(seen)) <= alpha) return static_cast<int>(seen);
  return std::nullopt;
}

double fixed_p_above(std::span<const double> differences, double threshold) {
  PairedCounts counts{0, 0, static_cast<std::int64_t>(differences.size())};
  for (const double each : differences) counts.candidate_only += each > 0, counts.base_only += each < 0;
  return test_rates(counts, threshold)->p_above;
}

}  // namespace

TEST_CASE("stopping at the first good look keeps alpha with the betting test, and breaks it with a fixed test",
          "[stats][simulation]") {
  constexpr double kAlpha = 0.025;
  struct Setting {
    const char* what;
    double wins, losses, threshold;
    bool graded;
  };
  const Setting settings[] = {{"peeking at a drop at the limit of 0.05", 0.05, 0.1, -0.05, false},
                              {"peeking at arms that are alike, limit 0", 0.2, 0.2, 0, false},
                              {"peeking at rare failures, limit 0.02", 0, 0.02, -0.02, false},
                              {"peeking at graded scores, drop at the limit of 0.15", 0.1, 0.3, -0.15, true}};
  Random random(114);
  for (const Setting& at : settings) {
    const int rounds = rounds_of(4000);
    Share above(std::string(at.what) + ": above", rounds), below(std::string(at.what) + ": below", rounds);
    for (int round = 0; round < rounds; ++round) {
      // The p of the whole is the smallest of all looks (next test), so that this is a look after every item.
      const auto test =
          test_sequence(draw_differences(random, 400, at.wins, at.losses, at.graded), at.threshold, kAlpha);
      above.add(test->p_above <= kAlpha);
      below.add(test->p_below <= kAlpha);
    }
    above.check_at_most(kAlpha);
    below.check_at_most(kAlpha);
  }
  const int rounds = rounds_of(300);
  Share fooled("the same peeking with the fixed test, limit 0", rounds);
  for (int round = 0; round < rounds; ++round)
    fooled.add(first_small(draw_differences(random, 200, 0.2, 0.2, false), kAlpha, [](auto seen) {
                 return fixed_p_above(seen, 0);
               }).has_value());
  fooled.check_at_least(2 * kAlpha);
}

TEST_CASE("a sequence's p is the smallest that any look had", "[stats][simulation]") {
  Random random(115);
  for (int round = 0; round < 20; ++round) {
    const auto differences = draw_differences(random, 150, 0.2, 0.1, round % 2 == 0);
    double above = 1, below = 1;
    for (std::size_t seen = 1; seen <= differences.size(); ++seen) {
      const auto look = test_sequence(std::span(differences).first(seen), -0.05, 0.025);
      CHECK(look->p_above <= above);
      CHECK(look->p_below <= below);
      above = look->p_above, below = look->p_below;
    }
    const auto whole = test_sequence(differences, -0.05, 0.025);
    CHECK(whole->p_above == above);
    CHECK(whole->p_below == below);
  }
}

TEST_CASE("4 of 5 sequences are settled after as many items as docs/gate.md says", "[stats][simulation]") {
  struct Row {
    const char* what;
    double wins, losses, limit;
    int items;  ///< from a second implementation (tools/goldens/sequence_power.py)
    bool passes;
  };
  const Row rows[] = {{"settled: 1 in 20 differ, no drop, limit 0.05", 0.025, 0.025, 0.05, 330, true},
                      {"settled: 1 in 10 differ, no drop, limit 0.05", 0.05, 0.05, 0.05, 689, true},
                      {"settled: 1 in 10 differ, no drop, limit 0.1", 0.05, 0.05, 0.1, 154, true},
                      {"settled: 1 in 5 differ, no drop, limit 0.1", 0.1, 0.1, 0.1, 335, true},
                      {"settled: 1 in 5 lost, limit 0.1", 0, 0.2, 0.1, 194, false},
                      {"settled: a drop of 0.2, limit 0.05", 0.025, 0.225, 0.05, 122, false}};
  Random random(116);
  for (const Row& row : rows) {
    const int rounds = rounds_of(1000);
    Share settled(row.what, rounds);
    for (int round = 0; round < rounds; ++round) {
      const auto test =
          test_sequence(draw_differences(random, row.items, row.wins, row.losses, false), -row.limit, 0.025);
      settled.add((row.passes ? test->p_above : test->p_below) <= 0.025);
    }
    settled.check_about(0.8, 0.015);  // the figures are simulated too, and whole numbers of items
  }
}

}  // namespace bakeoff::stats
