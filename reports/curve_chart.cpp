// See curve_chart.h.
#include "reports/curve_chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "harness/core/progress.h"
#include "reports/format.h"
#include "reports/markup.h"
#include "reports/table.h"

namespace bakeoff::reports {
namespace {

constexpr double kHeight = 260;      ///< of the plot, in pixels
constexpr double kLabelHeight = 16;  ///< of a name at a curve's end
constexpr std::size_t kSeries = 6;   ///< colours and marks that can be told apart
constexpr int kMostLabelCells = 24;

/// The class of the nth colour, dash and mark.
std::string series_class(std::size_t place) { return "s" + std::to_string(place % kSeries + 1); }

std::size_t place_of(const CurveChart& chart, std::size_t curve) {
  return curve < chart.places.size() ? chart.places[curve] : curve;
}

bool is_finite(const CurvePoint& point) { return std::isfinite(point.x) && std::isfinite(point.value); }

/// 1, 2 or 5 times a power of ten, at least `value` > 0.
double nice_step(double value) {
  const double power = std::pow(10.0, std::floor(std::log10(value)));
  for (const double step : {1.0, 2.0, 5.0})
    if (value <= step * power * (1 + 1e-9)) return step * power;
  return 10 * power;
}

struct Scale {
  double low = 0, high = 1;
  bool is_log = false;
  std::vector<double> ticks;

  double share(double value) const {
    const auto at = [&](double v) { return is_log ? std::log(v) : v; };
    return std::clamp((at(value) - at(low)) / (at(high) - at(low)), 0.0, 1.0);
  }
};

Scale nice_scale(double low, double high) {
  if (!(high > low)) {
    const double reach = std::max(std::abs(low), 1.0) * 0.5;
    low -= reach, high += reach;
  }
  const double step = nice_step((high - low) / 5);
  Scale scale;
  scale.low = std::floor(low / step + 1e-9) * step;
  scale.high = std::ceil(high / step - 1e-9) * step;
  for (int i = 0; scale.low + i * step <= scale.high + step / 2; ++i) scale.ticks.push_back(scale.low + i * step);
  return scale;
}

/// Ticks at the values themselves where they are few; a logarithmic scale where they span more than fifty to one.
Scale x_scale(const std::vector<Curve>& curves) {
  constexpr std::size_t kMostOwnTicks = 8;
  constexpr double kSpanForLog = 50;
  std::set<double> values;
  for (const auto& curve : curves)
    for (const auto& point : curve.points)
      if (is_finite(point)) values.insert(point.x);
  Scale scale = nice_scale(*values.begin(), *values.rbegin());
  if (values.size() > 1) scale.low = *values.begin(), scale.high = *values.rbegin();
  scale.is_log = *values.begin() > 0 && values.size() > 2 && *values.rbegin() / *values.begin() > kSpanForLog;
  if (values.size() <= kMostOwnTicks) scale.ticks.assign(values.begin(), values.end());
  std::erase_if(scale.ticks, [&](double tick) { return tick < scale.low || tick > scale.high; });
  return scale;
}

Scale y_scale(const CurveChart& chart) {
  std::vector<double> values, ends;
  for (const auto& curve : chart.curves)
    for (const auto& point : curve.points) {
      values.push_back(point.value);
      ends.push_back(point.low.value_or(point.value));
      ends.push_back(point.high.value_or(point.value));
    }
  for (const auto& reference : chart.references) values.push_back(reference.value);
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  if (chart.unit == "share" && *least >= 0 && *most <= 1) return {0, 1, false, {0, 0.25, 0.5, 0.75, 1}};
  double low = *least, high = *most;
  for (const double end : ends)
    if (std::isfinite(end)) low = std::min(low, end), high = std::max(high, end);
  return nice_scale(low > 0 && low < high / 2 ? 0 : low, high);
}

std::string percent(double share) { return fixed(100 * share, 2) + "%"; }
std::string thousand(double share) { return fixed(1000 * share, 1); }

std::string line(const char* css_class, const std::string& x1, const std::string& y1, const std::string& x2,
                 const std::string& y2) {
  return "<line class=\"" + std::string(css_class) + "\" x1=\"" + x1 + "\" y1=\"" + y1 + "\" x2=\"" + x2 + "\" y2=\"" +
         y2 + "\"/>";
}

std::string label(const char* css_class, const std::string& x, const std::string& y, const std::string& more,
                  const std::string& text) {
  return "<text class=\"" + std::string(css_class) + "\" x=\"" + x + "\" y=\"" + y + "\"" + more + ">" + escape(text) +
         "</text>";
}

/// "0.5", "8,000", "0.01": what an axis says at a place.
std::string tick_text(double value) {
  if (value == std::round(value) && std::abs(value) < 1e9) return count_text(std::llround(value));
  return Json(value).dump().size() <= 6 ? Json(value).dump() : fixed(value, std::abs(value) < 0.1 ? 3 : 2);
}

std::string grid(const CurveChart& chart, const Scale& x, const Scale& y) {
  std::string out;
  for (const double tick : y.ticks) {
    const std::string at = percent(1 - y.share(tick));
    out += line("grid", "0", at, "100%", at) +
           label("tick", "0", at, " dx=\"-8\" dy=\"4\" text-anchor=\"end\"", unit_text(chart.unit, tick));
  }
  double last = -1;
  for (const double tick : x.ticks) {
    constexpr double kLeastGap = 0.07;
    const double at = x.share(tick);
    if (last >= 0 && at - last < kLeastGap) continue;
    last = at;
    out += label("tick", percent(at), "100%", " dy=\"18\" text-anchor=\"middle\"", tick_text(tick));
  }
  return out + label("tick", "50%", "100%", " dy=\"38\" text-anchor=\"middle\"", chart.x_title) +
         label("tick", "0", "0", " dx=\"-8\" dy=\"-14\"", chart.y_title);
}

/// The area between the intervals' ends; of a single one a line.
std::string band(const Curve& curve, const Scale& x, const Scale& y, const std::string& css_class) {
  std::string upper, lower, stem;
  int points = 0;
  for (const auto& point : curve.points) {
    if (!is_finite(point) || !point.low || !point.high) continue;
    ++points;
    const std::string at = thousand(x.share(point.x));
    stem = line(("line " + css_class).c_str(), at, thousand(1 - y.share(*point.low)), at,
                thousand(1 - y.share(*point.high)));
    upper += thousand(x.share(point.x)) + "," + thousand(1 - y.share(*point.high)) + " ";
    lower = thousand(x.share(point.x)) + "," + thousand(1 - y.share(*point.low)) + " " + lower;
  }
  if (points < 2) return stem;
  lower.pop_back();
  return "<polygon class=\"area " + css_class + "\" points=\"" + upper + lower + "\"/>";
}

std::string path(const Curve& curve, const Scale& x, const Scale& y, const std::string& css_class) {
  std::string points;
  for (const auto& point : curve.points)
    if (is_finite(point)) points += thousand(x.share(point.x)) + "," + thousand(1 - y.share(point.value)) + " ";
  if (points.empty()) return "";
  points.pop_back();
  return "<polyline class=\"line " + css_class + "\" points=\"" + points + "\"/>";
}

/// Circle, square, cross, ring, triangle, diamond: around the origin.
std::string mark(std::size_t place) {
  static const std::array<const char*, kSeries> kMarks = {
      "<circle class=\"mark\" r=\"4\"/>",
      "<rect class=\"mark\" x=\"-4\" y=\"-4\" width=\"8\" height=\"8\"/>",
      "<path class=\"stroke\" d=\"M-4-4 4 4M4-4-4 4\"/>",
      "<circle class=\"hollow\" r=\"4\"/>",
      "<path class=\"mark\" d=\"M0-5 5 4-5 4Z\"/>",
      "<path class=\"mark\" d=\"M0-6 6 0 0 6-6 0Z\"/>",
  };
  return kMarks[place % kSeries];
}

/// A mark at every point where they are few, else at the end alone.
std::string marks(const Curve& curve, const Scale& x, const Scale& y, std::size_t place) {
  constexpr std::size_t kMostMarks = 24;
  std::string out;
  for (std::size_t i = 0; i < curve.points.size(); ++i) {
    const auto& point = curve.points[i];
    if (!is_finite(point) || (curve.points.size() > kMostMarks && i + 1 < curve.points.size())) continue;
    out += "<svg class=\"" + series_class(place) + "\" overflow=\"visible\" x=\"" + percent(x.share(point.x)) +
           "\" y=\"" + percent(1 - y.share(point.value)) + "\">" + mark(place) + "</svg>";
  }
  return out;
}

struct EndLabel {
  std::string text, css_class;
  double y = 0;  ///< in pixels from the top
};

/// Moves labels apart until none covers another, keeping their order.
void spread(std::vector<EndLabel>& labels) {
  std::stable_sort(labels.begin(), labels.end(), [](const auto& a, const auto& b) { return a.y < b.y; });
  for (std::size_t i = 1; i < labels.size(); ++i) labels[i].y = std::max(labels[i].y, labels[i - 1].y + kLabelHeight);
  double floor = std::max(kHeight, kLabelHeight * static_cast<double>(labels.size()));
  for (auto one = labels.rbegin(); one != labels.rend(); ++one) {
    one->y = std::min(one->y, floor);
    floor = one->y - kLabelHeight;
  }
}

std::vector<EndLabel> end_labels(const CurveChart& chart, const Scale& y) {
  std::vector<EndLabel> out;
  for (std::size_t i = 0; i < chart.curves.size(); ++i) {
    const auto& points = chart.curves[i].points;
    const auto last = std::find_if(points.rbegin(), points.rend(), is_finite);
    if (last != points.rend())
      out.push_back({fitted(chart.curves[i].arm, kMostLabelCells), series_class(place_of(chart, i)),
                     kHeight * (1 - y.share(last->value))});
  }
  for (const auto& one : chart.references)
    out.push_back({fitted(one.name, kMostLabelCells), "reference", kHeight * (1 - y.share(one.value))});
  spread(out);
  return out;
}

std::string labels_svg(const std::vector<EndLabel>& labels) {
  std::string out;
  for (const auto& one : labels)
    out += label(("name " + one.css_class).c_str(), "100%", fixed(one.y, 1), " dx=\"12\" dy=\"4\"", one.text);
  return out;
}

}  // namespace

std::string unit_text(const std::string& unit, double value) {
  if (unit == "share") return fixed(100 * value, std::abs(100 * value - std::round(100 * value)) < 0.05 ? 0 : 1) + "%";
  if (unit == "points") return with_sign(value, value == std::round(value) ? 0 : 1);
  if (value == std::round(value) && std::abs(value) < 1e9) return count_text(std::llround(value));
  const double size = std::abs(value);
  return (value < 0 ? "\u2212" : "") + fixed(size, size < 0.1 ? 3 : size < 10 ? 2 : 1);
}

std::optional<std::size_t> place_of_kind(const std::string& kind) {
  if (kind == "baked") return 0;
  if (kind == "prompted") return 1;
  if (kind == "base") return 3;
  if (kind == "reprompted") return 5;
  return std::nullopt;
}

std::string curve_chart_svg(const CurveChart& chart) {
  const bool is_empty = std::none_of(chart.curves.begin(), chart.curves.end(), [](const auto& curve) {
    return std::any_of(curve.points.begin(), curve.points.end(), is_finite);
  });
  if (is_empty) return "";
  const Scale y = y_scale(chart);
  const Scale x = chart.has_diagonal ? Scale{0, 1, false, {0, 0.25, 0.5, 0.75, 1}} : x_scale(chart.curves);
  std::string bands, lines, points;
  for (std::size_t i = 0; i < chart.curves.size(); ++i) {
    const std::size_t place = place_of(chart, i);
    bands += band(chart.curves[i], x, y, series_class(place));
    lines += path(chart.curves[i], x, y, series_class(place));
    points += marks(chart.curves[i], x, y, place);
  }
  for (const auto& one : chart.references) {
    const std::string at = thousand(1 - y.share(one.value));
    lines += line("reference", "0", at, "1000", at);
  }
  if (chart.has_diagonal) lines += line("reference", "0", "1000", "1000", "0");
  const auto labels = end_labels(chart, y);
  int widest = 0;
  for (const auto& one : labels) widest = std::max(widest, display_width(one.text));
  return "<div class=\"curve\" style=\"padding-right:" + std::to_string(widest + 3) +
         "ch\"><svg width=\"100%\" height=\"" + fixed(kHeight, 0) + "\" overflow=\"visible\" role=\"img\">" +
         element("title", "", escape(chart.title)) + element("desc", "", escape(chart.description)) +
         grid(chart, x, y) +
         "<svg width=\"100%\" height=\"100%\" viewBox=\"0 0 1000 1000\" preserveAspectRatio=\"none\">" + bands + lines +
         "</svg>" + points + labels_svg(labels) + "</svg></div>\n";
}

}  // namespace bakeoff::reports
