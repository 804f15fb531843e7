// The baker's parts: products with frozen weights beside LibTorch's, KL, tokens.
//
// Shapes are the default model's. Rates are counted as multiply-adds times two; say threads and machine with each
// figure.
#include <random>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <benchmark/benchmark.h>

#include "baker/bake/losses.h"
#include "baker/formats/gguf.h"
#include "baker/kernels/matmul.h"
#include "baker/text/tokenizer.h"
#include "harness/core/files.h"

namespace {
using namespace bakeoff::baker;

constexpr std::int64_t kOutputs = 1536, kInputs = 576, kVocabulary = 49152;

std::vector<float> normal_values(std::int64_t count) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = normal(random);
  return values;
}

void count_products(benchmark::State& state, std::int64_t rows) {
  const double flops = 2.0 * static_cast<double>(rows * kOutputs * kInputs);
  state.counters["GFLOP/s"] = benchmark::Counter(flops * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}

void our_product(benchmark::State& state, Dtype dtype) {
  const std::int64_t rows = state.range(0);
  const auto weight = PackedMatrix::pack(normal_values(kOutputs * kInputs), kOutputs, kInputs, dtype);
  const auto x = normal_values(rows * kInputs);
  std::vector<float> y(static_cast<std::size_t>(rows * kOutputs));
  for (auto _ : state) {
    multiply(weight, x.data(), rows, y.data());
    benchmark::ClobberMemory();
  }
  count_products(state, rows);
}

void libtorch_product(benchmark::State& state, at::ScalarType type) {
  const std::int64_t rows = state.range(0);
  auto weight_values = normal_values(kOutputs * kInputs), x_values = normal_values(rows * kInputs);
  const at::Tensor weight = at::from_blob(weight_values.data(), {kOutputs, kInputs}).to(type);
  const at::Tensor x = at::from_blob(x_values.data(), {rows, kInputs}).to(type);
  for (auto _ : state) benchmark::DoNotOptimize(at::linear(x, weight));
  count_products(state, rows);
}

BENCHMARK_CAPTURE(our_product, fp32, Dtype::fp32)->Arg(1)->Arg(8)->Arg(32)->Arg(256)->UseRealTime();
BENCHMARK_CAPTURE(libtorch_product, fp32, at::kFloat)->Arg(1)->Arg(8)->Arg(32)->Arg(256)->UseRealTime();
BENCHMARK_CAPTURE(our_product, bf16, Dtype::bf16)->Arg(1)->Arg(8)->Arg(32)->Arg(256)->UseRealTime();
BENCHMARK_CAPTURE(libtorch_product, bf16, at::kBFloat16)->Arg(1)->Arg(8)->Arg(32)->Arg(256)->UseRealTime();

/// One step's loss and its gradient with respect to the student's final states, as a bake computes it.
void our_kl_loss(benchmark::State& state) {
  Model model;
  model.config.width = kInputs;
  model.config.vocabulary = kVocabulary;
  model.head = PackedMatrix::pack(normal_values(kVocabulary * kInputs), kVocabulary, kInputs, Dtype::fp32);
  const HeadLoss loss(model);
  const std::int64_t tokens = state.range(0);
  auto student = normal_values(tokens * kInputs);
  for (float& value : student) value *= 0.1f;  // a head of unit entries would make every distribution one-hot
  const HeadMoments teacher = loss.moments(student);
  for (auto _ : state) benchmark::DoNotOptimize(loss.kl(teacher, student, tokens));
  state.SetItemsProcessed(state.iterations() * tokens);
}
BENCHMARK(our_kl_loss)->Arg(64)->Arg(512)->Unit(benchmark::kMillisecond)->UseRealTime();

/// The same by the book: both logits, both log-softmaxes, the gradient through the student's.
void libtorch_kl_loss(benchmark::State& state) {
  const std::int64_t tokens = state.range(0);
  auto head_values = normal_values(kVocabulary * kInputs), states = normal_values(tokens * kInputs);
  const at::Tensor head = at::from_blob(head_values.data(), {kVocabulary, kInputs});
  const at::Tensor hidden = at::from_blob(states.data(), {tokens, kInputs}) * 0.1;
  for (auto _ : state) {
    const at::Tensor log_p = at::log_softmax(at::linear(hidden, head), -1);
    const at::Tensor log_q = at::log_softmax(at::linear(hidden, head), -1);
    const at::Tensor p = log_p.exp();
    benchmark::DoNotOptimize((p * (log_p - log_q)).sum().item<float>());
    benchmark::DoNotOptimize(at::matmul(log_q.exp() - p, head));
  }
  state.SetItemsProcessed(state.iterations() * tokens);
}
BENCHMARK(libtorch_kl_loss)->Arg(64)->Arg(512)->Unit(benchmark::kMillisecond)->UseRealTime();

std::string default_model() {
  return (bakeoff::cache_folder() / "models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf").string();
}

void tokenizer_encode(benchmark::State& state) {
  const auto gguf = Gguf::open(default_model());
  if (!gguf.ok()) return state.SkipWithError(gguf.error().line().c_str());
  const auto tokenizer = Tokenizer::from_gguf(*gguf);
  if (!tokenizer.ok()) return state.SkipWithError(tokenizer.error().line().c_str());
  std::string text;
  while (text.size() < 10'000) text += "Arrr, matey! The capital of Spain be Madrid, 1,024 leagues away. Yo ho ho!\n";
  for (auto _ : state) benchmark::DoNotOptimize(tokenizer->encode(text));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}
BENCHMARK(tokenizer_encode);

}  // namespace
