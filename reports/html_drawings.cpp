// Drawings that follow from a run's own samples, votes and arms: calibration, dose-response, ratings. Each is there
// where the run has its data.
#include <algorithm>
#include <cmath>
#include <map>

#include "harness/compare/ranking.h"
#include "reports/curve_chart.h"
#include "reports/format.h"
#include "reports/heat_map.h"
#include "reports/html.h"

namespace bakeoff::reports::html {
namespace {

std::string title_of(const char* title, const std::string& suite) {
  return "<h3>" + std::string(title) + (suite.empty() ? "" : " <span class=\"soft\">" + escape(suite) + "</span>") +
         "</h3>";
}

std::string number_cell(const std::string& text) { return element("td", "num", text); }

std::string head_of(std::initializer_list<const char*> names) {
  std::string cells;
  for (const char* name : names)
    cells += "<th scope=\"col\"" + std::string(cells.empty() ? "" : " class=\"num\"") + ">" + name + "</th>";
  return "<thead>" + element("tr", "", cells) + "</thead>";
}

std::string share(double value) { return unit_text("share", value); }

// --- calibration ---

/// "ECE 0.083 for base, 0.120 for baked: ..."
std::string calibration_finding(const ReportModel& model, const SuiteReport& suite) {
  std::string text;
  for (const auto& one : suite.calibrations)
    text += (text.empty() ? "" : ", ") + fixed(one.seen.ece, 3) + " for " + arm_name(model, one.arm);
  return "Expected calibration error " + text +
         ": the mean gap between the probability of the likeliest choice and how often it is right. 0 would be "
         "perfect; "
         "chance alone keeps it above 0.";
}

std::string errors_table(const ReportModel& model, const SuiteReport& suite) {
  std::string rows;
  for (const auto& one : suite.calibrations)
    rows += element("tr", "",
                    "<th scope=\"row\">" + arm_tag(model, one.arm) + "</th>" + number_cell(count_text(one.seen.items)) +
                        number_cell(fixed(one.seen.ece, 3)) + number_cell(fixed(one.seen.brier, 3)) +
                        number_cell(fixed(one.seen.reliability, 4)) + number_cell(fixed(one.seen.resolution, 4)) +
                        number_cell(fixed(one.seen.uncertainty, 4)));
  return scrolling_table(suite.label + ": errors of calibration", "",
                         head_of({"arm", "items", "ECE", "Brier", "reliability", "resolution", "uncertainty"}) +
                             element("tbody", "", rows)) +
         element(
             "p", "soft small",
             "Brier is the mean squared gap to the outcome. Of its parts reliability is best small, resolution best "
             "large; uncertainty is that of the questions.");
}

std::string bins_rows(const ReportModel& model, const SuiteReport& suite) {
  std::string rows;
  for (const auto& one : suite.calibrations)
    for (const auto& bin : one.seen.bins)
      rows += element("tr", "",
                      "<th scope=\"row\">" + arm_tag(model, one.arm) + "</th>" +
                          number_cell(share(bin.low) + " to " + share(bin.high)) + number_cell(count_text(bin.items)) +
                          number_cell(share(bin.mean_confidence)) + number_cell(share(bin.share)) +
                          number_cell(share(bin.interval.low) + " to " + share(bin.interval.high)));
  return head_of({"arm", "confidence", "items", "mean confidence", "right", "95% interval"}) +
         element("tbody", "", rows);
}

std::string calibration(const ReportModel& model, const SuiteReport& suite) {
  CurveChart chart;
  chart.title = "Calibration on " + suite.label;
  chart.description = calibration_finding(model, suite);
  chart.x_title = "stated confidence";
  chart.y_title = "right";
  chart.unit = "share";
  chart.has_diagonal = true;
  for (const auto& one : suite.calibrations) {
    Curve curve{arm_name(model, one.arm), {}};
    for (const auto& bin : one.seen.bins)
      curve.points.push_back({bin.mean_confidence, bin.share, bin.interval.low, bin.interval.high, bin.items});
    chart.curves.push_back(std::move(curve));
  }
  chart.places = places_of(model, chart.curves);
  return title_of("Calibration", suite.label) + element("p", "", escape(chart.description)) +
         drawn({curve_chart_svg(chart),
                "Items in ten bins by stated confidence; shaded: 95% intervals of the share right. Dashed: confidence "
                "that means what it says; below it a model is too sure.",
                "calibration on " + suite.label, bins_rows(model, suite)}) +
         errors_table(model, suite);
}

// --- dose-response ---

/// Baked arms of one bake, by the adapter's scale.
struct Doses {
  std::string bake;
  std::map<double, std::size_t> arms;
};

std::vector<Doses> doses_of(const ReportModel& model) {
  std::vector<Doses> out;
  for (std::size_t i = 0; i < model.arms.size(); ++i) {
    const Arm& arm = model.arms[i].arm;
    if (arm.kind != "baked") continue;
    auto found = std::find_if(out.begin(), out.end(), [&](const Doses& doses) { return doses.bake == arm.bake; });
    if (found == out.end()) found = out.insert(out.end(), Doses{arm.bake, {}});
    found->arms.emplace(arm.scale, i);
  }
  const auto base = find_arm(model, "base", "");
  std::erase_if(out, [](const Doses& doses) { return doses.arms.size() < 2; });
  for (Doses& doses : out)
    if (base) doses.arms.emplace(0, *base);
  return out;
}

std::optional<CurvePoint> dose_point(const MetricReport& metric, double scale, std::size_t arm) {
  const Figure& figure = metric.figures[arm];
  if (!figure.score) return std::nullopt;
  CurvePoint point{scale, *figure.score, {}, {}, figure.scored};
  if (figure.interval) point.low = figure.interval->low, point.high = figure.interval->high;
  return point;
}

/// "At 0, 0.5 and 1: ..." in words, first and last of each bake.
std::string dose_finding(const MetricReport& metric, const std::vector<Curve>& curves) {
  std::string text;
  for (const Curve& curve : curves) {
    const CurvePoint &first = curve.points.front(), &last = curve.points.back();
    const auto best = std::max_element(curve.points.begin(), curve.points.end(), [&](const auto& a, const auto& b) {
      return metric.higher_is_better ? a.value < b.value : a.value > b.value;
    });
    text += (text.empty() ? "" : " ") + curve.arm + ": " + score_text(metric, first.value, first.n) + " at scale " +
            unit_text("", first.x) + ", " + score_text(metric, last.value, last.n) + " at " + unit_text("", last.x) +
            "; best at " + unit_text("", best->x) + ".";
  }
  return text;
}

std::string doses_rows(const ReportModel& model, const MetricReport& metric, const std::vector<Doses>& all) {
  std::string rows;
  for (const Doses& doses : all)
    for (const auto& [scale, arm] : doses.arms) {
      const Figure& figure = metric.figures[arm];
      rows += element("tr", "",
                      "<th scope=\"row\">" + escape(doses.bake) + "</th>" + number_cell(unit_text("", scale)) +
                          number_cell(arm_tag(model, arm)) + number_cell(escape(figure_text(metric, figure))) +
                          number_cell(interval_text(metric, figure.interval)));
    }
  return head_of({"bake", "scale", "arm", "score", "95% interval"}) + element("tbody", "", rows);
}

std::string dose_response(const ReportModel& model, const SuiteReport& suite, const std::vector<Doses>& all) {
  const MetricReport& metric = suite.metrics.front();
  CurveChart chart;
  chart.title = "Dose and response on " + suite.label;
  chart.x_title = "scale of the adapter";
  chart.y_title = metric.name;
  chart.unit = metric.is_share ? "share" : "";
  for (const Doses& doses : all) {
    Curve curve{doses.bake, {}};
    for (const auto& [scale, arm] : doses.arms)
      if (const auto point = dose_point(metric, scale, arm)) curve.points.push_back(*point);
    if (curve.points.size() > 1) chart.curves.push_back(std::move(curve));
  }
  if (chart.curves.empty()) return "";
  for (std::size_t i = 0; i < model.arms.size(); ++i)
    if (model.arms[i].arm.kind == "prompted" && metric.figures[i].score)
      chart.references.push_back({arm_name(model, i), *metric.figures[i].score});
  chart.description = dose_finding(metric, chart.curves);
  const char* base = find_arm(model, "base", "") ? "scale 0 is base, " : "";
  return title_of("Dose and response", suite.label) + element("p", "", escape(chart.description)) +
         drawn({curve_chart_svg(chart),
                std::string("Score against the scale of the adapter: ") + base +
                    "1 the bake as it was trained; shaded: 95% intervals; dashed: with the prompt in front.",
                "dose and response on " + suite.label, doses_rows(model, metric, all)});
}

// --- ratings ---

std::string arm_kind(const ReportModel& model, const std::string& name) {
  for (const auto& one : model.arms)
    if (one.arm.name == name) return one.arm.kind;
  return "same";
}

/// Where groups took no point from each other, nothing says how far apart they are.
bool is_bounded(const compare::Ranking& ranking) { return ranking.separate_groups.empty(); }

std::string rating_interval(const compare::Ranking& ranking, const stats::Rating& rating) {
  return is_bounded(ranking) ? fixed(rating.interval.low, 0) + " to " + fixed(rating.interval.high, 0) : "\u2013";
}

}  // namespace

std::string ratings_table(const ReportModel& model) {
  if (!model.ranking) return "";
  const compare::Ranking& ranking = *model.ranking;
  double low = 1000, high = 1000;
  for (const auto& one : ranking.models) {
    low = std::min({low, one.rating.rating, is_bounded(ranking) ? one.rating.interval.low : low});
    high = std::max({high, one.rating.rating, is_bounded(ranking) ? one.rating.interval.high : high});
  }
  constexpr double kStep = 50;
  low = std::floor(low / kStep) * kStep, high = std::ceil(high / kStep) * kStep;
  Axis axis = value_axis(low, high);
  axis.ticks = {{low, fixed(low, 0)}, {high, fixed(high, 0)}};
  std::string rows;
  for (const auto& one : ranking.models) {
    Dot dot;
    dot.title = one.name + ", rating";
    dot.description = fixed(one.rating.rating, 0) + ", 95% interval " + rating_interval(ranking, one.rating);
    dot.value = one.rating.rating;
    if (is_bounded(ranking)) dot.interval = one.rating.interval;
    dot.kind = arm_kind(model, one.name);
    const auto labelled = [](const char* label, const std::string& text, const char* css_class) {
      return "<td" + attribute("class", css_class) + attribute("data-label", label) + ">" + text + "</td>";
    };
    rows += "<tr><th scope=\"row\">" + element("span", dot.kind, escape(one.name)) + "</th><td class=\"plot\">" +
            dot_svg(dot, axis) + "</td>" +
            labelled("rating", element("b", "", fixed(one.rating.rating, 0)), "num key") +
            labelled("95%", rating_interval(ranking, one.rating), "num") +
            labelled("rank", std::to_string(one.rating.rank), "num") +
            labelled("votes", fixed(one.rating.votes, 0), "num") +
            labelled("won/lost/tied", fixed(one.wins, 0) + " / " + fixed(one.losses, 0) + " / " + fixed(one.ties, 0),
                     "num") +
            "</tr>\n";
  }
  const std::string head =
      "<thead><tr><th scope=\"col\">who</th><th scope=\"col\" class=\"plot\">rating with 95% interval</th>"
      "<th scope=\"col\" class=\"num\">rating</th><th scope=\"col\" class=\"num\">95% interval</th>"
      "<th scope=\"col\" class=\"num\">rank</th><th scope=\"col\" class=\"num\">votes</th>"
      "<th scope=\"col\" class=\"num\">won / lost / tied</th></tr></thead>";
  return scrolling_table("Ratings", "dots",
                         head + element("tbody", "", rows) + "<tfoot><tr><td></td><td class=\"plot\">" +
                             axis_svg(axis) + "</td><td></td><td></td><td></td><td></td><td></td></tr></tfoot>");
}

namespace {

Matrix shares_matrix(const compare::Ranking& ranking) {
  Matrix out;
  for (const auto& one : ranking.models) out.rows.push_back(one.name), out.columns.push_back(one.name);
  for (const auto& row : ranking.win_shares) {
    auto& cells = out.cells.emplace_back();
    for (const double value : row) cells.push_back(std::isfinite(value) ? std::optional(value) : std::nullopt);
  }
  for (std::size_t i = 0; i < out.cells.size(); ++i) out.cells[i][i] = std::nullopt;
  return out;
}

std::string listed(const std::vector<std::string>& names, const char* between) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : between) + name;
  return text;
}

std::string ranking_notes(const compare::Ranking& ranking) {
  std::string items;
  for (const auto& cycle : ranking.cycles)
    items += element("li", "",
                     "Contradiction: " + escape(listed(cycle, " beats ")) + " beats " + escape(cycle.front()) + ".");
  std::string groups;
  for (const auto& group : ranking.separate_groups) groups += " {" + listed(group, ", ") + "}";
  if (!groups.empty())
    items += element("li", "",
                     "Some took no point from others, so that nothing says how far apart they are: no intervals. "
                     "Groups:" +
                         escape(groups) + ".");
  for (const auto& forks : ranking.forks)
    items += element(
        "li", "",
        escape("Of one adapter: " + listed(forks.members, ", ") + ". Votes between them say less than others."));
  return items.empty() ? "" : element("ul", "small", items);
}

std::string win_matrix(const compare::Ranking& ranking) {
  constexpr std::size_t kMost = 12;
  if (ranking.models.size() > kMost || ranking.models.size() < 3) return "";
  HeatMap map{"Who takes points from whom",
              "Shares of the points that the row took from the column; the numbers are in the table below.",
              "from",
              "taken by",
              "share",
              shares_matrix(ranking)};
  std::string head = "<th scope=\"col\">taken by</th>", rows;
  for (const auto& column : map.matrix.columns) head += "<th scope=\"col\" class=\"num\">" + escape(column) + "</th>";
  for (std::size_t row = 0; row < map.matrix.rows.size(); ++row) {
    std::string cells = "<th scope=\"row\">" + escape(map.matrix.rows[row]) + "</th>";
    for (const auto& cell : map.matrix.cells[row]) cells += number_cell(cell ? share(*cell) : "\u2013");
    rows += element("tr", "", cells);
  }
  return drawn({scrolling_box("Who takes points from whom, drawn", heat_map_svg(map)),
                "Share of the points that the row took from the column; a tie is half a point.", "points taken",
                "<thead>" + element("tr", "", head) + "</thead>" + element("tbody", "", rows)});
}

std::string ratings(const ReportModel& model) {
  if (!has_votes(model)) return "";
  // Of a run that is votes alone the first screen has the sentence and the table.
  std::string out = title_of("Ratings", "");
  if (!is_votes_alone(model)) out += element("p", "", escape(votes_words(model))) + ratings_table(model);
  if (!model.ranking) return out;
  const compare::Ranking& ranking = *model.ranking;
  return out +
         element(
             "p", "soft small",
             "Bradley-Terry; the mean of the field is 1000, and 100 points more win 64% of the points. Intervals are "
             "against that mean; votes of both orders of one question count as independent, which makes them a "
             "little too short. <code>bakeoff rank</code> shows categories and Elo too.") +
         win_matrix(ranking) + ranking_notes(ranking);
}

}  // namespace

std::string further_drawings(const ReportModel& model) {
  std::string out = ratings(model);
  const auto doses = doses_of(model);
  for (const auto& suite : model.suites)
    if (!doses.empty() && !suite.metrics.empty()) out += dose_response(model, suite, doses);
  for (const auto& suite : model.suites)
    if (!suite.calibrations.empty()) out += calibration(model, suite);
  return out;
}

}  // namespace bakeoff::reports::html
