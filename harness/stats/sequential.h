// Looking at a paired comparison after every item, and stopping as soon as it is settled, without more false claims.
//
// The items' differences d_i = candidate - base lie in [-1, 1]; x_i = (d_i + 1) / 2. Someone who bets on "the mean of x
// is above m" (or below) starts with capital 1 and holds after t items (Waudby-Smith and Ramdas 2023,
// doi:10.1093/jrsssb/qkad009, hedged capital; the constants are those of the authors' package confseq)
//
//   K+_t(m) = prod_i ( 1 + min(L_i, c/m) (x_i - m) ),        K-_t(m) = prod_i ( 1 - min(L_i, c/(1-m)) (x_i - m) )
//
// with bets that are fixed before x_t is seen ("predictable plug-in"):
//
//   L_t = sqrt( 2 log(2/alpha) / (v_{t-1} t log(1 + t)) ),   v_t = (1/4 + sum_{i<=t} (x_i - mu_i)^2) / (t + 1),
//   mu_t = (1/2 + sum_{i<=t} x_i) / (t + 1),                 c = 1/2
//
// If the mean is at most m, K+(m) is a nonnegative supermartingale, and by Ville's inequality it ever reaches 2/alpha
// with a chance of at most alpha/2, however often one looks; so does K-(m) if the mean is at least m. Claims, each for
// good:
//
//   gain          K+(1/2) has reached 2/alpha                 the mean difference is above 0
//   harm          K-(1/2) has reached 2/alpha                 it is below 0
//   not inferior  K+((1 - margin)/2) has reached 2/alpha      it is above -margin
//
// Whatever the true difference is, at most two of them are false, so that the chance of any false claim in the whole
// sequence is at most alpha. The confidence sequence is the set of m with K+(m) < 2/alpha and K-(m) < 2/alpha, an
// interval that covers the mean at all times at once with probability 1 - alpha (hedged capital, theorem 3 there).
//
// Items must come in random order and be independent: feed one value per group. The claim is about the population that
// the items come from. Who looks only once sees smaller differences with the fixed tests of compare.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "harness/core/result.h"
#include "harness/stats/interval.h"
#include "harness/stats/threshold.h"

namespace bakeoff::stats {

/// The sizes L_t of the bets.
class Bets {
 public:
  explicit Bets(double alpha) : alpha_(alpha) {}
  /// The bet on the next value, which is then taken into account for those after it.
  double next(double value);

 private:
  double alpha_;
  double seen_ = 0, sum_ = 0, squares_ = 0;
};

/// Which side of a threshold, for a decision that was looked at after every item: p_above = 1 / max_t K+_t(m) and
/// p_below = 1 / max_t K-_t(m) at m = (1 + threshold) / 2. If the mean difference is at most the threshold, p_above
/// ever falls to u with a chance of at most u (Ville), so that stopping when it is small is no cheating, and p-values
/// of several such tests may be adjusted as usual. `differences`: one per group, in [-1, 1], in the order in which they
/// were seen. `alpha`: one-sided; the bets are sized for it. Nothing without values or for a threshold outside (-1, 1).
std::optional<ThresholdTest> test_sequence(std::span<const double> differences, double threshold, double alpha);

struct SequentialOptions {
  double alpha = 0.05;   ///< chance of any false claim, over the whole sequence
  double margin = 0.05;  ///< of "not inferior", in (0, 1)
};

/// The number of items after which each claim was made, if it was.
struct SequentialClaims {
  std::optional<std::int64_t> gain, harm, not_inferior;
};

/// Not for several threads at once. Legal order: add() any number of times, everything else at any time between.
class SequentialComparison {
 public:
  explicit SequentialComparison(const SequentialOptions& options = {});

  /// One independent item's difference, candidate - base. Errors: outside [-1, 1] (nothing is added).
  Status add(double difference);

  std::int64_t items() const { return static_cast<std::int64_t>(values_.size()); }
  const SequentialClaims& claims() const { return claims_; }
  /// Anytime-valid two-sided p of "the mean difference is 0": never grows, at most u with a chance of at most u.
  double p() const;
  /// The confidence sequence for the mean difference, now, intersected with those that were asked for before (kept as
  /// it is should nothing remain, which happens with a chance of at most alpha). Time grows with the items so far.
  Interval interval();

 private:
  /// Logarithms of K+ and K- at one mean, and the highest that each was.
  struct Capital {
    double mean = 0.5;
    double above = 0, below = 0;
    double most_above = 0, most_below = 0;
  };
  void bet(Capital& capital, double value, double size) const;
  double final_capital(double mean, bool above) const;
  double bound(bool low) const;

  SequentialOptions options_;
  Bets bets_;
  std::vector<double> values_, sizes_;
  double sum_ = 0;
  Capital at_zero_, at_margin_;
  SequentialClaims claims_;
  Interval seen_{-1, 1};
};

}  // namespace bakeoff::stats
