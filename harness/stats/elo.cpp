// See elo.h.
#include "harness/stats/elo.h"

#include <cmath>

#include "harness/core/seed.h"

namespace bakeoff::stats {
namespace {

double points(Outcome outcome) { return outcome == Outcome::first ? 1 : outcome == Outcome::second ? 0 : 0.5; }

std::vector<double> one_pass(std::span<const Vote> votes, std::int32_t competitors, const EloOptions& options) {
  std::vector<double> ratings(static_cast<std::size_t>(competitors), options.start);
  for (const Vote& vote : votes) {
    double& own = ratings[static_cast<std::size_t>(vote.first)];
    double& other = ratings[static_cast<std::size_t>(vote.second)];
    const double expected = 1 / (1 + std::pow(10.0, (other - own) / options.scale));
    const double change = options.k * (points(vote.outcome) - expected);
    own += change, other -= change;
  }
  return ratings;
}

}  // namespace

Result<std::vector<double>> elo(std::span<const Vote> votes, std::int32_t competitors, const EloOptions& options) {
  BAKEOFF_CHECK(check_votes(votes, competitors));
  if (options.orders <= 0) return one_pass(votes, competitors, options);
  Random random(derive_seed(options.seed, {"elo"}));
  std::vector<Vote> shuffled(votes.begin(), votes.end());
  std::vector<double> mean(static_cast<std::size_t>(competitors), 0);
  for (int order = 0; order < options.orders; ++order) {
    shuffle(shuffled, random);
    const auto ratings = one_pass(shuffled, competitors, options);
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += ratings[i] / options.orders;
  }
  return mean;
}

}  // namespace bakeoff::stats
