// The engine by ATen's operations: on the CPU, and on a CUDA device where one answers. Outside values are transformers'
// (families, adapters: peft_variants_test.cpp); the exact decoder of this processor is the second method.
#include "baker/engine/device.h"

#include <atomic>
#include <cmath>
#include <limits>
#include <set>

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/record_function.h>

#include "baker/baker.h"
#include "baker/engine/device_pages.h"
#include "baker/engine/device_weights.h"
#include "tests/baker/family_checkpoints.h"
#include "tests/baker/row_requests.h"

using namespace bakeoff;
using namespace bakeoff::baker;
using namespace bakeoff::testing;

namespace {

const c10::Device kHere(c10::kCPU);

EngineOptions on(c10::Device device, EngineOptions options = {}) {
  options.device = device;
  return options;
}

double worst_difference(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
  return worst;
}

/// The same tokens, and numbers that are close.
void check_close(const RowResult& a, const RowResult& b, double most) {
  CHECK(a.ids == b.ids);
  CHECK(a.ended == b.ended);
  CHECK(worst_difference({a.hidden.begin(), a.hidden.end()}, {b.hidden.begin(), b.hidden.end()}) < most);
  CHECK(worst_difference(a.score.logprobs, b.score.logprobs) < most);
  CHECK(a.score.greedy == b.score.greedy);
  REQUIRE(a.score.next_top.size() == b.score.next_top.size());
  for (std::size_t i = 0; i < a.score.next_top.size(); ++i) {
    CHECK(a.score.next_top[i].first == b.score.next_top[i].first);
    CHECK(std::abs(a.score.next_top[i].second - b.score.next_top[i].second) < most);
  }
}

std::vector<AdapterList> three_lists(const Model& model) {
  return {{}, {{random_adapter(model, 1), 1.0}}, {{random_adapter(model, 2), 0.5}, {random_adapter(model, 3), 1.5}}};
}

/// Drawn and scored rows of several adapters, half of them behind a common beginning, in one batch whose prompts are
/// read in small pieces: beside the exact decoder with the same batch, and beside each row alone.
void check_mixed_rows(c10::Device device) {
  const auto model = tiny_model(3);
  const std::vector<AdapterList> lists = three_lists(*model);
  const auto requests = mixed(lists.size());
  Engine exact(model, lists, {8, 32, kPlenty}), ours(model, lists, on(device, {8, 32, kPlenty}));
  const Outcome expected = play(exact, requests), together = play(ours, requests);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    CAPTURE(i);
    check_close(together.rows[i], expected.rows[i], 1e-4);
    Engine fresh(model, lists, on(device));
    check_close(play(fresh, {requests[i]}).rows[0], expected.rows[i], 1e-4);
  }
}

/// With bf16 weights both round the inputs of every product, and a sum in another order can tip such a rounding.
void check_bf16(const std::filesystem::path& checkpoint, c10::Device device) {
  const auto model = load_checkpoint(checkpoint, Dtype::bf16);
  Engine exact(model), ours(model, {}, on(device));
  for (const Json& prompt : expected_of(checkpoint)["prompts"]) {
    const auto ids = prompt["ids"].get<std::vector<TokenId>>();
    INFO(checkpoint.string());
    CHECK(worst_difference(ours.score(ids, 1, 0).value().logprobs, exact.score(ids, 1, 0).value().logprobs) < 2e-2);
  }
}

void check_device(c10::Device device) {
  for (const auto& checkpoint : checkpoints()) {
    check_bf16(checkpoint, device);
    check_scores(checkpoint, on(device));
    check_scores(checkpoint, on(device, {4, 5}));  // read five tokens at a time
    check_greedy(checkpoint, on(device));
    check_greedy(checkpoint, on(device, {4, 16}));
  }
  check_mixed_rows(device);
}

}  // namespace

TEST_CASE(
    "by ATen's operations every family's numbers and answers are transformers', as are mixed rows the exact ones") {
  check_device(kHere);
}

TEST_CASE("on a CUDA device every family's numbers and answers are transformers', as are mixed rows the exact ones") {
  if (const Status cuda = check_cuda(); !cuda.ok()) SKIP_TEST(cuda.error().what.c_str());
  check_device(c10::Device(c10::kCUDA));
}

TEST_CASE("by ATen's operations the default model's log-probabilities are transformers', up to 2,000 tokens",
          "[model]") {
  const auto path = default_model();
  if (!path) SKIP_TEST("the default model is not here");
  const Json golden = read_json_file(source_path("golden/engine_smollm2.json")).value();
  const int threads = at::get_num_threads();
  at::set_num_threads(1);  // thousands of short operations: threads that wait for each other on a busy machine add up
  Engine engine(load_checkpoint(*path), {}, on(kHere));
  for (const Json& sequence : golden["sequences"]) {
    const auto score = engine.score(sequence["ids"].get<std::vector<TokenId>>(), 1, 5).value();
    const auto stride = sequence["stride"].get<std::size_t>();
    std::vector<double> ours;
    for (std::size_t i = 0; i < sequence["logprobs"].size(); ++i) ours.push_back(score.logprobs[i * stride]);
    CHECK(worst_difference(ours, sequence["logprobs"].get<std::vector<double>>()) < 1e-3);
    for (std::size_t i = 0; i < 5; ++i) CHECK(score.next_top[i].first == sequence["next_top"][i][0].get<TokenId>());
  }
  at::set_num_threads(threads);
}

TEST_CASE("by ATen's operations 32 rows that write take as many operations as two") {
  static std::atomic<int> operations;
  auto model = std::make_shared<Model>(*tiny_model(4));
  model->config.end_ids.clear();  // every row writes as many tokens
  const auto count = [&](std::size_t rows) {
    std::vector<RowRequest> requests(rows);
    for (std::size_t i = 0; i < rows; ++i) {
      requests[i].ids = some_ids(i, 8);
      requests[i].ids[0] = static_cast<TokenId>(3 + i);  // no two share a beginning
      requests[i].decoding.max_new_tokens = 6;
    }
    Engine engine(model, {}, on(kHere));
    REQUIRE(engine.hidden_states(some_ids(1, 4)).ok());  // places the weights
    operations = 0;
    const auto handle = at::addGlobalCallback(at::RecordFunctionCallback(
        [](const at::RecordFunction&) -> std::unique_ptr<at::ObserverContext> { return ++operations, nullptr; }));
    play(engine, requests);
    at::removeCallback(handle);
    return operations.load();
  };
  const int few = count(2), many = count(32);
  CHECK(few > 100);
  CHECK(many == few);
}

TEST_CASE("by ATen's operations long prompts, cut into stretches, keep their numbers") {
  const auto model = tiny_model(6);
  std::vector<RowRequest> requests(4);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    requests[i].ids = some_ids(i, 256 - 60 * i);
    requests[i].scored_from = 1;
    requests[i].top = 3;
  }
  Engine exact(model), ours(model, {}, on(kHere, {4, 700}));
  const Outcome expected = play(exact, requests), outcome = play(ours, requests);
  for (std::size_t i = 0; i < requests.size(); ++i) check_close(outcome.rows[i], expected.rows[i], 1e-4);
}

TEST_CASE("by ATen's operations windows shorter than the past hold in prompts, answers and shared prefixes") {
  auto model = std::make_shared<Model>(*tiny_model(9));
  model->config.attention[0].window = 7;
  const auto requests = mixed(1);
  Engine exact(model, {}, {8, 32, kPlenty}), ours(model, {}, on(kHere, {8, 32, kPlenty}));
  const Outcome expected = play(exact, requests), outcome = play(ours, requests);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    CAPTURE(i);
    check_close(outcome.rows[i], expected.rows[i], 1e-4);
  }
}

TEST_CASE("by ATen's operations rows wait for memory, end with the context and build on the turn before") {
  const auto model = tiny_model(5);
  auto requests = mixed(1);
  const auto context = static_cast<std::size_t>(model->config.context);
  requests.push_back({});
  requests.back().ids = some_ids(1, context - 3);
  requests.back().decoding.max_new_tokens = 50;
  Engine exact(model, {}, {16, 64, kPlenty});
  const Outcome expected = play(exact, requests);
  const std::int64_t budget = Segment::bytes_for(model->config, 256);
  Engine ours(model, {}, on(kHere, {16, 64, budget}));
  for (int turn = 0; turn < 2; ++turn) {  // the second time everything was known before
    const Outcome outcome = play(ours, requests);
    for (std::size_t i = 0; i < requests.size(); ++i) {
      CAPTURE(i);
      check_close(outcome.rows[i], expected.rows[i], 1e-4);
    }
  }
  requests = {requests.back()};
  requests[0].ids = some_ids(1, context);
  CHECK(play(ours, requests).errors[0].find("leave no room in the model's context") != std::string::npos);
}

TEST_CASE("by ATen's operations states of whole texts and distributions are the exact decoder's") {
  const auto model = tiny_model(7);
  const auto ids = some_ids(3, 90);
  Engine exact(model), ours(model, {}, on(kHere, {1, 32, 0}));  // states of a text are outside the budget
  const auto expected = exact.hidden_states(ids).value(), states = ours.hidden_states(ids).value();
  CHECK(worst_difference({states.begin(), states.end()}, {expected.begin(), expected.end()}) < 1e-4);
  std::vector<float> logprobs, exact_logprobs;
  REQUIRE(ours.log_probabilities(states, logprobs).ok());
  REQUIRE(exact.log_probabilities(expected, exact_logprobs).ok());
  CHECK(worst_difference({logprobs.begin(), logprobs.end()}, {exact_logprobs.begin(), exact_logprobs.end()}) < 1e-4);
}

TEST_CASE("memory that a device does not have is one line, and the engine goes on with smaller rows") {
  TinyShape shape;
  shape.layers = 1;
  shape.heads = shape.kv_heads = 8;
  shape.head_size = 4096;
  auto model = std::make_shared<Model>(*tiny_model(2, shape));
  model->config.context = std::int64_t{1} << 40;
  std::vector<RowRequest> requests(1);
  requests[0].ids = {3, 4, 5};
  requests[0].decoding.max_new_tokens = std::numeric_limits<int>::max();  // 2^48 bytes of keys: no address for them
  Engine engine(model, {}, on(kHere, {1, 16, std::numeric_limits<std::int64_t>::max() / 2}));
  bool given = false;
  const Status failed = engine.run(
      [&]() -> std::optional<std::pair<std::uint64_t, RowRequest>> {
        if (std::exchange(given, true)) return std::nullopt;
        return std::pair{std::uint64_t{0}, requests[0]};
      },
      [](std::uint64_t, Result<RowResult>) {});
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().kind == ErrorKind::infrastructure);
  CHECK(failed.error().line().find("the device") != std::string::npos);
  requests[0].decoding.max_new_tokens = 2;
  CHECK(play(engine, requests).rows[0].ids.size() >= 1);
}

TEST_CASE(
    "pages are given to one segment at a time, come back with its end, and keep their content as the pool grows") {
  const auto model = tiny_model(1);
  const std::int64_t page = Segment::bytes_for(model->config, kPageTokens);
  const auto pool = std::make_shared<PagePool>(model->config, kHere, 100 * page);
  const auto reserved = std::make_shared<std::int64_t>(0);
  CHECK(pool->pages() == 0);
  PagedSegment first(model->config, 20, reserved, pool);
  CHECK(*reserved == 2 * page);
  CHECK(first.slot(19) % kPageTokens == 3);
  const auto key = [&](std::int64_t token) { return pool->keys(1)[1][first.slot(token)]; };
  for (std::int64_t token = 0; token < 20; ++token) key(token).fill_(static_cast<double>(token));
  const std::int64_t before = pool->pages();
  {
    PagedSegment second(model->config, before * kPageTokens, reserved, pool);
    CHECK(pool->pages() == 100);  // twice as many would be more than the budget
    PagedSegment third(model->config, 100 * kPageTokens, reserved, pool);
    CHECK(pool->pages() == before + 102);  // what is asked for is there
    CHECK(pool->free_pages() == 0);
    std::set<std::int64_t> slots;
    for (std::int64_t token = 0; token < 20; ++token) slots.insert(first.slot(token));
    for (std::int64_t token = 0; token < before * kPageTokens; ++token) slots.insert(second.slot(token));
    for (std::int64_t token = 0; token < 100 * kPageTokens; ++token) slots.insert(third.slot(token));
    CHECK(static_cast<std::int64_t>(slots.size()) == 20 + (before + 100) * kPageTokens);
    CHECK(*slots.rbegin() < pool->keys(1).size(1));
  }
  CHECK(pool->free_pages() == pool->pages() - 2);
  CHECK(*reserved == 2 * page);
  for (std::int64_t token = 0; token < 20; ++token)
    CHECK(key(token).sum().item<double>() == static_cast<double>(token * model->config.head_size));
}

TEST_CASE("engines of one model share its weights on the device, as they are packed") {
  const Dtype dtype = GENERATE(Dtype::fp32, Dtype::bf16);
  const auto model = tiny_model(1, {}, dtype);
  const auto one = DeviceMatrix::place(model->embedding, kHere), two = DeviceMatrix::place(model->head, kHere);
  CHECK(one == two);
  const auto& matrix = model->layers[0].gate_up;
  const auto other = DeviceMatrix::place(matrix, kHere);
  CHECK(other != one);
  std::vector<float> row(static_cast<std::size_t>(matrix.inputs()));
  for (std::int64_t n = 0; n < matrix.outputs(); ++n) {
    matrix.read_row(n, row.data());
    const at::Tensor placed = other->values()[n].to(at::kFloat).contiguous();
    CHECK(std::equal(row.begin(), row.end(), placed.const_data_ptr<float>()));
  }
}

TEST_CASE("a device that is not there, or is asked to bake, is refused by one line before any work") {
  const auto baker = make_local_baker();
  EngineSettings settings;
  settings.device = "cuda";
  if (!check_cuda().ok()) {
    const auto refused = baker->open({"no-such-model", {}, {}, settings});
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().kind == ErrorKind::infrastructure);
    CHECK(refused.error().line() == check_cuda().error().line());
    CHECK(refused.error().hint.find("--device cpu") != std::string::npos);
  }
  BakeRequest request;
  request.model = "no-such-model";
  request.engine = settings;
  const auto baked = baker->bake(request, nullptr);
  REQUIRE_FALSE(baked.ok());
  CHECK(baked.error().kind == ErrorKind::infrastructure);
  CHECK(baked.error().what == "bakes run on the CPU");
  settings.device = "abacus";
  CHECK(baker->resolve_dtype(settings).error().kind == ErrorKind::usage);
}
