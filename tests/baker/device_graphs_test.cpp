// Steps that are recorded once and replayed. On the CPU a recording is the same work again on the same memory: what is
// tested is everything but the device's own recording, against the exact decoder of this processor.
#include "baker/engine/device_graphs.h"

#include <cmath>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/util/Exception.h>

#include "baker/engine/device_forward.h"
#include "tests/baker/row_requests.h"

using namespace bakeoff;
using namespace bakeoff::baker;
using namespace bakeoff::testing;

namespace {

const c10::Device kHere(c10::kCPU);

/// Rows that write side by side, in both decoders.
struct Pair {
  explicit Pair(std::shared_ptr<const Model> model_in, std::size_t rows)
      : model(std::move(model_in)),
        ours(*model, variants, kHere, kPlenty),
        exact(*model, variants),
        our_paths(rows),
        exact_paths(rows) {
    for (std::size_t row = 0; row < rows; ++row) {
      our_paths[row].own = ours.make_segment(128, nullptr);
      exact_paths[row].own = std::make_shared<Segment>(model->config, 128);
    }
  }

  /// Token number `position` of the first `rows` rows; the largest difference of any state.
  double step(std::int64_t position, std::size_t rows) {
    std::vector<std::size_t> wanted;
    std::vector<PassToken> tokens, exact_tokens;
    for (std::size_t row = 0; row < rows; ++row) {
      const auto id = static_cast<TokenId>(3 + (7 * position + static_cast<std::int64_t>(row)) % 47);
      tokens.push_back({id, position, &our_paths[row]});
      exact_tokens.push_back({id, position, &exact_paths[row]});
      wanted.push_back(row);
    }
    std::vector<float> states, exact_states;
    ours.forward(tokens, wanted, states);
    exact.forward(exact_tokens, wanted, exact_states);
    REQUIRE(states.size() == exact_states.size());
    double worst = 0;
    for (std::size_t i = 0; i < states.size(); ++i)
      worst = std::max(worst, static_cast<double>(std::abs(states[i] - exact_states[i])));
    return worst;
  }

  std::shared_ptr<const Model> model;
  std::vector<std::vector<LayerLowRank>> variants = {{}};
  DeviceForward ours;
  Decoder exact;
  std::vector<KvPath> our_paths, exact_paths;
};

/// A plan whose layout is `numbers` integers, and their sum by way of `graphs`.
double sum_by(DeviceGraphs& graphs, const std::vector<std::int64_t>& numbers) {
  PassPlan plan;
  plan.integers = numbers;
  plan.layout.ids = {0, static_cast<std::int64_t>(numbers.size())};
  return graphs.run(plan, [](DevicePass& pass) { return pass.list(pass.layout().ids).sum(); }).item<double>();
}

}  // namespace

TEST_CASE("a step's form is recorded when it comes again and replayed from then on, until the pool has moved") {
  Pair pair(tiny_model(3), 5);
  for (std::int64_t position = 0; position < 50; ++position) CHECK(pair.step(position, 3) < 1e-4);
  // Three rows are padded to four and up to 64 keys are one form: computed, recorded, then 48 times replayed.
  CHECK(pair.ours.graphs().recorded() == 1);
  CHECK(pair.ours.graphs().replayed() == 48);
  const auto large = pair.ours.make_segment(10'000, nullptr);  // moves the pool
  for (std::int64_t position = 50; position < 100; ++position) CHECK(pair.step(position, 3) < 1e-4);
  CHECK(pair.ours.graphs().recorded() == 3);  // up to 64 keys again, then up to 128
  CHECK(pair.ours.graphs().replayed() == 48 + 12 + 34);
  for (std::int64_t position = 0; position < 10; ++position) CHECK(pair.step(position, 5) < 1e-4);
  CHECK(pair.ours.graphs().recorded() == 4);  // eight rows
}

TEST_CASE("a replay reads the new values of its form, and the form used longest ago is forgotten") {
  DeviceGraphs graphs(kHere, make_recorder(kHere), 2);
  for (std::int64_t i = 0; i < 5; ++i) CHECK(sum_by(graphs, {i, 10}) == static_cast<double>(i + 10));
  CHECK(graphs.recorded() == 1);
  CHECK(graphs.replayed() == 3);
  CHECK(sum_by(graphs, {1, 2, 3}) == 6);
  CHECK(sum_by(graphs, {1, 1}) == 2);
  CHECK(graphs.replayed() == 4);
  CHECK(sum_by(graphs, {1, 2, 3, 4}) == 10);  // three numbers give way
  CHECK(sum_by(graphs, {2, 2}) == 4);
  CHECK(graphs.replayed() == 5);
  CHECK(sum_by(graphs, {3, 3, 3}) == 9);
  CHECK(graphs.recorded() == 1);  // a form that was forgotten is new
}

TEST_CASE("a device that refuses to record computes on, and one without memory says so") {
  int asked = 0;
  DeviceGraphs refused(kHere, [&](const std::function<void()>& work) -> std::function<void()> {
    ++asked;
    work();
    TORCH_CHECK(false, "operation not permitted when stream is capturing");
  });
  for (std::int64_t i = 0; i < 5; ++i) CHECK(sum_by(refused, {i, 10}) == static_cast<double>(i + 10));
  CHECK(asked == 1);
  CHECK_FALSE(refused.can_record());
  DeviceGraphs full(kHere, [](const std::function<void()>&) -> std::function<void()> {
    TORCH_CHECK_WITH(OutOfMemoryError, false, "none left");
  });
  CHECK(sum_by(full, {1, 2}) == 3);
  CHECK_THROWS_AS(sum_by(full, {1, 2}), c10::OutOfMemoryError);
  CHECK(full.can_record());
}
