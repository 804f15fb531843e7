// See heat_map.h.
#include "reports/heat_map.h"

#include <algorithm>
#include <cmath>

#include "harness/core/progress.h"
#include "reports/curve_chart.h"
#include "reports/format.h"
#include "reports/markup.h"
#include "reports/table.h"

namespace bakeoff::reports {
namespace {

constexpr int kRowHeight = 36, kHeadHeight = 44, kCellWidth = 92;
constexpr int kMostNameCells = 22;
constexpr double kDeepest = 0.55;  ///< opacity at which the ink is still read easily (contrast above 4.5)

struct Span {
  double low = 0, high = 0;
  bool has_signs() const { return low < 0 && high > 0; }
};

Span span_of(const HeatMap& map) {
  Span out;
  bool is_first = true;
  for (const auto& row : map.matrix.cells)
    for (const auto& cell : row) {
      if (!cell || !std::isfinite(*cell)) continue;
      out.low = is_first ? *cell : std::min(out.low, *cell);
      out.high = is_first ? *cell : std::max(out.high, *cell);
      is_first = false;
    }
  if (map.unit == "share" && out.low >= 0 && out.high <= 1) return {0, 1};
  return out;
}

/// From 0 to 1: how deep a value's colour is.
double depth(const Span& span, double value) {
  const double reach = std::max(std::abs(span.low), std::abs(span.high));
  if (span.low < 0 && reach > 0) return std::abs(value) / reach;
  return span.high > span.low ? (value - span.low) / (span.high - span.low) : 0.5;
}

std::string text(const char* css_class, const std::string& x, int y, const char* more, const std::string& words) {
  return "<text class=\"" + std::string(css_class) + "\" x=\"" + x + "\" y=\"" + std::to_string(y) + "\"" + more + ">" +
         escape(words) + "</text>";
}

std::string cell_svg(const HeatMap& map, const Span& span, std::size_t row, std::size_t column) {
  const double width = 100.0 / static_cast<double>(map.matrix.columns.size());
  const double x = width * static_cast<double>(column);
  const int y = kHeadHeight + kRowHeight * static_cast<int>(row);
  const auto& value = map.matrix.cells[row][column];
  const std::string middle = fixed(x + width / 2, 3) + "%";
  if (!value || !std::isfinite(*value)) return text("tick", middle, y + 23, " text-anchor=\"middle\"", "\u2013");
  return "<rect class=\"" + std::string(*value < 0 ? "cold" : "warm") + "\" x=\"" + fixed(x, 3) + "%\" y=\"" +
         std::to_string(y + 1) + "\" width=\"" + fixed(width, 3) + "%\" height=\"" + std::to_string(kRowHeight - 2) +
         "\" fill-opacity=\"" + fixed(kDeepest * depth(span, *value), 3) + "\"/>" +
         text("cell", middle, y + 23, " text-anchor=\"middle\"", unit_text(map.unit, *value));
}

}  // namespace

std::string heat_map_svg(const HeatMap& map) {
  const auto &rows = map.matrix.rows, &columns = map.matrix.columns;
  if (rows.empty() || columns.empty()) return "";
  const Span span = span_of(map);
  std::string inner = text("tick", "0", 12, "", map.x_title);
  int widest = display_width(map.y_title);
  for (std::size_t column = 0; column < columns.size(); ++column) {
    const double middle = (static_cast<double>(column) + 0.5) * 100 / static_cast<double>(columns.size());
    inner +=
        text("tick", fixed(middle, 3) + "%", kHeadHeight - 9, " text-anchor=\"middle\"", fitted(columns[column], 14));
  }
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const std::string name = fitted(rows[row], kMostNameCells);
    widest = std::max(widest, display_width(name));
    inner += text("row", "0", kHeadHeight + kRowHeight * static_cast<int>(row) + 23, " dx=\"-10\" text-anchor=\"end\"",
                  name);
    for (std::size_t column = 0; column < columns.size(); ++column) inner += cell_svg(map, span, row, column);
  }
  inner += text("tick", "0", kHeadHeight - 9, " dx=\"-10\" text-anchor=\"end\"", map.y_title);
  const int height = kHeadHeight + kRowHeight * static_cast<int>(rows.size());
  const int width = kCellWidth * static_cast<int>(columns.size());
  return "<div class=\"heat\" style=\"padding-left:" + std::to_string(widest + 2) +
         "ch\"><svg style=\"min-width:" + std::to_string(width) + "px\" width=\"100%\" height=\"" +
         std::to_string(height) + "\" overflow=\"visible\" role=\"img\">" + element("title", "", escape(map.title)) +
         element("desc", "", escape(map.description)) + inner + "</svg></div>\n";
}

}  // namespace bakeoff::reports
