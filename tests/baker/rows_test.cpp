// Rows of the engine in company: scored and drawn ones, of several adapters, under a memory budget, up to the context's
// end.
#include <numeric>

#include "baker/bake/lora_layout.h"
#include "baker/engine/engine.h"
#include "baker/engine/kv_cache.h"
#include "tests/baker/tiny_model.h"
#include "tests/catch.h"

using namespace bakeoff;
using namespace bakeoff::baker;
using testing::tiny_model;

namespace {

constexpr std::int64_t kPlenty = std::int64_t{1} << 30;

std::vector<TokenId> some_ids(std::uint64_t seed, std::size_t count) {
  Random random(seed);
  std::vector<TokenId> ids(count);
  for (TokenId& id : ids) id = static_cast<TokenId>(3 + random.below(47));
  return ids;
}

std::shared_ptr<const Adapter> random_adapter(const Model& model, std::uint64_t seed) {
  const auto layout = LoraLayout::make(model.config, {"q_proj", "v_proj", "o_proj", "gate_proj", "down_proj"}, 3, 6.0);
  REQUIRE(layout.ok());
  std::vector<float> parameters = layout->initial(seed);
  Random random(seed);
  for (float& value : parameters) value += static_cast<float>(0.3 * random.normal());
  auto adapter = std::make_shared<Adapter>();
  adapter->weights = layout->to_weights(parameters);
  return adapter;
}

/// By ticket: what came back, or the error.
struct Outcome {
  std::vector<RowResult> rows;
  std::vector<std::string> errors;
};

Outcome play(Engine& engine, const std::vector<RowRequest>& requests) {
  Outcome outcome{std::vector<RowResult>(requests.size()), std::vector<std::string>(requests.size())};
  std::size_t next = 0;
  const auto source = [&]() -> std::optional<std::pair<std::uint64_t, RowRequest>> {
    if (next == requests.size()) return std::nullopt;
    const std::uint64_t ticket = next++;
    return std::pair{ticket, requests[ticket]};
  };
  const Status status = engine.run(source, [&](std::uint64_t ticket, Result<RowResult> result) {
    if (result.ok())
      outcome.rows[ticket] = std::move(*result);
    else
      outcome.errors[ticket] = result.error().what;
  });
  REQUIRE(status.ok());
  return outcome;
}

/// Drawn and scored rows over `variants` adapters, half of them behind a common beginning.
std::vector<RowRequest> mixed(std::size_t variants, std::size_t count = 24) {
  const std::vector<TokenId> common = some_ids(7, 40);
  std::vector<RowRequest> requests(count);
  for (std::size_t i = 0; i < count; ++i) {
    RowRequest& request = requests[i];
    if (i % 2 == 0) request.ids = common;
    const auto own = some_ids(100 + i, 3 + i % 9);
    request.ids.insert(request.ids.end(), own.begin(), own.end());
    request.variant = i % variants;
    request.seed = i;
    request.decoding.temperature = i % 4 < 2 ? 1.0 : 0.0;
    request.decoding.max_new_tokens = static_cast<int>(2 + i % 7);
    if (i % 3 == 0) request.scored_from = request.ids.size() - 2;
    request.top = i % 6 == 0 ? 4 : 0;
    request.keep_hidden = true;
  }
  return requests;
}

void check_equal(const RowResult& a, const RowResult& b) {
  CHECK(a.ids == b.ids);
  CHECK(a.hidden == b.hidden);
  CHECK(a.score.logprobs == b.score.logprobs);
  CHECK(a.score.greedy == b.score.greedy);
  CHECK(a.score.next_top == b.score.next_top);
}

}  // namespace

TEST_CASE("rows of several adapters, drawn and scored together, have the bits that each has alone") {
  const Dtype dtype = GENERATE(Dtype::fp32, Dtype::bf16);
  const auto model = tiny_model(3, {}, dtype);
  const std::vector<AdapterList> lists = {
      {}, {{random_adapter(*model, 1), 1.0}}, {{random_adapter(*model, 2), 0.5}, {random_adapter(*model, 3), 1.5}}};
  const auto requests = mixed(lists.size());
  Engine together(model, lists, {8, 32, kPlenty});
  const Outcome all = play(together, requests);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    CAPTURE(i);
    Engine alone(model, {lists[requests[i].variant]});
    RowRequest request = requests[i];
    request.variant = 0;
    const Outcome one = play(alone, {request});
    check_equal(all.rows[i], one.rows[0]);
  }
}

TEST_CASE("a batch of texts scores as one text at a time does, and as the states say") {
  const auto model = tiny_model(4);
  std::vector<RowRequest> requests(9);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    requests[i].ids = some_ids(i / 3, 30);
    const auto choice = some_ids(50 + i, 1 + i % 3);
    requests[i].ids.insert(requests[i].ids.end(), choice.begin(), choice.end());
    requests[i].scored_from = 30;
  }
  Engine engine(model, {}, {4, 16, kPlenty});
  const Outcome outcome = play(engine, requests);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    Engine fresh(model);
    const auto states = fresh.hidden_states(requests[i].ids);
    REQUIRE(states.ok());
    const auto& logprobs = outcome.rows[i].score.logprobs;
    REQUIRE(logprobs.size() == requests[i].ids.size() - 30);
    std::vector<float> expected;
    for (std::size_t k = 0; k < logprobs.size(); ++k) {
      const auto width = static_cast<std::size_t>(model->config.width);
      fresh.log_probabilities(std::span(*states).subspan((29 + k) * width, width), expected);
      const auto id = static_cast<std::size_t>(requests[i].ids[30 + k]);
      CHECK(logprobs[k] == Approx(static_cast<double>(expected[id])).margin(1e-5));
      CHECK(outcome.rows[i].score.greedy[k] ==
            (std::max_element(expected.begin(), expected.end()) - expected.begin() == static_cast<std::ptrdiff_t>(id)));
    }
  }
}

TEST_CASE("a tight memory budget makes rows wait and changes no bit; a row that can never fit is refused") {
  const auto model = tiny_model(5);
  auto requests = mixed(1);
  Engine wide(model, {}, {16, 64, kPlenty});
  const Outcome expected = play(wide, requests);
  const std::int64_t one_row = Segment::bytes_for(model->config, 64);
  requests.push_back({});
  requests.back().ids = some_ids(1, 200);
  Engine narrow(model, {}, {16, 64, one_row + one_row / 2});
  const Outcome outcome = play(narrow, requests);
  for (std::size_t i = 0; i + 1 < requests.size(); ++i) {
    CAPTURE(i);
    check_equal(outcome.rows[i], expected.rows[i]);
  }
  CHECK(outcome.errors.back().find("more than the budget") != std::string::npos);
}

TEST_CASE("an answer ends where the model's context does, and a prompt that fills it is refused") {
  const auto model = tiny_model(6);
  const auto context = static_cast<std::size_t>(model->config.context);
  std::vector<RowRequest> requests(3);
  requests[0].ids = some_ids(1, context - 3);
  requests[0].decoding.max_new_tokens = 50;
  requests[1].ids = some_ids(1, context);
  requests[2].ids = some_ids(1, context);
  requests[2].scored_from = context - 1;
  Engine engine(model);
  const Outcome outcome = play(engine, requests);
  CHECK((outcome.rows[0].ids.size() == 3 || outcome.rows[0].ended));
  CHECK(outcome.errors[1].find("leave no room in the model's context of 256") != std::string::npos);
  CHECK(outcome.rows[2].score.logprobs.size() == 1);
}

TEST_CASE("the next turn of a conversation builds on the answer before and has the same bits as from nothing") {
  const auto model = tiny_model(8);
  Engine engine(model);
  RowRequest first;
  first.ids = some_ids(1, 20);
  first.decoding.max_new_tokens = 12;
  const Outcome answer = play(engine, {first});
  RowRequest second = first;
  second.ids.insert(second.ids.end(), answer.rows[0].ids.begin(), answer.rows[0].ids.end());
  const auto more = some_ids(2, 5);
  second.ids.insert(second.ids.end(), more.begin(), more.end());
  Engine fresh(model);
  check_equal(play(engine, {second}).rows[0], play(fresh, {second}).rows[0]);
}
