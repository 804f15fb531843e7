// Charts as inline SVG, drawn by hand so that a page needs no script. Widths are in percent, so text keeps its size on
// every screen; colours come from the page's classes. Each has role="img" with a title and a description in words, and
// stands beside a table with the same numbers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/core/baker_api.h"
#include "harness/stats/interval.h"

namespace bakeoff::reports {

/// A horizontal scale.
struct Axis {
  double low = 0, high = 1;
  std::optional<double> zero;  ///< a vertical line, for differences
  double band = 0;             ///< half-width of the "counts as the same" band around zero
  std::vector<std::pair<double, std::string>> ticks;
};

/// 0 to 100%.
Axis share_axis();
/// Wide enough for values of any scale.
Axis value_axis(double low, double high);
/// Around zero, in points, symmetric; `reach` is the farthest value to be shown, in [0, 1].
Axis difference_axis(double reach, double band);

/// One row of a dot plot.
struct Dot {
  std::string title, description;
  double value = 0;
  std::optional<stats::Interval> interval;
  std::string kind;  ///< class: an arm's kind, or a finding
  double noise = 0;  ///< half-width of the noise floor around zero
};
std::string dot_svg(const Dot& dot, const Axis& axis);
/// The tick labels under the rows.
std::string axis_svg(const Axis& axis);

/// KL per answer token over the optimiser's steps, with the held-out values at both ends. Fewer than 2 points: empty.
std::string loss_curve_svg(const BakeOutcome& outcome);

}  // namespace bakeoff::reports
