// Votes between competitors, folded into one row per pair: all that ratings need, and small whatever the number of
// votes.
//
// Also what can be said without a model: shares of wins, which competitors are connected by votes at all, cycles.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/core/result.h"

namespace bakeoff::stats {

enum class Outcome : std::uint8_t { first, second, tie };

/// One vote between two different competitors, by their numbers from 0.
struct Vote {
  std::int32_t first = 0;
  std::int32_t second = 0;
  Outcome outcome = Outcome::tie;
};

/// "model_a" and "model_b" are wins; "tie", "tie (bothbad)" and "both_bad" are ties, the words of published arenas.
Result<Outcome> parse_outcome(const std::string& word);

/// All votes between two competitors, first < second.
struct PairCount {
  std::int32_t first = 0, second = 0;
  double first_wins = 0, second_wins = 0, ties = 0;
  double votes() const { return first_wins + second_wins + ties; }
  /// Ties count half.
  double first_points() const { return first_wins + ties / 2; }
};

/// Rows with votes only, ordered by (first, second). Counts may be fractional (weights).
struct Field {
  std::int32_t competitors = 0;
  std::vector<PairCount> pairs;
  double votes() const;
};

inline constexpr std::int32_t kMostCompetitors = 4000;  ///< ratings keep a few square matrices of this width

/// Errors: more than kMostCompetitors or fewer than none, a competitor's number outside [0, competitors), a vote of one
/// against itself.
Status check_votes(std::span<const Vote> votes, std::int32_t competitors);

/// Errors: those of check_votes().
Result<Field> fold(std::span<const Vote> votes, std::int32_t competitors);

/// Groups of competitors that votes connect, each ascending, ordered by their first. A field of one group can be rated.
std::vector<std::vector<std::int32_t>> connected_groups(const Field& field);

/// The finer groups within which everyone has, by some chain, taken points from everyone. Where there is more than one,
/// some group never lost a point to another: no finite rating says by how much it is better (Ford 1957,
/// doi:10.1080/00029890.1957.11989117).
std::vector<std::vector<std::int32_t>> inseparable_groups(const Field& field);

/// Row i, column j: the share of points that i took from j (ties half); NaN where they never met and on the diagonal.
std::vector<std::vector<double>> win_shares(const Field& field);

/// Three competitors that beat each other in a ring, each by more than half of the points.
struct Cycle {
  std::int32_t first = 0, second = 0, third = 0;  ///< first beats second beats third beats first; first is the smallest
  double smallest_share = 0;                      ///< of the weakest of the three wins, > 1/2
};

/// All such rings, the clearest first: a one-dimensional rating can not show them (Kendall and Babington Smith 1940,
/// doi:10.1093/biomet/31.3-4.324: circular triads).
std::vector<Cycle> cycles(const Field& field);

}  // namespace bakeoff::stats
