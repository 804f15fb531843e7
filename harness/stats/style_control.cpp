// See style_control.h.
#include "harness/stats/style_control.h"

#include <cmath>
#include <string>

#include <Eigen/Dense>

#include "harness/stats/mean.h"
#include "harness/stats/rating_scale.h"

namespace bakeoff::stats {
namespace {

using Features = Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

double points(Outcome outcome) { return outcome == Outcome::first ? 1 : outcome == Outcome::second ? 0 : 0.5; }

/// Derivatives of minus the log-likelihood; `scores` is the sum of the votes' squared first derivatives.
struct Derivatives {
  double value = 0;
  Eigen::VectorXd gradient;
  Eigen::MatrixXd curvature, scores;
};

struct Problem {
  std::span<const Vote> votes;
  Eigen::MatrixXd features;  ///< votes x width, scaled
  Eigen::Index competitors = 0;
  double ridge = 0;
  Eigen::Index parameters() const { return competitors + features.cols(); }
};

/// Adds weight * x x^T, x = (1 at first, -1 at second, features). Upper right and diagonal blocks; see mirror().
void add_outer(Eigen::MatrixXd& to, const Problem& problem, std::size_t vote, double weight) {
  const Eigen::Index i = problem.votes[vote].first, j = problem.votes[vote].second, width = problem.features.cols();
  to(i, i) += weight, to(j, j) += weight, to(i, j) -= weight, to(j, i) -= weight;
  const auto row = problem.features.row(static_cast<Eigen::Index>(vote));
  to.row(i).tail(width) += weight * row;
  to.row(j).tail(width) -= weight * row;
  to.bottomRightCorner(width, width).noalias() += weight * row.transpose() * row;
}

void mirror(Eigen::MatrixXd& matrix, Eigen::Index competitors) {
  const Eigen::Index width = matrix.rows() - competitors;
  matrix.bottomLeftCorner(width, competitors) = matrix.topRightCorner(competitors, width).transpose();
}

Derivatives differentiate(const Problem& problem, const Eigen::VectorXd& at) {
  const Eigen::Index size = problem.parameters(), width = problem.features.cols(), competitors = problem.competitors;
  Derivatives out{problem.ridge / 2 * at.head(competitors).squaredNorm(), Eigen::VectorXd::Zero(size),
                  Eigen::MatrixXd::Zero(size, size), Eigen::MatrixXd::Zero(size, size)};
  out.gradient.head(competitors) = problem.ridge * at.head(competitors);
  for (std::size_t v = 0; v < problem.votes.size(); ++v) {
    const Vote& vote = problem.votes[v];
    const auto row = problem.features.row(static_cast<Eigen::Index>(v));
    const double logit = at[vote.first] - at[vote.second] + row.dot(at.tail(width)), win = 1 / (1 + std::exp(-logit));
    const double residual = win - points(vote.outcome);
    out.value += std::max(logit, 0.0) + std::log1p(std::exp(-std::abs(logit))) - points(vote.outcome) * logit;
    out.gradient[vote.first] += residual, out.gradient[vote.second] -= residual;
    out.gradient.tail(width) += residual * row.transpose();
    add_outer(out.curvature, problem, v, win * (1 - win));
    add_outer(out.scores, problem, v, residual * residual);
  }
  mirror(out.curvature, competitors);
  mirror(out.scores, competitors);
  out.curvature.topLeftCorner(competitors, competitors).array() +=
      1 + out.curvature.trace() / static_cast<double>(size);
  out.curvature.diagonal().head(competitors).array() += problem.ridge;
  return out;
}

Eigen::VectorXd maximise(const Problem& problem) {
  Eigen::VectorXd at = Eigen::VectorXd::Zero(problem.parameters());
  constexpr int kMostSteps = 50;
  constexpr double kConverged = 1e-10;
  Derivatives here = differentiate(problem, at);
  for (int step = 0; step < kMostSteps; ++step) {
    Eigen::VectorXd move = here.curvature.llt().solve(here.gradient);
    Derivatives next = differentiate(problem, at - move);
    while (next.value > here.value + 1e-12 * std::abs(here.value) && move.norm() > kConverged)
      next = differentiate(problem, at - (move /= 2));
    at -= move, here = std::move(next);
    if (move.lpNorm<Eigen::Infinity>() < kConverged) break;
  }
  return at;
}

Status check(std::span<const Vote> votes, const StyleTable& style) {
  if (style.width == 0 || style.values.size() / style.width != votes.size() || style.values.size() % style.width != 0)
    return input_error("the style table has " + std::to_string(style.values.size()) + " values for " +
                           std::to_string(votes.size()) + " votes of " + std::to_string(style.width) + " features",
                       "", "give one row per vote");
  for (std::size_t i = 0; i < style.values.size(); ++i)
    if (!std::isfinite(style.values[i]))
      return input_error("style feature " + std::to_string(i % style.width) + " of vote " +
                         std::to_string(i / style.width) + " is not finite");
  return {};
}

Result<Eigen::MatrixXd> scaled(const StyleTable& style, std::size_t votes) {
  const auto rows = static_cast<Eigen::Index>(votes), width = static_cast<Eigen::Index>(style.width);
  Eigen::MatrixXd out = Features(style.values.data(), rows, width);
  for (Eigen::Index f = 0; f < width; ++f) {
    const double mean = out.col(f).mean();
    const double deviation = std::sqrt((out.col(f).array() - mean).square().mean());
    if (!(deviation > 1e-12 * (1 + std::abs(mean))))
      return input_error("style feature " + std::to_string(f) + " is the same in every vote", "", "leave it out");
    out.col(f) /= deviation;
  }
  return out;
}

}  // namespace

double style_difference(double first, double second) { return (first - second) / (first + second + 1); }

Result<StyledRatings> rate_with_style(std::span<const Vote> votes, const StyleTable& style, std::int32_t competitors,
                                      const RatingOptions& options) {
  BAKEOFF_TRY(const Field field, fold(votes, competitors));
  RatingOptions by_half = options;
  by_half.ties = Ties::half;
  BAKEOFF_CHECK(check_rateable(field, by_half));
  BAKEOFF_CHECK(check(votes, style));
  BAKEOFF_TRY(Eigen::MatrixXd features, scaled(style, votes.size()));
  auto separate = inseparable_groups(field);
  const Problem problem{votes, std::move(features), competitors, separate.size() > 1 ? options.ridge : 0};

  const Eigen::VectorXd at = maximise(problem);
  const Derivatives end = differentiate(problem, at);
  const Eigen::LLT<Eigen::MatrixXd> curvature(end.curvature);
  constexpr double kSingular = 1e-10;
  if (curvature.info() != Eigen::Success || curvature.rcond() < kSingular)
    return input_error("the style features can not be told from each other or from the competitors", "",
                       "leave out features that follow from others");
  const Eigen::MatrixXd half = curvature.solve(end.scores), covariance = curvature.solve(half.transpose());

  StyledRatings out{on_scale(field, {at, covariance, {}}, by_half), {}};
  out.ratings.ridge = problem.ridge;
  if (problem.ridge > 0) out.ratings.separate_groups = std::move(separate);
  const double z = normal_quantile(0.5 + options.confidence / 2);
  for (Eigen::Index f = competitors; f < at.size(); ++f) {
    const double reach = z * std::sqrt(covariance(f, f));
    out.effects.push_back({at[f], {at[f] - reach, at[f] + reach}});
  }
  return out;
}

}  // namespace bakeoff::stats
