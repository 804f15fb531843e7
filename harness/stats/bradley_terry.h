// Ratings from votes between pairs: how strong must each competitor be for these wins and losses?
//
// Bradley and Terry (1952, doi:10.2307/2334029): competitor i beats j with probability 1 / (1 + exp(r_j - r_i)). Ties:
//
//   half      a tie counts as half a win for each: the maximum of sum_pairs s r - n log(1 + exp r), r = r_i - r_j,
//             s the points of i out of n votes (the usual rule of arenas; FastChat, arena-rank)
//   davidson  a third outcome with its own strength nu (Davidson 1970, doi:10.1080/01621459.1970.10481082):
//             win, loss, tie have the probabilities e^(r/2), e^(-r/2), nu over their sum
//
// Both are concave in the ratings (and log nu); Newton's method on the folded pairs finds the maximum in a few steps.
// Only differences of ratings have a meaning: r sums to 0. Shown as 1000 + r 400/ln 10 (100 points: 64 % of the
// points), moved as a whole where an anchor is named. Intervals are those of a competitor against the mean of the
// field; moving does not widen them. For two competitors ask `difference`: their intervals may overlap when the
// difference is clear.
//
// Intervals: the sandwich H^-1 V H^-1, H the curvature and V the sum over votes of the outer products of their scores
// (Huber 1967; White 1982, doi:10.2307/1912526), which holds where the model is wrong, as it is for ties by half; or
// the percentiles of ratings refitted to votes drawn again (each vote Poisson(1) times; Hanley and MacGibbon 2006,
// doi:10.1016/j.cmpb.2006.04.006). Both take votes as independent: votes of one person, or both orders of one question,
// are not, and make the intervals too short.
//
// Refused: fields that votes do not connect (the groups are named). Where someone never lost a point to some others the
// maximum lies at infinity; then ridge/2 * sum r^2 is subtracted, which pulls towards the mean, and `ridge` says so.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/core/result.h"
#include "harness/stats/interval.h"
#include "harness/stats/votes.h"

namespace bakeoff::stats {

enum class Ties { half, davidson };

struct Anchor {
  std::int32_t competitor = 0;
  double rating = 1000;
};

struct RatingOptions {
  Ties ties = Ties::half;
  double confidence = kConfidence;
  double ridge = 0.1;  ///< used where there is no finite maximum: a normal prior of deviation 3.2 (549 points)
  std::optional<Anchor> anchor = {};  ///< absent: the mean rating is 1000
  int draws = 100;                    ///< of the bootstrap; each is a whole fit
  std::uint64_t seed = 0;             ///< of the bootstrap
};

struct Rating {
  double rating = 1000;
  Interval interval;      ///< against the mean of the field
  std::int32_t rank = 1;  ///< 1 + the number of competitors whose whole interval is above this one
  double votes = 0;
};

struct Ratings {
  std::vector<Rating> competitors;
  std::vector<double> covariance;  ///< of the ratings, row by row, in points squared
  double confidence = kConfidence;
  double tie_strength = 0;                                 ///< Davidson's nu; 0 with ties by half
  double ridge = 0;                                        ///< > 0: there was no finite maximum
  std::vector<std::vector<std::int32_t>> separate_groups;  ///< filled when ridge > 0: groups without points across

  /// rating(a) - rating(b) with its interval, normal with the covariance.
  double difference(std::int32_t a, std::int32_t b) const;
  Interval difference_interval(std::int32_t a, std::int32_t b) const;
};

/// 400 / ln 10 points for a factor e in the odds.
inline constexpr double kRatingPoints = 173.71779276130072;

/// Ratings with sandwich intervals. Errors: fewer than two competitors, competitors that votes do not connect, ties
/// only with Davidson's model, an anchor that is not there.
Result<Ratings> rate_competitors(const Field& field, const RatingOptions& options = {});

/// The same ratings with bootstrap intervals and covariance. Seeded.
Result<Ratings> rate_by_bootstrap(const Field& field, const RatingOptions& options = {});

}  // namespace bakeoff::stats
