// The engine as a whole: answers drawn and prompts read at several batch sizes, and rows of one or of eight adapters.
//
// Shapes are the default model's; a row has 128 random tokens of context of its own and draws 32. Say threads and
// machine with each figure.
#include <map>

#include <benchmark/benchmark.h>

#include "baker/bake/lora_layout.h"
#include "baker/engine/engine.h"
#include "harness/core/files.h"
#include "harness/core/seed.h"

namespace {
using namespace bakeoff;
using namespace bakeoff::baker;

constexpr std::size_t kContext = 128;
constexpr int kDrawn = 32;

std::shared_ptr<const Model> model_in(Dtype dtype) {
  static std::map<Dtype, std::shared_ptr<const Model>> loaded;
  if (!loaded[dtype]) {
    auto model = load_model(cache_folder() / "models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf", dtype);
    if (!model.ok()) return nullptr;
    auto copy = std::make_shared<Model>(**model);
    copy->config.end_ids.clear();  // every row draws as many tokens
    loaded[dtype] = std::move(copy);
  }
  return loaded[dtype];
}

std::vector<RowRequest> rows_of(std::int64_t count, std::size_t variants, int drawn) {
  std::vector<RowRequest> rows(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Random random(i + 1);
    for (std::size_t k = 0; k < kContext; ++k) rows[i].ids.push_back(static_cast<TokenId>(random.below(49152)));
    rows[i].variant = i % variants;
    rows[i].decoding.max_new_tokens = drawn;
  }
  return rows;
}

void play(Engine& engine, const std::vector<RowRequest>& rows) {
  std::size_t next = 0;
  const auto source = [&]() -> std::optional<std::pair<std::uint64_t, RowRequest>> {
    if (next == rows.size()) return std::nullopt;
    const std::uint64_t ticket = next++;
    return std::pair{ticket, rows[ticket]};
  };
  static_cast<void>(engine.run(source, [](std::uint64_t, Result<RowResult> row) { benchmark::DoNotOptimize(row); }));
}

std::vector<AdapterList> adapters_for(const Model& model, std::size_t count) {
  std::vector<AdapterList> lists;
  for (std::size_t i = 0; i < count; ++i) {
    const auto layout = LoraLayout::make(
        model.config, {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}, 16, 16);
    std::vector<float> parameters = layout->initial(i);
    for (float& value : parameters) value += 0.001f;
    auto adapter = std::make_shared<Adapter>();
    adapter->weights = layout->to_weights(parameters);
    lists.push_back({{std::move(adapter), 1.0}});
  }
  return lists;
}

/// Time of reading the contexts and drawing, less that of reading alone, is the decoding time.
void run_rows(benchmark::State& state, Dtype dtype, std::size_t adapters, int drawn) {
  const auto model = model_in(dtype);
  if (!model) return state.SkipWithError("the default model is not here: bakeoff models pull");
  const std::int64_t rows = state.range(0);
  EngineOptions options;
  options.batch_rows = static_cast<int>(rows);
  const auto requests = rows_of(rows, std::max<std::size_t>(1, adapters), drawn);
  const auto lists = adapters_for(*model, adapters);
  for (auto _ : state) {
    Engine engine(model, lists, options);
    play(engine, requests);
  }
  state.SetItemsProcessed(state.iterations() * rows * (drawn > 1 ? drawn : static_cast<std::int64_t>(kContext)));
}

void settings(benchmark::internal::Benchmark* bench) { bench->Unit(benchmark::kMillisecond)->UseRealTime(); }

BENCHMARK_CAPTURE(run_rows, read_fp32, Dtype::fp32, 0, 1)->Arg(1)->Arg(8)->Arg(32)->Apply(settings);
BENCHMARK_CAPTURE(run_rows, read_and_draw_fp32, Dtype::fp32, 0, kDrawn)->Arg(1)->Arg(8)->Arg(32)->Apply(settings);
BENCHMARK_CAPTURE(run_rows, read_bf16, Dtype::bf16, 0, 1)->Arg(1)->Arg(8)->Arg(32)->Apply(settings);
BENCHMARK_CAPTURE(run_rows, read_and_draw_bf16, Dtype::bf16, 0, kDrawn)->Arg(1)->Arg(8)->Arg(32)->Apply(settings);
BENCHMARK_CAPTURE(run_rows, one_adapter_bf16, Dtype::bf16, 1, kDrawn)->Arg(32)->Apply(settings);
BENCHMARK_CAPTURE(run_rows, eight_adapters_bf16, Dtype::bf16, 8, kDrawn)->Arg(32)->Apply(settings);
BENCHMARK_CAPTURE(run_rows, one_adapter_fp32, Dtype::fp32, 1, kDrawn)->Arg(32)->Apply(settings);
BENCHMARK_CAPTURE(run_rows, eight_adapters_fp32, Dtype::fp32, 8, kDrawn)->Arg(32)->Apply(settings);

}  // namespace
