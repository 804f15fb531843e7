// The page's findings: did it take, and what else changed. Dot plots stand in the rows of the tables they show.
#include <algorithm>
#include <cmath>

#include "reports/format.h"
#include "reports/html.h"

namespace bakeoff::reports::html {
namespace {

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

/// The finding with a sign before it, so that colour is not its only mark.
std::string finding_word(const Difference& difference) {
  const char* sign = "? ";
  if (difference.finding == stats::Finding::better) sign = "\u25B2 ";
  if (difference.finding == stats::Finding::worse) sign = "\u25BC ";
  if (difference.finding == stats::Finding::same) sign = "= ";
  return element("span", std::string("word ") + finding_class(difference.finding), sign + escape(difference.words));
}

std::string cell(const char* label, const std::string& inner, const char* css_class = "") {
  return "<td class=\"" + std::string(css_class) + "\"" + attribute("data-label", label) + ">" + inner + "</td>";
}

std::string plot(const std::string& svg) { return "<td class=\"plot\">" + svg + "</td>"; }

std::string axis_row(const Axis& axis) {
  return "<tfoot><tr><td></td><td class=\"plot\">" + axis_svg(axis) + "</td></tr></tfoot>";
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

std::string figure_row(const ReportModel& model, const SuiteReport& suite, const MetricReport& metric, std::size_t arm,
                       const Axis& axis) {
  const Figure& figure = metric.figures[arm];
  const std::string interval = interval_text(metric, figure.interval);
  std::string score = element("span", "soft", "no number"), svg;
  if (figure.score) {
    score = element("b", "", escape(score_text(metric, *figure.score, figure.scored)));
    svg =
        dot_svg({arm_name(model, arm) + ", " + metric.name, figure_text(metric, figure) + ", 95% interval " + interval,
                 *figure.score, figure.interval, model.arms[arm].arm.kind},
                axis);
  }
  const std::string note = figure.below ? " <span class=\"soft\">(below " +
                                              escape(score_text(metric, *figure.below, figure.scored)) + ")</span>"
                                        : "";
  const std::string count = figure.successes ? figure_text(metric, figure) : count_text(figure.scored);
  return "<tr><th scope=\"row\"><a href=\"#" + answers_id(model, suite) + "\">" + arm_tag(model, arm) + "</a></th>" +
         plot(svg) + cell("score", score, "num key") +
         cell("95%", "<span" + attribute("title", figure.interval_method) + ">" + interval + "</span>" + note, "num") +
         cell("scored", count, "num") + cell("unscored", count_text(figure.unscored), "num") + "</tr>\n";
}

std::string figures_table(const ReportModel& model, const SuiteReport& suite, const MetricReport& metric) {
  const Axis axis = figures_axis(metric);
  std::string rows =
      "<thead><tr><th scope=\"col\">arm</th><th scope=\"col\" class=\"plot\">score with 95% interval</th>"
      "<th scope=\"col\" class=\"num\">score</th><th scope=\"col\" class=\"num\">95% interval</th>"
      "<th scope=\"col\" class=\"num\">scored</th><th scope=\"col\" class=\"num\">unscored</th></tr></thead>"
      "<tbody>\n";
  for (std::size_t arm = 0; arm < metric.figures.size(); ++arm) rows += figure_row(model, suite, metric, arm, axis);
  return scrolling_table(suite.label + ", " + metric.name + ": scores", "dots", rows + "</tbody>" + axis_row(axis));
}

/// One comparison with the name that its row goes by.
struct NamedDifference {
  std::string name_markup, name_text;
  const MetricReport* metric;
  const Difference* difference;
};

Axis differences_axis(const std::vector<NamedDifference>& rows, double margin) {
  double reach = 0;
  bool is_share = true;
  for (const auto& row : rows) {
    const auto& seen = row.difference->comparison;
    if (!row.metric->is_share) is_share = false;
    if (!seen) continue;
    reach = std::max(reach, std::abs(seen->difference));
    if (seen->interval) reach = std::max({reach, std::abs(seen->interval->low), std::abs(seen->interval->high)});
  }
  if (is_share) return difference_axis(reach, margin);
  Axis axis = value_axis(-reach, reach);
  axis.zero = 0.0;
  return axis;
}

std::string difference_row(const NamedDifference& row, const Axis& axis) {
  const Difference& one = *row.difference;
  const std::string head = "<tr><th scope=\"row\">" + row.name_markup + "</th>";
  if (!one.comparison)
    return head + plot("") + cell("", element("span", "soft", "no item is scored on both sides"), "key") +
           "<td></td><td></td><td></td>" + cell("", finding_word(one), "key") + "</tr>\n";
  const auto& seen = *one.comparison;
  const std::string interval = difference_interval_text(*row.metric, seen.interval);
  const std::string svg = dot_svg(
      {row.name_text, difference_text(*row.metric, seen.difference) + ", 95% interval " + interval + ": " + one.words,
       seen.difference, seen.interval, finding_class(one.finding)},
      axis);
  const std::string counts = count_text(seen.wins) + " / " + count_text(seen.losses) + " / " + count_text(seen.ties);
  return head + plot(svg) +
         cell("", element("b", "", escape(difference_text(*row.metric, seen.difference))), "num key") +
         cell("95%", "<span" + attribute("title", seen.interval_method) + ">" + interval + "</span>", "num") +
         cell("p",
              "<span" + attribute("title", seen.test + ", not adjusted: " + p_text(seen.p)) + ">" +
                  escape(p_text(one.adjusted_p)) + "</span>",
              "num") +
         cell("won/lost/tied", counts, "num") + cell("", finding_word(one), "key") + "</tr>\n";
}

std::string differences_table(const std::string& label, const std::vector<NamedDifference>& differences,
                              double margin) {
  if (differences.empty()) return "";
  const Axis axis = differences_axis(differences, margin);
  std::string rows =
      "<thead><tr><th scope=\"col\">comparison</th><th scope=\"col\" class=\"plot\">difference in points</th>"
      "<th scope=\"col\" class=\"num\">difference</th><th scope=\"col\" class=\"num\">95% interval</th>"
      "<th scope=\"col\" class=\"num\">adjusted p</th><th scope=\"col\" class=\"num\">won / lost / tied</th>"
      "<th scope=\"col\">finding</th></tr></thead><tbody>\n";
  for (const auto& one : differences) rows += difference_row(one, axis);
  return scrolling_table(label, "dots", rows + "</tbody>" + axis_row(axis));
}

/// Comparisons of baked arms first; the others open on demand.
std::string metric_differences(const ReportModel& model, const SuiteReport& suite, const MetricReport& metric) {
  std::vector<NamedDifference> baked, others;
  for (const auto& one : metric.differences) {
    auto& rows = model.arms[one.candidate].arm.kind == "baked" ? baked : others;
    rows.push_back({arm_tag(model, one.candidate) + " <span class=\"soft\">\u2212</span> " + arm_tag(model, one.base),
                    arm_name(model, one.candidate) + " minus " + arm_name(model, one.base), &metric, &one});
  }
  const std::string label = suite.label + ", " + metric.name + ": paired differences";
  if (baked.empty()) return differences_table(label, others, model.margin);
  std::string out = differences_table(label, baked, model.margin);
  if (!others.empty())
    out += "<details class=\"more small\"><summary>" +
           counted(static_cast<std::int64_t>(others.size()), "other comparison") + "</summary>" +
           differences_table(label + ", other arms", others, model.margin) + "</details>";
  return out;
}

std::string metric_block(const ReportModel& model, const SuiteReport& suite, const MetricReport& metric) {
  std::string meaning = escape(metric.meaning);
  if (!metric.higher_is_better) meaning += meaning.empty() ? "Lower is better." : " (lower is better)";
  const std::string title = escape(suite.label) + (metric.name == suite.label ? "" : ": " + escape(metric.name));
  std::string out = element("h3", "", title);
  if (!meaning.empty()) out += element("p", "soft", meaning);
  return out + figures_table(model, suite, metric) + metric_differences(model, suite, metric);
}

std::string sentences(const Answer& answer) {
  std::string out;
  for (const auto& one : answer.sentences) out += element("p", "", escape(one));
  return out;
}

std::string kl_row(const BakeReport& bake) {
  const auto& outcome = bake.outcome;
  const auto measured = [](double kl) { return kl < 0 ? std::string("not measured") : fixed(kl, 3); };
  return table_row({escape(bake.name), fixed(outcome.kl_first, 3), fixed(outcome.kl_last, 3),
                    measured(outcome.kl_held_out_before), measured(outcome.kl_held_out), fixed(outcome.effect_kl, 3)});
}

std::string kl_block(const ReportModel& model) {
  if (model.bakes.empty()) return "";
  std::string rows =
      table_head({"bake", "first epoch", "last epoch", "held-out before", "held-out after", "effect against base"});
  for (const auto& bake : model.bakes) rows += kl_row(bake);
  std::string out =
      "<h3>How close to the prompted model</h3><p class=\"soft\">KL divergence from the prompted model to "
      "the baked one, in nats per answer token: 0 would be equality. The effect is measured against the "
      "base model and proves that the adapter acts.</p>" +
      scrolling_table("KL divergence", "", rows);
  for (const auto& bake : model.bakes) {
    const std::string curve = loss_curve_svg(bake.outcome);
    if (!curve.empty())
      out += "<figure><figcaption>" + escape(bake.name) +
             ": KL at each optimiser step (thin), smoothed (bold), and on held-out questions (rings)</figcaption>" +
             curve + "</figure>";
  }
  return out;
}

std::string side_table(const ReportModel& model, const BakedArm& arm) {
  if (!arm.base) return "";
  std::vector<NamedDifference> rows;
  for (const auto& side : side_metrics(model)) {
    const Difference* one = find_difference(*side.metric, *arm.base, arm.baked);
    if (!one) continue;
    const std::string name =
        side.suite->label + (side.suite->is_target || !side.metric->is_primary ? ", " + side.metric->name : "");
    rows.push_back(
        {"<a href=\"#" + answers_id(model, *side.suite) + "\">" + escape(name) + "</a>", name, side.metric, one});
  }
  return differences_table(arm_name(model, arm.baked) + " against base, everything else", rows, model.margin);
}

}  // namespace

std::string did_it_take(const ReportModel& model) {
  std::string out = "<section id=\"took\"><h2>Did it take?</h2>\n";
  for (const auto& arm : baked_arms(model)) {
    const Answer answer = reports::did_it_take(model, arm);
    out += element("p", "lead", escape(answer.title) + ".") + sentences(answer);
  }
  for (const auto& suite : model.suites)
    if (suite.is_target)
      for (const auto& metric : suite.metrics) out += metric_block(model, suite, metric);
  return out + kl_block(model) + "</section>\n";
}

std::string what_else_changed(const ReportModel& model) {
  std::string out = "<section id=\"changed\"><h2>What else changed?</h2>\n";
  for (const auto& arm : baked_arms(model)) {
    out += element("p", "lead", escape(reports::what_else_changed(model, arm).title) + ".");
    out += element("p", "soft",
                   arm_tag(model, arm.baked) +
                       " against base, item by item. The shaded band holds differences that count as the "
                       "same (up to " +
                       fixed(100 * model.margin, 0) + " points).");
    out += side_table(model, arm);
  }
  for (const auto& suite : model.suites) {
    if (suite.is_target) continue;
    std::string inner;
    for (const auto& metric : suite.metrics) inner += metric_block(model, suite, metric);
    out +=
        "<details class=\"more\"><summary>All arms on " + escape(suite.label) + "</summary>" + inner + "</details>\n";
  }
  return out + "</section>\n";
}

}  // namespace bakeoff::reports::html
