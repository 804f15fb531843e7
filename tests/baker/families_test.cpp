// Every model family against transformers on tiny random checkpoints (tools/goldens/families.py), and its refusals.
#include <cmath>
#include <fstream>

#include "tests/baker/family_checkpoints.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace bakeoff;
using namespace bakeoff::baker;
using namespace bakeoff::testing;

namespace fs = std::filesystem;

TEST_CASE("every family's log-probabilities equal transformers' to 1e-4, from folders and from GGUF") {
  for (const fs::path& checkpoint : checkpoints()) check_scores(checkpoint, {});
}

TEST_CASE("every family's greedy answers equal transformers' as far as its best token is decided") {
  for (const fs::path& checkpoint : checkpoints()) check_greedy(checkpoint, {});
}

TEST_CASE("in every family a row has the same bits alone and in a batch, in fp32 and bf16") {
  for (const fs::path& checkpoint : checkpoints())
    if (fs::is_directory(checkpoint))
      for (const Dtype dtype : {Dtype::fp32, Dtype::bf16}) {
        const auto model = load_checkpoint(checkpoint, dtype);
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
  const TemporaryFolder folder;
  const fs::path from = source_path("golden/families") / variant;
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
  Engine engine(load_checkpoint(source_path("golden/families") / "gpt2_plain"), {});
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
  const TemporaryFolder folder;
  const fs::path from = source_path("golden/families/llama_plain");
  fs::copy_file(from / "config.json", folder / "config.json");
  std::ofstream(folder / "generation_config.json") << R"({"eos_token_id": [0, 7]})";
  const auto config = read_model_config(folder.path());
  REQUIRE(config.ok());
  CHECK(config->end_ids == std::vector<TokenId>{0, 7});
}
