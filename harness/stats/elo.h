// Elo's ratings, updated vote by vote, for reference beside Bradley-Terry's (bradley_terry.h): they depend on the order
// of votes, follow competitors that change, and have no interval.
//
//   expected = 1 / (1 + 10^((other - own) / 400)),   own += K (points - expected),   other -= the same
//
// K = 4, start 1000, ties half a point, as arenas use it (Elo 1978, The Rating of Chessplayers; FastChat's
// rating_systems.py). Averaged over random orders of the votes it no longer depends on the order (Dettmers et al. 2023,
// arXiv:2305.14314, section 5.2).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/core/result.h"
#include "harness/stats/votes.h"

namespace bakeoff::stats {

struct EloOptions {
  double k = 4;
  double start = 1000;
  double scale = 400;      ///< points for a factor 10 in the odds
  int orders = 0;          ///< 0: once, in the order given; else the mean over so many random orders
  std::uint64_t seed = 0;  ///< of the orders
};

/// Errors: as fold() in votes.h.
Result<std::vector<double>> elo(std::span<const Vote> votes, std::int32_t competitors, const EloOptions& options = {});

}  // namespace bakeoff::stats
