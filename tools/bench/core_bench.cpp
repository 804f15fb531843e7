// What the harness does for every sample: content ids, records.
//
//   build/release/bin/bakeoff_bench --benchmark_filter=sha256
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "harness/core/json.h"
#include "harness/core/sha256.h"

namespace {

void sha256(benchmark::State& state) {
  const std::string text(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(bakeoff::sha256_hex(text));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}
BENCHMARK(sha256)->Arg(256)->Arg(64 << 10)->Arg(16 << 20);

std::string sample_record() {
  bakeoff::Json row = {{"id", "arithmetic-17"}, {"text", "12 + 7 = 19. The answer is 19."}, {"finish_reason", "stop"}};
  for (int id = 0; id < 40; ++id) row["ids"].push_back(1000 + 37 * id);
  return bakeoff::dump(row);
}

void json_record_read(benchmark::State& state) {
  const std::string text = sample_record();
  for (auto _ : state) benchmark::DoNotOptimize(bakeoff::parse_json(text, "record"));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}
BENCHMARK(json_record_read);

void json_record_write(benchmark::State& state) {
  const bakeoff::Json row = bakeoff::parse_json(sample_record(), "record").value();
  for (auto _ : state) benchmark::DoNotOptimize(bakeoff::dump(row));
}
BENCHMARK(json_record_write);

}  // namespace
