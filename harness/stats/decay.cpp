// See decay.h.
#include "harness/stats/decay.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Dense>

#include "harness/stats/mean.h"
#include "harness/stats/plain_mean.h"

namespace bakeoff::stats {
namespace {

using Pair2 = Eigen::Vector2d;

/// A model's parameters (level, rate) with their clustered covariance.
struct Fit {
  Pair2 at = Pair2::Zero();
  Eigen::Matrix2d covariance = Eigen::Matrix2d::Zero();
  std::int64_t conversations = 0;
  Interval rate_interval(double confidence) const {
    const double t = student_quantile(static_cast<double>(conversations - 1), 0.5 + confidence / 2);
    const double reach = t * std::sqrt(std::max(0.0, covariance(1, 1)));
    return {at[1] - reach, at[1] + reach};
  }
};

Status check(std::span<const TurnScore> scores) {
  std::map<int, int> conversations;
  std::map<double, int> turns;
  for (const TurnScore& each : scores) {
    if (!std::isfinite(each.turn) || !std::isfinite(each.score))
      return input_error("a turn or score of conversation " + std::to_string(each.conversation) + " is not finite");
    ++conversations[each.conversation], ++turns[each.turn];
  }
  if (conversations.size() < 2 || scores.size() < 3 || turns.size() < 2)
    return input_error("no decay from " + std::to_string(conversations.size()) + " conversations with " +
                           std::to_string(turns.size()) + " different turns",
                       "", "score at least two conversations at two turns or more");
  return {};
}

double first_turn(std::span<const TurnScore> scores) {
  double first = scores[0].turn;
  for (const TurnScore& each : scores) first = std::min(first, each.turn);
  return first;
}

/// J the derivatives of the model's value, e = value - score: (J'J)^-1 (sum_g J_g'e_g e_g'J_g) (J'J)^-1 with its
/// factor.
template <class Derivative, class Value>
void put_covariance(Fit& fit, std::span<const TurnScore> scores, Derivative derivative, Value value) {
  std::map<int, Pair2> sums;
  Eigen::Matrix2d curvature = Eigen::Matrix2d::Zero(), middle = Eigen::Matrix2d::Zero();
  for (const TurnScore& each : scores) {
    const Pair2 slope = derivative(fit.at, each.turn);
    const auto place = sums.try_emplace(each.conversation, Pair2::Zero()).first;
    place->second += slope * (value(fit.at, each.turn) - each.score);
    curvature += slope * slope.transpose();
  }
  for (const auto& [conversation, sum] : sums) middle += sum * sum.transpose();
  const double n = static_cast<double>(scores.size()), groups = static_cast<double>(sums.size());
  const Eigen::Matrix2d inverse = curvature.inverse();
  fit.conversations = static_cast<std::int64_t>(sums.size());
  fit.covariance = groups / (groups - 1) * (n - 1) / (n - 2) * inverse * middle * inverse;
}

Fit fit_line(std::span<const TurnScore> scores, double start) {
  Eigen::Matrix2d curvature = Eigen::Matrix2d::Zero();
  Pair2 right = Pair2::Zero();
  const auto derivative = [&](const Pair2&, double turn) { return Pair2(1, turn - start); };
  for (const TurnScore& each : scores) {
    const Pair2 slope = derivative({}, each.turn);
    curvature += slope * slope.transpose();
    right += slope * each.score;
  }
  Fit fit;
  fit.at = curvature.ldlt().solve(right);
  put_covariance(fit, scores, derivative, [&](const Pair2& at, double turn) { return at[0] + at[1] * (turn - start); });
  return fit;
}

/// a exp(-k (t - start)), k in 1/turn.
struct Exponential {
  double start = 0;
  double value(const Pair2& at, double turn) const { return at[0] * std::exp(-at[1] * (turn - start)); }
  Pair2 derivative(const Pair2& at, double turn) const {
    const double shape = std::exp(-at[1] * (turn - start));
    return {shape, -at[0] * (turn - start) * shape};
  }
  double squares(std::span<const TurnScore> scores, const Pair2& at) const {
    double sum = 0;
    for (const TurnScore& each : scores) sum += std::pow(value(at, each.turn) - each.score, 2);
    return sum;
  }
};

/// Levenberg and Marquardt's method from the line's start and a rate that fits its slope.
Result<Fit> fit_exponential(std::span<const TurnScore> scores, const Exponential& model) {
  const Fit line = fit_line(scores, model.start);
  Fit fit;
  fit.at = line.at[0] > 0 ? Pair2(line.at[0], -line.at[1] / line.at[0]) : Pair2(1, 0);
  double squares = model.squares(scores, fit.at), damping = 1e-3;
  constexpr int kMostSteps = 500;
  for (int step = 0; step < kMostSteps && damping < 1e12; ++step) {
    Eigen::Matrix2d curvature = Eigen::Matrix2d::Zero();
    Pair2 gradient = Pair2::Zero();
    for (const TurnScore& each : scores) {
      const Pair2 slope = model.derivative(fit.at, each.turn);
      curvature += slope * slope.transpose();
      gradient += slope * (model.value(fit.at, each.turn) - each.score);
    }
    curvature.diagonal() *= 1 + damping;
    const Pair2 move = curvature.ldlt().solve(gradient);
    const double next = model.squares(scores, fit.at - move);
    const bool helps = next <= squares && move.allFinite();
    if (helps) fit.at -= move, squares = next;
    damping *= helps ? 0.3 : 10;
    if (helps && move.norm() < 1e-12 * (1 + fit.at.norm())) break;
  }
  put_covariance(
      fit, scores, [&](const Pair2& at, double turn) { return model.derivative(at, turn); },
      [&](const Pair2& at, double turn) { return model.value(at, turn); });
  constexpr double kVanished = 1e-9;
  if (!fit.covariance.allFinite() || !(fit.at[0] > kVanished))
    return input_error("no exponential fits these scores", "",
                       "a half-life needs scores above 0 that do not vanish at once");
  return fit;
}

struct TwoTurns {
  std::vector<double> earlier, later;
};

Result<TwoTurns> pair_turns(std::span<const TurnScore> scores, const Turns& turns) {
  std::map<int, std::pair<std::optional<double>, std::optional<double>>> rows;
  for (const TurnScore& each : scores) {
    if (each.turn != turns.earlier && each.turn != turns.later) continue;
    auto& row = rows[each.conversation];
    auto& place = each.turn == turns.earlier ? row.first : row.second;
    if (place) return input_error("conversation " + std::to_string(each.conversation) + " has one turn scored twice");
    place = each.score;
  }
  TwoTurns out;
  for (const auto& [conversation, row] : rows)
    if (row.first && row.second) out.earlier.push_back(*row.first), out.later.push_back(*row.second);
  if (out.earlier.size() < 2) return input_error("fewer than two conversations have both turns");
  return out;
}

/// Fieller's interval from two means and the covariance of these means.
std::optional<Interval> fieller(const Pair2& means, const Eigen::Matrix2d& covariance, double t) {
  const double a = means[0] * means[0] - t * t * covariance(0, 0);
  const double b = means[0] * means[1] - t * t * covariance(0, 1);
  const double c = means[1] * means[1] - t * t * covariance(1, 1);
  if (!(a > 0)) return std::nullopt;
  const double root = std::sqrt(std::max(0.0, b * b - a * c));
  return Interval{(b - root) / a, (b + root) / a};
}

}  // namespace

Result<Slope> decay_slope(std::span<const TurnScore> scores, double confidence) {
  BAKEOFF_CHECK(check(scores));
  const Fit fit = fit_line(scores, first_turn(scores));
  Slope out;
  out.at_start = fit.at[0], out.per_turn = fit.at[1];
  out.standard_error = std::sqrt(std::max(0.0, fit.covariance(1, 1)));
  out.interval = fit.rate_interval(confidence);
  out.conversations = fit.conversations;
  return out;
}

Result<HalfLife> half_life(std::span<const TurnScore> scores, double confidence) {
  BAKEOFF_CHECK(check(scores));
  BAKEOFF_TRY(const Fit fit, fit_exponential(scores, Exponential{first_turn(scores)}));
  const double ln2 = std::log(2.0);
  const Interval rate = fit.rate_interval(confidence);
  HalfLife out;
  out.start = fit.at[0];
  out.halvings_per_turn = fit.at[1] / ln2;
  out.rate_interval = {rate.low / ln2, rate.high / ln2};
  out.detected = out.rate_interval.low > 0;
  if (out.rate_interval.high > 0) out.shortest_possible = 1 / out.rate_interval.high;
  if (!out.detected) return out;
  out.turns = 1 / out.halvings_per_turn;
  out.turns_interval = Interval{1 / out.rate_interval.high, 1 / out.rate_interval.low};
  return out;
}

Result<TurnRatio> turn_ratio(std::span<const TurnScore> scores, const Turns& turns, double confidence) {
  BAKEOFF_TRY(const TwoTurns pairs, pair_turns(scores, turns));
  const double n = static_cast<double>(pairs.earlier.size());
  const Pair2 means(plain_mean(pairs.earlier), plain_mean(pairs.later));
  if (means[0] == 0) return input_error("the mean score at the earlier turn is 0", "", "there is no ratio to it");
  Eigen::Matrix2d covariance = Eigen::Matrix2d::Zero();
  for (std::size_t i = 0; i < pairs.earlier.size(); ++i) {
    const Pair2 d = Pair2(pairs.earlier[i], pairs.later[i]) - means;
    covariance += d * d.transpose() / (n * (n - 1));
  }
  TurnRatio out;
  out.ratio = means[1] / means[0];
  out.conversations = static_cast<std::int64_t>(pairs.earlier.size());
  out.interval = fieller(means, covariance, student_quantile(n - 1, 0.5 + confidence / 2));
  return out;
}

}  // namespace bakeoff::stats
