// Rows of the engine in company: scored and drawn ones, of several adapters, under a memory budget, up to the context's
// end.
#include <numeric>

#include "baker/engine/kv_cache.h"
#include "tests/baker/row_requests.h"

using namespace bakeoff;
using namespace bakeoff::baker;
using namespace bakeoff::testing;

namespace {

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
      REQUIRE(fresh.log_probabilities(std::span(*states).subspan((29 + k) * width, width), expected).ok());
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
