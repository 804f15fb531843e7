// What a report embeds, its charts and tables, and the pages that hold several results against each other. Expected
// values are worked out by hand.
#include <cmath>
#include <set>

#include "reports/choose.h"
#include "reports/curve_chart.h"
#include "reports/gate.h"
#include "reports/heat_map.h"
#include "reports/pages.h"
#include "reports/report.h"
#include "tests/approved.h"
#include "tests/report_fixture.h"

namespace bakeoff::reports {
namespace {

using testing::check_approved;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

ItemOutcome outcome(int number, double least, double most) {
  return {"item-" + std::to_string(number), false, least, most};
}

/// A comparison of one arm on a suite "style", with a difference on every item.
compare::Comparison compared(const std::string& candidate, double base, double now, stats::Finding finding) {
  compare::MetricComparison metric;
  metric.info.name = "style";
  metric.is_seen = true;
  metric.seen.items = metric.seen.groups = 40;
  metric.seen.base = base;
  metric.seen.candidate = now;
  metric.seen.difference = now - base;
  metric.seen.interval = stats::Interval{now - base - 0.1, now - base + 0.1};
  metric.seen.test = "McNemar";
  metric.seen.losses = now < base ? 8 : 0;
  metric.finding = finding;
  metric.words = stats::in_words(finding, 0.05);
  compare::Comparison out;
  out.base = "runs/a:baked";
  out.candidate = candidate;
  out.arm = "baked";
  out.suites = {{"style", {metric}, {}, {}}};
  out.notes = {"adapters: <none> against 12ab"};
  if (now < base)
    out.suites[0].flips = {
        {"i1", 1, 0, std::string(64, 'a'), std::string(64, 'b'), "<Who> are you?", "Arrr!", "Hello."}};
  return out;
}

Trend three_runs() {
  Trend out{"runs/a", {}, "Benjamini-Hochberg over 3 tests"};
  using stats::Finding;
  out.runs = {{"runs/b", {compared("runs/b:baked", 0.9, 0.9, Finding::same)}},
              {"runs/c", {compared("runs/c:baked", 0.9, 0.5, Finding::worse)}},
              {"runs/d", {compared("runs/d:baked", 0.9, 0.6, Finding::worse)}}};
  return out;
}

}  // namespace

TEST_CASE("report: unscored items come first, then flips, failures, and as many others as are wanted") {
  std::vector<ItemOutcome> outcomes;
  for (int i = 0; i < 10; ++i) outcomes.push_back(outcome(i, 1, 1));   // 0-9: all right
  for (int i = 10; i < 14; ++i) outcomes.push_back(outcome(i, 0, 0));  // 10-13: all wrong
  for (int i = 14; i < 17; ++i) outcomes.push_back(outcome(i, 0, 1));  // 14-16: flips
  outcomes.push_back({"item-17", true, 0.0, 1.0});
  outcomes.push_back({"item-18"});  // no arm answered
  const auto chosen = by_interest(outcomes, 7, 4);
  REQUIRE(chosen.size() == 2 + 3 + 4 + 4);
  CHECK(std::set<std::size_t>(chosen.begin(), chosen.begin() + 2) == std::set<std::size_t>{17, 18});
  CHECK(std::set<std::size_t>(chosen.begin() + 2, chosen.begin() + 5) == std::set<std::size_t>{14, 15, 16});
  CHECK(std::set<std::size_t>(chosen.begin() + 5, chosen.begin() + 9) == std::set<std::size_t>{10, 11, 12, 13});
  for (auto one = chosen.begin() + 9; one != chosen.end(); ++one) CHECK(*one < 10);
  CHECK(by_interest(outcomes, 7, 4) == chosen);
  CHECK(by_interest(outcomes, 8, 4) != chosen);
}

TEST_CASE("report: the subset drawn is a fair sample: each item comes about equally often over seeds") {
  std::vector<ItemOutcome> outcomes;
  for (int i = 0; i < 50; ++i) outcomes.push_back(outcome(i, 1, 1));
  std::vector<int> times(outcomes.size());
  constexpr int kSeeds = 1000;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed)
    for (const std::size_t item : by_interest(outcomes, seed, 10)) ++times[item];
  // 1000 draws at one fifth: mean 200, standard deviation 12.6; five of them either way.
  for (const int count : times) CHECK(std::abs(count - 200) < 64);
}

TEST_CASE("report: the page says what it leaves out") {
  CHECK(coverage_text(
            {{ItemKind::flip, {1204, 1204}}, {ItemKind::failure, {2410, 300}}, {ItemKind::drawn, {9000, 200}}}) ==
        "All 1,204 items on which arms differ, 300 of 2,410 failures of all arms alike drawn by seed, 200 of 9,000 "
        "others drawn by seed.");
}

TEST_CASE("report: a curve's points stand at their places, its band at the intervals' ends") {
  CurveChart chart;
  chart.title = "t";
  chart.unit = "share";
  chart.curves = {{"baked", {{1, 0.25, 0.0, 0.5, 9}, {2, 0.5, 0.25, 0.75, 9}, {3, 1, {}, {}, 9}}}};
  const std::string svg = curve_chart_svg(chart);
  CHECK(contains(svg, "<polyline class=\"line s1\" points=\"0.0,750.0 500.0,500.0 1000.0,0.0\"/>"));
  CHECK(contains(svg, "<polygon class=\"area s1\" points=\"0.0,500.0 500.0,250.0 500.0,750.0 0.0,1000.0\"/>"));
  CHECK(contains(svg, "<title>t</title>"));
  chart.curves[0].points[1].value = std::nan("");
  CHECK(contains(curve_chart_svg(chart), "points=\"0.0,750.0 1000.0,0.0\""));
  chart.curves[0].points.clear();
  CHECK(curve_chart_svg(chart).empty());
}

TEST_CASE("report: a matrix shows each number in its cell, deeper colour for more, and a dash where nothing is") {
  const std::string svg =
      heat_map_svg({"t", "d", "x", "y", "share", Matrix{{"r"}, {"a", "b", "<c>"}, {{1.0, 0.5, {}}}}});
  CHECK(contains(svg, ">100%</text>"));
  CHECK(contains(svg, ">50%</text>"));
  CHECK(contains(svg, ">\u2013</text>"));
  CHECK(contains(svg, "&lt;c&gt;"));
  CHECK(contains(svg, "fill-opacity=\"0.550\""));
  CHECK(contains(svg, "fill-opacity=\"0.275\""));  // half of the deepest
}

TEST_CASE("report: every number on a curve or in a matrix is in the table beside it, in CSV and in JSON") {
  const ReportModel model = showcase();
  const std::string page = to_html(model), csv = exhibits_csv(model);
  CHECK(contains(page, "65% <span class=\"soft\">(59% to 71%)</span>"));  // prompted at turn 8: 1 - 7 * 0.05, +- 0.06
  CHECK(contains(csv, "retention,forgetting,points,<weather>,bakery,-6.25,,,\r\n"));
  CHECK(contains(csv, "prompt_decay,stability,share,base,8.0,0.16"));
  const auto json = to_json(model);
  CHECK(json["exhibits"].size() == 3);
  CHECK(json["exhibits"][1]["exhibit"]["matrix"]["cells"][2][1].get<double>() == Approx(0.4375));
  CHECK(json["gate"]["verdict"] == "INCONCLUSIVE");
  CHECK(json["savings"][0]["prompt_tokens"].get<double>() == Approx(131.5));
  CHECK(contains(measurements_csv(model), "baked,prompt_tokens_saved,131.5,tokens/sample"));
}

TEST_CASE("report: probes, tool calls and their results are marked in a conversation") {
  ReportModel model = fixture();
  auto& item = model.suites[0].items[0];
  item.answers[2].messages = item.question;
  for (const auto& [role, text] :
       std::vector<std::pair<std::string, std::string>>{{"assistant", "Arrr"},
                                                        {"user", "[probe] Who are you?"},
                                                        {"assistant", "A pirate"},
                                                        {"user", "Look it up."},
                                                        {"assistant", "<tool_call>{\"name\": \"look\"}</tool_call>"},
                                                        {"tool", "{\"found\": 1}"},
                                                        {"assistant", "Found."}})
    item.answers[2].messages.push_back({role, text});
  const std::string page = to_html(model);
  CHECK(contains(page, "<li class=\"user probe\"><span class=\"role\">probe, asked beside the conversation</span>"));
  CHECK(contains(page, "<li class=\"assistant probe\"><span class=\"role\">answer to the probe</span>"));
  CHECK(contains(page, "<li class=\"assistant call\"><span class=\"role\">assistant, calls a tool</span>"));
  CHECK(contains(page, "<li class=\"tool\"><span class=\"role\">result of the tool</span>"));
  CHECK(contains(
      page, "<li class=\"assistant\"><span class=\"role\">assistant</span><div class=\"text\" dir=\"auto\">Found."));
  CHECK_FALSE(contains(page, "[probe]"));
}

TEST_CASE("report: the first screen doubts what leans worse, though no test calls it worse") {
  ReportModel model = empty_model();
  // content: 12 items, base right on all, baked on 7: -42 points, p 0.0625 by McNemar's exact test, interval below 0.
  add_suite(model, {"style",
                    true,
                    {"style", "content"},
                    {{right(0, 12), right(12, 12), right(12, 12)}, {right(12, 12), right(12, 12), right(7, 12)}}});
  adjust(model);
  const std::string page = to_html(model);
  CHECK(contains(page, "1 may be worse"));
  CHECK_FALSE(contains(page, "None found worse"));
}

TEST_CASE("report: the gate's report becomes the page's summary") {
  compare::GateReport gate;
  gate.decision = compare::Decision::no_go;
  gate.base = "runs/a:prompted";
  gate.not_comparable = {"style: version differs: 1 against 2"};
  compare::CriterionResult criterion;
  criterion.suite = "style";
  criterion.name = "style";
  criterion.status = compare::CriterionStatus::breach;
  criterion.reason = "lost 40 points, at most 10 allowed";
  gate.criteria = {criterion};
  ReportModel model = fixture();
  model.gate = gate_summary(gate);
  const std::string page = to_html(model);
  CHECK(contains(page, "Gate: NO-GO: 1 of 1 criterion breached"));
  CHECK(contains(page, "lost 40 points, at most 10 allowed"));
  CHECK(contains(page, "Not comparable, gated all the same: style: version differs: 1 against 2"));
  CHECK(contains(page, "Do not ship it"));
}

TEST_CASE("report: a comparison's page shows findings, what differs and what changed, all escaped") {
  const std::string page = comparison_html({compared("runs/c:baked", 0.9, 0.5, stats::Finding::worse)},
                                           {.correction = "Benjamini-Hochberg over 1 test"});
  CHECK(contains(page, "<h1>runs/c:baked against runs/a:baked</h1>"));
  CHECK(contains(page, "<span>1 worse.</span>"));
  CHECK(contains(page, "\u221240 points"));
  CHECK(contains(page, "adapters: &lt;none&gt; against 12ab"));
  CHECK(contains(page, "&lt;Who&gt; are you?"));
  CHECK(contains(page, "bakeoff show bbbbbbbbbbbbbbbb"));
  CHECK_FALSE(contains(page, "<Who>"));
  check_approved("comparison.html", page);
  const std::string small = comparison_html({compared("runs/c:baked", 0.9, 0.5, stats::Finding::worse)}, {"", 10});
  CHECK(contains(small, "1 item changed, losses first. 0 are here"));
}

TEST_CASE("report: a trend names the first run that is worse, and how many are") {
  const Trend trend = three_runs();
  const auto found = regressions(trend);
  REQUIRE(found.size() == 1);
  CHECK(found[0].first == 1);
  CHECK(found[0].runs == 2);
  const std::string page = trend_html(trend);
  CHECK(contains(page, "1 measure got worse than the baseline."));
  CHECK(contains(page, "2: runs/c"));
  CHECK(contains(page, "2 of 3 runs"));
  check_approved("trend.html", page);
  CHECK(contains(trend_html({"runs/a", {}, ""}), "No measure was found worse"));
}

}  // namespace bakeoff::reports
