// What the statistics promise, counted: sizes of tests between an arm and itself, coverage of intervals, power as
// printed, and errors while looking after every item. Each promise is one test, held to its bound as simulation.h says.
#include <cmath>
#include <vector>

#include "harness/core/seed.h"
#include "harness/stats/agreement.h"
#include "harness/stats/bradley_terry.h"
#include "harness/stats/compare.h"
#include "harness/stats/decay.h"
#include "harness/stats/mean.h"
#include "harness/stats/multiplicity.h"
#include "harness/stats/noise.h"
#include "harness/stats/noninferiority.h"
#include "harness/stats/paired_rates.h"
#include "harness/stats/power.h"
#include "harness/stats/rate.h"
#include "harness/stats/resampling.h"
#include "harness/stats/sequential.h"
#include "harness/stats/unpaired.h"
#include "tests/catch.h"
#include "tests/simulation.h"

namespace bakeoff::stats {

using testing::rounds_of, testing::Share;

namespace {

std::string at(const char* what, int n) { return std::string(what) + ", n = " + std::to_string(n); }

/// Two draws of one arm over items of varying difficulty: whether an item is right depends on the item and on luck.
std::vector<Pair> same_arm_twice(Random& random, int items, bool graded) {
  std::vector<Pair> pairs;
  for (int i = 0; i < items; ++i) {
    const double ease = random.uniform();
    const auto score = [&] { return graded ? ease * random.uniform() : double(random.uniform() < ease); };
    const double base = score();
    pairs.push_back({base, score(), i});
  }
  return pairs;
}

PairedCounts draw_counts(Random& random, int items, double wins, double losses) {
  PairedCounts counts{0, 0, items};
  for (int i = 0; i < items; ++i) {
    const double u = random.uniform();
    if (u < wins)
      ++counts.candidate_only;
    else if (u < wins + losses)
      ++counts.base_only;
  }
  return counts;
}

/// Skewed values with a mean of 0.2: most items score near 0, a few near 1.
double skewed(Random& random) { return std::pow(random.uniform(), 4); }

}  // namespace

TEST_CASE("an arm compared with itself is found different at most as often as alpha says", "[stats][simulation]") {
  Random random(101);
  for (const bool graded : {false, true})
    for (const int items : {12, 40, 150}) {
      const int rounds = rounds_of(graded ? 1000 : 4000);
      Share claims(at(graded ? "size, sign flips" : "size, McNemar", items), rounds);
      for (int round = 0; round < rounds; ++round) {
        const auto pairs = same_arm_twice(random, items, graded);
        std::vector<double> differences;
        std::int64_t wins = 0, losses = 0;
        for (const Pair& pair : pairs) {
          differences.push_back(pair.candidate - pair.base);
          wins += differences.back() > 0, losses += differences.back() < 0;
        }
        const double p = graded ? *sign_flip_p(differences, {}, {.seed = random(), .draws = 999})
                                : *mcnemar_exact({wins, losses, items});
        claims.add(p < 0.05);
      }
      claims.check_at_most(0.05);
    }
}

TEST_CASE("grouped items are no reason for false claims", "[stats][simulation]") {
  Random random(102);
  const int rounds = rounds_of(1000);
  Share claims("size, sign flips by group, 25 groups of 4", rounds);
  for (int round = 0; round < rounds; ++round) {
    std::vector<double> differences;
    std::vector<int> groups;
    for (int g = 0; g < 25; ++g) {
      const double shared = random.normal();
      for (int i = 0; i < 4; ++i) differences.push_back(shared + 0.3 * random.normal()), groups.push_back(g);
    }
    claims.add(*sign_flip_p(differences, groups, {.seed = random(), .draws = 999}) < 0.05);
  }
  claims.check_at_most(0.05);
}

TEST_CASE("the chance of any false claim after Holm, and the share of false ones after Benjamini-Hochberg, hold",
          "[stats][simulation]") {
  Random random(103);
  const int rounds = rounds_of(2000);
  Share any("family-wise error, Holm, 8 suites of 60", rounds);
  double false_share = 0;
  for (int round = 0; round < rounds; ++round) {
    std::vector<double> p;
    for (int suite = 0; suite < 8; ++suite)  // the last three differ
      p.push_back(*mcnemar_exact(draw_counts(random, 60, suite < 5 ? 0.2 : 0.4, suite < 5 ? 0.2 : 0.05)));
    const auto strict = holm(p), exploring = benjamini_hochberg(p);
    int claimed = 0, wrong = 0, strictly_wrong = 0;
    for (std::size_t i = 0; i < p.size(); ++i) {
      claimed += exploring[i] < 0.05, wrong += i < 5 && exploring[i] < 0.05;
      strictly_wrong += i < 5 && strict[i] < 0.05;
    }
    any.add(strictly_wrong > 0);
    false_share += claimed ? static_cast<double>(wrong) / claimed / rounds : 0;
  }
  any.check_at_most(0.05);
  CHECK(false_share <= 0.05 + 4 * 0.5 / std::sqrt(rounds) * 0.2);
}

TEST_CASE("a candidate exactly at the margin is called not inferior at most as often as alpha says",
          "[stats][simulation]") {
  Random random(104);
  for (const int items : {30, 100, 400}) {
    const int rounds = rounds_of(items == 400 ? 2000 : 5000);
    for (const double wins : {0.0, 0.1, 0.45}) {
      Share claims(at("size, non-inferiority of rates", items) + ", wins " + std::to_string(wins).substr(0, 4), rounds);
      for (int round = 0; round < rounds; ++round)
        claims.add(noninferior_rates(draw_counts(random, items, wins, wins + 0.1), {.margin = 0.1})->shown);
      claims.check_at_most(0.025);
    }
    Share graded(at("size, non-inferiority of means", items), rounds);
    for (int round = 0; round < rounds; ++round) {
      std::vector<double> differences;
      for (int i = 0; i < items; ++i) differences.push_back(random.uniform() - random.uniform() - 0.1);
      graded.add(noninferior_mean(differences, {}, {.margin = 0.1})->shown);
    }
    graded.check_at_most(0.026);  // Student's t on differences that are not normal
  }
}

TEST_CASE("non-inferiority's exact size stays within alpha over all true rates", "[stats][simulation]") {
  for (const int n : {10, 30, 56, 60, 135})
    for (const double margin : {0.02, 0.05, 0.1, 0.2}) {
      std::vector<PairedCounts> claimed;
      for (int b = 0; b <= n; ++b)
        for (int c = 0; b + c <= n; ++c)
          if (noninferior_rates({b, c, n}, {.margin = margin})->shown) claimed.push_back({b, c, n});
      double worst = 0;
      for (int step = 0; step <= 60; ++step) {
        const double wins = (1 - margin) / 2 * step / 60, losses = wins + margin, rest = 1 - wins - losses;
        double size = 0;
        for (const auto& each : claimed) {
          const double b = double(each.candidate_only), c = double(each.base_only), left = n - b - c;
          const auto part = [](double count, double p) {
            return count == 0 ? 0 : count * std::log(std::max(p, 1e-300));
          };
          size += std::exp(std::lgamma(n + 1) - std::lgamma(b + 1) - std::lgamma(c + 1) - std::lgamma(left + 1) +
                           part(b, wins) + part(c, losses) + part(left, rest));
        }
        worst = std::max(worst, size);
      }
      INFO("n " << n << ", margin " << margin);
      CHECK(worst <= 0.025);
    }
}

TEST_CASE("intervals cover as often as their floors say", "[stats][simulation]") {
  Random random(105);
  for (const int n : {10, 30, 100, 300}) {
    const int rounds = rounds_of(n > 100 ? 1000 : 3000);
    const std::vector<double> rates = {0.03, 0.3, 0.8};
    const double floor = *wilson_coverage_floor(n), middle = *wilson_coverage_floor(n, {0.1, 0.9});
    for (const double rate : rates) {
      Share score(at("coverage, Wilson", n) + ", rate " + std::to_string(rate).substr(0, 4), rounds);
      Share exact(at("coverage, Clopper-Pearson", n) + ", rate " + std::to_string(rate).substr(0, 4), rounds);
      for (int round = 0; round < rounds; ++round) {
        std::int64_t k = 0;
        for (int i = 0; i < n; ++i) k += random.uniform() < rate;
        score.add(wilson(k, n)->interval.contains(rate));
        exact.add(clopper_pearson(k, n)->contains(rate));
      }
      score.check_at_least(rate < 0.1 ? floor : middle);
      exact.check_at_least(0.95);
    }
    Share tango(at("coverage, Tango", n) + ", wins 0.25, losses 0.15", rounds);
    Share newcombe(at("coverage, Newcombe unpaired", n) + ", 0.3 and 0.5", rounds);
    for (int round = 0; round < rounds; ++round) {
      tango.add(tango_interval(draw_counts(random, n, 0.25, 0.15))->contains(0.1));
      const auto base = draw_counts(random, n, 0.3, 0).candidate_only,
                 to = draw_counts(random, n, 0.5, 0).candidate_only;
      newcombe.add(compare_rates_unpaired({base, n}, {to, n})->interval->contains(0.2));
    }
    tango.check_at_least(0.93);
    newcombe.check_at_least(0.93);
  }
}

TEST_CASE("intervals of means cover: Student's t by group, BCa from 30 items on, Welch", "[stats][simulation]") {
  Random random(106);
  for (const int n : {12, 40, 120}) {
    const int rounds = rounds_of(1000);
    Share normal(at("coverage, t by group of 3, normal", n), rounds), welch(at("coverage, Welch", n), rounds);
    Share skew(at("coverage, BCa, skewed scores", n), rounds);
    for (int round = 0; round < rounds; ++round) {
      std::vector<double> grouped, values, one, two;
      std::vector<int> groups;
      for (int g = 0; g < n; ++g) {
        const double shared = random.normal();
        for (int i = 0; i < 3; ++i) grouped.push_back(shared + random.normal()), groups.push_back(g);
        values.push_back(skewed(random));
        one.push_back(random.normal()), two.push_back(0.5 + 3 * random.normal());
      }
      normal.add(clustered_mean(grouped, groups)->interval->contains(0));
      welch.add(compare_means_unpaired({one}, {two})->interval->contains(0.5));
      if (n >= kBootstrapMinimum) skew.add(bca_interval(values, {}, {.seed = random(), .draws = 999})->contains(0.2));
    }
    normal.check_about(0.95, 0.005);
    welch.check_about(0.95, 0.005);
    if (n >= kBootstrapMinimum) skew.check_at_least(n < 100 ? 0.91 : 0.93);
  }
}

TEST_CASE("power is as printed, for rates and for means, and so is the detectable difference", "[stats][simulation]") {
  Random random(107);
  for (const int n : {60, 200}) {
    const int rounds = rounds_of(2500);
    const double share = 0.3, d = *detectable_rate_difference(n, share);
    const double effect = *detectable_mean_difference(n, 1);
    Share rates(at("power at the detectable rate difference", n), rounds);
    Share means(at("power at the detectable mean difference", n), rounds);
    for (int round = 0; round < rounds; ++round) {
      const auto counts = draw_counts(random, n, (share + d) / 2, (share - d) / 2);
      rates.add(*mcnemar_exact(counts) < 0.05 && counts.candidate_only > counts.base_only);
      std::vector<double> values;
      for (int i = 0; i < n; ++i) values.push_back(effect + random.normal());
      means.add(clustered_mean(values)->interval->low > 0);
    }
    rates.check_about(0.8, 0.001);
    means.check_about(0.8, 0.001);
  }
  const int rounds = rounds_of(1000), items = 80;
  Share flips("power at the detectable mean difference, sign flips, n = 80", rounds);
  const double effect = *detectable_mean_difference(items, 1);
  for (int round = 0; round < rounds; ++round) {
    std::vector<double> values;
    for (int i = 0; i < items; ++i) values.push_back(effect + random.normal());
    flips.add(*sign_flip_p(values, {}, {.seed = random(), .draws = 999}) < 0.05);
  }
  flips.check_about(0.8, 0.015);
}

TEST_CASE("the replicates and items said to settle a difference do settle it in 4 of 5", "[stats][simulation]") {
  Random random(108);
  VarianceSplit paired;
  paired.items = 60, paired.item = 0.02, paired.prediction = 0.18;
  const double d = 0.08;
  const auto needed = more_needed(paired, d, 1);
  REQUIRE(needed.replicates);
  REQUIRE(needed.items);
  const int rounds = rounds_of(2000);
  const auto play = [&](const char* what, std::int64_t items, std::int64_t replicates) {
    Share found(what, rounds);
    for (int round = 0; round < rounds; ++round) {
      std::vector<double> values;
      for (std::int64_t i = 0; i < items; ++i) {
        const double noise = std::sqrt(paired.prediction / static_cast<double>(replicates));
        values.push_back(d + std::sqrt(paired.item) * random.normal() + noise * random.normal());
      }
      found.add(clustered_mean(values)->interval->low > 0);
    }
    found.check_about(0.8, 0.03);  // a normal approximation, and whole numbers
  };
  play("power at the items said to settle it", *needed.items, 1);
  play("power at the replicates said to settle it", paired.items, *needed.replicates);
}

TEST_CASE("two runs of one arm differ by more than the noise floor in at most 1 of 20", "[stats][simulation]") {
  Random random(109);
  const int rounds = rounds_of(2000);
  Share by_items("beyond the noise floor, from 40 items x 3", rounds),
      by_runs("beyond the noise floor, from 5 runs", rounds);
  for (int round = 0; round < rounds; ++round) {
    std::vector<double> ease;
    for (int i = 0; i < 40; ++i) ease.push_back(random.uniform());
    const auto answer = [&](std::size_t item) { return double(random.uniform() < ease[item]); };
    const auto run = [&] {
      double sum = 0;
      for (std::size_t i = 0; i < ease.size(); ++i) sum += answer(i) / 40;
      return sum;
    };
    Replicates replicates;
    for (std::size_t i = 0; i < ease.size(); ++i) replicates.push_back({answer(i), answer(i), answer(i)});
    std::vector<double> runs;
    for (int r = 0; r < 5; ++r) runs.push_back(run());
    const double difference = std::abs(run() - run());
    by_items.add(difference > *noise_floor(split_variance(replicates).value()));
    by_runs.add(difference > *noise_floor(runs));
  }
  by_items.check_at_most(0.055);
  by_runs.check_at_most(0.055);
}

TEST_CASE("looking after every item makes at most as many false claims as alpha says, and finds effects",
          "[stats][simulation]") {
  Random random(110);
  struct Setting {
    const char* what;
    double wins, losses;
    bool (*is_false)(const SequentialClaims&);
  };
  const Setting settings[] = {
      {"false claims while peeking, no difference", 0.2, 0.2, [](const auto& c) { return c.gain || c.harm; }},
      {"false claims while peeking, few differ", 0.01, 0.01, [](const auto& c) { return c.gain || c.harm; }},
      {"false claims while peeking, at the margin", 0.1, 0.2, [](const auto& c) { return c.gain || c.not_inferior; }},
  };
  for (const Setting& setting : settings) {
    const int rounds = rounds_of(1500);
    Share wrong(setting.what, rounds);
    for (int round = 0; round < rounds; ++round) {
      SequentialComparison sequence({.alpha = 0.05, .margin = 0.1});
      for (int i = 0; i < 1000; ++i) {
        const double u = random.uniform();
        if (!sequence.add(u < setting.wins ? 1 : u < setting.wins + setting.losses ? -1 : 0).ok()) FAIL();
      }
      wrong.add(setting.is_false(sequence.claims()));
    }
    wrong.check_at_most(0.05);
  }
  const int rounds = rounds_of(300);
  Share found("gain of 0.2 found within 1,000 items while peeking", rounds),
      covered("confidence sequence, all times", rounds);
  for (int round = 0; round < rounds; ++round) {
    SequentialComparison sequence;
    bool covers = true;
    for (int i = 1; i <= 1000; ++i) {
      const double u = random.uniform();
      if (!sequence.add(u < 0.3 ? 1 : u < 0.4 ? -1 : 0).ok()) FAIL();
      if (i % 50 == 0) covers = covers && sequence.interval().contains(0.2);
    }
    found.add(sequence.claims().gain.has_value());
    covered.add(covers);
  }
  found.check_at_least(0.95);
  covered.check_at_least(0.95);
}

TEST_CASE("rating intervals cover the true strengths, by half and with Davidson's ties", "[stats][simulation]") {
  Random random(111);
  const std::vector<double> strength = {-0.8, -0.3, 0, 0.4, 0.7};
  const int rounds = rounds_of(600);
  Share plain("coverage, Bradley-Terry sandwich", rounds * 5), tied("coverage, Davidson sandwich", rounds * 5);
  Share drawn("coverage, Bradley-Terry bootstrap", rounds_of(150) * 5);
  for (int round = 0; round < rounds; ++round)
    for (const bool ties : {false, true}) {
      std::vector<Vote> votes;
      for (int v = 0; v < 500; ++v) {
        const auto a = static_cast<std::int32_t>(random.below(5)),
                   b = static_cast<std::int32_t>((a + 1 + random.below(4)) % 5);
        const double d = strength[static_cast<std::size_t>(a)] - strength[static_cast<std::size_t>(b)];
        const double win = std::exp(d / 2), loss = std::exp(-d / 2), tie = ties ? 0.8 : 0;
        const double u = random.uniform() * (win + loss + tie);
        votes.push_back({a, b, u < win ? Outcome::first : u < win + loss ? Outcome::second : Outcome::tie});
      }
      const Field field = fold(votes, 5).value();
      RatingOptions options;
      options.ties = ties ? Ties::davidson : Ties::half;
      options.draws = 200, options.seed = random();
      const auto count = [&](Share& share, const Ratings& ratings) {
        for (std::size_t i = 0; i < strength.size(); ++i)
          share.add(ratings.competitors[i].interval.contains(1000 + kRatingPoints * strength[i]));
      };
      count(ties ? tied : plain, rate_competitors(field, options).value());
      if (!ties && round < rounds_of(150)) count(drawn, rate_by_bootstrap(field, options).value());
    }
  plain.check_at_least(0.94);
  tied.check_at_least(0.94);
  drawn.check_at_least(0.92);
}

TEST_CASE("slopes, half-lives and ratios over turns cover, and no decay is seldom called decay",
          "[stats][simulation]") {
  Random random(112);
  const int rounds = rounds_of(600);
  Share slope("coverage, slope over turns, 20 conversations", rounds), ratio("coverage, Fieller's ratio", rounds);
  Share life("coverage, half-life rate", rounds), alarm("decay called where there is none", rounds);
  for (int round = 0; round < rounds; ++round) {
    std::vector<TurnScore> line, fading, flat;
    for (int c = 0; c < 20; ++c) {
      const double own = 0.1 * random.normal();
      for (int t = 2; t <= 16; t += 2) {
        const auto noise = [&] { return own + 0.1 * random.normal(); };
        line.push_back({c, double(t), 0.9 - 0.02 * t + noise()});
        fading.push_back({c, double(t), 0.9 * std::exp2(-(t - 2) / 10.0) + noise()});
        flat.push_back({c, double(t), 0.8 + noise()});
      }
    }
    slope.add(decay_slope(line)->interval.contains(-0.02));
    life.add(half_life(fading)->rate_interval.contains(0.1));
    ratio.add(turn_ratio(fading)->interval->contains(std::exp2(-1.4)));
    alarm.add(half_life(flat)->detected);
  }
  slope.check_at_least(0.93);
  life.check_at_least(0.92);
  ratio.check_about(0.95, 0.01);
  alarm.check_at_most(0.035);  // one side of 0.05; few clusters make it a little more
}

TEST_CASE("Cohen's kappa covers its true value", "[stats][simulation]") {
  Random random(113);
  const int rounds = rounds_of(2000);
  Share covered("coverage, Cohen's kappa, 150 items", rounds);
  for (int round = 0; round < rounds; ++round) {
    std::vector<int> first, second;
    for (int i = 0; i < 150; ++i) {
      first.push_back(static_cast<int>(random.below(3)));
      second.push_back(random.uniform() < 0.6 ? first.back() : static_cast<int>(random.below(3)));
    }
    covered.add(cohen_kappa(first, second)->interval->contains(0.6));  // labels are even, 0.6 of them copied
  }
  covered.check_at_least(0.935);
}

}  // namespace bakeoff::stats
