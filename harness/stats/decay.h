// Does a score fade over the turns of a conversation? Scores s_it of conversation i at turn t (persona drift: Li et al.
// 2024, arXiv:2402.10962). Turns of one conversation hang together, so every error is clustered by conversation (G of
// them).
//
//   slope      least squares of s on t; points of score per turn. Its error is the cluster-robust one with the
//              factor G/(G-1) (n-1)/(n-2), its interval Student's t with G - 1 degrees (Cameron and Miller 2015,
//              doi:10.3368/jhr.50.2.317, sections II.B and VI.D)
//   decay      s = a 2^(-(t - t_0)/h): nonlinear least squares in a and the rate 1/h, t_0 the first turn; errors as
//              above, from the model's derivatives (Davidson and MacKinnon 2004, Econometric Theory and Methods,
//              chapter 6).
//              Detected when the rate's interval is above 0; then the half-life is h with the interval of the inverse.
//              Otherwise there is no half-life to state: "no decay detected", with the shortest half-life that the data
//              leave possible
//   ratio      of two turns' means over the conversations that have both, with Fieller's interval (1954,
//              doi:10.1111/j.2517-6161.1954.tb00159.x) from paired scores: all rho with |m_b - rho m_a| <= t_{G-1} SE.
//              Absent where the earlier mean is not clearly away from 0: then that set is no interval
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "harness/core/result.h"
#include "harness/stats/interval.h"

namespace bakeoff::stats {

struct TurnScore {
  int conversation = 0;
  double turn = 0;
  double score = 0;
};

struct Slope {
  double per_turn = 0;
  double at_start = 0;  ///< the line at the first turn
  double standard_error = 0;
  Interval interval;  ///< of per_turn
  std::int64_t conversations = 0;
};

/// Errors: fewer than two conversations, fewer than three scores, a single turn, values that are not finite.
Result<Slope> decay_slope(std::span<const TurnScore> scores, double confidence = kConfidence);

struct HalfLife {
  double start = 0;                         ///< a, the score at the first turn
  double halvings_per_turn = 0;             ///< 1/h; below 0: it grows
  Interval rate_interval;                   ///< of halvings_per_turn
  bool detected = false;                    ///< the interval is above 0
  std::optional<double> turns;              ///< h, where detected
  std::optional<Interval> turns_interval;   ///< where detected
  std::optional<double> shortest_possible;  ///< turns; absent where the data show growth
};

/// Errors: as decay_slope(); scores that no exponential fits (such as all 0).
Result<HalfLife> half_life(std::span<const TurnScore> scores, double confidence = kConfidence);

struct TurnRatio {
  double ratio = 0;                  ///< mean at the later turn / mean at the earlier
  std::optional<Interval> interval;  ///< Fieller's
  std::int64_t conversations = 0;
};

struct Turns {
  double earlier = 2;
  double later = 16;
};

/// Errors: fewer than two conversations with both turns; an earlier mean of 0; a turn scored twice in one conversation.
Result<TurnRatio> turn_ratio(std::span<const TurnScore> scores, const Turns& turns = {},
                             double confidence = kConfidence);

}  // namespace bakeoff::stats
