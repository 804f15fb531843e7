// Every variant of LoRA that PEFT saves: under each adapter the engine gives the log-probabilities that transformers
// with PEFT gives (tools/goldens/peft_variants.py), alone, together, merged and switched off.
#include <map>

#include <ATen/ATen.h>

#include "baker/engine/engine.h"
#include "baker/models/adapted_model.h"
#include "baker/models/adapter_file.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace bakeoff;
using namespace bakeoff::baker;

namespace {

Path variants() { return testing::source_path("golden/peft_variants"); }

const Json& expected() {
  static const Json json = read_json_file(variants() / "expected.json").value();
  return json;
}

/// Null where the family is not supported.
std::shared_ptr<const Model> base_model(const std::string& name) {
  static std::map<std::string, std::shared_ptr<const Model>> models;
  if (models.count(name)) return models[name];
  const auto loaded = load_model(variants() / name, Dtype::fp32);
  if (!loaded.ok()) {
    INFO(loaded.error().line());
    REQUIRE(loaded.error().what.find("architecture") != std::string::npos);
    return models[name] = nullptr;
  }
  return models[name] = *loaded;
}

AdapterList adapters_of(const Json& one, const Model& model) {
  AdapterList list;
  for (const Json& use : one["adapters"]) {
    auto adapter = read_adapter(variants() / use[0].get<std::string>(), model.config, model.digest);
    if (!adapter.ok()) FAIL(adapter.error().line());
    list.emplace_back(std::make_shared<const Adapter>(std::move(adapter).value()), use[1].get<double>());
  }
  return list;
}

std::vector<double> logprobs(std::shared_ptr<const Model> model, const AdapterList& adapters,
                             const EngineOptions& options = {}) {
  const auto ids = expected()["ids"].get<std::vector<TokenId>>();
  const auto adapted = adapted_model(std::move(model), adapters);
  REQUIRE(adapted.ok());
  Engine engine(*adapted, {adapters}, options);
  return engine.score(ids, 1, 0).value().logprobs;
}

/// The weight change of one term as the checkpoint stores it.
at::Tensor delta_of(const LoraTerm& term) {
  const at::Tensor delta = at::mm(term.pair.b.to(at::kDouble), term.pair.a.to(at::kDouble)) * term.pair.scale;
  return term.module.transposed ? delta.t().contiguous() : delta;
}

}  // namespace

TEST_CASE("under adapters of every variant the log-probabilities are those of transformers with PEFT") {
  EngineOptions options;
  if (GENERATE(false, true)) options.device = c10::Device(at::kCPU);  // by ATen's operations
  std::size_t checked = 0;
  for (const Json& one : expected()["cases"]) {
    const auto model = base_model(one["base"].get<std::string>());
    if (!model) continue;
    INFO(one["name"].get<std::string>());
    const auto ours = logprobs(model, adapters_of(one, *model), options);
    const auto theirs = one["logprobs"].get<std::vector<double>>();
    REQUIRE(ours.size() == theirs.size());
    for (std::size_t i = 0; i < ours.size(); ++i) CHECK(ours[i] == Approx(theirs[i]).margin(1e-4));
    ++checked;
  }
  CHECK(checked >= 30);
}

TEST_CASE("a variant at scale 0 is the base bit for bit, and the adapter acts at scale 1") {
  for (const Json& one : expected()["cases"]) {
    const auto model = base_model(one["base"].get<std::string>());
    if (!model || one["adapters"].size() != 1) continue;
    INFO(one["name"].get<std::string>());
    AdapterList list = adapters_of(one, *model);
    list[0].second = 1;
    CHECK(logprobs(model, list) != logprobs(model, {}));
    list[0].second = 0;
    CHECK(logprobs(model, list) == logprobs(model, {}));
    CHECK(adapted_model(model, list).value() == model);
  }
}

TEST_CASE("every term adds to its weight what PEFT's get_delta_weight says, in the checkpoint's own orientation") {
  std::size_t terms = 0;
  for (const auto& [folder, modules_of_folder] : expected()["deltas"].items()) {
    ModelConfig config;
    config.family = folder == "gpt2" || folder == "phi3" ? folder : "llama";
    config.layers = 2;
    config.width = 16;
    config.heads = 4;
    config.kv_heads = folder == "gpt2" ? 4 : 2;
    config.head_size = 4;
    config.mlp_width = folder == "gpt2" ? 64 : 24;
    config.vocabulary = 40;
    config.tied_head = folder.ends_with("tied") || folder == "dora_root" || folder == "gpt2";
    const auto adapter = read_adapter(variants() / folder, config, "");
    if (!adapter.ok()) FAIL(adapter.error().line());
    REQUIRE(adapter->weights.terms.size() == modules_of_folder.size());
    for (const LoraTerm& term : adapter->weights.terms) {
      INFO(folder + " " + term.module.name);
      REQUIRE(modules_of_folder.contains(term.module.name));
      const Json& want = modules_of_folder[term.module.name];
      const at::Tensor delta = delta_of(term).flatten();
      CHECK(delta.pow(2).sum().item<double>() == Approx(want[0].get<double>()).epsilon(1e-5));
      CHECK(delta[0].item<double>() == Approx(want[1].get<double>()).epsilon(1e-4).margin(1e-6));
      CHECK(delta[-1].item<double>() == Approx(want[2].get<double>()).epsilon(1e-4).margin(1e-6));
      ++terms;
    }
  }
  CHECK(terms > 80);
}

TEST_CASE("two adapters that bring the same weight whole can not be used together; one of them at scale 0 can") {
  const auto model = base_model("base");
  const auto saved = std::make_shared<const Adapter>(read_adapter(variants() / "saved", model->config, "").value());
  const auto refused = adapted_model(model, {{saved, 1.0}, {saved, 1.0}});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().line().find("embed_tokens") != std::string::npos);
  CHECK(adapted_model(model, {{saved, 1.0}, {saved, 0.0}}).ok());
}

TEST_CASE("a scale between 0 and 1 moves a weight brought whole along the line from the base's") {
  const auto model = base_model("base");
  const auto saved = std::make_shared<const Adapter>(read_adapter(variants() / "saved", model->config, "").value());
  const auto half = adapted_model(model, {{saved, 0.5}}).value(), full = adapted_model(model, {{saved, 1.0}}).value();
  for (std::size_t i = 0; i < model->final_norm.size(); ++i)
    CHECK(half->final_norm[i] == Approx((model->final_norm[i] + full->final_norm[i]) / 2).margin(1e-6));
}
