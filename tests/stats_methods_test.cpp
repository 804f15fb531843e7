// Intervals, tests, power, attempts, noise, agreement, calibration, decay and continual learning against scipy,
// statsmodels and the authors' code of a metric (tools/goldens/stats_methods.py), published examples, and public
// results.
#include <cmath>
#include <vector>

#include "harness/core/json.h"
#include "harness/stats/agreement.h"
#include "harness/stats/attempts.h"
#include "harness/stats/calibration.h"
#include "harness/stats/continual.h"
#include "harness/stats/decay.h"
#include "harness/stats/mean.h"
#include "harness/stats/noise.h"
#include "harness/stats/noninferiority.h"
#include "harness/stats/paired_rates.h"
#include "harness/stats/power.h"
#include "harness/stats/rate.h"
#include "harness/stats/sequential.h"
#include "harness/stats/strata.h"
#include "harness/stats/unpaired.h"
#include "tests/catch.h"
#include "tests/support.h"

namespace bakeoff::stats {
namespace {

const Json& golden() {
  static const Json values = read_json_file(testing::source_path("golden/stats_methods.json")).value();
  return values;
}

double number(const Json& row, const char* key) { return row.at(key).get<double>(); }
std::int64_t whole(const Json& row, const char* key) { return row.at(key).get<std::int64_t>(); }
std::vector<double> doubles(const Json& list) { return list.get<std::vector<double>>(); }

void check_interval(const std::optional<Interval>& interval, const Json& row, double margin = 1e-9) {
  REQUIRE(interval);
  CHECK(interval->low == Approx(number(row, "low")).margin(margin));
  CHECK(interval->high == Approx(number(row, "high")).margin(margin));
}

std::vector<TurnScore> turn_scores() {
  const Json& data = golden()["decay"];
  std::vector<TurnScore> out;
  for (std::size_t i = 0; i < data["scores"].size(); ++i)
    out.push_back(
        {data["conversations"][i].get<int>(), data["turns"][i].get<double>(), data["scores"][i].get<double>()});
  return out;
}

}  // namespace

// numpy and scipy: means .5 and .75, SE = sqrt(var_a / 3 + var_b / 4) / 2, Student's t with 5 degrees.
TEST_CASE("the mean of two means has their pooled error") {
  const std::vector<Stratum> strata = {{{.2, .4, .9}, {}}, {{1, 0, 1, 1}, {}}};
  const auto mean = mean_of_means(strata);
  REQUIRE(mean);
  CHECK(mean->mean == Approx(.625));
  CHECK(*mean->standard_error == Approx(0.1626601774661928));
  CHECK(mean->interval->low == Approx(0.20686870242402544));
  CHECK(mean->interval->high == Approx(1.0431312975759746));
  const auto alone = mean_of_means(std::span(strata).first(1)), plain = clustered_mean(strata[0].values);
  CHECK(alone->interval->low == Approx(plain->interval->low));
  CHECK_FALSE(mean_of_means({}));
  CHECK_FALSE(mean_of_means(std::vector<Stratum>{{{1}, {}}, {}}));
  CHECK_FALSE(mean_of_means(std::vector<Stratum>{{{1, 1}, {}}})->interval);
}

TEST_CASE("Clopper and Pearson's interval equals statsmodels'", "[stats]") {
  for (const auto& row : golden()["clopper_pearson"])
    check_interval(clopper_pearson(whole(row, "k"), whole(row, "n"), number(row, "level")), row);
  CHECK_FALSE(clopper_pearson(3, 2));
}

TEST_CASE("Wilson's computed floor equals a fine search over rates, whole and from 0.1 to 0.9", "[stats]") {
  const Json searched = read_json_file(testing::source_path("golden/stats.json")).value();
  for (const auto& row : searched["wilson_floor"]) {
    CHECK(*wilson_coverage_floor(whole(row, "n")) == Approx(number(row, "all")).margin(1e-6));
    CHECK(*wilson_coverage_floor(whole(row, "n"), {0.1, 0.9}) == Approx(number(row, "middle")).margin(1e-6));
  }
}

TEST_CASE("accuracy's error equals the acc_stderr of published lm-evaluation-harness results to the last digit",
          "[stats]") {
  const auto file =
      testing::data_path("lm_eval_results/pythia-12b-0shot-global_step143000_eval_results_12-15-2022-23-32-34.json");
  if (!file) SKIP_TEST("the public test data is not here");
  const Json results = read_json_file(*file).value().at("results");
  const std::vector<std::pair<const char*, int>> sizes = {
      {"arc_easy", 2376}, {"arc_challenge", 1172}, {"sciq", 1000}, {"piqa", 1838}, {"winogrande", 1267}};
  int checked = 0;
  for (const auto& [task, items] : sizes) {
    if (!results.contains(task)) continue;
    const double accuracy = number(results.at(task), "acc");
    std::vector<double> values(static_cast<std::size_t>(items), 0);
    std::fill_n(values.begin(), std::llround(accuracy * items), 1.0);
    CHECK(*clustered_mean(values)->standard_error == Approx(number(results.at(task), "acc_stderr")).epsilon(1e-9));
    ++checked;
  }
  CHECK(checked >= 4);
}

TEST_CASE("unpaired rates: Fisher's p equals scipy's, Newcombe's interval statsmodels'", "[stats]") {
  for (const auto& row : golden()["rates_unpaired"]) {
    const auto seen =
        compare_rates_unpaired({whole(row, "k0"), whole(row, "n0")}, {whole(row, "k1"), whole(row, "n1")});
    REQUIRE(seen);
    CHECK(*seen->p == Approx(number(row, "p")).epsilon(1e-7));
    check_interval(seen->interval, row);
  }
  CHECK_FALSE(compare_rates_unpaired({0, 0}, {1, 2}));
}

TEST_CASE("unpaired rates 56 of 70 against 48 of 80 give Newcombe's published 0.0524 to 0.3339", "[stats]") {
  const auto seen =
      compare_rates_unpaired({48, 80}, {56, 70});  // Newcombe 1998, Statistics in Medicine 17:873, table II (a)
  CHECK(seen->interval->low == Approx(0.0524).margin(5e-5));
  CHECK(seen->interval->high == Approx(0.3339).margin(5e-5));
}

TEST_CASE("unpaired means equal scipy's Welch test; one group a side is refused", "[stats]") {
  const Json& row = golden()["means_unpaired"];
  const auto base = doubles(row["base"]), candidate = doubles(row["candidate"]);
  const auto seen = compare_means_unpaired({base}, {candidate});
  REQUIRE(seen);
  CHECK(*seen->p == Approx(number(row, "p")));
  check_interval(seen->interval, row);
  const std::vector<int> one(base.size(), 7);
  CHECK_FALSE(compare_means_unpaired({base, one}, {candidate}));
}

TEST_CASE("McNemar's mid-p equals its definition in scipy", "[stats]") {
  for (const auto& row : golden()["mid_p"])
    CHECK(*mcnemar_mid_p({whole(row, "b"), whole(row, "c"), 200}) == Approx(number(row, "p")));
  CHECK(*mcnemar_mid_p({4, 4, 9}) == 1);
}

TEST_CASE("the paired score equals one whose nuisance rate a numerical optimiser found", "[stats]") {
  for (const auto& row : golden()["score"])
    CHECK(tango_score({whole(row, "b"), whole(row, "c"), whole(row, "n")}, number(row, "d")) ==
          Approx(number(row, "z")).margin(2e-5));
}

TEST_CASE("non-inferiority agrees with the interval, and refuses what it can not answer", "[stats]") {
  const auto equal = noninferior_rates({10, 10, 400}, {.margin = 0.05});
  REQUIRE(equal);
  CHECK(equal->shown);
  CHECK(equal->interval->low > -0.05);
  CHECK_FALSE(noninferior_rates({5, 30, 400}, {.margin = 0.05})->shown);
  CHECK_FALSE(noninferior_rates({10, 10, 400}, {.margin = 0}));
  const std::vector<double> same(20, 0.1);
  CHECK_FALSE(noninferior_mean(same));
  const std::vector<double> graded = {0.1, -0.05, 0.02, 0.0, -0.1, 0.07, 0.03, -0.02};
  const auto seen = noninferior_mean(graded, {}, {.margin = 0.1});
  REQUIRE(seen);
  CHECK(seen->shown == (seen->interval->low > -0.1));
}

TEST_CASE("McNemar's power equals the sum over all outcomes", "[stats]") {
  for (const auto& row : golden()["mcnemar_power"])
    CHECK(*mcnemar_power({number(row, "d"), number(row, "psi")}, whole(row, "n"), number(row, "alpha")) ==
          Approx(number(row, "power")).margin(1e-8));
  CHECK_FALSE(mcnemar_power({0.4, 0.3}, 100));
}

TEST_CASE("the t test's power, detectable difference and items equal statsmodels'", "[stats]") {
  for (const auto& row : golden()["mean_power"]) {
    const double effect = number(row, "effect"), alpha = number(row, "alpha");
    CHECK(*mean_power(effect, whole(row, "n"), alpha) == Approx(number(row, "power")).margin(1e-6));
    CHECK(*detectable_mean_difference(whole(row, "n"), 2, {.alpha = alpha}) ==
          Approx(2 * number(row, "detectable")).epsilon(1e-5));
    CHECK(*items_for_mean_difference(2 * effect, 2, {.alpha = alpha}) == std::ceil(number(row, "items")));
  }
}

TEST_CASE("969 questions see 3 points with 80 percent power where the paired variance is 1/9", "[stats]") {
  VarianceSplit paired;  // the worked example of Miller 2024, arXiv:2411.00640, section 5
  paired.items = 100, paired.item = 1.0 / 9;
  const auto needed = more_needed(paired, 0.03, 1);
  REQUIRE(needed.items);
  CHECK(*needed.items == 969);
  CHECK_FALSE(needed.replicates);  // item noise alone is too large for 100 items
}

TEST_CASE("equivalence needs items only where the difference is within the margin", "[stats]") {
  CHECK(items_for_equivalence({.difference = 0, .deviation = 0.5, .margin = 0.05}));
  CHECK_FALSE(items_for_equivalence({.difference = 0.06, .deviation = 0.5, .margin = 0.05}));
}

TEST_CASE("pass@k, pass^k and the share in between equal counts of all draws", "[stats]") {
  for (const auto& row : golden()["attempts"]) {
    const Attempts attempts{whole(row, "n"), whole(row, "c")};
    CHECK(*pass_at_k(attempts, whole(row, "k")) == Approx(number(row, "any")).margin(1e-12));
    CHECK(*pass_hat_k(attempts, whole(row, "k")) == Approx(number(row, "all")).margin(1e-12));
    CHECK(*g_pass_at_k(attempts, whole(row, "k"), 0.5) == Approx(number(row, "half")).margin(1e-10));
  }
  CHECK_FALSE(pass_at_k({3, 1}, 4));
  CHECK_FALSE(pass_at_k({3, 4}, 1));
}

TEST_CASE("pass@k equals lighteval's cases", "[stats]") {
  const auto folder = testing::data_path("metric_cases/lighteval");
  if (!folder) SKIP_TEST("the public test data is not here");
  int checked = 0;
  for (const char* file : {"pass_at_k.json", "g_pass_at_k.json"}) {
    const Json cases = read_json_file(*folder / file).value().at("test_cases");
    for (const auto& one : cases) {
      const auto& gold = one["doc"]["choices"][one["doc"]["gold_index"].get<std::size_t>()];
      Attempts attempts;
      for (const auto& text : one["model_response"]["text"]) ++attempts.made, attempts.passed += text == gold;
      const auto k = whole(one["metric_params"], "k"), n = whole(one["metric_params"], "n");
      if (attempts.made != n) continue;  // lighteval cuts or repeats answers there
      for (const auto& [name, value] : one["expected_output"].items()) {
        if (name.starts_with("pass@k")) {
          CHECK(*pass_at_k(attempts, k) == Approx(value.get<double>()).margin(0.01));
        } else if (name.starts_with("g-pass@")) {
          CHECK(*g_pass_at_k(attempts, k, std::stod(name.substr(name.find('_') + 1))) ==
                Approx(value.get<double>()).margin(0.01));
        } else {
          continue;
        }
        ++checked;
      }
    }
  }
  CHECK(checked >= 10);
}

TEST_CASE("the mean of pass^k has its error over items and names the item that has too few attempts", "[stats]") {
  const std::vector<Attempts> items = {{4, 4}, {4, 2}, {4, 0}, {4, 3}};
  const auto mean = mean_pass_hat_k(items, 2);
  REQUIRE(mean.ok());
  CHECK(mean->mean == Approx((1 + 1.0 / 6 + 0 + 0.5) / 4));
  CHECK(mean->interval);
  const auto few = mean_pass_at_k(std::vector<Attempts>{{4, 1}, {2, 1}}, 3);
  REQUIRE_FALSE(few.ok());
  CHECK(few.error().line().find("item 1 passed 1 of 2") != std::string::npos);
}

TEST_CASE("prediction and item noise equal statsmodels' random-effects estimates", "[stats]") {
  const auto split = split_variance(golden()["noise"]["items"].get<Replicates>());
  REQUIRE(split.ok());
  CHECK(split->prediction == Approx(number(golden()["noise"], "prediction")).epsilon(1e-4));
  CHECK(split->item == Approx(number(golden()["noise"], "item")).epsilon(1e-3));
  CHECK(split->degrees == 160);
  CHECK(split->standard_error(40, 5) == Approx(std::sqrt((split->item + split->prediction / 5) / 40)));
  CHECK_FALSE(split_variance(Replicates{{1, 0}, {1}}).ok());
}

TEST_CASE("equal scores have no noise and no decay, to the last bit", "[stats]") {
  // 49 times 1 / 49 is not 1 in binary numbers; 49 ones divided by 49 are.
  const std::vector<double> ones(49, 1.0);
  const auto split = split_variance(Replicates{ones, ones, std::vector<double>(49, 0.0)});
  REQUIRE(split.ok());
  CHECK(split->prediction == 0);
  CHECK(*noise_floor(ones) == 0);
  std::vector<TurnScore> scores;
  for (int i = 0; i < 49; ++i)
    for (const double turn : {1.0, 8.0}) scores.push_back({i, turn, 1.0});
  const auto ratio = turn_ratio(scores, {1, 8});
  REQUIRE(ratio.ok());
  CHECK(ratio->ratio == 1);
  REQUIRE(ratio->interval);
  CHECK(ratio->interval->low == 1);
  CHECK(ratio->interval->high == 1);
}

TEST_CASE("the noise floor of two runs uses one degree of freedom: 12.706 |a - b|", "[stats]") {
  CHECK(*noise_floor(std::vector<double>{0.5, 0.52}) == Approx(12.7062 * 0.02).epsilon(1e-4));  // s sqrt(2) = |a - b|
  CHECK_FALSE(noise_floor(std::vector<double>{0.5}));
}

TEST_CASE("Cohen's kappa and its error, and Fleiss' kappa, equal statsmodels' and a published example", "[stats]") {
  const Json& row = golden()["kappa"];
  const auto seen = cohen_kappa(row["first"].get<std::vector<int>>(), row["second"].get<std::vector<int>>());
  REQUIRE(seen.ok());
  CHECK(*seen->kappa == Approx(number(row, "kappa")));
  CHECK(*seen->standard_error == Approx(number(row, "error")));
  const auto fleiss = fleiss_kappa(golden()["fleiss"]["counts"].get<std::vector<std::vector<std::int64_t>>>());
  REQUIRE(fleiss.ok());
  CHECK(*fleiss->kappa == Approx(number(golden()["fleiss"], "kappa")));
  CHECK(*fleiss->kappa == Approx(0.210).margin(5e-4));
  CHECK_FALSE(cohen_kappa(std::vector<int>{1, 1}, std::vector<int>{1, 1})->kappa);
  CHECK_FALSE(fleiss_kappa({{2, 1}, {2, 2}}).ok());
}

TEST_CASE("a judge's consistency in both orders equals LLMBar's published statistics", "[stats]") {
  for (const char* protocol : {"Vanilla", "Swap"}) {
    const auto folder = testing::data_path(std::string("llmbar/LLMBar/Natural/evaluators/GPT-4/") + protocol);
    if (!folder) SKIP_TEST("the public test data is not here");
    const Json published = read_json_file(*folder / "statistics.json").value();
    std::vector<BothOrders> pairs;
    int right_shown = 0, right_swapped = 0;
    for (const auto& item : read_json_file(*folder / "result.json").value()) {
      const auto winner = [&](const char* order) { return item["results"].back()[order]["winner"].get<std::string>(); };
      const std::string shown = winner("swap = False"), swapped = winner("swap = True");  // of answers, not of places
      const std::string label = std::to_string(item["label"].get<int>());
      right_shown += shown == label, right_swapped += swapped == label;
      pairs.push_back(
          {shown == "1" ? Outcome::first : Outcome::second, swapped == "1" ? Outcome::second : Outcome::first});
    }
    const auto seen = position_bias(pairs);
    REQUIRE(seen.ok());
    const auto begins = [&](const char* key, int count) {
      return published[key].get<std::string>().starts_with(std::to_string(count) + " / 100");
    };
    CHECK(begins("correct_False", right_shown));
    CHECK(begins("correct_True", right_swapped));
    CHECK(begins("equal", static_cast<int>(seen->consistent.successes)));
    CHECK(*seen->kappa == Approx(number(published, "kappa_agreement")));
    CHECK(seen->first_both + seen->second_both == 100 - static_cast<int>(seen->consistent.successes));
  }
}

TEST_CASE("calibration errors equal those of Kumar et al.'s package in bins of equal width and equal mass", "[stats]") {
  const Json& row = golden()["calibration"];
  const auto confidences = doubles(row["confidences"]), outcomes = doubles(row["outcomes"]);
  const auto wide = calibrate(confidences, outcomes);
  const auto even = calibrate(confidences, outcomes, {.binning = Binning::equal_mass});
  REQUIRE(wide.ok());
  REQUIRE(even.ok());
  CHECK(wide->ece == Approx(number(row, "ece_width")));
  CHECK(wide->squared_error == Approx(number(row, "squared_width")).epsilon(1e-9));
  CHECK(even->ece == Approx(number(row, "ece_mass")));
  CHECK(even->squared_error == Approx(number(row, "squared_mass")).epsilon(1e-9));
  for (const auto& each : {*wide, *even}) {
    CHECK(each.brier == Approx(number(row, "brier")));
    CHECK(each.reliability - each.resolution + each.uncertainty + each.within == Approx(each.brier).epsilon(1e-12));
  }
  CHECK(even->bins.size() == 10);
  CHECK_FALSE(calibrate(std::vector<double>{1.2}, std::vector<double>{1}).ok());
}

TEST_CASE("continual scores of a worked matrix", "[stats]") {
  // By hand: ACC = (0.6 + 0.7 + 0.9)/3; BWT = ((0.6 - 0.9) + (0.7 - 0.8))/2; FWT = ((0.3 - 0.2) + (0.4 - 0.1))/2;
  // forgetting = ((0.95 - 0.6) + (0.8 - 0.7))/2, the first task having been best after the second bake.
  const ScoreMatrix scores = {{0.9, 0.3, 0}, {0.95, 0.8, 0.4}, {0.6, 0.7, 0.9}};
  const auto seen = continual_scores(scores, std::vector<double>{0, 0.2, 0.1});
  REQUIRE(seen.ok());
  CHECK(seen->accuracy == Approx(2.2 / 3));
  CHECK(*seen->backward == Approx(-0.2));
  CHECK(*seen->forward == Approx(0.2));
  CHECK(*seen->forgetting == Approx(0.225));
  CHECK(seen->forgetting_by_task == std::vector<double>{0.95 - 0.6, 0.8 - 0.7});
  ScoreMatrix early = scores;  // the second task was once better by chance, before its own bake
  early[0][1] = 0.95, early[0][2] = std::nan("");
  CHECK(continual_scores(early)->forgetting_by_task[1] == Approx(0.95 - 0.7));
  CHECK_FALSE(continual_scores(scores)->forward);
  CHECK_FALSE(continual_scores({{1}})->backward);
  CHECK_FALSE(continual_scores({{1, 0}, {1}}).ok());
}

TEST_CASE("the slope over turns equals statsmodels' cluster-robust regression", "[stats]") {
  const Json& expected = golden()["decay"]["slope"];
  const auto slope = decay_slope(turn_scores());
  REQUIRE(slope.ok());
  CHECK(slope->per_turn == Approx(number(expected, "per_turn")));
  CHECK(slope->at_start == Approx(number(expected, "at_start")));
  CHECK(slope->standard_error == Approx(number(expected, "error")));
  check_interval(slope->interval, expected);
}

TEST_CASE("the half-life equals scipy's fit with a sandwich by finite differences", "[stats]") {
  const Json& expected = golden()["decay"]["exponential"];
  const auto seen = half_life(turn_scores());
  REQUIRE(seen.ok());
  CHECK(seen->start == Approx(number(expected, "start")).epsilon(1e-6));
  CHECK(seen->halvings_per_turn == Approx(number(expected, "rate")).epsilon(1e-6));
  check_interval(seen->rate_interval, expected, 1e-7);
  CHECK(seen->detected);
  CHECK(*seen->turns == Approx(1 / number(expected, "rate")).epsilon(1e-6));
}

TEST_CASE("a flat score has no half-life, only the shortest that is possible", "[stats]") {
  std::vector<TurnScore> flat;
  for (int c = 0; c < 10; ++c)
    for (int t = 2; t <= 16; t += 2) flat.push_back({c, double(t), 0.8 + 0.01 * ((c * 7 + t * 5) % 3 - 1)});
  const auto seen = half_life(flat);
  REQUIRE(seen.ok());
  CHECK_FALSE(seen->detected);
  CHECK_FALSE(seen->turns);
  REQUIRE(seen->shortest_possible);
  CHECK(*seen->shortest_possible > 100);
  for (auto& each : flat) each.score = 0;
  CHECK_FALSE(half_life(flat).ok());
  CHECK_FALSE(decay_slope(std::vector<TurnScore>{{0, 1, 0}, {1, 1, 0}, {2, 1, 0}}).ok());
}

TEST_CASE("the ratio of two turns has the interval of a t test inverted", "[stats]") {
  const Json& expected = golden()["decay"]["ratio"];
  const auto seen = turn_ratio(turn_scores());
  REQUIRE(seen.ok());
  CHECK(seen->ratio == Approx(number(expected, "ratio")));
  check_interval(seen->interval, expected);
  CHECK(seen->conversations == 20);
  CHECK_FALSE(turn_ratio(turn_scores(), {.earlier = 2, .later = 99}).ok());
}

TEST_CASE("the confidence sequence equals the paper's capital processes on a fine grid of means", "[stats]") {
  const auto differences = doubles(golden()["betting"]["differences"]);
  for (const auto& row : golden()["betting"]["intervals"]) {
    SequentialComparison sequence;
    for (std::size_t i = 0; i < row[0].get<std::size_t>(); ++i) REQUIRE(sequence.add(differences[i]).ok());
    const Interval seen = sequence.interval();
    CHECK(seen.low == Approx(row[1].get<double>()).margin(2.1e-4));  // the grid's step is 1e-4
    CHECK(seen.high == Approx(row[2].get<double>()).margin(2.1e-4));
  }
}

TEST_CASE("a gain is claimed at the item that the paper's process says, and stays claimed", "[stats]") {
  SequentialComparison sequence;
  for (double d : doubles(golden()["betting"]["differences"])) REQUIRE(sequence.add(d).ok());
  CHECK(sequence.claims().gain == std::optional<std::int64_t>(whole(golden()["betting"], "gain_at")));
  CHECK(sequence.claims().not_inferior <= sequence.claims().gain);
  CHECK_FALSE(sequence.claims().harm);
  CHECK(sequence.p() <= 0.05);
  CHECK_FALSE(sequence.add(1.5).ok());
  CHECK(sequence.items() == 400);
}

}  // namespace bakeoff::stats
