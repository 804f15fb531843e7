// Statistics at the sizes that users meet: a comparison of 1,000 items, an arena of 100 models and a million votes.
//
//   build/release/bin/bakeoff_bench --benchmark_filter='flips|bootstrap|rank|votes'
#include <vector>

#include <benchmark/benchmark.h>

#include "harness/core/seed.h"
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

}  // namespace
