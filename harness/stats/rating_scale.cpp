// See rating_scale.h.
#include "harness/stats/rating_scale.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "harness/stats/mean.h"
#include "harness/stats/resampling.h"

namespace bakeoff::stats {
namespace {

std::string listed(const std::vector<std::vector<std::int32_t>>& groups) {
  std::string text;
  constexpr std::size_t kShown = 5;
  for (std::size_t i = 0; i < std::min(groups.size(), kShown); ++i) {
    text += i ? ", {" : "{";
    for (std::size_t j = 0; j < std::min(groups[i].size(), kShown); ++j)
      text += (j ? " " : "") + std::to_string(groups[i][j]);
    text += groups[i].size() > kShown ? " ...}" : "}";
  }
  return text + (groups.size() > kShown ? ", ..." : "");
}

double all_ties(const Field& field) {
  double ties = 0;
  for (const PairCount& pair : field.pairs) ties += pair.ties;
  return ties;
}

std::vector<double> covariance_in_points(const LogitFit& fit, std::int32_t competitors) {
  std::vector<double> out;
  for (Eigen::Index i = 0; i < competitors; ++i)
    for (Eigen::Index j = 0; j < competitors; ++j) out.push_back(fit.covariance(i, j) * kRatingPoints * kRatingPoints);
  return out;
}

/// In logits, around the rating.
Interval interval_of(const LogitFit& fit, Eigen::Index competitor, double confidence) {
  if (fit.draws.cols() == 0) {
    const double reach =
        normal_quantile(0.5 + confidence / 2) * std::sqrt(std::max(0.0, fit.covariance(competitor, competitor)));
    return {fit.ratings[competitor] - reach, fit.ratings[competitor] + reach};
  }
  const Eigen::VectorXd row = fit.draws.row(competitor);
  std::vector<double> values(row.begin(), row.end());
  std::sort(values.begin(), values.end());
  return {at_share(values, 0.5 - confidence / 2), at_share(values, 0.5 + confidence / 2)};
}

void rank(Ratings& out) {
  for (Rating& one : out.competitors)
    one.rank = 1 + static_cast<std::int32_t>(
                       std::count_if(out.competitors.begin(), out.competitors.end(),
                                     [&](const Rating& other) { return other.interval.low > one.interval.high; }));
}

void move_to_anchor(Ratings& out, const std::optional<Anchor>& anchor) {
  if (!anchor) return;
  const double shift = anchor->rating - out.competitors[static_cast<std::size_t>(anchor->competitor)].rating;
  for (Rating& each : out.competitors) each.rating += shift, each.interval.low += shift, each.interval.high += shift;
}

}  // namespace

Status check_rateable(const Field& field, const RatingOptions& options) {
  if (field.competitors < 2 || field.competitors > kMostCompetitors)
    return input_error("can not rate " + std::to_string(field.competitors) + " competitors", "",
                       "give 2 to " + std::to_string(kMostCompetitors));
  if (options.anchor && (options.anchor->competitor < 0 || options.anchor->competitor >= field.competitors))
    return input_error("the anchor " + std::to_string(options.anchor->competitor) + " is no competitor");
  const auto groups = connected_groups(field);
  if (groups.size() > 1)
    return input_error("no votes connect these groups of competitors: " + listed(groups), "",
                       "rate each group alone, or collect votes between them");
  if (options.ties == Ties::davidson && all_ties(field) >= field.votes())
    return input_error("all votes are ties", "", "Davidson's model needs some wins; count ties by half");
  return {};
}

Ratings on_scale(const Field& field, const LogitFit& fit, const RatingOptions& options) {
  constexpr double kMean = 1000;
  Ratings out;
  out.confidence = options.confidence;
  out.covariance = covariance_in_points(fit, field.competitors);
  out.competitors.resize(static_cast<std::size_t>(field.competitors));
  for (Eigen::Index i = 0; i < field.competitors; ++i) {
    Rating& each = out.competitors[static_cast<std::size_t>(i)];
    const Interval logits = interval_of(fit, i, options.confidence);
    each.rating = kMean + kRatingPoints * fit.ratings[i];
    each.interval = {kMean + kRatingPoints * logits.low, kMean + kRatingPoints * logits.high};
  }
  for (const PairCount& pair : field.pairs)
    for (const auto number : {pair.first, pair.second})
      out.competitors[static_cast<std::size_t>(number)].votes += pair.votes();
  rank(out);
  move_to_anchor(out, options.anchor);
  return out;
}

double Ratings::difference(std::int32_t a, std::int32_t b) const {
  return competitors[static_cast<std::size_t>(a)].rating - competitors[static_cast<std::size_t>(b)].rating;
}

Interval Ratings::difference_interval(std::int32_t a, std::int32_t b) const {
  const auto size = competitors.size(), i = static_cast<std::size_t>(a), j = static_cast<std::size_t>(b);
  const double variance = covariance[i * size + i] + covariance[j * size + j] - 2 * covariance[i * size + j];
  const double reach = normal_quantile(0.5 + confidence / 2) * std::sqrt(std::max(0.0, variance));
  return {difference(a, b) - reach, difference(a, b) + reach};
}

}  // namespace bakeoff::stats
