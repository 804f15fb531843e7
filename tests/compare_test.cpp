// Two arms side by side: how results are found and joined, what is refused, and what the numbers are. Expected values
// are worked out by hand.
#include "harness/compare/compare.h"

#include "harness/compare/from_store.h"
#include "reports/comparison.h"
#include "tests/approved.h"
#include "tests/result_sets.h"
#include "tests/workshop.h"

using namespace bakeoff;
using namespace bakeoff::compare;
using namespace bakeoff::testing;

namespace {

Comparison one_comparison(const SuiteResults& base, const SuiteResults& candidate, const CompareOptions& options = {}) {
  std::vector<Comparison> all = {compare::compare(set_of("prompted", {base}), set_of("baked", {candidate}), options)};
  adjust(all);
  return all.front();
}

const MetricComparison& first(const Comparison& comparison) { return comparison.suites.front().metrics.front(); }

SuiteResults other_samples(SuiteResults suite) {
  for (auto& item : suite.items) item.sample_key.front() = 'f';
  return suite;
}

bool holds(const std::vector<std::string>& lines, const std::string& part) {
  for (const auto& line : lines)
    if (line.find(part) != line.npos) return true;
  return false;
}

}  // namespace

TEST_CASE("compare: a run opens as its arms, each with scores, protocol and measurements of its own bake") {
  Workshop at;
  REQUIRE(at.run().ok());
  const std::string folder = (at.folder / "out").string();
  const auto all = open_results(folder);
  REQUIRE(all.ok());
  std::vector<std::string> arms;
  for (const auto& set : *all) arms.push_back(set.arm);
  CHECK(arms == std::vector<std::string>{"base", "prompted", "baked", "reprompted"});

  const auto baked = open_results(folder + ":baked");
  REQUIRE(baked.ok());
  REQUIRE(baked->size() == 1);
  const ResultSet& set = baked->front();
  CHECK(set.name == folder + ":baked");
  REQUIRE(set.suites.size() == 1);
  CHECK(set.suites[0].name == "style");
  CHECK(set.suites[0].items.size() == 2);
  CHECK(set.suites[0].items[0].id == "one");
  CHECK(set.suites[0].items[0].verdict.metrics.at("manner") == 1);  // "Arrr, rum!"
  for (const char* key : {"suite", "version", "data", "template", "decoding"})
    CHECK(set.suites[0].protocol.contains(key));
  const auto measured = [&](const std::string& name) {
    for (const auto& one : set.measurements)
      if (one.name == name) return one.value;
    return -1.0;
  };
  CHECK(measured("kl_held_out") == 0.2);             // of the bake
  CHECK(measured("answer_tokens_per_sample") == 3);  // the scripted model's
  CHECK(measured("prompt_tokens_per_sample") == 3);
}

TEST_CASE("compare: results are named by folder, database, execution and arm") {
  Workshop at;
  REQUIRE(at.run().ok());
  REQUIRE(at.run({"seed=5"}).ok());
  const std::string folder = (at.folder / "out").string();
  CHECK(open_results(folder + "/bakeoff.db:base").ok());
  CHECK(open_results(folder + "@1:base")->front().name == folder + "@1:base");
  CHECK(open_results(folder + "@2")->size() == 4);
  CHECK_FALSE(open_results(folder + "@9").ok());
  const auto no_arm = open_results(folder + ":nobody");
  REQUIRE_FALSE(no_arm.ok());
  CHECK(no_arm.error().line().find("base, prompted, baked, reprompted") != std::string::npos);
  CHECK(open_results((at.folder / "nowhere").string()).error().kind == ErrorKind::input);
  CHECK(open_results("").error().kind == ErrorKind::input);
  CHECK(open_results((at.folder / "questions").string()).error().line().find("no results that can be read") !=
        std::string::npos);
}

TEST_CASE("compare: a run against itself compares arms of equal name, and every item ties") {
  Workshop at;
  REQUIRE(at.run().ok());
  const std::string folder = (at.folder / "out").string();
  auto pairs = pair_sets(*open_results(folder), *open_results(folder));
  REQUIRE(pairs.ok());
  REQUIRE(pairs->size() == 4);
  for (const auto& pair : *pairs) {
    const auto comparison = compare::compare(pair.base, pair.candidate);
    CHECK(comparison.reasons.empty());
    CHECK(first(comparison).seen.ties == 2);
    CHECK(comparison.suites[0].flips.empty());
  }
  CHECK_FALSE(pair_sets(*open_results(folder + ":base"), {set_of("x", {}), set_of("y", {})}).ok());
}

TEST_CASE("compare: replicates are averaged before the sides are paired, and gaps are counted by item") {
  SuiteResults base = suite_of("s", {1, 1, 0, -1}), candidate = suite_of("s", {0, 1, 1, 1});
  ScoredItem again = candidate.items[0];
  again.replicate = 1;
  again.verdict = Verdict::scored(1, {{"s", 1}});
  candidate.items.push_back(again);
  ScoredItem lonely = candidate.items[1];
  lonely.id = "only-here";
  candidate.items.push_back(lonely);

  const Pairing pairing = pair_items(base, candidate, "s");
  const auto pairs = pairing.pairs();
  REQUIRE(pairs.size() == 3);
  CHECK(pairs[0].base == 1);
  CHECK(pairs[0].candidate == 0.5);
  CHECK(pairing.gaps == 2);
  CHECK(pairing.common == 4);
  const auto worst = pairing.worst_case(true);
  REQUIRE(worst.size() == 5);
  CHECK(worst[3].base == 1);  // unscored for the base: at best
  CHECK(worst[3].candidate == 1);
  CHECK(worst[4].base == 1);  // the base lacks the item
  CHECK(pairing.worst_case(false)[3].base == 0);
}

TEST_CASE("compare: a metric that is not about an item leaves no gap there") {
  SuiteResults base = suite_of("s", {1, 0}), candidate = suite_of("s", {1, 1});
  base.metrics.push_back({"content", true, ""});
  candidate.metrics = base.metrics;
  base.items[0].verdict.metrics["content"] = 1;
  candidate.items[0].verdict.metrics["content"] = 0;
  const Comparison seen = one_comparison(base, candidate);
  REQUIRE(seen.suites[0].metrics.size() == 2);
  CHECK(seen.suites[0].metrics[1].seen.items == 1);
  CHECK(seen.suites[0].metrics[1].seen.losses == 1);
  CHECK(seen.suites[0].metrics[1].unscored == 0);
}

TEST_CASE("compare: counts, difference, p and finding of a binary suite") {
  const auto [base, candidate] = rates(9, 1, 20);
  const Comparison seen = one_comparison(suite_of("s", base), suite_of("s", candidate));
  const MetricComparison& metric = first(seen);
  CHECK(metric.seen.items == 20);
  CHECK(metric.seen.wins == 9);
  CHECK(metric.seen.losses == 1);
  CHECK(metric.seen.ties == 10);
  CHECK(metric.seen.difference == Approx(0.4));
  CHECK(metric.seen.p == Approx(2 * 11.0 / 1024));  // binomial(10, 1/2): one loss or none
  CHECK(metric.words == "better");
  REQUIRE(seen.suites[0].flips.size() == 10);
  CHECK(seen.suites[0].flips[0].item == "item-19");  // the loss first
}

TEST_CASE("compare: a difference within the noise floor is neither better nor worse") {
  const auto [base, candidate] = rates(9, 1, 20);
  CompareOptions options;
  options.noise_floor = 0.41;
  CHECK(first(one_comparison(suite_of("s", base), suite_of("s", candidate), options)).words == "not enough data");
}

TEST_CASE("compare: the noise floor is measured where items were answered more than once") {
  SuiteResults suite = suite_of("s", {1, 0, 1, 0});
  for (const double score : {0.0, 0.0, 1.0, 1.0}) {
    ScoredItem item = suite.items[suite.items.size() - 4];
    item.replicate = 1;
    item.verdict = Verdict::scored(score, {{"s", score}});
    suite.items.push_back(item);
  }
  // Pairs (1,0) (0,0) (1,1) (0,1): variances 1/2, 0, 0, 1/2, mean 1/4; K = 2, n = 4: s^2 = 1/4/2/4 with 4 degrees;
  // floor = t(0.975; 4) s sqrt(2) = 2.776445 * sqrt(1/32) * sqrt(2).
  const auto floor = measured_noise_floor(suite, suite, "s");
  REQUIRE(floor);
  CHECK(*floor == Approx(2.776445 / 4).epsilon(1e-6));
  CHECK_FALSE(measured_noise_floor(suite_of("s", {1, 0}), suite_of("s", {1, 0}), "s"));
}

TEST_CASE("compare: other data, versions or templates are refused with the list, what one side does not say is noted") {
  SuiteResults base = suite_of("s", {1, 0}), candidate = base;
  candidate.protocol["version"] = "2";
  candidate.protocol["template"] = "t2";
  candidate.protocol.erase("data");
  const Comparison seen = one_comparison(base, candidate);
  CHECK(seen.reasons.size() == 2);
  CHECK(holds(seen.reasons, "s: template differs: t1 against t2"));
  CHECK(holds(seen.reasons, "s: version differs: 1 against 2"));
  CHECK(holds(seen.notes, "s: data is not known of the candidate"));
  CHECK(holds(seen.notes, "adapters: [] against [\"a1:1\"]"));
}

TEST_CASE("compare: sides without a common suite, metric or item are not comparable") {
  CHECK(holds(one_comparison(suite_of("a", {1}), suite_of("b", {1})).reasons, "no suite in common"));
  SuiteResults other = suite_of("a", {1});
  other.metrics[0].name = "else";
  CHECK(holds(one_comparison(suite_of("a", {1}), other).reasons, "no metric in common"));
  other = suite_of("a", {1});
  other.items[0].id = "else";
  CHECK(holds(one_comparison(suite_of("a", {1}), other).reasons, "no item in common"));
}

TEST_CASE("compare: figures without samples are compared by their standard errors, and that is said") {
  SuiteResults base = suite_of("s", {}), candidate = base;
  base.figures["s"] = {0.5, 0.03, 400};
  candidate.figures["s"] = {0.6, 0.04, 300};
  const Comparison seen = one_comparison(base, candidate);
  const MetricComparison& metric = first(seen);
  CHECK_FALSE(metric.is_paired);
  CHECK(metric.seen.p == Approx(0.0455003).epsilon(1e-5));  // 2 (1 - Phi(0.1 / 0.05))
  REQUIRE(metric.seen.interval);
  CHECK(metric.seen.interval->low == Approx(0.1 - 1.959964 * 0.05));
  CHECK(metric.seen.test.find("unpaired") == 0);
  candidate.figures["s"].standard_error.reset();
  CHECK_FALSE(first(one_comparison(base, candidate)).seen.interval);
  CHECK(first(one_comparison(base, candidate)).words == "not enough data");
}

TEST_CASE("compare: p-values of all arms shown together are adjusted together") {
  const auto [base, candidate] = rates(9, 1, 20);
  std::vector<Comparison> all;
  for (const char* arm : {"baked", "reprompted"})
    all.push_back(compare::compare(set_of(arm, {suite_of("s", base)}),
                                   set_of(arm, {other_samples(suite_of("s", arm[0] == 'b' ? candidate : base))})));
  CHECK(adjust(all) == "Benjamini-Hochberg over 2 tests");
  CHECK(first(all[0]).adjusted_p == Approx(2 * first(all[0]).seen.p));
  CHECK(first(all[1]).adjusted_p == 1);
}

TEST_CASE("compare: what compares the same samples is one test, and the same samples on both sides are none") {
  // 9 gains and 1 loss: the exact McNemar's p is 2 (1 + 10) / 2^10. Prompted shows what base shows, as where a suite
  // asks in raw text.
  const auto [base, candidate] = rates(9, 1, 20);
  const SuiteResults before = suite_of("s", base), after = other_samples(suite_of("s", candidate));
  for (const auto correction : {Correction::benjamini_hochberg, Correction::holm}) {
    std::vector<Comparison> all;
    for (const char* arm : {"base", "prompted"})
      all.push_back(compare::compare(set_of(arm, {before}), set_of(arm, {after})));
    all.push_back(compare::compare(set_of("base", {before}), set_of("prompted", {before})));
    CHECK(adjust(all, correction).ends_with(" over 1 test"));
    CHECK(first(all[0]).adjusted_p == Approx(22.0 / 1024));
    CHECK(first(all[1]).adjusted_p == Approx(22.0 / 1024));
    CHECK(first(all[2]).adjusted_p == 1);
    CHECK(first(all[2]).words == "the same answers");
    // Another judge of the same answers may differ, and that is a test.
    all = {compare::compare(set_of("base", {before}), set_of("base", {suite_of("s", candidate)}))};
    CHECK(adjust(all, correction).ends_with(" over 1 test"));
    CHECK(first(all[0]).adjusted_p == Approx(22.0 / 1024));
  }
}

TEST_CASE("compare: primary metrics alone take part where they alone are asked for") {
  SuiteResults base = suite_of("s", {1, 0, 1, 0}), candidate = other_samples(suite_of("s", {1, 1, 1, 1}));
  base.metrics.push_back({"strict", true, ""});
  candidate.metrics.push_back({"strict", true, ""});
  CHECK(compare::compare(set_of("a", {base}), set_of("a", {candidate})).suites[0].metrics.size() == 2);
  CompareOptions options;
  options.only_primary = true;
  const auto primary = compare::compare(set_of("a", {base}), set_of("a", {candidate}), options);
  REQUIRE(primary.suites[0].metrics.size() == 1);
  CHECK(primary.suites[0].metrics[0].info.name == "s");
}

TEST_CASE("compare: nothing scored on both sides is no number") {
  const Comparison seen = one_comparison(suite_of("s", {-1, 1}), suite_of("s", {1, -1}));
  CHECK_FALSE(first(seen).is_seen);
  CHECK(first(seen).unscored == 2);
  CHECK(reports::comparison_json({seen})["suites"]["s"]["metrics"]["s"]["delta"].is_null());
}

TEST_CASE("compare: the outputs are the approved ones") {
  const auto [base, candidate] = rates(9, 1, 20);
  SuiteResults style_base = suite_of("style", base), style = suite_of("style", candidate);
  style_base.items[5].verdict = Verdict::not_scored("our timeout");
  SuiteResults wide = suite_of("数学|*x*", {1, 0, 1}), wide_base = suite_of("数学|*x*", {1, 1, 0});
  ResultSet left = set_of("prompted", {style_base, wide_base}), right = set_of("baked", {style, wide});
  right.caveats = {"coding: WARNING: ran without the sandbox"};
  std::vector<Comparison> all = {compare::compare(left, right)};
  all[0].reasons = {"style: template differs: t1 against t2"};
  reports::ComparisonOptions options;
  options.correction = adjust(all);
  options.most_flips = 3;
  check_approved("comparison.txt", reports::comparison_table(all, options));
  check_approved("comparison.md", reports::comparison_markdown(all, options));
  check_approved("comparison.json", reports::comparison_json(all, options).dump(1) + "\n");
}
