// The engine against transformers on the default model, and against itself: caching, sharing, batches and order.
#include "baker/engine/engine.h"

#include <cmath>
#include <map>

#include "harness/core/json.h"
#include "harness/core/seed.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace bakeoff;
using namespace bakeoff::baker;

namespace {

std::shared_ptr<const Model> default_model_fp32() {
  static std::shared_ptr<const Model> model = [] {
    const auto path = testing::default_model();
    if (!path) return std::shared_ptr<const Model>();
    auto loaded = load_model(*path, Dtype::fp32);
    REQUIRE(loaded.ok());
    return *loaded;
  }();
  return model;
}

const Json& golden() {
  static const Json json = [] {
    auto read = read_json_file(testing::source_path("golden/engine_smollm2.json"));
    REQUIRE(read.ok());
    return *read;
  }();
  return json;
}

std::vector<TokenId> ids_of(const Json& value) { return value.get<std::vector<TokenId>>(); }

/// All requests through one engine; answers by number.
std::vector<RowResult> answers(Engine& engine, const std::vector<RowRequest>& requests,
                               const std::vector<std::size_t>& order) {
  std::vector<RowResult> results(requests.size());
  std::size_t next = 0;
  const auto source = [&]() -> std::optional<std::pair<std::uint64_t, RowRequest>> {
    if (next == order.size()) return std::nullopt;
    const std::size_t i = order[next++];
    return std::pair{std::uint64_t{i}, requests[i]};
  };
  const Status done = engine.run(source, [&](std::uint64_t ticket, Result<RowResult> result) {
    REQUIRE(result.ok());
    results[ticket] = std::move(*result);
  });
  REQUIRE(done.ok());
  return results;
}

std::vector<RowRequest> mixed_requests(double temperature) {
  std::vector<RowRequest> requests;
  for (const Json& chat : golden()["chats"])
    for (int copy = 0; copy < 3; ++copy) {
      RowRequest request;
      request.ids = ids_of(chat["ids"]);
      request.decoding.temperature = temperature;
      request.decoding.max_new_tokens = 3 + 3 * copy;
      request.seed = static_cast<std::uint64_t>(copy);
      request.keep_hidden = true;
      requests.push_back(request);
    }
  return requests;
}

std::vector<std::size_t> counting(std::size_t n) {
  std::vector<std::size_t> order(n);
  for (std::size_t i = 0; i < n; ++i) order[i] = i;
  return order;
}

}  // namespace

TEST_CASE("log-probabilities equal transformers' to 1e-3 on 1 to 2,000 tokens", "[model]") {
  const auto model = default_model_fp32();
  if (!model) SKIP_TEST("the default model is not here");
  Engine engine(model, {});
  double worst = 0;
  for (const Json& sequence : golden()["sequences"]) {
    const auto ids = ids_of(sequence["ids"]);
    const auto score = engine.score(ids, 1, 5);
    REQUIRE(score.ok());
    REQUIRE(score->logprobs.size() == ids.size() - 1);
    const auto stride = sequence["stride"].get<std::size_t>();
    for (std::size_t i = 0; i < sequence["logprobs"].size(); ++i)
      worst = std::max(worst, std::abs(sequence["logprobs"][i].get<double>() - score->logprobs[i * stride]));
    for (std::size_t i = 0; i < 5; ++i) {
      CHECK(score->next_top[i].first == sequence["next_top"][i][0].get<TokenId>());
      worst = std::max(worst, std::abs(score->next_top[i].second - sequence["next_top"][i][1].get<double>()));
    }
  }
  INFO("largest difference " << worst);
  CHECK(worst < 1e-3);
}

TEST_CASE("greedy answers equal transformers' token for token", "[model]") {
  const auto model = default_model_fp32();
  if (!model) SKIP_TEST("the default model is not here");
  Engine engine(model, {});
  for (const Json& chat : golden()["chats"]) {
    RowRequest request;
    request.ids = ids_of(chat["ids"]);
    request.decoding.max_new_tokens = 32;
    const auto expected = ids_of(chat["greedy"]);
    auto got = answers(engine, {request}, {0})[0].ids;
    REQUIRE(got.size() >= expected.size());
    got.resize(expected.size());
    CHECK(got == expected);
  }
}

TEST_CASE("a row's answer has the same bits alone, in a batch, in any order and whatever prefix it shared", "[model]") {
  const auto path = testing::default_model();
  if (!path) SKIP_TEST("the default model is not here");
  const Dtype dtype = GENERATE(Dtype::fp32, Dtype::bf16);
  const auto model = dtype == Dtype::fp32 ? default_model_fp32() : *load_model(*path, dtype);
  const double temperature = GENERATE(0.0, 1.0);
  const auto requests = mixed_requests(temperature);
  std::vector<RowResult> alone;
  for (const RowRequest& request : requests) {
    Engine fresh(model, {});
    alone.push_back(answers(fresh, {request}, {0})[0]);
  }
  auto order = counting(requests.size());
  for (const int rows : {3, 32}) {
    Random random(static_cast<std::uint64_t>(rows));
    shuffle(order, random);
    Engine engine(model, {}, {rows, 64, std::int64_t{1} << 30});
    const auto together = answers(engine, requests, order);
    for (std::size_t i = 0; i < requests.size(); ++i) {
      CHECK(together[i].ids == alone[i].ids);
      CHECK(together[i].hidden == alone[i].hidden);
    }
  }
}

TEST_CASE("hidden states kept while decoding equal a fresh forward over the whole answer", "[model]") {
  const auto model = default_model_fp32();
  if (!model) SKIP_TEST("the default model is not here");
  Engine engine(model, {});
  const auto requests = mixed_requests(1.0);
  const auto results = answers(engine, requests, counting(requests.size()));
  const auto width = static_cast<std::size_t>(model->config.width);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    auto ids = requests[i].ids;
    ids.insert(ids.end(), results[i].ids.begin(), results[i].ids.end());
    const auto fresh = engine.hidden_states(ids);
    REQUIRE(fresh.ok());
    const std::size_t first = (requests[i].ids.size() - 1) * width;
    double worst = 0;
    for (std::size_t k = 0; k < results[i].hidden.size(); ++k)
      worst = std::max(worst, static_cast<double>(std::abs(results[i].hidden[k] - (*fresh)[first + k])));
    CHECK(worst <= 1e-5);
  }
}

TEST_CASE("scoring after a shared context gives the same numbers as scoring from nothing", "[model]") {
  const auto model = default_model_fp32();
  if (!model) SKIP_TEST("the default model is not here");
  const auto ids = ids_of(golden()["sequences"][3]["ids"]);
  Engine used(model, {}), fresh(model, {});
  REQUIRE(used.score({ids.data(), 100}, 90, 0).ok());
  const auto again = used.score(ids, 95, 3), once = fresh.score(ids, 95, 3);
  CHECK(again->logprobs == once->logprobs);
  CHECK(again->next_top == once->next_top);
}

TEST_CASE("a prompt that does not fit, an id outside the vocabulary and no tokens are errors of their own row",
          "[model]") {
  const auto model = default_model_fp32();
  if (!model) SKIP_TEST("the default model is not here");
  Engine engine(model, {});
  std::vector<RowRequest> requests(4);
  requests[0].ids = {1, 49152};
  requests[1].ids.assign(8192, 5);
  requests[2].ids = {};
  requests[3].ids = {1, 5};
  requests[3].decoding.max_new_tokens = 3;
  std::map<std::uint64_t, std::string> outcome;
  std::size_t next = 0;
  REQUIRE(engine
              .run(
                  [&]() -> std::optional<std::pair<std::uint64_t, RowRequest>> {
                    if (next == requests.size()) return std::nullopt;
                    const std::size_t i = next++;
                    return std::pair{std::uint64_t{i}, requests[i]};
                  },
                  [&](std::uint64_t ticket, Result<RowResult> result) {
                    outcome[ticket] = result.ok() ? "ok" : result.error().what;
                  })
              .ok());
  CHECK(outcome[0].find("outside the vocabulary") != std::string::npos);
  CHECK(outcome[1].find("context of 8192") != std::string::npos);
  CHECK(outcome[2].find("no tokens") != std::string::npos);
  CHECK(outcome[3] == "ok");
}
