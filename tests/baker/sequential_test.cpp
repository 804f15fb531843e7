// A bake on top of others: beside a plain reference, in which the earlier adapters are in the weights, and what replay
// of an earlier target is for.
#include "baker/engine/divergence.h"
#include "baker/models/adapter_file.h"
#include "harness/core/files.h"
#include "harness/core/interrupt.h"
#include "tests/baker/tiny_bake.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace bakeoff;
using namespace bakeoff::baker;
using namespace bakeoff::testing;

namespace {

PackedMatrix& product_of(DecoderLayer& layer, Product product) {
  if (product == Product::qkv) return layer.qkv;
  if (product == Product::o) return layer.o;
  return product == Product::gate_up ? layer.gate_up : layer.down;
}

/// W + scale B A for every term, in plain loops: the base that a later bake starts from, as one set of weights.
std::shared_ptr<const Model> with_weights_of(const Model& base, const AdapterList& adapters) {
  auto model = std::make_shared<Model>(base);
  for (const auto& [adapter, scale] : adapters)
    for (const LoraTerm& term : adapter->weights.terms) {
      PackedMatrix& product =
          product_of(model->layers[static_cast<std::size_t>(term.module.layer)], term.module.product);
      const std::int64_t inputs = product.inputs(), rank = term.pair.a.size(0);
      std::vector<float> weight(static_cast<std::size_t>(product.outputs() * inputs));
      for (std::int64_t n = 0; n < product.outputs(); ++n) product.read_row(n, weight.data() + n * inputs);
      const float *a = term.pair.a.const_data_ptr<float>(), *b = term.pair.b.const_data_ptr<float>();
      for (std::int64_t n = 0; n < term.module.outputs; ++n)
        for (std::int64_t i = 0; i < inputs; ++i) {
          double sum = 0;
          for (std::int64_t r = 0; r < rank; ++r)
            sum += static_cast<double>(b[n * rank + r]) * static_cast<double>(a[r * inputs + i]);
          weight[static_cast<std::size_t>((term.module.first_output + n) * inputs + i)] +=
              static_cast<float>(scale * term.pair.scale * sum);
        }
      product = PackedMatrix::pack(weight, product.outputs(), inputs, Dtype::fp32);
    }
  return model;
}

BakeRequest request_of(const std::string& prompt, const Path& out) {
  BakeRequest request = tiny_request(out);
  request.prompt.messages = {{"system", prompt}};
  request.recipe.epochs = 6;
  return request;
}

AdapterList read_all(const ModelBundle& bundle, const std::vector<Path>& folders) {
  AdapterList list;
  for (const Path& folder : folders)
    list.emplace_back(
        std::make_shared<const Adapter>(read_adapter(folder, bundle.model->config, bundle.model->digest).value()), 1.0);
  return list;
}

/// Two bakes, one on top of the other.
struct Chain {
  TemporaryFolder folder;
  ModelBundle bundle = tiny_bundle();
  BakeRequest first = request_of("Speak like a pirate.", folder / "one");
  BakeRequest second = request_of("Shout in French!", folder / "two");
  Chain() {
    REQUIRE(run_bake(first, bundle, nullptr).ok());
    second.parents = {{folder / "one", 1.0}};
    REQUIRE(run_bake(second, bundle, nullptr).ok());
  }
};

/// Nats per token between the prompted base, as the first bake's teacher was, and these adapters without the prompt.
double distance_to_first(const Chain& chain, const std::vector<Path>& folders) {
  Engine teacher(chain.bundle.model), student(chain.bundle.model, {read_all(chain.bundle, folders)});
  double sum = 0;
  std::size_t count = 0;
  for (const Conversation& question : chain.first.questions) {
    Conversation prompted = chain.first.prompt.messages, plain = chain.first.prompt.student;
    prompted.insert(prompted.end(), question.begin(), question.end());
    plain.insert(plain.end(), question.begin(), question.end());
    auto p = chain.bundle.encode(chain.bundle.render(prompted).value()).value();
    auto q = chain.bundle.encode(chain.bundle.render(plain).value()).value();
    const std::size_t p_from = p.size() - 1, q_from = q.size() - 1;
    for (const TokenId id : {65, 114, 114}) {
      p.push_back(id);
      q.push_back(id);
    }
    const auto nats = divergences({teacher, p, p_from}, {student, q, q_from}).value();
    for (const double value : nats) sum += value;
    count += nats.size();
  }
  return sum / static_cast<double>(count);
}

}  // namespace

TEST_CASE("a bake on frozen adapters has the loss curve of a bake on weights that hold them") {
  Chain chain;
  BakeRequest request = request_of("Answer in rhymes.", chain.folder / "beside");
  request.parents = {{chain.folder / "one", 1.0}, {chain.folder / "two", 0.5}};
  const BakeOutcome beside = run_bake(request, chain.bundle, nullptr).value();

  AdapterList parents = read_all(chain.bundle, {chain.folder / "one", chain.folder / "two"});
  parents[1].second = 0.5;
  ModelBundle merged = chain.bundle;
  merged.model = with_weights_of(*chain.bundle.model, parents);
  const BakeOutcome within =
      run_bake(request_of("Answer in rhymes.", chain.folder / "within"), merged, nullptr).value();

  REQUIRE(beside.curve.size() == within.curve.size());
  for (std::size_t i = 0; i < beside.curve.size(); ++i)
    CHECK(beside.curve[i].kl_nats == Approx(within.curve[i].kl_nats).epsilon(1e-3).margin(1e-6));
  CHECK(beside.kl_held_out == Approx(within.kl_held_out).epsilon(1e-3));
  CHECK(beside.effect_kl == Approx(within.effect_kl).epsilon(1e-3));
  // and what it starts from matters
  const BakeOutcome alone =
      run_bake(request_of("Answer in rhymes.", chain.folder / "alone"), chain.bundle, nullptr).value();
  CHECK(std::abs(alone.curve[0].kl_nats - beside.curve[0].kl_nats) > 1e-3);
}

TEST_CASE("adapters of a chain applied together are the model whose weights hold them, and any of them can go") {
  Chain chain;
  const std::vector<TokenId> ids = {65, 20, 33, 101, 7, 88};
  const auto states = [&](std::shared_ptr<const Model> model, const AdapterList& adapters) {
    Engine engine(std::move(model), {adapters});
    return engine.hidden_states(ids).value();
  };
  for (const std::vector<Path>& kept :
       {std::vector<Path>{chain.folder / "one", chain.folder / "two"}, std::vector<Path>{chain.folder / "two"}}) {
    const AdapterList adapters = read_all(chain.bundle, kept);
    const auto together = states(chain.bundle.model, adapters);
    const auto merged = states(with_weights_of(*chain.bundle.model, adapters), {});
    for (std::size_t i = 0; i < together.size(); ++i) CHECK(together[i] == Approx(merged[i]).margin(2e-5));
  }
}

TEST_CASE("a bake's record names the adapters below it, and they are part of what it is") {
  Chain chain;
  const Json record = read_json_file(chain.folder / "two" / "bakeoff.json").value();
  const std::string below = read_all(chain.bundle, {chain.folder / "one"})[0].first->digest;
  CHECK(record["lineage"]["parent_digest"] == below);
  CHECK(record["lineage"]["parents"] == Json{{{"adapter", below}, {"scale", 1.0}}});
  BakeRequest alone = request_of("Shout in French!", chain.folder / "alone");
  REQUIRE(run_bake(alone, chain.bundle, nullptr).ok());
  CHECK(read_json_file(chain.folder / "alone" / "bakeoff.json").value()["request"] != record["request"]);
  CHECK(read_json_file(chain.folder / "alone" / "bakeoff.json").value()["lineage"]["parent"] == "base");
}

TEST_CASE("an earlier target that is replayed is kept better than one that is not") {
  Chain chain;
  BakeRequest kept = request_of("Shout in French!", chain.folder / "kept");
  kept.parents = chain.second.parents;
  kept.replays = {{chain.first.prompt, chain.first.questions, {}, 1.0}};
  const BakeOutcome outcome = run_bake(kept, chain.bundle, nullptr).value();
  CHECK(outcome.trajectories == 24);
  const double forgotten = distance_to_first(chain, {chain.folder / "one", chain.folder / "two"});
  const double replayed = distance_to_first(chain, {chain.folder / "one", chain.folder / "kept"});
  CHECK(replayed < forgotten);

  BakeRequest light = kept;
  light.out = chain.folder / "light";
  light.replays[0].weight = 0;
  REQUIRE(run_bake(light, chain.bundle, nullptr).ok());
  CHECK(distance_to_first(chain, {chain.folder / "one", chain.folder / "light"}) > replayed);
}

TEST_CASE("a bake on top of others that is stopped goes on to the same bytes") {
  Chain chain;
  BakeRequest kept = request_of("Shout in French!", chain.folder / "kept");
  kept.parents = chain.second.parents;
  kept.replays = {{chain.first.prompt, chain.first.questions, {}, 0.5}};
  const std::string whole = run_bake(kept, chain.bundle, nullptr).value().adapter_id;
  for (const std::string phase : {"sampling replays", "training"}) {
    kept.out = chain.folder / phase;
    const auto stopped = run_bake(kept, chain.bundle, [&](const BakeProgress& progress) {
      if (progress.phase == phase && progress.done == 2) set_interrupted(true);
    });
    set_interrupted(false);
    CHECK_FALSE(stopped.ok());
    CHECK(run_bake(kept, chain.bundle, nullptr).value().adapter_id == whole);
  }
}
