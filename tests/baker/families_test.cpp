// Every model family against transformers on tiny random checkpoints (tools/goldens/families.py), and its refusals.
#include <cmath>
#include <fstream>

#include "baker/engine/engine.h"
#include "harness/core/json.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace bakeoff;
using namespace bakeoff::baker;

namespace {

namespace fs = std::filesystem;

constexpr double kClose = 1e-4;    ///< of log-probabilities
constexpr double kDecided = 1e-3;  ///< greedy steps with a smaller margin may differ

/// Every checkpoint of every variant: a folder, or the GGUF file in it.
std::vector<fs::path> checkpoints() {
  std::vector<fs::path> all;
  for (const auto& entry : fs::directory_iterator(testing::source_path("golden/families"))) {
    all.push_back(entry.path());
    if (fs::exists(entry.path() / "model.gguf")) all.push_back(entry.path() / "model.gguf");
  }
  std::sort(all.begin(), all.end());
  return all;
}

Json expected_of(const fs::path& checkpoint) {
  const fs::path folder = fs::is_directory(checkpoint) ? checkpoint : checkpoint.parent_path();
  auto read = read_json_file(folder / "expected.json");
  REQUIRE(read.ok());
  return *read;
}

std::shared_ptr<const Model> load(const fs::path& checkpoint, Dtype dtype = Dtype::fp32) {
  auto loaded = load_model(checkpoint, dtype);
  INFO(checkpoint.string() << ": " << (loaded.ok() ? "" : loaded.error().what));
  REQUIRE(loaded.ok());
  return *loaded;
}

std::vector<RowResult> generate(Engine& engine, const std::vector<RowRequest>& requests) {
  std::vector<RowResult> results(requests.size());
  std::size_t next = 0;
  const auto source = [&]() -> std::optional<std::pair<std::uint64_t, RowRequest>> {
    if (next == requests.size()) return std::nullopt;
    const std::size_t i = next++;
    return std::pair{std::uint64_t{i}, requests[i]};
  };
  REQUIRE(engine
              .run(source,
                   [&](std::uint64_t ticket, Result<RowResult> result) {
                     REQUIRE(result.ok());
                     results[ticket] = std::move(*result);
                   })
              .ok());
  return results;
}

std::vector<RowRequest> requests_of(const Json& expected) {
  std::vector<RowRequest> requests;
  for (const Json& prompt : expected["prompts"]) {
    RowRequest request;
    request.ids = prompt["ids"].get<std::vector<TokenId>>();
    request.decoding.max_new_tokens = 24;
    request.keep_hidden = true;
    requests.push_back(std::move(request));
  }
  return requests;
}

}  // namespace

TEST_CASE("every family's log-probabilities equal transformers' to 1e-4, from folders and from GGUF") {
  const auto all = checkpoints();
  REQUIRE(all.size() > 30);
  for (const fs::path& checkpoint : all) {
    const Json expected = expected_of(checkpoint);
    REQUIRE(expected["prompts"].size() == 6);
    Engine engine(load(checkpoint), {});
    double worst = 0;
    for (const Json& prompt : expected["prompts"]) {
      const auto score = engine.score(prompt["ids"].get<std::vector<TokenId>>(), 1, 5);
      REQUIRE(score.ok());
      REQUIRE(score->logprobs.size() == prompt["logprobs"].size());
      for (std::size_t i = 0; i < score->logprobs.size(); ++i)
        worst = std::max(worst, std::abs(score->logprobs[i] - prompt["logprobs"][i].get<double>()));
      REQUIRE(score->next_top.size() == 5);
      for (std::size_t i = 0; i < 5; ++i)
        worst = std::max(worst, std::abs(score->next_top[i].second - prompt["next_top"][i][1].get<double>()));
    }
    INFO(checkpoint.string() << ": largest difference " << worst);
    CHECK(worst < kClose);
  }
}

TEST_CASE("every family's greedy answers equal transformers' as far as its best token is decided") {
  for (const fs::path& checkpoint : checkpoints()) {
    const Json expected = expected_of(checkpoint);
    Engine engine(load(checkpoint), {});
    const auto results = generate(engine, requests_of(expected));
    for (std::size_t i = 0; i < results.size(); ++i) {
      const Json& prompt = expected["prompts"][i];
      for (std::size_t k = 0; k < prompt["greedy"].size(); ++k) {
        if (prompt["margins"][k].get<double>() < kDecided) break;
        INFO(checkpoint.string() << ", prompt " << i << ", token " << k);
        REQUIRE(k < results[i].ids.size());
        REQUIRE(results[i].ids[k] == prompt["greedy"][k].get<TokenId>());
      }
    }
  }
}

TEST_CASE("in every family a row has the same bits alone and in a batch, in fp32 and bf16") {
  for (const fs::path& checkpoint : checkpoints())
    if (fs::is_directory(checkpoint))
      for (const Dtype dtype : {Dtype::fp32, Dtype::bf16}) {
        const auto model = load(checkpoint, dtype);
        auto requests = requests_of(expected_of(checkpoint));
        for (RowRequest& request : requests) request.decoding.max_new_tokens = 6;
        Engine engine(model, {}, {4, 16});
        const auto together = generate(engine, requests);
        for (std::size_t i = 0; i < requests.size(); ++i) {
          Engine fresh(model, {});
          const auto alone = generate(fresh, {requests[i]})[0];
          INFO(checkpoint.string() << (dtype == Dtype::fp32 ? ", fp32" : ", bf16") << ", prompt " << i);
          CHECK(alone.ids == together[i].ids);
          const bool same_bits = alone.hidden == together[i].hidden;
          CHECK(same_bits);
        }
      }
}

namespace {

/// The error on loading a variant whose config.json is changed by `patch` (null removes a member).
std::string error_of(const std::string& variant, const Json& patch) {
  const testing::TemporaryFolder folder;
  const fs::path from = testing::source_path("golden/families") / variant;
  fs::copy_file(from / "model.safetensors", folder / "model.safetensors");
  Json config = *read_json_file(from / "config.json");
  config.merge_patch(patch);
  std::ofstream(folder / "config.json") << config;
  const auto loaded = load_model(folder.path(), Dtype::fp32);
  return loaded.ok() ? "" : loaded.error().line();
}

}  // namespace

TEST_CASE("what can not be run is refused on loading by a line that names it") {
  const struct {
    const char* variant;
    Json patch;
    const char* names;
  } cases[] = {
      {"llama_plain", {{"architectures", {"MixtralForCausalLM"}}}, "MixtralForCausalLM"},
      {"llama_plain", {{"hidden_act", "relu2"}}, "relu2"},
      {"llama_plain", {{"quantization_config", {{"quant_method", "gptq"}}}}, "quantization_config"},
      {"llama_linear", {{"rope_parameters", {{"rope_type", "dynamic"}}}}, "dynamic"},
      {"llama_linear", {{"rope_parameters", {{"mrope_section", {1, 2}}}}}, "mrope_section"},
      {"llama_linear", {{"rope_parameters", {{"factor", -1.0}}}}, "factor"},
      {"llama_linear", {{"rope_parameters", {{"rope_theta", 0.0}}}}, "rope_theta"},
      {"llama_plain", {{"partial_rotary_factor", 0.5}}, "partial_rotary_factor"},
      {"llama_plain", {{"num_attention_heads", 3}, {"head_dim", 8}}, "no multiple"},
      {"llama_plain", {{"num_hidden_layers", 1 << 24}}, "layers"},
      {"llama_plain", {{"head_dim", 5}}, "even head size"},
      {"llama_plain", {{"vocab_size", "many"}}, "wrong type"},
      {"llama_plain", {{"mlp_bias", true}}, "model.layers.0.mlp.gate_proj.bias"},
      {"llama_biases_one_head", {{"attention_bias", false}}, "self_attn.k_proj.bias has no place"},
      {"llama_biases_one_head", {{"tie_word_embeddings", false}}, "lm_head.weight"},
      {"mistral_window", {{"layer_types", {"full_attention", "full_attention"}}}, "layer_types"},
      {"qwen2_layer_types", {{"layer_types", {"sliding_attention", "chunked_attention"}}}, "chunked_attention"},
      {"qwen2_layer_types", {{"layer_types", {"sliding_attention"}}}, "layer_types has 1"},
      {"phi3_longrope", {{"rope_parameters", {{"long_factor", {1.0, 2.0}}}}}, "long_factor has 2"},
      {"gemma3_plain", {{"use_bidirectional_attention", true}}, "use_bidirectional_attention"},
      {"gemma3_plain", {{"attn_logit_softcapping", 50.0}}, "attn_logit_softcapping"},
      {"gemma3_plain", {{"rope_parameters", {{"rope_theta", 5.0}}}}, "rope_theta"},
      {"smollm3_plain", {{"no_rope_layers", {1, 0}}}, "no_rope_layers"},
      {"gpt2_plain", {{"scale_attn_by_inverse_layer_idx", true}}, "scale_attn_by_inverse_layer_idx"},
      {"gpt2_plain", {{"n_positions", 64}}, "transformer.wpe.weight is 96 x 21"},
  };
  for (const auto& one : cases) {
    const std::string error = error_of(one.variant, one.patch);
    INFO(one.variant << " with " << one.patch.dump() << ": " << error);
    CHECK(error.find(one.names) != std::string::npos);
  }
}

TEST_CASE("learned positions end where the context does: answers stop there, longer prompts are refused") {
  Engine engine(load(testing::source_path("golden/families") / "gpt2_plain"), {});
  RowRequest request;
  request.ids.assign(90, 5);
  request.decoding.max_new_tokens = 24;
  CHECK(generate(engine, {request})[0].ids.size() <= 6);
  const std::vector<TokenId> too_long(97, 5);
  const auto score = engine.score(too_long, 1, 0);
  REQUIRE_FALSE(score.ok());
  CHECK(score.error().what.find("context of 96") != std::string::npos);
  CHECK_FALSE(engine.hidden_states(too_long).ok());
}

TEST_CASE("tokens that end a turn come from generation_config.json beside the one that ends a text") {
  const testing::TemporaryFolder folder;
  const fs::path from = testing::source_path("golden/families/llama_plain");
  fs::copy_file(from / "config.json", folder / "config.json");
  std::ofstream(folder / "generation_config.json") << R"({"eos_token_id": [0, 7]})";
  const auto config = read_model_config(folder.path());
  REQUIRE(config.ok());
  CHECK(config->end_ids == std::vector<TokenId>{0, 7});
}
