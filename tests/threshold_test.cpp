// One-sided tests against a threshold: values by scipy and by a likelihood maximised numerically
// (tools/goldens/threshold.py), and the sizes that the header states.
#include "harness/stats/threshold.h"

#include <cmath>

#include "harness/core/json.h"
#include "harness/core/seed.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace bakeoff;
using namespace bakeoff::stats;

namespace {

const Json& golden() {
  static const auto file = read_json_file(testing::source_path("golden/stats_threshold.json"));
  REQUIRE(file.ok());
  return *file;
}

/// log of the multinomial probability of b and c among n.
double log_probability(int b, int c, int n, double pb, double pc) {
  const double rest = 1 - pb - pc;
  const auto term = [](int count, double share) { return count == 0 ? 0.0 : count * std::log(share); };
  return std::lgamma(n + 1) - std::lgamma(b + 1) - std::lgamma(c + 1) - std::lgamma(n - b - c + 1) + term(b, pb) +
         term(c, pc) + term(n - b - c, rest);
}

/// The chance that "above `d`" is claimed where the true difference is exactly d, exactly.
double false_claims(int n, double d, double base_only, double alpha) {
  double chance = 0;
  for (int b = 0; b <= n; ++b)
    for (int c = 0; b + c <= n; ++c)
      if (test_rates({b, c, n}, d)->p_above < alpha)
        chance += std::exp(log_probability(b, c, n, base_only + d, base_only));
  return chance;
}

}  // namespace

TEST_CASE("threshold: rates give the p-values of another implementation") {
  for (const Json& row : golden()["rates"]) {
    CAPTURE(row.dump());
    const auto test = test_rates({row["b"], row["c"], row["n"]}, row["d"].get<double>());
    REQUIRE(test);
    CHECK(test->p_above == Approx(row["above"].get<double>()).epsilon(1e-5).margin(1e-9));
    CHECK(test->p_below == Approx(row["below"].get<double>()).epsilon(1e-5).margin(1e-9));
  }
}

TEST_CASE("threshold: means give the p-values of another implementation, groups and unseen items included") {
  for (const Json& row : golden()["means"]) {
    const auto differences = row["differences"].get<std::vector<double>>();
    const auto groups = row["groups"].get<std::vector<int>>();
    const auto test =
        test_mean(differences, groups, row["d"].get<double>(), row["share"].get<bool>() ? Scale::share : Scale::other);
    REQUIRE(test);
    CHECK(test->p_above == Approx(row["above"].get<double>()).epsilon(1e-6));
    CHECK(test->p_below == Approx(row["below"].get<double>()).epsilon(1e-6));
  }
}

TEST_CASE("threshold: on the threshold, either claim about rates is false at most as often as stated") {
  constexpr double kAlpha = 0.025;
  for (const int n : {5, 10, 20, 40})
    for (const double d : {-0.1, -0.02, 0.0, 0.05, 0.3})
      for (const double base_only : {0.005, 0.03, 0.1, 0.25}) {
        if (base_only + d <= 0 || 2 * base_only + d >= 1) continue;
        CAPTURE(n, d, base_only);
        CHECK(false_claims(n, d, base_only, kAlpha) <= kAlpha);
      }
}

TEST_CASE("threshold: rare failures that were not seen do not pass for none") {
  // 200 items of which each fails altogether with a chance of 2 %: "within 2 points" must be claimed at most at alpha.
  constexpr int kRounds = 4000, kItems = 200;
  Random random(3);
  int with_unseen = 0, plain = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<double> differences(kItems);
    for (double& one : differences) one = random.uniform() < 0.02 ? -1 : 0;
    differences[0] += 1e-6;  // so that the plain test has a spread to go by
    with_unseen += test_mean(differences, {}, -0.02, Scale::share)->p_above < 0.025;
    plain += test_mean(differences, {}, -0.02, Scale::other)->p_above < 0.025;
  }
  CHECK(with_unseen <= 0.025 * kRounds + 3 * std::sqrt(0.025 * 0.975 * kRounds));
  CHECK(plain > 0.08 * kRounds);  // what the two items are for
}

TEST_CASE("threshold: what can not be tested gives nothing") {
  CHECK_FALSE(test_rates({0, 0, 0}, 0));
  CHECK_FALSE(test_rates({3, 3, 5}, 0));
  CHECK_FALSE(test_rates({1, 1, 5}, 1));
  CHECK_FALSE(test_mean(std::vector<double>{0.5}, {}, 0, Scale::share));
  CHECK_FALSE(test_mean(std::vector<double>{2, 2, 2}, {}, 0, Scale::other));
  CHECK(test_mean(std::vector<double>(500, 0.0), {}, -0.05, Scale::share)->p_above < 0.001);
  CHECK(test_mean(std::vector<double>(50, 0.0), {}, -0.05, Scale::share)->p_above > 0.025);
}

TEST_CASE("threshold: with the items that it names, the test settles in about 4 of 5 experiments") {
  // A candidate that is as good, on items where the arms differ on 10 %; the question is "within 5 points?".
  Random random(7);
  const auto items = items_to_settle(*test_rates({50, 50, 1000}, -0.05));
  REQUIRE(items);
  constexpr int kRounds = 2000;
  int settled = 0;
  for (int round = 0; round < kRounds; ++round) {
    PairedCounts counts{0, 0, *items};
    for (std::int64_t i = 0; i < *items; ++i) {
      const double draw = random.uniform();
      counts.candidate_only += draw < 0.05;
      counts.base_only += draw >= 0.05 && draw < 0.10;
    }
    settled += test_rates(counts, -0.05)->p_above < 0.025;
  }
  CHECK(settled > 0.72 * kRounds);
  CHECK(settled < 0.88 * kRounds);
  CHECK_FALSE(items_to_settle(*test_rates({5, 0, 100}, 0.05)));  // on the threshold
}
