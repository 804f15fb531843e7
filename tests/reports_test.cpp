// Reports on a small hand-made run: what the numbers must be is worked out by hand or taken from published values;
// whole outputs are approved files (set BAKEOFF_APPROVE=1 to write them anew, then read the difference).
#include <cstdlib>
#include <sstream>

#include "harness/core/progress.h"
#include "reports/charts.h"
#include "reports/format.h"
#include "reports/markup.h"
#include "reports/narrative.h"
#include "reports/report.h"
#include "reports/table.h"
#include "tests/approved.h"
#include "tests/catch.h"
#include "tests/report_fixture.h"
#include "tests/support.h"

namespace bakeoff::reports {
namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

using testing::check_approved;

const Difference& baked_against_base(const MetricReport& metric) { return *find_difference(metric, 0, 2); }

/// The first tag that is opened and not closed, or closed and not open; empty for a well-formed page.
std::string first_unbalanced_tag(const std::string& html) {
  std::vector<std::string> open;
  for (auto at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const auto end = html.find('>', at);
    if (end == std::string::npos) return html.substr(at, 20);
    const std::string tag = html.substr(at + 1, end - at - 1);
    if (tag[0] == '!' || tag.back() == '/') continue;
    const std::string name = tag.substr(0, tag.find_first_of(" \n", 1));
    if (name == "meta" || name == "input" || name == "br") continue;
    if (name[0] != '/') {
      open.push_back(name);
      continue;
    }
    if (open.empty() || "/" + open.back() != name) return name;
    open.pop_back();
  }
  return open.empty() ? "" : open.back();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("a report's figures are Wilson's published intervals for 0, 11 and 12 of 12") {
  const auto model = fixture();
  const auto& figures = model.suites[0].metrics[0].figures;
  CHECK(figures[0].score == std::optional<double>(0));
  CHECK(figures[0].interval->high == Approx(0.2425).margin(1e-4));
  CHECK(figures[0].below == std::optional<double>(0.25));
  CHECK(figures[1].interval->low == Approx(0.7575).margin(1e-4));
  CHECK(figures[2].successes == std::optional<std::int64_t>(11));
  CHECK(figures[2].interval->low == Approx(0.6461).margin(1e-4));  // statsmodels: 0.646120 to 0.985149
  CHECK(figures[2].interval->high == Approx(0.9851).margin(1e-4));
}

TEST_CASE("differences are paired by item, with counts and p worked out by hand") {
  const auto model = fixture();
  const auto& style = baked_against_base(model.suites[0].metrics[0]);
  REQUIRE(style.comparison);
  CHECK(style.comparison->wins == 11);
  CHECK(style.comparison->losses == 0);
  CHECK(style.comparison->difference == Approx(11.0 / 12));
  CHECK(style.comparison->p == Approx(2.0 / 2048));
  CHECK(style.finding == stats::Finding::better);
  const auto& content = baked_against_base(model.suites[0].metrics[1]);
  CHECK(content.comparison->losses == 4);
  CHECK(content.comparison->p == Approx(2.0 / 16));
  CHECK(content.words == "not enough data");
}

TEST_CASE("p is adjusted over all comparisons of the report together") {
  const auto model = fixture();
  // Seven comparisons have data: style 3, content 3, arithmetic 1. Sorted p: 2^-11, 2^-10, ...; BH: 7 p / rank.
  CHECK(model.correction == "Benjamini-Hochberg over 7 comparisons");
  CHECK(baked_against_base(model.suites[0].metrics[0]).adjusted_p == Approx(7 * (2.0 / 2048) / 2));
  CHECK(find_difference(model.suites[0].metrics[0], 0, 1)->adjusted_p == Approx(7 * 2.0 / 4096));
}

TEST_CASE("an unscored sample is no zero, and nothing scored is no number") {
  const auto model = fixture();
  const Figure& baked = model.suites[1].metrics[0].figures[2];
  CHECK_FALSE(baked.score);
  CHECK_FALSE(baked.interval);
  CHECK(baked.scored == 0);
  CHECK(baked.unscored == 6);
  const auto& difference = baked_against_base(model.suites[1].metrics[0]);
  CHECK_FALSE(difference.comparison);
  CHECK(difference.left_out == 6);
  CHECK(difference.words == "not enough data");
}

namespace {

SuiteReport suite_with_accuracy() {
  SuiteReport suite;
  suite.metrics.emplace_back();
  suite.metrics.back().name = "accuracy";
  suite.metrics.back().is_primary = true;
  return suite;
}

}  // namespace

TEST_CASE("replicates of an item are averaged before arms are paired, and count as one group") {
  ReportModel model = empty_model();
  SuiteReport suite = suite_with_accuracy();
  std::vector<std::vector<ScoredSample>> samples(3);
  for (int item = 0; item < 4; ++item)
    for (int replicate = 0; replicate < 2; ++replicate)
      for (std::size_t arm = 0; arm < 3; ++arm)
        samples[arm].push_back({std::to_string(item), "", replicate, Verdict::scored(arm == 2 ? replicate : 0)});
  summarise(model, samples, suite);
  const auto& difference = *find_difference(suite.metrics[0], 0, 2);
  CHECK(difference.comparison->items == 4);
  CHECK(difference.comparison->difference == Approx(0.5));
  CHECK(difference.comparison->test == "sign flips");
  CHECK(difference.comparison->p == Approx(2.0 / 16));
  CHECK(suite.metrics[0].figures[2].scored == 8);
}

TEST_CASE("arms that show the same samples are the same without a test, and dilute no other p") {
  ReportModel model = empty_model();
  SuiteReport suite = suite_with_accuracy();
  std::vector<std::vector<ScoredSample>> samples(3);
  for (int item = 0; item < 8; ++item)
    for (std::size_t arm = 0; arm < 3; ++arm)
      samples[arm].push_back({std::to_string(item), "", 0, Verdict::scored(arm == 2 ? 1 : 0),
                              (arm == 2 ? "baked" : "base") + std::to_string(item)});
  summarise(model, samples, suite);
  model.suites.push_back(suite);
  adjust(model);
  const MetricReport& metric = model.suites[0].metrics[0];
  CHECK(find_difference(metric, 0, 1)->words == "as base");
  CHECK(find_difference(metric, 0, 1)->comparison->difference == 0);
  // Baked against base and against prompted is one test, of the exact McNemar's p of 8 gains and no loss: 2 / 2^8.
  CHECK(find_difference(metric, 0, 2)->adjusted_p == Approx(2.0 / 256));
  CHECK(find_difference(metric, 1, 2)->adjusted_p == Approx(2.0 / 256));
  CHECK(model.correction == "Benjamini-Hochberg over 1 comparison");
}

TEST_CASE("what is better the less there is of it is counted, also where nothing of it was seen") {
  ReportModel model = empty_model();
  SuiteReport suite = suite_with_accuracy();
  suite.label = "desk";
  suite.metrics.push_back({"refused", "calls that a tool refused", false, false, true, {}, {}});
  std::vector<std::vector<ScoredSample>> samples(3);
  for (int item = 0; item < 60; ++item)
    for (std::size_t arm = 0; arm < 3; ++arm)
      samples[arm].push_back({std::to_string(item), "", 0,
                              Verdict::scored(item % 2, {{"accuracy", item % 2}, {"refused", arm == 2 && item < 3}})});
  summarise(model, samples, suite);
  const auto text = [&](std::size_t metric, std::size_t arm) {
    return figure_text(suite.metrics[metric], suite.metrics[metric].figures[arm]);
  };
  CHECK(text(0, 0) == "30 of 60");
  CHECK(text(1, 0) == "0.000");
  CHECK(text(1, 2) == "0.050");  // 3 calls in 60 items
  CHECK(difference_text(suite.metrics[1], find_difference(suite.metrics[1], 0, 2)->comparison->difference) == "+0.050");
}

TEST_CASE("a metric about some items counts only those, and the others are no gap") {
  ReportModel model = empty_model();
  SuiteReport suite;
  for (const char* name : {"recall", "neighbour"}) {
    suite.metrics.emplace_back();
    suite.metrics.back().name = name;
  }
  suite.metrics[0].is_primary = true;
  std::vector<std::vector<ScoredSample>> samples(3);
  for (auto& arm : samples) {
    for (int i = 0; i < 3; ++i) arm.push_back({"fact" + std::to_string(i), "", 0, Verdict::scored(1, {{"recall", 1}})});
    for (int i = 0; i < 5; ++i)
      arm.push_back({"other" + std::to_string(i), "", 0, Verdict::scored(0, {{"neighbour", 0}})});
    arm.push_back({"failed", "", 0, Verdict::not_scored("the machine stopped")});
  }
  summarise(model, samples, suite);
  const Figure& recall = suite.metrics[0].figures[2];
  CHECK(recall.scored == 3);
  CHECK(recall.unscored == 1);
  CHECK(recall.score == 1.0);
  CHECK(suite.metrics[1].figures[2].scored == 5);
  CHECK(find_difference(suite.metrics[0], 0, 2)->comparison->items == 3);
  CHECK(find_difference(suite.metrics[0], 0, 2)->left_out == 1);
}

TEST_CASE("the headline names what was found") {
  auto model = fixture();
  const auto arm = baked_arms(model).at(0);
  CHECK(did_it_take(model, arm).title == "\u201Cpirate\u201D took");
  CHECK(what_else_changed(model, arm).title == "It may have made style (content) worse: more items would tell");
  auto& to_prompted = model.suites[0].metrics[0].differences;
  for (auto& one : to_prompted)
    if (one.base == 1) one.finding = stats::Finding::worse;
  CHECK(did_it_take(model, arm).title == "\u201Cpirate\u201D took in part: it falls short of its prompt");
  for (auto& one : to_prompted) one.finding = stats::Finding::same;
  CHECK(did_it_take(model, arm).title == "\u201Cpirate\u201D did not take");
  for (auto& one : model.suites[1].metrics[0].differences) one.finding = stats::Finding::worse;
  CHECK(what_else_changed(model, arm).title == "It made arithmetic worse");
}

TEST_CASE("what speaks against trust is said: unscored samples, an unfinished run, an adapter without effect") {
  auto model = fixture();
  const auto fails = [&](const std::string& part) {
    for (const auto& check : trust_checks(model))
      if (contains(check.text, part)) return !check.holds;
    return false;
  };
  CHECK(fails("6 of 54 samples could not be scored"));
  CHECK_FALSE(fails("acts"));
  model.bakes[0].outcome.effect_kl = 0;
  CHECK(fails("no measured effect"));
  model.run.status = "interrupted";
  CHECK(fails("interrupted"));
  model.arms[1].identity.dtype = "bf16";
  CHECK(fails("differ in model, template, dtype"));
}

TEST_CASE("the terminal table is the approved one, at most 96 cells wide and without colour unless asked") {
  const std::string text = terminal_table(fixture());
  check_approved("report_table.txt", text);
  for (const auto& line : lines_of(text)) CHECK(display_width(line) <= 96);
  for (const auto& line : lines_of(terminal_table(fixture(), {.columns = 80}))) CHECK(display_width(line) <= 80);
  CHECK_FALSE(contains(text, "\x1b"));
  CHECK(contains(terminal_table(fixture(), {.colour = true}), "\x1b[32m"));
  for (const char* part :
       {"0 of 12", "11 of 12", "65 to 99%", "+92 points", "no number", "6 unscored", "0.860", "2 min 30 s"})
    CHECK(contains(text, part));
}

TEST_CASE("columns of a terminal table align under wide characters") {
  TextTable table;
  table.add({{"\u6d77\u8cca"}, {"1"}});
  table.add({{"abcd"}, {"22"}});
  table.add({{"a\x1b[2J\xc2\x9b"}, {"3"}});
  CHECK(table.render(false) == "\u6d77\u8cca     1\nabcd    22\na?[2J?   3\n");
}

TEST_CASE("the page is the approved one") { check_approved("report.html", to_html(showcase())); }

TEST_CASE("the page is well-formed, self-contained and without script") {
  const std::string page = to_html(fixture());
  CHECK(first_unbalanced_tag(page.substr(page.find("</style>"))) == "/style");
  CHECK(first_unbalanced_tag(page.substr(page.find("<body>"), page.find("</html>") - page.find("<body>"))) == "");
  CHECK_FALSE(contains(page, "<script"));
  CHECK_FALSE(contains(page, "http://"));
  CHECK_FALSE(contains(page, "https://"));
  CHECK_FALSE(contains(page, " src="));
  CHECK(contains(page, "default-src 'none'"));
  CHECK(contains(page, "<html lang=\"en\">"));
  CHECK(occurrences(page, "role=\"img\"") == occurrences(page, "role=\"img\"><title>"));
}

TEST_CASE("everything that a model, judge or file said is escaped on the page") {
  const std::string page = to_html(fixture());
  CHECK(contains(page, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;more&quot; \uFFFD[31m \uFFFD"));
  CHECK(contains(page, "&lt;b&gt;arrr&lt;/b&gt;"));
  CHECK(contains(page, "<title>pirate &lt;test&gt;"));
  CHECK(contains(page, "\u6d77\u8cca\u306e\u7b54\u3048"));
  CHECK(contains(page, "(empty)"));
}

TEST_CASE("the page shows the fixture's numbers and every arm's answer to every item") {
  const std::string page = to_html(fixture());
  for (const char* part :
       {"11 of 12", "65 to 99%", "+92 points", "no number", "our timeout", "2 min 30 s", "You are a pirate."})
    CHECK(contains(page, part));
  CHECK(occurrences(page, "<details class=\"item") == 18);
  CHECK(occurrences(page, "answer of prompted") == 11 + 6 + 1);  // one is empty; one more is the example
}

TEST_CASE("a run without bakes, suites or arms still makes a page and a table") {
  ReportModel model;
  model.run.experiment = "empty";
  adjust(model);
  CHECK(contains(to_html(model), "This run has no bake"));
  CHECK(contains(terminal_table(model), "empty"));
}

TEST_CASE("CSV and JSON carry the same numbers, with nothing for no number") {
  const auto model = fixture();
  const auto scores = lines_of(scores_csv(model));
  CHECK(scores[0] == "suite,metric,arm,scored,unscored,score,ci_low,ci_high,interval\r");
  CHECK(scores[1].rfind("style,style,base,12,0,0.0,0.0,0.24", 0) == 0);
  CHECK(scores[9] == "arithmetic,accuracy,baked,0,6,,,,nothing is scored\r");
  const auto json = to_json(model);
  const auto& metric = json["suites"]["style"]["metrics"]["style"];
  CHECK(metric["arms"]["baked"]["score"].get<double>() == Approx(11.0 / 12));
  CHECK(metric["differences"][1]["delta"].get<double>() == Approx(11.0 / 12));
  CHECK(json["suites"]["arithmetic"]["metrics"]["accuracy"]["arms"]["baked"]["score"].is_null());
  CHECK(json["bakes"]["pirate"]["kl_first"].get<double>() == Approx(0.86));
}

TEST_CASE("a dot stands at its value's place and its whisker at the interval's ends") {
  const std::string svg = dot_svg({"t", "d", 0.25, stats::Interval{0.1, 0.5}, "baked"}, share_axis());
  CHECK(contains(svg, "cx=\"25.00%\""));
  CHECK(contains(svg, "x1=\"10.00%\" x2=\"50.00%\""));
  const std::string difference = dot_svg({"t", "", -0.1, {}, "worse"}, difference_axis(0.15, 0.05));
  CHECK(contains(difference, "cx=\"25.00%\""));  // -10 on an axis from -20 to 20
  BakeOutcome short_curve;
  short_curve.curve = {{1, 1, 0.5, 0, 0}};
  CHECK(loss_curve_svg(short_curve).empty());
}

TEST_CASE("numbers are written as people read them") {
  MetricReport share, other;
  other.is_share = false;
  CHECK(score_text(share, 1.0 / 3, 12) == "33%");
  CHECK(score_text(share, 1.0 / 3, 500) == "33.3%");
  CHECK(score_text(other, 12.3456, 10) == "12.346");
  CHECK(difference_text(share, -0.032) == "\u22123.2 points");
  CHECK(difference_text(share, 0) == "0 points");
  CHECK(difference_text(share, -0.0001) == "0.0 points");
  CHECK(p_text(0.00042) == "< 0.001");
  CHECK(p_text(0.0123) == "0.012");
  CHECK(count_text(1234567) == "1,234,567");
  CHECK(count_text(-999) == "\u2212999");
  CHECK(counted(0, "item") == "0 items");
  CHECK(counted(1, "item") == "1 item");
  CHECK(counted(1234, "item") == "1,234 items");
  CHECK(counted(1, "criterion", "criteria") == "1 criterion");
  CHECK(counted(2, "criterion", "criteria") == "2 criteria");
  CHECK(bytes_text(98362432) == "94 MiB");
  CHECK(time_text("2026-01-02T03:04:05Z") == "2026-01-02 03:04 UTC");
  CHECK(cut("a\u00e9", 2) == "a");
}

namespace {

/// A store with two items, two arms and a bake: base right on the first item, baked right on both, one sample unscored.
Status fill(store::Store& store) {
  BAKEOFF_CHECK(store.claim_experiment("tiny"));
  BAKEOFF_TRY(const auto run, store.begin_run({"tiny", {{"model", "scripted"}, {"seed", 5u}}, {{"program", "test"}}}));
  const std::vector<Item> items = {{"i1", "", {{"user", "One?"}}, {{"answer", "1"}}},
                                   {"i2", "", {{"user", "Two?"}}, {}},
                                   {"i3", "", {{"user", "Three?"}}, {}}};
  store::SuiteRow suite{"facts", "facts", "1", "here", "MIT", std::string(64, '5'), {{"recall", true, "recalled"}}};
  BAKEOFF_CHECK(store.put_suite(run, 0, suite, items));
  store::BakeRow bake;
  bake.name = "shop";
  bake.key = std::string(64, '6');
  bake.adapter_id = bake.outcome.adapter_id = std::string(64, '7');
  bake.folder = "adapters/7";
  bake.prompt = to_json(PromptSpec{"shop", {{"system", "The shop opens at nine."}}});
  bake.recipe = to_json(Recipe{});
  bake.questions = Json::array({1, 2, 3});
  bake.outcome.kl_first = 0.5;
  BAKEOFF_CHECK(store.put_bake(bake));
  BAKEOFF_CHECK(store.link_bake(run, 0, "shop", bake.key));
  for (const std::string kind : {"base", "baked"}) {
    const bool is_baked = kind == "baked";
    GeneratorIdentity identity;
    identity.model_digest = std::string(64, '8');
    identity.dtype = "fp32";
    identity.context = {{"system", kind}};
    store::ArmRow arm{{kind, kind, is_baked ? "shop" : "", is_baked ? "shop" : "", 1.0},
                      std::string(64, is_baked ? 'a' : 'b'),
                      to_json(identity)};
    BAKEOFF_CHECK(store.put_arm(run, is_baked, arm));
    for (std::size_t i = 0; i < items.size(); ++i) {
      store::SampleRow row;
      row.sample.key = std::string(63, is_baked ? 'c' : 'd') + std::to_string(i);
      row.sample.arm = kind;
      row.sample.suite = "facts";
      row.sample.item = items[i].id;
      row.sample.messages = {items[i].messages[0], {"assistant", kind + " says " + items[i].id}};
      row.sample.completion.text = kind + " says " + items[i].id;
      row.sample.completion.finish_reason = "stop";
      row.generator = arm.generator;
      row.suite_digest = suite.digest;
      row.total_prompt_tokens = is_baked ? 10 : 40;
      row.total_completion_tokens = 4;
      auto verdict = Verdict::scored(is_baked || i == 0 ? 1 : 0);
      if (is_baked && i == 2) verdict = Verdict::not_scored("timeout");
      BAKEOFF_CHECK(store.put_sample(row, verdict));
      BAKEOFF_CHECK(store.link_sample(run, row.sample));
    }
    BAKEOFF_CHECK(store.add_cost(run, {kind, "play", 2.5, 0, 0}));
  }
  return store.end_run(run, "complete");
}

}  // namespace

TEST_CASE("a store becomes a report: arms, bake, scores, differences, costs and conversations") {
  const testing::TemporaryFolder folder;
  auto store = store::Store::open(folder / "run", store::Access::write);
  REQUIRE(store.ok());
  const Status filled = (*store)->transaction([&] { return fill(**store); });
  INFO((filled.ok() ? "" : filled.error().line()));
  REQUIRE(filled.ok());
  const auto model = collect(**store, {.run = {}, .drawn = 0, .model = {}});
  INFO((model.ok() ? "" : model.error().line()));
  REQUIRE(model.ok());
  CHECK(model->run.experiment == "tiny");
  CHECK(model->run.seed == 5);
  CHECK(model->model.name == "scripted");
  REQUIRE(model->arms.size() == 2);
  CHECK(model->arms[1].identity.context.at(0).content == "baked");
  CHECK(model->bakes.at(0).prompt.messages.at(0).content == "The shop opens at nine.");
  CHECK(model->bakes.at(0).questions == 3);
  CHECK(model->arm_costs[0].prompt_tokens == Approx(40));
  CHECK(model->arm_costs[1].run_seconds == Approx(2.5));
  const SuiteReport& suite = model->suites.at(0);
  CHECK(suite.is_target);
  CHECK(suite.metrics[0].figures[0].successes == std::optional<std::int64_t>(1));
  CHECK(suite.metrics[0].figures[1].successes == std::optional<std::int64_t>(2));
  CHECK(suite.metrics[0].figures[1].unscored == 1);
  const auto* difference = find_difference(suite.metrics[0], 0, 1);
  REQUIRE(difference);
  CHECK(difference->comparison->items == 2);
  CHECK(difference->left_out == 1);
  CHECK(suite.total_items == 3);
  REQUIRE(suite.items.size() == 2);  // those on which the arms differ or one is unscored
  CHECK(suite.items[0].id == "i2");
  CHECK(suite.items[1].id == "i3");
  CHECK(suite.items[0].answers.at(1).text == "baked says i2");
  CHECK(contains(to_html(*model), "2 items of 3"));
}

TEST_CASE("a page of 100,000 samples stays small and usable") {
  ReportModel model = empty_model();
  Scores many(34000);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = i % 3 == 0;
  add_suite(model, {"style", true, {"style"}, {{many, many, many}}});
  model.suites[0].items.resize(200);
  adjust(model);
  const testing::TemporaryFolder folder;
  REQUIRE(write_html(model, folder / "report.html").ok());
  CHECK(std::filesystem::file_size(folder / "report.html") < 2000000);
  CHECK(contains(to_html(model), "200 items of 34,000"));
}

}  // namespace bakeoff::reports
