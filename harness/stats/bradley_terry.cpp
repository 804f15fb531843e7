// See bradley_terry.h.
#include "harness/stats/bradley_terry.h"

#include <algorithm>
#include <cmath>

#include <Eigen/Dense>

#include "harness/core/seed.h"
#include "harness/stats/poisson.h"
#include "harness/stats/rating_scale.h"

namespace bakeoff::stats {
namespace {

/// Of minus one pair's log-likelihood, by the difference d of its ratings and (Davidson) t, the log of the tie
/// strength: value, first and second derivatives, and the sums of squares of its votes' first derivatives.
struct Terms {
  double value = 0;
  double d = 0, t = 0;
  double dd = 0, dt = 0, tt = 0;
  double square_dd = 0, square_dt = 0, square_tt = 0;
};

Terms half_ties(const PairCount& pair, double difference) {
  const double win = 1 / (1 + std::exp(-difference)), n = pair.votes(), points = pair.first_points();
  const double log_sum =
      difference > 0 ? difference + std::log1p(std::exp(-difference)) : std::log1p(std::exp(difference));
  Terms out;
  out.value = n * log_sum - points * difference;
  out.d = n * win - points;
  out.dd = n * win * (1 - win);
  out.square_dd =
      pair.first_wins * (1 - win) * (1 - win) + pair.second_wins * win * win + pair.ties * (0.5 - win) * (0.5 - win);
  return out;
}

Terms davidson(const PairCount& pair, double difference, double log_tie) {
  const double top = std::max(std::abs(difference) / 2, log_tie);  // so that no exponential overflows
  const double up = std::exp(difference / 2 - top), down = std::exp(-difference / 2 - top),
               even = std::exp(log_tie - top);
  const double sum = up + down + even, tie = even / sum, mean = (up - down) / (2 * sum), n = pair.votes();
  Terms out;
  out.value = n * (std::log(sum) + top) - (pair.first_wins - pair.second_wins) * difference / 2 - pair.ties * log_tie;
  out.d = n * mean - (pair.first_wins - pair.second_wins) / 2;
  out.t = n * tie - pair.ties;
  out.dd = n * ((1 - tie) / 4 - mean * mean);
  out.dt = -n * mean * tie;
  out.tt = n * tie * (1 - tie);
  const auto add = [&](double votes, double d, double t) {
    out.square_dd += votes * d * d, out.square_dt += votes * d * t, out.square_tt += votes * t * t;
  };
  add(pair.first_wins, 0.5 - mean, -tie);
  add(pair.second_wins, -0.5 - mean, -tie);
  add(pair.ties, -mean, 1 - tie);
  return out;
}

/// Minus the penalised log-likelihood of a field. Parameters: the ratings, then (Davidson) the log of the tie strength.
class Likelihood {
 public:
  Likelihood(const Field& field, Ties ties, double ridge)
      : field_(field), competitors_(field.competitors), ridge_(ridge), has_tie_(ties == Ties::davidson) {}

  Eigen::Index parameters() const { return competitors_ + (has_tie_ ? 1 : 0); }

  double value(const Eigen::VectorXd& at) const {
    double sum = ridge_ / 2 * at.head(competitors_).squaredNorm();
    for (const PairCount& pair : field_.pairs) sum += terms(pair, at).value;
    return sum;
  }

  Eigen::VectorXd gradient(const Eigen::VectorXd& at) const {
    Eigen::VectorXd out = Eigen::VectorXd::Zero(parameters());
    out.head(competitors_) = ridge_ * at.head(competitors_);
    for (const PairCount& pair : field_.pairs) {
      const Terms each = terms(pair, at);
      out[pair.first] += each.d, out[pair.second] -= each.d;
      if (has_tie_) out[competitors_] += each.t;
    }
    return out;
  }

  /// Moving all ratings together changes nothing: a term in that direction makes the matrix regular and, as gradients
  /// have no part in it, leaves every step's sum of ratings at 0.
  Eigen::MatrixXd curvature(const Eigen::VectorXd& at) const {
    Eigen::MatrixXd out = assemble(at, [](const Terms& each) { return Three{each.dd, each.dt, each.tt}; });
    out.topLeftCorner(competitors_, competitors_).array() += 1 + out.trace() / static_cast<double>(competitors_);
    out.diagonal().head(competitors_).array() += ridge_;
    return out;
  }

  Eigen::MatrixXd squared_scores(const Eigen::VectorXd& at) const {
    return assemble(at, [](const Terms& each) { return Three{each.square_dd, each.square_dt, each.square_tt}; });
  }

 private:
  struct Three {
    double dd, dt, tt;
  };

  Terms terms(const PairCount& pair, const Eigen::VectorXd& at) const {
    const double difference = at[pair.first] - at[pair.second];
    return has_tie_ ? davidson(pair, difference, at[competitors_]) : half_ties(pair, difference);
  }

  template <class Part>
  Eigen::MatrixXd assemble(const Eigen::VectorXd& at, Part part) const {
    Eigen::MatrixXd out = Eigen::MatrixXd::Zero(parameters(), parameters());
    for (const PairCount& pair : field_.pairs) {
      const Three each = part(terms(pair, at));
      const Eigen::Index i = pair.first, j = pair.second, t = competitors_;
      out(i, i) += each.dd, out(j, j) += each.dd, out(i, j) -= each.dd, out(j, i) -= each.dd;
      if (!has_tie_) continue;
      out(i, t) += each.dt, out(t, i) += each.dt, out(j, t) -= each.dt, out(t, j) -= each.dt;
      out(t, t) += each.tt;
    }
    return out;
  }

  const Field& field_;
  Eigen::Index competitors_;
  double ridge_;
  bool has_tie_;
};

/// Newton's method with halved steps where a whole one does not help.
Eigen::VectorXd maximise(const Likelihood& likelihood, Eigen::VectorXd at) {
  constexpr int kMostSteps = 100;
  constexpr double kConverged = 1e-10;
  double value = likelihood.value(at);
  for (int step = 0; step < kMostSteps; ++step) {
    const Eigen::VectorXd move = likelihood.curvature(at).llt().solve(likelihood.gradient(at));
    double share = 1, next = likelihood.value(at - move);
    while (next > value + 1e-12 * std::abs(value) && share > 1e-6) next = likelihood.value(at - (share /= 2) * move);
    at -= share * move, value = next;
    if (move.lpNorm<Eigen::Infinity>() < kConverged) break;
  }
  return at;
}

/// A field's fit with what made it.
struct Fit {
  Eigen::VectorXd at;  ///< parameters
  Ties ties = Ties::half;
  double ridge = 0;
  std::vector<std::vector<std::int32_t>> separate_groups;
};

Fit fit(const Field& field, const RatingOptions& options, const Eigen::VectorXd* start = nullptr) {
  Fit out;
  double ties = 0;
  for (const PairCount& pair : field.pairs) ties += pair.ties;
  out.ties = ties > 0 ? options.ties : Ties::half;  // without ties Davidson's model is the plain one, nu = 0
  out.separate_groups = inseparable_groups(field);
  if (out.separate_groups.size() > 1) out.ridge = options.ridge;
  if (out.ridge == 0) out.separate_groups.clear();
  const Likelihood likelihood(field, out.ties, out.ridge);
  const bool fits = start != nullptr && start->size() == likelihood.parameters();
  out.at = maximise(likelihood, fits ? *start : Eigen::VectorXd::Zero(likelihood.parameters()));
  return out;
}

Ratings with_fit(Ratings out, const Field& field, const Fit& fitted) {
  out.ridge = fitted.ridge;
  out.separate_groups = fitted.separate_groups;
  if (fitted.ties == Ties::davidson) out.tie_strength = std::exp(fitted.at[field.competitors]);
  return out;
}

/// Every vote drawn Poisson(1) times.
Field draw_again(const Field& field, Random& random) {
  Field out;
  out.competitors = field.competitors;
  for (PairCount pair : field.pairs) {
    pair.first_wins = poisson_draw(random, pair.first_wins);
    pair.second_wins = poisson_draw(random, pair.second_wins);
    pair.ties = poisson_draw(random, pair.ties);
    if (pair.votes() > 0) out.pairs.push_back(pair);
  }
  return out;
}

/// Column b: the ratings of draw b.
Eigen::MatrixXd bootstrap(const Field& field, const Fit& fitted, const RatingOptions& options) {
  Random random(derive_seed(options.seed, {"ratings"}));
  Eigen::MatrixXd draws(field.competitors, options.draws);
  for (int b = 0; b < options.draws; ++b)
    draws.col(b) = fit(draw_again(field, random), options, &fitted.at).at.head(field.competitors);
  return draws;
}

}  // namespace

Result<Ratings> rate_competitors(const Field& field, const RatingOptions& options) {
  BAKEOFF_CHECK(check_rateable(field, options));
  const Fit fitted = fit(field, options);
  const Likelihood likelihood(field, fitted.ties, fitted.ridge);
  const Eigen::LLT<Eigen::MatrixXd> curvature(likelihood.curvature(fitted.at));
  const Eigen::MatrixXd half = curvature.solve(likelihood.squared_scores(fitted.at));  // H^-1 V
  const Eigen::MatrixXd covariance = curvature.solve(half.transpose());                // H^-1 (H^-1 V)^T
  return with_fit(on_scale(field, {fitted.at, covariance, {}}, options), field, fitted);
}

Result<Ratings> rate_by_bootstrap(const Field& field, const RatingOptions& options) {
  BAKEOFF_CHECK(check_rateable(field, options));
  if (options.draws < 2) return input_error("a bootstrap needs at least 2 draws");
  const Fit fitted = fit(field, options);
  const Eigen::MatrixXd draws = bootstrap(field, fitted, options);
  const Eigen::MatrixXd centred = draws.colwise() - draws.rowwise().mean();
  const Eigen::MatrixXd covariance = centred * centred.transpose() / static_cast<double>(options.draws - 1);
  return with_fit(on_scale(field, {fitted.at, covariance, draws}, options), field, fitted);
}

}  // namespace bakeoff::stats
