// Statistics against scipy and statsmodels (tools/goldens/stats.py), published worked examples and simulation.
#include <cmath>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/seed.h"
#include "harness/stats/compare.h"
#include "harness/stats/mean.h"
#include "harness/stats/multiplicity.h"
#include "harness/stats/paired_rates.h"
#include "harness/stats/power.h"
#include "harness/stats/rate.h"
#include "harness/stats/resampling.h"
#include "tests/catch.h"
#include "tests/support.h"

namespace bakeoff::stats {
namespace {

const Json& golden() {
  static const Json values = read_json_file(testing::source_path("golden/stats.json")).value();
  return values;
}

std::vector<double> doubles(const Json& list) { return list.get<std::vector<double>>(); }

void check_mean(const Json& expected, const std::vector<int>& groups) {
  const auto mean = clustered_mean(doubles(expected["values"]), groups);
  REQUIRE(mean);
  CHECK(mean->mean == Approx(expected["mean"].get<double>()));
  REQUIRE(mean->standard_error);
  CHECK(*mean->standard_error == Approx(expected["error"].get<double>()).epsilon(1e-9));
  REQUIRE(mean->interval);
  CHECK(mean->interval->low == Approx(expected["low"].get<double>()).epsilon(1e-9));
  CHECK(mean->interval->high == Approx(expected["high"].get<double>()).epsilon(1e-9));
}

std::vector<Pair> pairs_of(const std::vector<double>& base, const std::vector<double>& candidate) {
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < base.size(); ++i) pairs.push_back({base[i], candidate[i], static_cast<int>(i)});
  return pairs;
}

/// n items of which `wins` are right for the candidate only, `losses` for the base only, the rest for both.
std::vector<Pair> binary_pairs(int wins, int losses, int both) {
  std::vector<double> base(static_cast<std::size_t>(wins + losses + both), 1), candidate = base;
  for (int i = 0; i < wins; ++i) base[static_cast<std::size_t>(i)] = 0;
  for (int i = 0; i < losses; ++i) candidate[static_cast<std::size_t>(wins + i)] = 0;
  return pairs_of(base, candidate);
}

}  // namespace

TEST_CASE("the mean of nothing is no number") {
  CHECK_FALSE(clustered_mean({}));
  CHECK_FALSE(wilson(0, 0));
  CHECK_FALSE(clustered_rate({}));
  CHECK_FALSE(mcnemar_exact({0, 0, 0}));
  CHECK_FALSE(tango_interval({0, 0, 0}));
  CHECK_FALSE(sign_flip_p({}, {}));
  CHECK_FALSE(compare_paired({}));
  CHECK_FALSE(bca_interval({}, {}).ok());
}

TEST_CASE("one value has a mean and no error") {
  const auto mean = clustered_mean(std::vector<double>{0.25});
  REQUIRE(mean);
  CHECK(mean->mean == 0.25);
  CHECK_FALSE(mean->standard_error);
  CHECK_FALSE(mean->interval);
}

TEST_CASE("the mean's error and t interval equal scipy's for independent items") { check_mean(golden()["plain"], {}); }

TEST_CASE("the clustered error equals statsmodels' cluster-robust error, with even and uneven groups") {
  for (const char* name : {"clustered", "clustered_uneven"})
    check_mean(golden()[name], golden()[name]["groups"].get<std::vector<int>>());
}

TEST_CASE("group names are numbered in order and an empty name is a group of its own") {
  const std::vector<std::string> names = {"b", "", "a", "b", ""};
  CHECK(group_numbers(names) == std::vector<int>{0, 1, 2, 0, 3});
}

TEST_CASE("Wilson's interval equals statsmodels'") {
  for (const auto& row : golden()["wilson"]) {
    const auto rate = wilson(row["k"].get<std::int64_t>(), row["n"].get<std::int64_t>(), row["level"].get<double>());
    REQUIRE(rate);
    CHECK(rate->interval.low == Approx(row["low"].get<double>()).margin(1e-12));
    CHECK(rate->interval.high == Approx(row["high"].get<double>()).margin(1e-12));
  }
}

TEST_CASE("Wilson's interval for 81 of 263 is Newcombe's published 0.2553 to 0.3662") {
  const auto rate = wilson(81, 263);  // Newcombe 1998, Statistics in Medicine 17:857-872, table I
  CHECK(rate->interval.low == Approx(0.2553).margin(5e-5));
  CHECK(rate->interval.high == Approx(0.3662).margin(5e-5));
}

TEST_CASE("the rule of three is stated at zero and only there") {
  CHECK(wilson(0, 100)->rule_of_three == std::optional<double>(0.03));
  CHECK_FALSE(wilson(1, 100)->rule_of_three);
  CHECK(wilson(0, 2)->rule_of_three == std::optional<double>(1.0));
}

TEST_CASE("grouped items that agree with each other widen a rate's interval") {
  std::vector<double> values;
  std::vector<int> groups;
  for (int group = 0; group < 10; ++group)
    for (int i = 0; i < 4; ++i) values.push_back(group < 5 ? 1 : 0), groups.push_back(group);
  const auto alone = clustered_rate(values), grouped = clustered_rate(values, groups);
  CHECK(alone->effective_trials == 40);
  CHECK(grouped->effective_trials == Approx(9));  // p(1-p)/SE^2 = 0.25 / (10/9 * 10 * 4 / 1600)
  CHECK(grouped->interval.low < alone->interval.low);
  CHECK(grouped->interval.high > alone->interval.high);
  const std::vector<double> zeros(40, 0);
  CHECK(clustered_rate(zeros, groups)->effective_trials == 10);
}

TEST_CASE("McNemar's exact p equals statsmodels', and is 1 where nothing differs") {
  for (const auto& row : golden()["mcnemar"]) {
    const auto b = row["b"].get<std::int64_t>(), c = row["c"].get<std::int64_t>();
    CHECK(*mcnemar_exact({b, c, 200}) == Approx(row["p"].get<double>()).epsilon(1e-9));
    CHECK(*mcnemar_exact({c, b, 200}) == Approx(row["p"].get<double>()).epsilon(1e-9));
  }
  CHECK(*mcnemar_exact({0, 0, 12}) == 1);
}

TEST_CASE("Tango's interval equals the published worked examples") {
  SECTION("complete response of 161 patients, Cavo et al. 2012: -0.1240 to -0.0054") {
    const auto interval = tango_interval({6, 16, 161});  // tests of the R package contingencytables
    CHECK(interval->low == Approx(-0.1240).margin(5e-5));
    CHECK(interval->high == Approx(-0.0054).margin(5e-5));
  }
  SECTION("airways of 21 patients, Bentur et al. 2009: -0.517 to -0.026") {
    const auto interval = tango_interval({1, 7, 21});  // Fagerland, Lydersen and Laake 2014, doi:10.1002/sim.6148
    CHECK(interval->low == Approx(-0.517).margin(5e-4));
    CHECK(interval->high == Approx(-0.026).margin(5e-4));
  }
}

TEST_CASE("Tango's interval has width where no item differs: 3.84 / (n + 3.84)") {
  const auto interval = tango_interval({0, 0, 100});  // n^2 d^2 = z^2 n d (1 - d)
  const double z2 = normal_quantile(0.975) * normal_quantile(0.975);
  CHECK(interval->high == Approx(z2 / (100 + z2)));
  CHECK(interval->low == Approx(-z2 / (100 + z2)));
}

TEST_CASE("Tango's interval turns over with the arms") {
  const auto one = tango_interval({9, 2, 40}), other = tango_interval({2, 9, 40});
  CHECK(one->low == Approx(-other->high));
  CHECK(one->high == Approx(-other->low));
  const auto all = tango_interval({12, 0, 12});
  CHECK(all->high == Approx(1));
  CHECK(all->low > 0.5);
}

TEST_CASE("sign flips equal scipy's permutation test, enumerated and drawn") {
  const auto& exact = golden()["flips"][0];
  CHECK(*sign_flip_p(doubles(exact["values"]), {}) == Approx(exact["p"].get<double>()).epsilon(1e-9));
  const auto& drawn = golden()["flips"][1];
  CHECK(*sign_flip_p(doubles(drawn["values"]), {}) == Approx(drawn["p"].get<double>()).margin(0.015));
  CHECK(*sign_flip_p(std::vector<double>(5, 0.0), {}) == 1);
}

TEST_CASE("sign flips treat a group as one item") {
  const std::vector<double> values = {1, 1, 1, 1, 1, 1};
  CHECK(*sign_flip_p(values, {}) == Approx(2.0 / 64));
  CHECK(*sign_flip_p(values, std::vector<int>{0, 0, 0, 1, 1, 1}) == Approx(2.0 / 4));
}

TEST_CASE("the BCa interval equals scipy's within the noise of drawing") {
  for (const auto& row : golden()["bca"]) {
    const auto interval = bca_interval(doubles(row["values"]), {}, {.seed = 5, .draws = 100000});
    REQUIRE(interval.ok());
    const double slack = 0.02 * (row["high"].get<double>() - row["low"].get<double>());
    CHECK(interval->low == Approx(row["low"].get<double>()).margin(slack));
    CHECK(interval->high == Approx(row["high"].get<double>()).margin(slack));
  }
}

TEST_CASE("the bootstrap is seeded, and refused with a reason for 29 items or equal values") {
  const auto values = doubles(golden()["bca"][1]["values"]);
  CHECK(bca_interval(values, {}, {.seed = 7})->low == bca_interval(values, {}, {.seed = 7})->low);
  CHECK(bca_interval(values, {}, {.seed = 7})->low != bca_interval(values, {}, {.seed = 8})->low);
  const auto few = bca_interval(std::span(values).first(29), {});
  REQUIRE_FALSE(few.ok());
  CHECK(few.error().line().find("29 independent items") != std::string::npos);
  CHECK(bca_interval(std::span(values).first(30), {}).ok());
  CHECK_FALSE(bca_interval(std::vector<double>(50, 0.3), {}).ok());
}

TEST_CASE("Holm and Benjamini-Hochberg equal statsmodels'") {
  const auto p = doubles(golden()["p"]);
  const auto strict = holm(p), exploring = benjamini_hochberg(p);
  for (std::size_t i = 0; i < p.size(); ++i) {
    CHECK(strict[i] == Approx(golden()["holm"][i].get<double>()));
    CHECK(exploring[i] == Approx(golden()["benjamini_hochberg"][i].get<double>()));
  }
  CHECK(holm({}).empty());
}

TEST_CASE("the detectable difference is the one that has the power asked for, and needs about the items at hand") {
  for (double psi : {0.1, 0.3, 0.6}) {
    const auto d = detectable_rate_difference(200, psi);
    REQUIRE(d);
    CHECK(*mcnemar_power({*d, psi}, 200) == Approx(0.8).margin(1e-6));
    CHECK(std::abs(items_for_rate_difference(*d, psi).value() - 200) <= 6);  // power is not quite monotone in the items
  }
  CHECK_FALSE(detectable_rate_difference(5, 0.1));  // even if all that differ differed one way
  CHECK_FALSE(detectable_rate_difference(100, 0));
  CHECK_FALSE(items_for_rate_difference(0.6, 0.5));
}

TEST_CASE("eight signs at a time give the p of one at a time") {
  const auto values = doubles(golden()["flips"][1]["values"]);
  std::vector<int> groups;
  for (std::size_t i = 0; i < values.size(); ++i) groups.push_back(static_cast<int>(i / 2));
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    CHECK(*sign_flip_p(values, {}, {.seed = seed}) == *sign_flip_p_plain(values, {}, {.seed = seed}));
    CHECK(*sign_flip_p(values, groups, {.seed = seed}) == *sign_flip_p_plain(values, groups, {.seed = seed}));
  }
}

TEST_CASE("McNemar's size is at most nominal in simulated comparisons of an arm with itself") {
  Random random(3);
  int claims = 0;
  const int rounds = 4000;
  for (int round = 0; round < rounds; ++round) {
    PairedCounts counts{0, 0, 60};
    for (int i = 0; i < 60; ++i)
      if (random.uniform() < 0.4) ++(random() & 1 ? counts.candidate_only : counts.base_only);
    claims += *mcnemar_exact(counts) < 0.05;
  }
  CHECK(claims / double(rounds) < 0.05 + 3 * std::sqrt(0.05 * 0.95 / rounds));
}

TEST_CASE("Wilson covers as stated: never below its floor, 95 percent on average") {
  for (const auto& row : golden()["wilson_floor"]) {
    const int n = row["n"].get<int>();
    if (n > 100) continue;
    double least = 1, average = 0;
    const int rates = 400;
    for (int r = 0; r < rates; ++r) {
      const double p = (r + 0.5) / rates;
      double covered = 0, mass = std::pow(1 - p, n);
      for (int k = 0; k <= n; ++k) {
        if (wilson(k, n)->interval.contains(p)) covered += mass;
        mass *= (n - k) / (k + 1.0) * p / (1 - p);
      }
      least = std::min(least, covered), average += covered / rates;
    }
    CHECK(least >= row["all"].get<double>() - 1e-9);
    CHECK(average == Approx(0.95).margin(0.01));
  }
}

TEST_CASE("BCa covers a skewed mean in at least 90 percent of simulations with 40 items") {
  Random random(17);
  int covered = 0;
  const int rounds = 500;
  for (int round = 0; round < rounds; ++round) {
    std::vector<double> values(40);
    for (double& value : values) value = -std::log(1 - random.uniform());  // exponential, mean 1
    covered += bca_interval(values, {}, {.seed = static_cast<std::uint64_t>(round), .draws = 1000})->contains(1);
  }
  CHECK(covered / double(rounds) >= 0.90);
  CHECK(covered / double(rounds) <= 0.98);
}

TEST_CASE("binary pairs get McNemar and Tango, graded pairs sign flips with BCa from 30 items and Student's t below") {
  const auto binary = compare_paired(binary_pairs(6, 16, 139));
  REQUIRE(binary);
  CHECK(binary->test == "McNemar exact");
  CHECK(binary->interval_method == "Tango score");
  CHECK(binary->difference == Approx(-10.0 / 161));
  CHECK(binary->wins == 6);
  CHECK(binary->losses == 16);
  CHECK(binary->ties == 139);
  CHECK(binary->p == Approx(0.052478790283203125));

  CHECK(binary->items_to_settle == items_for_rate_difference(10.0 / 161, 22.0 / 161));
  CHECK(binary->items_to_settle > 161);

  const auto values = doubles(golden()["bca"][1]["values"]);
  const std::vector<double> zeros(values.size(), 0.0);
  CHECK(compare_paired(pairs_of(zeros, values))->interval_method == "BCa bootstrap");
  auto few = pairs_of(zeros, values);
  few.resize(12);
  CHECK(compare_paired(few)->interval_method == "Student's t");
  CHECK(compare_paired(few)->test == "sign flips");
}

TEST_CASE("binary pairs in groups are not compared as if they were independent") {
  auto pairs = binary_pairs(8, 0, 4);
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i].group = static_cast<int>(i / 4);
  const auto comparison = compare_paired(pairs);
  CHECK(comparison->test == "sign flips");
  CHECK(comparison->groups == 3);
  CHECK(comparison->p == Approx(0.5));  // 2 groups differ: 2 of 4 patterns
}

TEST_CASE("the mean of n ones is one, however many there are") {
  for (int n = 1; n <= 300; ++n) {
    const std::vector<Pair> pairs(static_cast<std::size_t>(n), {1.0, 0.5, 0});
    const auto seen = compare_paired(pairs);
    CHECK(seen->base == 1.0);
    CHECK(seen->candidate == 0.5);
  }
}

TEST_CASE("findings follow the adjusted p, the margin, the noise floor and the metric's direction") {
  const auto gain = *compare_paired(binary_pairs(12, 0, 0));
  CHECK(find(gain, gain.p) == Finding::better);
  CHECK(find(gain, gain.p, {.higher_is_better = false}) == Finding::worse);
  CHECK(find(gain, 0.2) == Finding::not_enough_data);
  CHECK(find(gain, gain.p, {.noise_floor = 1.0}) == Finding::not_enough_data);
  const auto equal = *compare_paired(binary_pairs(0, 0, 100));
  CHECK(find(equal, equal.p) == Finding::same);
  CHECK(find(equal, equal.p, {.margin = 0.01}) == Finding::not_enough_data);
  CHECK(in_words(Finding::same, 0.05) == "same within 5 points");
}

}  // namespace bakeoff::stats
