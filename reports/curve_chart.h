// A line chart: curves with bands over turns, lengths or doses, each named at its end. Widths are in percent, so that
// text keeps its size on every screen; curves differ by mark and dash as well as by colour.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/core/exhibit.h"

namespace bakeoff::reports {

/// A horizontal line for comparison: what base scores, perfect calibration's value.
struct Reference {
  std::string name;
  double value = 0;
};

struct CurveChart {
  std::string title, description;  ///< for those who do not see it
  std::string x_title, y_title;
  std::string unit;                 ///< as in Exhibit: "share" is drawn from 0 to 100%
  std::vector<Curve> curves;        ///< points in order of x
  std::vector<std::size_t> places;  ///< of the curves among colours and marks; empty: in their order
  std::vector<Reference> references;
  bool has_diagonal = false;  ///< y = x, where both are shares
};

/// Nothing where no curve has a point. Points that are not finite are left out.
std::string curve_chart_svg(const CurveChart& chart);

/// "83%", "+3.2 points", "0.412": a value in its unit, as exhibits write it.
std::string unit_text(const std::string& unit, double value);

/// The place at which an arm of this kind has its colour and mark on the whole page.
std::optional<std::size_t> place_of_kind(const std::string& kind);

}  // namespace bakeoff::reports
