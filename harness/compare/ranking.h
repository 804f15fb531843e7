// Ratings of everyone that votes were cast on: Bradley-Terry with intervals, Elo beside it, and what a rating hides.
//
//   BAKEOFF_TRY(const Ranking ranking, rank_votes(votes, {.ties = stats::Ties::half}));
//   puts(dump(to_json(ranking)).c_str());
//
// The ratings are those of harness/stats/bradley_terry.h: points, mean 1000 unless anchored, intervals against the mean
// of the field. What may not be read off them is in the same object: cycles (rings that no order can show), forks of
// one adapter, groups that never lost a point to others (ridge > 0).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/compare/votes.h"
#include "harness/core/json.h"
#include "harness/stats/bradley_terry.h"

namespace bakeoff::compare {

struct RankOptions {
  stats::Ties ties = stats::Ties::half;
  int bootstrap_draws = 0;                 ///< 0: sandwich intervals
  std::optional<std::string> anchor = {};  ///< the name that gets `anchor_rating`; absent: the mean gets 1000
  double anchor_rating = 1000;
  std::optional<int> elo_orders = {};  ///< random orders; absent: as many as about 20 million updates allow
  double confidence = stats::kConfidence;
  std::uint64_t seed = 0;  ///< of bootstrap and orders
};

struct RatedModel {
  std::string name;
  stats::Rating rating;
  double wins = 0, losses = 0, ties = 0;
  double elo = 0;                  ///< after the votes in the order given
  std::optional<double> elo_mean;  ///< over random orders
};

/// The same competitors, rated on a part of the votes: those of one category or origin; or why they can not be.
struct PartRanking {
  std::string name;
  std::int64_t votes = 0;
  std::vector<RatedModel> models;
  std::optional<Error> error;
};

struct Ranking {
  std::vector<RatedModel> models;                ///< the best first
  std::vector<std::vector<double>> win_shares;   ///< [row][column] in the order of `models`: points that the row took
                                                 ///< from the column; NaN where they never met
  std::vector<std::vector<std::string>> cycles;  ///< first beats second beats third beats first, the clearest first
  std::vector<std::vector<std::string>> separate_groups;  ///< not empty: ridge > 0
  std::vector<Forks> forks;
  std::vector<PartRanking> categories;
  std::vector<PartRanking> origins;           ///< by VoteOrigin, those that have votes
  std::map<std::string, std::int64_t> empty;  ///< rows without a vote, by reason
  std::int64_t votes = 0, ties = 0;
  double ridge = 0, tie_strength = 0;
  int elo_orders = 0;
  RankOptions options;
};

/// Errors: no votes, competitors that votes do not connect (the groups are named), an anchor that nobody voted on.
Result<Ranking> rank_votes(const VoteSet& votes, const RankOptions& options = {});

/// {"ratings": [{"model", "rating", "ci_low", "ci_high", "games", ...}], "method", ...}.
OrderedJson to_json(const Ranking& ranking);

}  // namespace bakeoff::compare
