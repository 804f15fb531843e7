// The tables that carry a plot in each row: scores of arms, and paired differences as a forest plot. Each has a short
// form for the first screen.
#include <algorithm>
#include <cmath>

#include "reports/advice.h"
#include "reports/format.h"
#include "reports/html.h"

namespace bakeoff::reports::html {
namespace {

std::string cell(const char* label, const std::string& inner, const char* css_class = "") {
  std::string out = "<td";
  if (*css_class) out += attribute("class", css_class);
  if (*label) out += attribute("data-label", label);
  return out + ">" + inner + "</td>";
}

std::string plot(const std::string& svg) { return "<td class=\"plot\">" + svg + "</td>"; }

std::string head(const char* text, const char* css_class = "") {
  return "<th scope=\"col\"" + (*css_class ? attribute("class", css_class) : "") + ">" + text + "</th>";
}

/// The axis under the plots, in a table of `columns`.
std::string axis_row(const Axis& axis, int columns) {
  return "<tfoot><tr><td></td><td class=\"plot\">" + axis_svg(axis) + "</td><td colspan=\"" +
         std::to_string(columns - 2) + "\"></td></tr></tfoot>";
}

/// Every other label, for plots that are narrow.
Axis sparse(Axis axis) {
  for (std::size_t i = 1; i < axis.ticks.size(); i += 2) axis.ticks[i].second.clear();
  return axis;
}

Axis figures_axis(const MetricReport& metric) {
  if (metric.is_share) return share_axis();
  double low = 0, high = 0;
  for (const auto& figure : metric.figures) {
    if (!figure.score) continue;
    low = std::min({low, *figure.score, figure.interval ? figure.interval->low : *figure.score});
    high = std::max({high, *figure.score, figure.interval ? figure.interval->high : *figure.score});
  }
  return value_axis(low, high);
}

std::string figure_svg(const ReportModel& model, const MetricReport& metric, std::size_t arm, const Axis& axis) {
  const Figure& figure = metric.figures[arm];
  if (!figure.score) return "";
  Dot dot;
  dot.title = arm_name(model, arm) + ", " + metric.name;
  dot.description = figure_text(metric, figure) + ", 95% interval " + interval_text(metric, figure.interval);
  dot.value = *figure.score;
  dot.interval = figure.interval;
  dot.kind = model.arms[arm].arm.kind;
  return dot_svg(dot, axis);
}

std::string figure_row(const ReportModel& model, const SuiteReport& suite, const MetricReport& metric, std::size_t arm,
                       const Axis& axis) {
  const Figure& figure = metric.figures[arm];
  const std::string score = figure.score ? element("b", "", escape(score_text(metric, *figure.score, figure.scored)))
                                         : element("span", "soft", "no number");
  const std::string note = figure.below ? " <span class=\"soft\">(below " +
                                              escape(score_text(metric, *figure.below, figure.scored)) + ")</span>"
                                        : "";
  const std::string count = figure.successes ? figure_text(metric, figure) : count_text(figure.scored);
  return "<tr><th scope=\"row\"><a href=\"#" + answers_id(model, suite) + "\">" + arm_tag(model, arm) + "</a></th>" +
         plot(figure_svg(model, metric, arm, axis)) + cell("score", score, "num key") +
         cell("95%",
              "<span" + attribute("title", figure.interval_method) + ">" + interval_text(metric, figure.interval) +
                  "</span>" + note,
              "num") +
         cell("scored", count, "num") + cell("unscored", count_text(figure.unscored), "num") + "</tr>\n";
}

std::string short_figure_row(const ReportModel& model, const MetricReport& metric, std::size_t arm, const Axis& axis) {
  const Figure& figure = metric.figures[arm];
  return "<tr><th scope=\"row\">" + arm_tag(model, arm) + "</th>" + plot(figure_svg(model, metric, arm, axis)) +
         cell("", element("b", "", escape(figure_text(metric, figure))), "num key") +
         cell("95%", interval_text(metric, figure.interval), "num") + "</tr>\n";
}

Axis differences_axis(const std::vector<NamedDifference>& rows, double margin) {
  const bool is_share = std::any_of(rows.begin(), rows.end(), [](const auto& row) { return row.metric->is_share; });
  double reach = 0;
  for (const auto& row : rows) {
    const auto& seen = row.difference->comparison;
    if (!seen || row.metric->is_share != is_share) continue;
    reach = std::max(reach, std::abs(seen->difference));
    if (seen->interval) reach = std::max({reach, std::abs(seen->interval->low), std::abs(seen->interval->high)});
  }
  if (is_share) return difference_axis(reach, margin);
  Axis axis = value_axis(-reach, reach);
  axis.zero = 0.0;
  return axis;
}

/// A row on another scale than the axis has no plot.
std::string difference_svg(const NamedDifference& row, const Axis& axis) {
  const Difference& one = *row.difference;
  const bool is_share_axis = axis.band > 0;
  if (!one.comparison || row.metric->is_share != is_share_axis) return "";
  Dot dot;
  dot.title = row.name_text;
  dot.description = difference_text(*row.metric, one.comparison->difference) + ", 95% interval " +
                    difference_interval_text(*row.metric, one.comparison->interval) + ": " + one.words;
  dot.value = one.comparison->difference;
  dot.interval = one.comparison->interval;
  dot.kind = finding_class(one.finding);
  dot.noise = one.noise_floor.value_or(0);
  return dot_svg(dot, axis);
}

/// What an undecided difference would take.
std::string settling(const Difference& difference) {
  const auto items = items_to_settle(difference);
  if (!items) return "";
  return "<br><span class=\"soft small\">about " + counted(*items, "item") + " would tell</span>";
}

std::string note_of(const Difference& difference) {
  const std::string note = interval_note(difference);
  return note.empty() ? "" : " " + element("span", "note", escape(note));
}

std::string difference_row(const NamedDifference& row, const Axis& axis) {
  const Difference& one = *row.difference;
  const std::string name = "<tr><th scope=\"row\">" + row.name_markup + "</th>" + plot(difference_svg(row, axis));
  if (!one.comparison)
    return name + "<td class=\"key soft\" colspan=\"4\">no item is scored on both sides</td>" +
           cell("", finding_word(one), "key") + "</tr>\n";
  const auto& seen = *one.comparison;
  const std::string counts = count_text(seen.wins) + " / " + count_text(seen.losses) + " / " + count_text(seen.ties);
  return name + cell("", element("b", "", escape(difference_text(*row.metric, seen.difference))), "num key") +
         cell("95%",
              "<span" + attribute("title", seen.interval_method) + ">" +
                  difference_interval_text(*row.metric, seen.interval) + "</span>",
              "num") +
         cell("p",
              "<span" + attribute("title", seen.test + ", not adjusted: " + p_text(seen.p)) + ">" +
                  escape(p_text(one.adjusted_p)) + "</span>",
              "num") +
         cell("won/lost/tied", counts, "num") + cell("", finding_word(one) + note_of(one) + settling(one), "key") +
         "</tr>\n";
}

std::string short_difference_row(const NamedDifference& row, const Axis& axis) {
  const Difference& one = *row.difference;
  const std::string name = "<tr><th scope=\"row\">" + row.name_markup + "</th>" + plot(difference_svg(row, axis));
  std::string numbers = element("span", "soft", "no number");
  if (one.comparison)
    numbers = element("b", "", escape(difference_text(*row.metric, one.comparison->difference))) + " " +
              element("span", "soft", "(" + difference_interval_text(*row.metric, one.comparison->interval) + ")");
  return name + cell("", numbers + "<br>" + finding_word(one) + note_of(one), "key") + "</tr>\n";
}

}  // namespace

const char* finding_class(stats::Finding finding) {
  switch (finding) {
    case stats::Finding::better:
      return "better";
    case stats::Finding::worse:
      return "worse";
    case stats::Finding::same:
      return "same";
    case stats::Finding::not_enough_data:
      break;
  }
  return "unclear";
}

std::string finding_word(const Difference& difference) {
  const char* sign = "? ";
  if (difference.finding == stats::Finding::better) sign = "\u25B2 ";
  if (difference.finding == stats::Finding::worse) sign = "\u25BC ";
  if (difference.finding == stats::Finding::same) sign = "= ";
  return element("span", std::string("word ") + finding_class(difference.finding), sign + escape(difference.words));
}

std::string figures_table(const ReportModel& model, const SuiteReport& suite, const MetricReport& metric) {
  const Axis axis = figures_axis(metric);
  std::string rows = "<thead><tr>" + head("arm") + head("score with 95% interval", "plot") + head("score", "num") +
                     head("95% interval", "num") + head("scored", "num") + head("unscored", "num") +
                     "</tr></thead><tbody>\n";
  for (std::size_t arm = 0; arm < metric.figures.size(); ++arm) rows += figure_row(model, suite, metric, arm, axis);
  return scrolling_table(suite.label + ", " + metric.name + ": scores", "dots", rows + "</tbody>" + axis_row(axis, 6));
}

std::string short_figures_table(const ReportModel& model, const MetricReport& metric,
                                const std::vector<std::size_t>& arms) {
  const Axis axis = figures_axis(metric);
  std::string rows = "<thead class=\"sr\"><tr>" + head("arm") + head("score with 95% interval") + head("score") +
                     head("95% interval") + "</tr></thead><tbody>\n";
  for (const std::size_t arm : arms) rows += short_figure_row(model, metric, arm, axis);
  return element("table", "dots short", rows + "</tbody>" + axis_row(axis, 4));
}

std::string differences_table(const std::string& label, const std::vector<NamedDifference>& differences,
                              double margin) {
  if (differences.empty()) return "";
  const Axis axis = differences_axis(differences, margin);
  std::string rows = "<thead><tr>" + head("comparison") +
                     head(axis.band > 0 ? "difference in points" : "difference", "plot") + head("difference", "num") +
                     head("95% interval", "num") + head("adjusted p", "num") + head("won / lost / tied", "num") +
                     head("finding") + "</tr></thead><tbody>\n";
  for (const auto& one : differences) rows += difference_row(one, axis);
  return scrolling_table(label, "dots", rows + "</tbody>" + axis_row(axis, 7));
}

std::string short_differences_table(const std::vector<NamedDifference>& differences, double margin) {
  if (differences.empty()) return "";
  const Axis axis = differences_axis(differences, margin);
  std::string rows = "<thead class=\"sr\"><tr>" + head("measure") + head("difference with 95% interval") +
                     head("finding") + "</tr></thead><tbody>\n";
  for (const auto& one : differences) rows += short_difference_row(one, axis);
  return element("table", "dots short", rows + "</tbody>" + axis_row(sparse(axis), 3));
}

}  // namespace bakeoff::reports::html
