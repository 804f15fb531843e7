// See charts.h.
#include "reports/charts.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "reports/format.h"
#include "reports/markup.h"

namespace bakeoff::reports {
namespace {

double place(const Axis& axis, double value) {
  const double share = (value - axis.low) / (axis.high - axis.low);
  return 100 * std::clamp(share, 0.0, 1.0);
}

std::string percent(double value) { return fixed(value, 2) + "%"; }

std::string named(const std::string& title, const std::string& description) {
  std::string out = element("title", "", escape(title));
  if (!description.empty()) out += element("desc", "", escape(description));
  return out;
}

std::string vertical(double at, const char* css_class) {
  const std::string x = percent(at);
  return "<line class=\"" + std::string(css_class) + "\" x1=\"" + x + "\" x2=\"" + x + "\" y1=\"0\" y2=\"100%\"/>";
}

/// A box around zero.
std::string band(const Axis& axis, double reach, const char* css_class, const char* y, const char* height) {
  if (reach <= 0) return "";
  const double left = place(axis, -reach), right = place(axis, reach);
  return "<rect class=\"" + std::string(css_class) + "\" x=\"" + percent(left) + "\" width=\"" + percent(right - left) +
         "\" y=\"" + y + "\" height=\"" + height + "\"/>";
}

/// Arms differ by shape as well as by colour.
std::string mark(const std::string& x, const std::string& kind) {
  if (kind == "base") return "<circle class=\"mark hollow\" cx=\"" + x + "\" cy=\"14\" r=\"5\"/>";
  if (kind == "prompted")
    return "<svg x=\"" + x +
           "\" overflow=\"visible\"><rect class=\"mark\" x=\"-5\" y=\"9\" width=\"10\" height=\"10\"/></svg>";
  if (kind == "reprompted")
    return "<svg x=\"" + x + "\" overflow=\"visible\"><path class=\"mark\" d=\"M0 7 7 14 0 21 -7 14Z\"/></svg>";
  return "<circle class=\"mark\" cx=\"" + x + "\" cy=\"14\" r=\"6\"/>";
}

/// The next of 1, 2, 4, 6, 8 times a power of ten: a quarter of it is short too.
double nice_ceiling(double value) {
  if (value <= 0) return 1;
  const double power = std::pow(10.0, std::floor(std::log10(value)));
  for (double step : {1.0, 2.0, 4.0, 6.0, 8.0, 10.0})
    if (value <= step * power * (1 + 1e-9)) return step * power;
  return 10 * power;
}

struct CurveScale {
  double steps = 1, top = 1;
  std::string x(double step) const { return fixed(1000 * step / steps, 1); }
  std::string y(double kl) const { return fixed(1000 * (1 - std::clamp(kl / top, 0.0, 1.0)), 1); }
};

CurveScale curve_scale(const BakeOutcome& outcome) {
  double most = std::max(outcome.kl_held_out_before, outcome.kl_held_out);
  for (const auto& point : outcome.curve) most = std::max(most, point.kl_nats);
  return {std::max(1.0, static_cast<double>(outcome.curve.back().step)), nice_ceiling(most)};
}

std::string polyline(const std::vector<std::pair<double, double>>& points, const CurveScale& scale,
                     const char* css_class) {
  std::string out = "<polyline class=\"" + std::string(css_class) + "\" points=\"";
  for (const auto& [step, kl] : points) out += scale.x(step) + "," + scale.y(kl) + " ";
  out.back() = '"';
  return out + "/>";
}

/// Means over a sliding window of about a tenth of the curve.
std::vector<std::pair<double, double>> smoothed(const std::vector<LossPoint>& curve) {
  const std::size_t reach = std::max<std::size_t>(1, curve.size() / 20);
  std::vector<std::pair<double, double>> out;
  for (std::size_t i = 0; i < curve.size(); ++i) {
    const std::size_t from = i > reach ? i - reach : 0, to = std::min(curve.size(), i + reach + 1);
    double sum = 0;
    for (std::size_t j = from; j < to; ++j) sum += curve[j].kl_nats;
    out.emplace_back(curve[i].step, sum / static_cast<double>(to - from));
  }
  return out;
}

std::string curve_grid(const CurveScale& scale) {
  std::string out;
  constexpr int kLines = 4;
  for (int i = 0; i <= kLines; ++i) {
    const std::string y = percent(100.0 * i / kLines);
    out += "<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"" + y + "\" y2=\"" + y + "\"/>";
    const double value = scale.top * (kLines - i) / kLines;
    out += "<text class=\"tick\" x=\"0\" dx=\"-8\" dy=\"4\" text-anchor=\"end\" y=\"" + y + "\">" +
           fixed(value, scale.top < 4 ? 2 : 1) + "</text>";
  }
  out += "<text class=\"tick\" x=\"0\" y=\"100%\" dy=\"20\">step 1</text>";
  return out + "<text class=\"tick\" x=\"100%\" y=\"100%\" dy=\"20\" text-anchor=\"end\">step " +
         count_text(static_cast<std::int64_t>(scale.steps)) + "</text>";
}

std::string held_out_mark(double kl, const CurveScale& scale, bool is_end) {
  if (kl < 0) return "";
  const std::string y = percent(100 * (1 - std::clamp(kl / scale.top, 0.0, 1.0))), x = is_end ? "100%" : "0%";
  return "<circle class=\"held\" cx=\"" + x + "\" cy=\"" + y + "\" r=\"5\"/><text class=\"tick\" x=\"" + x + "\" y=\"" +
         y + "\" dy=\"-10\" dx=\"" + (is_end ? "-8\" text-anchor=\"end" : "8") + "\">held-out " + fixed(kl, 2) +
         "</text>";
}

std::string curve_description(const BakeOutcome& outcome) {
  std::string text = "Nats per answer token, from " + fixed(outcome.kl_first, 2) + " over the first epoch to " +
                     fixed(outcome.kl_last, 2) + " over the last.";
  if (outcome.kl_held_out >= 0)
    text += " On held-out questions " + fixed(outcome.kl_held_out_before, 2) + " before and " +
            fixed(outcome.kl_held_out, 2) + " after.";
  return text;
}

}  // namespace

Axis share_axis() { return {0, 1, std::nullopt, 0, {{0, "0%"}, {0.25, "25"}, {0.5, "50"}, {0.75, "75"}, {1, "100%"}}}; }

Axis value_axis(double low, double high) {
  if (!(high > low)) high = low + 1;
  return {low, high, std::nullopt, 0, {{low, fixed(low, 2)}, {high, fixed(high, 2)}}};
}

Axis difference_axis(double reach, double band) {
  constexpr std::array kReaches = {0.1, 0.2, 0.5, 1.0};
  double end = 1;
  for (auto r = kReaches.rbegin(); r != kReaches.rend(); ++r)
    if (reach <= *r) end = *r;
  const std::string points = fixed(100 * end, 0), half = fixed(50 * end, 0);
  return {
      -end,
      end,
      0.0,
      band,
      {{-end, "\u2212" + points}, {-end / 2, "\u2212" + half}, {0, "0"}, {end / 2, "+" + half}, {end, "+" + points}}};
}

std::string dot_svg(const Dot& dot, const Axis& axis) {
  std::string out = "<svg class=\"dot " + dot.kind + "\" width=\"100%\" height=\"28\" role=\"img\">" +
                    named(dot.title, dot.description);
  if (axis.zero) out += band(axis, axis.band, "band", "0", "100%") + band(axis, dot.noise, "noise", "3", "22");
  for (const auto& tick : axis.ticks) out += vertical(place(axis, tick.first), "grid");
  if (axis.zero) out += vertical(place(axis, *axis.zero), "zero");
  if (dot.interval)
    out += "<line class=\"whisker\" x1=\"" + percent(place(axis, dot.interval->low)) + "\" x2=\"" +
           percent(place(axis, dot.interval->high)) + "\" y1=\"14\" y2=\"14\"/>";
  return out + mark(percent(place(axis, dot.value)), dot.kind) + "</svg>";
}

std::string axis_svg(const Axis& axis) {
  std::string out = "<svg class=\"axis\" width=\"100%\" height=\"18\" aria-hidden=\"true\">";
  for (const auto& [value, label] : axis.ticks)
    out += "<text class=\"tick\" text-anchor=\"middle\" y=\"13\" x=\"" + percent(place(axis, value)) + "\">" +
           escape(label) + "</text>";
  return out + "</svg>";
}

std::string loss_curve_svg(const BakeOutcome& outcome) {
  if (outcome.curve.size() < 2) return "";
  const CurveScale scale = curve_scale(outcome);
  std::vector<std::pair<double, double>> raw;
  for (const auto& point : outcome.curve) raw.emplace_back(point.step, point.kl_nats);
  return "<div class=\"curve\"><svg width=\"100%\" height=\"220\" overflow=\"visible\" role=\"img\">" +
         named("KL to the prompted model while baking", curve_description(outcome)) + curve_grid(scale) +
         "<svg width=\"100%\" height=\"100%\" viewBox=\"0 0 1000 1000\" preserveAspectRatio=\"none\">" +
         polyline(raw, scale, "raw") + polyline(smoothed(outcome.curve), scale, "smooth") + "</svg>" +
         held_out_mark(outcome.kl_held_out_before, scale, false) + held_out_mark(outcome.kl_held_out, scale, true) +
         "</svg></div>\n";
}

}  // namespace bakeoff::reports
