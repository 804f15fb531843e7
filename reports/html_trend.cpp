// A history as a page: see pages.h.
#include <algorithm>

#include "reports/curve_chart.h"
#include "reports/format.h"
#include "reports/html.h"
#include "reports/pages.h"

namespace bakeoff::reports {
namespace {

using compare::Comparison;
using compare::MetricComparison;

struct Key {
  std::string suite, arm;
  friend bool operator==(const Key&, const Key&) = default;
};

/// The primary metric of an arm on a suite in one run; null where it has none.
const MetricComparison* primary(const TrendRun& run, const Key& key) {
  for (const auto& one : run.comparisons)
    for (const auto& suite : one.suites)
      if (one.arm == key.arm && suite.name == key.suite && !suite.metrics.empty()) return &suite.metrics.front();
  return nullptr;
}

/// Suites in the order in which the runs name them, arms below.
std::vector<Key> keys_of(const Trend& trend) {
  std::vector<Key> out;
  std::vector<std::string> suites;
  const auto add_suite = [&](const std::string& name) {
    if (std::find(suites.begin(), suites.end(), name) == suites.end()) suites.push_back(name);
  };
  for (const auto& run : trend.runs)
    for (const auto& one : run.comparisons)
      for (const auto& suite : one.suites) add_suite(suite.name);
  for (const auto& suite : suites)
    for (const auto& run : trend.runs)
      for (const auto& one : run.comparisons) {
        const Key key{suite, one.arm};
        if (primary(run, key) && std::find(out.begin(), out.end(), key) == out.end()) out.push_back(key);
      }
  return out;
}

MetricReport scale_of(const MetricComparison& metric) {
  MetricReport out;
  out.is_share = metric.is_share;
  return out;
}

Curve curve_of(const Trend& trend, const Key& key) {
  Curve curve{key.arm, {}};
  for (std::size_t i = 0; i < trend.runs.size(); ++i) {
    const MetricComparison* one = primary(trend.runs[i], key);
    if (!one || !one->is_seen) continue;
    const double scale = one->is_share ? 100 : 1;
    CurvePoint point{static_cast<double>(i + 1), scale * one->seen.difference, {}, {}, one->seen.items};
    if (one->seen.interval) point.low = scale * one->seen.interval->low, point.high = scale * one->seen.interval->high;
    curve.points.push_back(point);
  }
  return curve;
}

std::string finding_cell(const MetricComparison& metric) {
  Difference one;
  one.finding = metric.finding;
  one.words = metric.words;
  return html::finding_word(one);
}

std::string rows_of(const Trend& trend, const std::vector<Key>& keys) {
  std::string rows =
      table_head({"run", "name", "arm", "score", "against the baseline", "95% interval", "adjusted p", "finding"});
  for (std::size_t i = 0; i < trend.runs.size(); ++i)
    for (const Key& key : keys) {
      const MetricComparison* one = primary(trend.runs[i], key);
      if (!one || !one->is_seen) continue;
      const MetricReport scale = scale_of(*one);
      rows += table_row({count_text(static_cast<std::int64_t>(i + 1)), escape(trend.runs[i].name), escape(key.arm),
                         escape(score_text(scale, one->seen.candidate, one->seen.items)),
                         escape(difference_text(scale, one->seen.difference)),
                         difference_interval_text(scale, one->seen.interval), escape(p_text(one->adjusted_p)),
                         finding_cell(*one)});
    }
  return rows;
}

std::string suite_block(const Trend& trend, const std::vector<Key>& keys) {
  CurveChart chart;
  chart.title = keys.front().suite + ", difference from the baseline";
  chart.x_title = "run";
  chart.y_title = "difference";
  for (const Key& key : keys) chart.curves.push_back(curve_of(trend, key));
  const MetricComparison* any = nullptr;
  for (const auto& run : trend.runs) any = any ? any : primary(run, keys.front());
  chart.unit = any && any->is_share ? "points" : "";
  chart.description = "Each run's score minus the baseline's, with 95% intervals; the numbers are in the table below.";
  chart.references = {{"baseline", 0}};
  html::Drawing drawing;
  drawing.svg = curve_chart_svg(chart);
  drawing.caption = "Each run\u2019s score minus that of " + escape(trend.baseline) +
                    (chart.unit.empty() ? "" : ", in points") + "; shaded: 95% intervals, not adjusted.";
  drawing.table_label = keys.front().suite;
  drawing.table_rows = rows_of(trend, keys);
  return element("h3", "", escape(keys.front().suite)) + html::drawn(drawing);
}

std::string regressions_block(const Trend& trend, const std::vector<compare::Worse>& worse) {
  if (worse.empty()) return "";
  std::string rows = table_head({"suite", "arm", "first worse in", "worse in"});
  for (const auto& one : worse)
    rows += table_row({escape(one.suite), escape(one.arm),
                       count_text(one.first + 1) + ": " + escape(trend.runs[static_cast<std::size_t>(one.first)].name),
                       count_text(one.runs) + " of " + counted(static_cast<std::int64_t>(trend.runs.size()), "run")});
  return scrolling_table("What got worse", "", rows);
}

std::string reasons(const Trend& trend) {
  std::string out;
  for (const auto& run : trend.runs)
    for (const auto& one : run.comparisons)
      for (const auto& reason : one.reasons)
        out += element("p", "notice", escape(run.name) + " is not comparable with the baseline: " + escape(reason));
  return out;
}

}  // namespace

std::vector<compare::Worse> regressions(const Trend& trend) {
  std::vector<compare::RegressionRow> rows;
  for (const Key& key : keys_of(trend))
    for (std::size_t i = 0; i < trend.runs.size(); ++i)
      if (const MetricComparison* one = primary(trend.runs[i], key))
        rows.push_back({static_cast<store::RunId>(i), key.arm, key.suite, *one});
  return compare::worse_measures(rows);
}

std::string trend_html(const Trend& trend) {
  const auto worse = regressions(trend);
  const auto count = static_cast<std::int64_t>(trend.runs.size());
  html::Page page;
  page.kind = "Bakeoff trend";
  page.title = counted(count, "run") + " against " + trend.baseline;
  page.meta = "p adjusted by " + trend.correction;
  page.main =
      "<section id=\"summary\" aria-label=\"Summary\"><h2 class=\"lead\">" +
      (worse.empty() ? "No measure was found worse than the baseline."
                     : counted(static_cast<std::int64_t>(worse.size()), "measure") + " got worse than the baseline.") +
      "</h2>\n" + reasons(trend) + regressions_block(trend, worse) +
      element("p", "soft",
              "\u201CNot found worse\u201D is no proof of sameness: read the intervals. Runs share the baseline\u2019s "
              "answers, so its luck shows in all of them.") +
      "</section>\n<section id=\"suites\"><h2>Suite by suite</h2>\n";
  const auto keys = keys_of(trend);
  for (auto begin = keys.begin(); begin != keys.end();) {
    const auto end = std::find_if(begin, keys.end(), [&](const Key& key) { return key.suite != begin->suite; });
    page.main += suite_block(trend, {begin, end});
    begin = end;
  }
  page.main += "</section>\n";
  page.footer = "The baseline and every run keep their samples in their own folders.";
  return html::page(page);
}

}  // namespace bakeoff::reports
