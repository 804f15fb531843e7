// A matrix as a heat map with its numbers in the cells. Depth of colour follows the value; the numbers carry it too.
#pragma once

#include <string>

#include "harness/core/exhibit.h"

namespace bakeoff::reports {

struct HeatMap {
  std::string title, description;  ///< for those who do not see it
  std::string x_title, y_title;    ///< what columns and rows are
  std::string unit;                ///< as in Exhibit; where values have both signs, each sign has its colour
  Matrix matrix;
};

/// Nothing for a matrix without rows or columns.
std::string heat_map_svg(const HeatMap& map);

}  // namespace bakeoff::reports
