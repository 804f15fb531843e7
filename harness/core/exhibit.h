// What a suite shows beyond scores: curves over turns, lengths or doses, and matrices over bakes. A suite computes
// them from its samples, the store keeps them, the report draws them and prints the same numbers as a table.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/core/json.h"

namespace bakeoff {

struct CurvePoint {
  double x = 0;
  double value = 0;
  std::optional<double> low, high;  ///< the ends of an interval, where there is one
  std::int64_t n = 0;               ///< what the point is a mean of
};

struct Curve {
  std::string arm;  ///< an arm, or what else the line stands for
  std::vector<CurvePoint> points;
};

/// Rows by columns; nothing where nothing was measured.
struct Matrix {
  std::vector<std::string> rows, columns;
  std::vector<std::vector<std::optional<double>>> cells;  ///< [row][column]
};

struct Exhibit {
  std::string name;              ///< unique in its suite: "stability"
  std::string title;             ///< "Stability per turn"
  std::string finding;           ///< one or two sentences: what is to be seen, with its numbers; may be empty
  std::string x_title;           ///< "turn"; of a matrix: what the columns are
  std::string y_title;           ///< "stability"; of a matrix: what the rows are
  std::string unit;              ///< of the values: "share" (shown in percent), "nats/token", "points"
  std::vector<Curve> curves;     ///< either curves
  std::optional<Matrix> matrix;  ///< or a matrix
};

Json to_json(const Exhibit& exhibit);
Result<Exhibit> exhibit_from_json(const Json& value, const std::string& where);

}  // namespace bakeoff
