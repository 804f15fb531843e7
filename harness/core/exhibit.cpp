// Exhibits as JSON, as the store keeps them.
#include "harness/core/exhibit.h"

namespace bakeoff {
namespace {

Json json_of(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Result<std::optional<double>> number_or_null(const Json& value, const std::string& where) {
  if (value.is_null()) return std::optional<double>();
  if (!value.is_number()) return input_error("expected a number or null, found " + dump(value), where);
  return std::optional<double>(value.get<double>());
}

Result<const Json*> list_at(const Json& list, const std::string& where) {
  if (!list.is_array()) return input_error("expected a list, found " + dump(list), where);
  return &list;
}

Result<CurvePoint> point_from_json(const Json& value, const std::string& where) {
  ObjectReader fields(value, where);
  CurvePoint point;
  point.x = fields.required<double>("x");
  point.value = fields.required<double>("value");
  BAKEOFF_TRY(point.low, number_or_null(fields.raw("low"), fields.path("low")));
  BAKEOFF_TRY(point.high, number_or_null(fields.raw("high"), fields.path("high")));
  point.n = fields.optional<std::int64_t>("n", 0);
  BAKEOFF_CHECK(fields.finish());
  return point;
}

Result<Curve> curve_from_json(const Json& value, const std::string& where) {
  ObjectReader fields(value, where);
  Curve curve;
  curve.arm = fields.required<std::string>("arm");
  BAKEOFF_TRY(const Json* points, list_at(fields.raw("points"), fields.path("points")));
  BAKEOFF_CHECK(fields.finish());
  for (const Json& point : *points) {
    BAKEOFF_TRY(CurvePoint read, point_from_json(point, where + ".points"));
    curve.points.push_back(read);
  }
  return curve;
}

Result<std::vector<std::optional<double>>> row_from_json(const Json& list, std::size_t columns,
                                                         const std::string& where) {
  std::vector<std::optional<double>> row;
  BAKEOFF_CHECK(list_at(list, where));
  for (const Json& cell : list) {
    BAKEOFF_TRY(const auto value, number_or_null(cell, where));
    row.push_back(value);
  }
  if (row.size() != columns) return input_error("a row has another number of cells than there are columns", where);
  return row;
}

Result<Matrix> matrix_from_json(const Json& value, const std::string& where) {
  ObjectReader fields(value, where);
  Matrix matrix;
  matrix.rows = fields.required<std::vector<std::string>>("rows");
  matrix.columns = fields.required<std::vector<std::string>>("columns");
  BAKEOFF_TRY(const Json* cells, list_at(fields.raw("cells"), fields.path("cells")));
  BAKEOFF_CHECK(fields.finish());
  for (const Json& row : *cells) {
    BAKEOFF_TRY(auto read, row_from_json(row, matrix.columns.size(), where + ".cells"));
    matrix.cells.push_back(std::move(read));
  }
  if (matrix.cells.size() != matrix.rows.size())
    return input_error("there are not as many rows of cells as rows", where + ".cells");
  return matrix;
}

Json to_json(const Curve& curve) {
  Json points = Json::array();
  for (const CurvePoint& point : curve.points)
    points.push_back({{"x", point.x},
                      {"value", point.value},
                      {"low", json_of(point.low)},
                      {"high", json_of(point.high)},
                      {"n", point.n}});
  return {{"arm", curve.arm}, {"points", std::move(points)}};
}

Json to_json(const Matrix& matrix) {
  Json cells = Json::array();
  for (const auto& row : matrix.cells) {
    Json values = Json::array();
    for (const auto& cell : row) values.push_back(json_of(cell));
    cells.push_back(std::move(values));
  }
  return {{"rows", matrix.rows}, {"columns", matrix.columns}, {"cells", std::move(cells)}};
}

}  // namespace

Json to_json(const Exhibit& exhibit) {
  Json curves = Json::array();
  for (const Curve& curve : exhibit.curves) curves.push_back(to_json(curve));
  return {{"name", exhibit.name},        {"title", exhibit.title},
          {"finding", exhibit.finding},  {"x_title", exhibit.x_title},
          {"y_title", exhibit.y_title},  {"unit", exhibit.unit},
          {"curves", std::move(curves)}, {"matrix", exhibit.matrix ? to_json(*exhibit.matrix) : Json()}};
}

Result<Exhibit> exhibit_from_json(const Json& value, const std::string& where) {
  ObjectReader fields(value, where);
  Exhibit exhibit;
  exhibit.name = fields.required<std::string>("name");
  exhibit.title = fields.required<std::string>("title");
  exhibit.finding = fields.optional("finding", "");
  exhibit.x_title = fields.optional("x_title", "");
  exhibit.y_title = fields.optional("y_title", "");
  exhibit.unit = fields.optional("unit", "");
  BAKEOFF_TRY(const Json* curves, list_at(fields.raw("curves"), fields.path("curves")));
  const Json& matrix = fields.raw("matrix");
  BAKEOFF_CHECK(fields.finish());
  for (const Json& curve : *curves) {
    BAKEOFF_TRY(Curve read, curve_from_json(curve, where + ".curves"));
    exhibit.curves.push_back(std::move(read));
  }
  if (!matrix.is_null()) {
    BAKEOFF_TRY(exhibit.matrix, matrix_from_json(matrix, where + ".matrix"));
  }
  return exhibit;
}

}  // namespace bakeoff
