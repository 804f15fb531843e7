// What suites show beyond scores: curves and matrices, each with the finding above and the numbers below it.
#include <algorithm>
#include <set>

#include "reports/curve_chart.h"
#include "reports/format.h"
#include "reports/heat_map.h"
#include "reports/html.h"

namespace bakeoff::reports::html {
namespace {

std::string or_else(const std::string& text, const char* otherwise) { return text.empty() ? otherwise : text; }

const CurvePoint* point_at(const Curve& curve, double x) {
  for (const auto& point : curve.points)
    if (point.x == x) return &point;
  return nullptr;
}

std::string point_text(const std::string& unit, const CurvePoint& point) {
  std::string text = unit_text(unit, point.value);
  if (point.low && point.high)
    text +=
        " <span class=\"soft\">(" + unit_text(unit, *point.low) + " to " + unit_text(unit, *point.high) + ")</span>";
  if (point.n > 0) text += " <span class=\"soft\">n " + count_text(point.n) + "</span>";
  return text;
}

/// One row per place on the x axis, one column per curve.
std::string curves_rows(const Exhibit& exhibit) {
  std::set<double> places;
  for (const auto& curve : exhibit.curves)
    for (const auto& point : curve.points) places.insert(point.x);
  std::string head = "<th scope=\"col\">" + escape(or_else(exhibit.x_title, "x")) + "</th>";
  for (const auto& curve : exhibit.curves) head += "<th scope=\"col\">" + escape(curve.arm) + "</th>";
  std::string rows;
  for (const double x : places) {
    std::string cells = "<th scope=\"row\">" + unit_text("", x) + "</th>";
    for (const auto& curve : exhibit.curves) {
      const CurvePoint* point = point_at(curve, x);
      cells += element("td", "", point ? point_text(exhibit.unit, *point) : "\u2013");
    }
    rows += element("tr", "", cells) + "\n";
  }
  return "<thead><tr>" + head + "</tr></thead>" + element("tbody", "", rows);
}

std::string matrix_rows(const Exhibit& exhibit) {
  const Matrix& matrix = *exhibit.matrix;
  std::string head = "<th scope=\"col\">" + escape(or_else(exhibit.y_title, "row")) + "</th>";
  for (const auto& column : matrix.columns) head += "<th scope=\"col\" class=\"num\">" + escape(column) + "</th>";
  std::string rows;
  for (std::size_t row = 0; row < matrix.rows.size(); ++row) {
    std::string cells = "<th scope=\"row\">" + escape(matrix.rows[row]) + "</th>";
    for (const auto& cell : matrix.cells[row])
      cells += element("td", "num", cell ? unit_text(exhibit.unit, *cell) : "\u2013");
    rows += element("tr", "", cells) + "\n";
  }
  return "<thead><tr>" + head + "</tr></thead>" + element("tbody", "", rows);
}

std::string description(const Exhibit& exhibit) {
  if (!exhibit.finding.empty()) return exhibit.finding;
  return exhibit.title + ": the numbers are in the table below.";
}

std::string caption(const Exhibit& exhibit) {
  std::string text;
  if (exhibit.matrix)
    text = "Rows: " + exhibit.y_title + "; columns: " + exhibit.x_title + ".";
  else
    text = exhibit.y_title + (exhibit.y_title.empty() ? "" : " against ") + exhibit.x_title +
           "; shaded: intervals, where there are any.";
  if (!exhibit.unit.empty() && exhibit.unit != "share") text += " In " + exhibit.unit + ".";
  return escape(text);
}

std::string exhibit_block(const ReportModel& model, const std::string& label, const Exhibit& exhibit) {
  Drawing out;
  out.caption = caption(exhibit);
  out.table_label = exhibit.title;
  if (exhibit.matrix) {
    out.svg =
        scrolling_box(exhibit.title + ", drawn", heat_map_svg({exhibit.title, description(exhibit), exhibit.x_title,
                                                               exhibit.y_title, exhibit.unit, *exhibit.matrix}));
    out.table_rows = matrix_rows(exhibit);
  } else {
    CurveChart chart;
    chart.title = exhibit.title;
    chart.description = description(exhibit);
    chart.x_title = exhibit.x_title;
    chart.y_title = exhibit.y_title;
    chart.unit = exhibit.unit;
    chart.curves = exhibit.curves;
    chart.places = places_of(model, exhibit.curves);
    out.svg = curve_chart_svg(chart);
    out.table_rows = curves_rows(exhibit);
  }
  return "<h3>" + escape(exhibit.title) + " <span class=\"soft\">" + escape(label) + "</span></h3>" +
         (exhibit.finding.empty() ? "" : element("p", "", escape(exhibit.finding))) + drawn(out);
}

}  // namespace

std::vector<std::size_t> places_of(const ReportModel& model, const std::vector<Curve>& curves) {
  std::vector<std::size_t> out;
  for (const auto& curve : curves) {
    std::optional<std::size_t> place;
    for (const auto& one : model.arms)
      if (one.arm.name == curve.arm) place = place_of_kind(one.arm.kind);
    if (!place || std::find(out.begin(), out.end(), *place) != out.end()) return {};
    out.push_back(*place);
  }
  return out;
}

std::string drawn(const Drawing& drawing) {
  std::string out = "<figure>" + drawing.svg + "<figcaption>" + drawing.caption + "</figcaption></figure>\n";
  if (!drawing.table_rows.empty())
    out += "<details class=\"more small\"><summary>The numbers" +
           element("span", "sr", " of " + escape(drawing.table_label)) + "</summary>" +
           scrolling_table(drawing.table_label, "", drawing.table_rows) + "</details>\n";
  return out;
}

std::string exhibits_title(const ReportModel& model) {
  return is_votes_alone(model) ? "Who beats whom?" : "Curves and matrices";
}

std::string exhibits(const ReportModel& model) {
  const std::string further = further_drawings(model);
  if (model.exhibits.empty() && further.empty()) return "";
  std::string out = "<section id=\"curves\"><h2>" + exhibits_title(model) + "</h2>\n" + further;
  for (const auto& [label, exhibit] : model.exhibits) out += exhibit_block(model, label, exhibit);
  return out + "</section>\n";
}

}  // namespace bakeoff::reports::html
