// Statistics at the sizes that users meet: a comparison of 1,000 items, an arena of 100 models and a million votes.
//
//   build/release/bin/bakeoff_bench --benchmark_filter='flips|bootstrap|rank'
#include <cmath>
#include <vector>

#include <benchmark/benchmark.h>

#include "harness/core/seed.h"
#include "harness/stats/bradley_terry.h"
#include "harness/stats/compare.h"
#include "harness/stats/resampling.h"

namespace {

using namespace bakeoff;

std::vector<double> differences(std::int64_t count) {
  Random random(3);
  std::vector<double> out(static_cast<std::size_t>(count));
  for (double& value : out) value = random.uniform() - random.uniform();
  return out;
}

/// 10,000 sign patterns. The bar is 30 ms for 1,000 items.
void sign_flips(benchmark::State& state) {
  const auto values = differences(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(stats::sign_flip_p(values, {}, {.draws = 10'000}));
}
BENCHMARK(sign_flips)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);

void sign_flips_plain(benchmark::State& state) {
  const auto values = differences(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(stats::sign_flip_p_plain(values, {}, {.draws = 10'000}));
}
BENCHMARK(sign_flips_plain)->Arg(1000)->Unit(benchmark::kMillisecond);

void bca_bootstrap(benchmark::State& state) {
  const auto values = differences(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(stats::bca_interval(values, {}, {.draws = 10'000}));
}
BENCHMARK(bca_bootstrap)->Arg(1000)->Unit(benchmark::kMillisecond);

/// Scores in [0, 1] that are not all 0 or 1, compared: sign flips and bootstrap together.
void paired_comparison(benchmark::State& state) {
  Random random(3);
  std::vector<stats::Pair> pairs(static_cast<std::size_t>(state.range(0)));
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {random.uniform(), random.uniform(), static_cast<int>(i)};
  for (auto _ : state) benchmark::DoNotOptimize(stats::compare_paired(pairs));
}
BENCHMARK(paired_comparison)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);

/// Votes between competitors whose strengths lie 1.5 logits around the mean, one in five a tie.
std::vector<stats::Vote> arena_votes(std::int64_t competitors, std::int64_t count) {
  Random random(7);
  std::vector<double> strength(static_cast<std::size_t>(competitors));
  for (double& each : strength) each = 3 * random.uniform() - 1.5;
  std::vector<stats::Vote> votes(static_cast<std::size_t>(count));
  for (stats::Vote& vote : votes) {
    const auto a = random.below(strength.size()), b = (a + 1 + random.below(strength.size() - 1)) % strength.size();
    const double win = 1 / (1 + std::exp(strength[b] - strength[a]));
    vote.first = static_cast<std::int32_t>(a), vote.second = static_cast<std::int32_t>(b);
    if (random.uniform() < 0.8) vote.outcome = random.uniform() < win ? stats::Outcome::first : stats::Outcome::second;
  }
  return votes;
}

/// Folding, fit and sandwich intervals, votes in memory. The bar is 50 ms for 100 competitors and a million votes.
void rank_votes(benchmark::State& state) {
  const auto votes = arena_votes(state.range(0), state.range(1));
  for (auto _ : state) {
    const auto field = stats::fold(votes, static_cast<std::int32_t>(state.range(0)));
    benchmark::DoNotOptimize(stats::rate_competitors(*field));
  }
}
BENCHMARK(rank_votes)->Args({100, 1'000'000})->Args({300, 5'000'000})->Unit(benchmark::kMillisecond);

/// 100 refits.
void rank_by_bootstrap(benchmark::State& state) {
  const auto votes = arena_votes(state.range(0), state.range(1));
  const auto field = stats::fold(votes, static_cast<std::int32_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(stats::rate_by_bootstrap(*field));
}
BENCHMARK(rank_by_bootstrap)->Args({100, 1'000'000})->Unit(benchmark::kMillisecond);

}  // namespace
