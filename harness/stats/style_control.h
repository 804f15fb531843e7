// Ratings with style held equal: how strong is each competitor once the length, lists or headings of its answers are
// taken out? A logistic regression per vote,
//
//   logit P(first wins) = r_first - r_second + sum_f beta_f z_f
//
// z_f the difference in style feature f between the two answers, divided by its standard deviation over the votes, ties
// by half (Chiang et al. 2024, arXiv:2403.04132, and its authors' note "Does style matter?", 2024). It is not centred,
// so that two answers of the same style and strength win equally often (arena-rank centres it, which favours the first
// place a little where the mean difference is not 0). Fitted by Newton's method without a penalty (FastChat:
// L2 0.5); intervals by the sandwich, as in bradley_terry.h. Holding style equal says nothing about causes: a model
// that is better *because* it explains at length loses part of its rating here. Show both.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/core/result.h"
#include "harness/stats/bradley_terry.h"

namespace bakeoff::stats {

/// (a - b) / (a + b + 1), the difference of two counts as arenas take it; in (-1, 1).
double style_difference(double first, double second);

/// The features of every vote, one row per vote, `width` columns.
struct StyleTable {
  std::span<const double> values;
  std::size_t width = 0;
};

struct StyleEffect {
  double logit = 0;  ///< for one standard deviation of the difference; > 0: more of it wins votes
  Interval interval;
};

struct StyledRatings {
  Ratings ratings;
  std::vector<StyleEffect> effects;  ///< one per column
};

/// RatingOptions: ties by half only, no bootstrap. Errors: as rate_competitors(); a table of another size; a value that
/// is not finite; a feature that never differs or that the others and the ratings explain in full.
Result<StyledRatings> rate_with_style(std::span<const Vote> votes, const StyleTable& style, std::int32_t competitors,
                                      const RatingOptions& options = {});

}  // namespace bakeoff::stats
