// What a report draws from votes, doses and probabilities, what it says of runs that were stopped early, certified or
// interrupted, and how it words what is not found. Expected values are worked out by hand.
#include <cmath>

#include "harness/core/progress.h"
#include "reports/confidence.h"
#include "reports/narrative.h"
#include "reports/report.h"
#include "reports/table.h"
#include "tests/approved.h"
#include "tests/report_fixture.h"

namespace bakeoff::reports {
namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

Verdict chosen(const Json& logprobs, int right) {
  return Verdict::scored(1, {}, {{"logprobs", logprobs}, {"right", right}});
}

/// Of `items` on which arms differ, all are won; the interval is given.
Difference undecided(double difference, stats::Interval interval, double p) {
  Difference out;
  out.comparison.emplace();
  out.comparison->difference = difference;
  out.comparison->interval = interval;
  out.comparison->p = p;
  out.finding = stats::Finding::not_enough_data;
  out.comparisons = 12;
  return out;
}

}  // namespace

TEST_CASE("report: confidence is the probability of the likeliest choice, against whether it is the right one") {
  const auto first = stated_confidence(chosen({-2.0, -4.5}, 0));
  REQUIRE(first);
  CHECK(first->confidence == Approx(1 / (1 + std::exp(-2.5))));  // 0.924
  CHECK(first->is_right == 1);
  const auto far = stated_confidence(chosen({-2000.0, -2000.0, -2001.0}, 2));
  REQUIRE(far);
  CHECK(far->confidence == Approx(1 / (2 + std::exp(-1.0))));  // no underflow
  CHECK(far->is_right == 0);
  CHECK_FALSE(stated_confidence(chosen({-2.0}, 0)));
  CHECK_FALSE(stated_confidence(chosen({-2.0, "x"}, 0)));
  CHECK_FALSE(stated_confidence(Verdict::scored(1)));
  CHECK_FALSE(stated_confidence(Verdict::not_scored("timeout")));
  CHECK_FALSE(calibration_of({}));
}

TEST_CASE("report: a reliability diagram has its points, its diagonal and its errors beside it") {
  // base: gaps |0.95 - 0.9| and |0.55 - 0.6|, ten items each: ECE 0.05. baked: 0.05 and 0.35: 0.2.
  // Brier of base: (9 * 0.05^2 + 0.95^2 + 6 * 0.45^2 + 4 * 0.55^2) / 20 = 0.16750.
  const ReportModel model = drawings();
  const auto& seen = model.suites[1].calibrations;
  CHECK(seen[0].seen.ece == Approx(0.05));
  CHECK(seen[1].seen.ece == Approx(0.2));
  CHECK(seen[0].seen.brier == Approx(0.1675));
  const std::string page = to_html(model);
  CHECK(contains(page, "0.050 for base, 0.200 for baked"));
  CHECK(contains(page, "<line class=\"reference\" x1=\"0\" y1=\"1000\" x2=\"1000\" y2=\"0\"/>"));
  CHECK(contains(page, "points=\"550.0,400.0 950.0,100.0\""));  // base
  CHECK(contains(page, "points=\"550.0,800.0 950.0,100.0\""));  // baked
  const auto json = to_json(model);
  CHECK(json["suites"]["arc"]["calibration"]["baked"]["ece"].get<double>() == Approx(0.2));
  CHECK(json["suites"]["style"]["calibration"].empty());
  CHECK(contains(calibration_csv(model), "arc,baked,0.5,"));
  // base: |0.95 - 0.9| and |0.55 - 0.6|, half of the items each; (9 0.05^2 + 0.95^2 + 6 0.45^2 + 4 0.55^2) / 20
  const std::string scores = scores_csv(model);
  CHECK(json["suites"]["arc"]["calibration"]["base"]["brier"].get<double>() == Approx(0.1675));
  for (const auto& [name, value] : {std::pair("ece", 0.05), {"brier", 0.1675}}) {
    const auto place = scores.find("arc," + std::string(name) + ",base,20,,");
    REQUIRE(place != std::string::npos);
    CHECK(std::stod(scores.substr(place + std::string(name).size() + 14)) == Approx(value));
  }
}

TEST_CASE("report: doses of one adapter become a curve from base to the whole bake, beside the prompt") {
  const std::string page = to_html(drawings());
  // 0 of 12 at 0, 6 of 12 at one half, 11 of 12 at 1
  CHECK(contains(page, "points=\"0.0,1000.0 500.0,500.0 1000.0,83.3\""));
  CHECK(contains(page, "pirate: 0% at scale 0, 92% at 1; best at 1."));
  CHECK(
      contains(page, "<line class=\"reference\" x1=\"0\" y1=\"0.0\" x2=\"1000\" y2=\"0.0\"/>"));  // prompted: 12 of 12
  CHECK_FALSE(contains(to_html(fixture()), "Dose and response"));
}

TEST_CASE("report: two scales of one bake are one block of the first screen, with the other scale in it") {
  const ReportModel model = drawings();
  const auto blocks = bake_blocks(model);
  REQUIRE(blocks.size() == 1);
  CHECK(blocks[0].lead.baked == 3);
  REQUIRE(blocks[0].others.size() == 1);
  CHECK(blocks[0].others[0].baked == 2);
  const std::string page = to_html(model);
  const std::string first = page.substr(0, page.find("id=\"baked\""));
  CHECK(first.find("class=\"cards\"") == first.rfind("class=\"cards\""));
  CHECK(contains(first, "half &lt;baked&gt;</span> (scale 0.50): "));
  CHECK(contains(first, "6 of 12"));
  CHECK(contains(page, "\u201Cpirate\u201D at scale 0.50 took"));
  CHECK(contains(terminal_table(model), "\u201Cpirate\u201D at scale 0.50 took"));
  ReportModel without_whole = model;
  without_whole.arms[3].arm.scale = 2;
  CHECK(bake_blocks(without_whole)[0].lead.baked == 3);  // the largest
  without_whole.arms[3].arm.scale = 0.5;                 // another arm of the bake, no other scale of it
  CHECK(bake_blocks(without_whole).size() == 2);
}

TEST_CASE("report: votes become ratings with intervals, drawn and in a table") {
  ReportModel model = empty_model();
  compare::VoteSet votes;
  add_votes(votes, "baked", "base", 30, 10);
  model.ranking = ranked(votes);
  // odds of 3: 400 log10(3) = 190.85 points, half of it above and below 1000
  std::string page = to_html(model);
  CHECK(contains(page, "<b>1095</b>"));
  CHECK(contains(page, "<b>905</b>"));
  CHECK(contains(page, "40 votes, 0 of them ties"));
  CHECK(contains(ratings_csv(model), "baked,1095.4"));
  CHECK(to_json(model)["ranking"]["ratings"][0]["model"] == "baked");
  votes = {};
  add_votes(votes, "baked", "base", 3, 0);
  model.ranking = ranked(votes);
  CHECK(contains(to_html(model), "nothing says how far apart they are: no intervals. Groups: {"));
  model.ranking.reset();
  model.no_ranking = "no vote connects <a> and b";
  CHECK(contains(to_html(model), "they give no ratings: no vote connects &lt;a&gt; and b."));
}

TEST_CASE("report: a run says where it was stopped early and what its certificate found, on every surface") {
  ReportModel model = drawings();
  const std::string page = to_html(model), table = terminal_table(model, {.columns = 140});
  for (const std::string& text : {page, table}) {
    CHECK(contains(text, "Stopped early: settled at look 2, after 20 of 60 items."));
    CHECK(contains(text, "20 samples played again, in another order and batch shape: none of 51,200 bits changed."));
  }
  CHECK(contains(page, "20 of 60, stopped early"));  // the table of suites
  const auto json = to_json(model);
  CHECK(json["suites"]["arc"]["stopped_early"]["planned_items"] == 60);
  CHECK(json["suites"]["style"]["stopped_early"].is_null());
  CHECK(json["certificate"]["changed_bits"] == 0);
  model.certificate = Certificate{20, 3, 51200, 41};
  CHECK(certificate_words(model) ==
        "20 samples played again, in another order and batch shape: 41 of 51,200 bits changed, in 3 samples.");
  bool is_doubted = false;
  for (const auto& check : trust_checks(model))
    is_doubted = is_doubted || (!check.holds && contains(check.text, "41 of"));
  CHECK(is_doubted);
}

TEST_CASE("report: where an interval excludes zero and nothing is found, the words say why") {
  CHECK(interval_note(undecided(0.25, {0.05, 0.47}, 0.031)) ==
        "alone it would count (p 0.031); among 12 comparisons it may be chance");
  CHECK(interval_note(undecided(-0.42, {-0.68, -0.05}, 0.0625)) ==
        "the interval, an approximation, excludes 0, yet by the test it may be chance (p 0.062)");
  CHECK(interval_note(undecided(0.25, {-0.01, 0.47}, 0.06)).empty());
  auto noisy = undecided(0.02, {0.01, 0.03}, 0.001);
  noisy.noise_floor = 0.03;
  CHECK(contains(interval_note(noisy), "two runs of one arm differ by as much"));
  auto found = undecided(0.25, {0.05, 0.47}, 0.001);
  found.finding = stats::Finding::better;
  CHECK(interval_note(found).empty());

  ReportModel model = empty_model();
  // content: 12 items, baked wrong on five that base has right: p 0.0625, interval below 0
  add_suite(model, {"style",
                    true,
                    {"style", "content"},
                    {{right(0, 12), right(12, 12), right(12, 12)}, {right(12, 12), right(12, 12), right(7, 12)}}});
  adjust(model);
  CHECK(contains(to_html(model), "excludes 0, yet by the test it may be chance (p 0.062)"));
  CHECK(contains(terminal_table(model), "not enough data*"));
  CHECK(contains(terminal_table(model), "* The interval excludes 0, yet among 6 comparisons"));
  CHECK(contains(differences_csv(model), "it may be chance"));
}

TEST_CASE("report: what an interrupted run has not played is one line, not a row for each number that is missing") {
  ReportModel model = empty_model();
  model.run.status = "interrupted";
  add_suite(model, {"style", true, {"style"}, {{right(0, 12), right(12, 12), right(11, 12)}}});
  for (const char* label : {"arithmetic", "retention"}) {
    SuiteReport suite;
    suite.label = suite.name = label;
    suite.metrics.emplace_back().name = "accuracy";
    suite.metrics[0].is_primary = true;
    summarise(model, std::vector<std::vector<ScoredSample>>(3), suite);
    model.suites.push_back(std::move(suite));
  }
  adjust(model);
  const std::string table = terminal_table(model);
  CHECK(contains(table, "Not played yet: arithmetic, retention."));
  CHECK_FALSE(contains(table, "no number"));
}

TEST_CASE("report: of many bakes the terminal shows what was found, and counts the rest") {
  ReportModel model = empty_model();
  for (int i = 0; i < 4; ++i) {
    model.arms.push_back(arm_info("baked"));
    model.arms.back().arm.name = "baked" + std::to_string(i);
    model.arm_costs.push_back({});
  }
  const std::vector<Scores> style = {right(0, 12),  right(12, 12), right(11, 12), right(11, 12),
                                     right(11, 12), right(11, 12), right(11, 12)};
  add_suite(model, {"style", true, {"style"}, {style}});
  add_suite(model, {"arithmetic", false, {"accuracy"}, {std::vector<Scores>(7, right(4, 12))}});
  adjust(model);
  const std::string table = terminal_table(model);
  CHECK(contains(table, "1 more row: not enough data. The page has them."));
  CHECK(contains(table, "+92 points"));
}

TEST_CASE("columns of words align left, columns of numbers right") {
  TextTable table;
  table.add({{"name"}, {"score"}, {"finding"}, {"n"}});
  table.add({{"a"}, {"+3"}, {"better"}, {"1"}});
  table.add({{"bcde"}, {"\u221212"}, {"not enough data"}, {"100"}});
  table.add({{"f"}, {"no number"}, {"same within 5 points"}, {""}});
  CHECK(table.render(false) ==
        "name      score  finding                 n\n"
        "a            +3  better                  1\n"
        "bcde        \u221212  not enough data       100\n"
        "f     no number  same within 5 points\n");
}

TEST_CASE("report: the page of drawings is the approved one") {
  testing::check_approved("report_drawings.html", to_html(drawings()));
}

}  // namespace bakeoff::reports
