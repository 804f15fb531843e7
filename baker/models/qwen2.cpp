// Qwen2 and Qwen2.5: Llama's layers with biases on q, k and v, and windows that begin at some layer where they are used
// at all (Yang et al. 2024, arXiv:2407.10671).
#include "baker/models/llama_weights.h"
#include "baker/models/rotary_scaling.h"

namespace bakeoff::baker {
namespace {

Result<ModelConfig> from_json(const Json& json, const std::string& where) {
  const JsonSettings s = {json, where};
  BAKEOFF_TRY(ModelConfig c, config_from_json(s, "qwen2"));
  BAKEOFF_TRY(c.activation, activation_from_json(s, "hidden_act", "silu"));
  c.parts.qkv_bias = true;
  BAKEOFF_CHECK(set_qwen_windows(s, c));
  BAKEOFF_TRY(auto rotary, rotary_from_json(rotary_settings(s), {c.head_size, c.context}, where));
  c.rotary = {std::move(rotary)};
  return c;
}

Result<ModelConfig> from_gguf(const Gguf& file) {
  const GgufSettings s = {file, "qwen2"};
  BAKEOFF_TRY(ModelConfig c, config_from_gguf(s, "qwen2"));
  c.parts.qkv_bias = true;
  BAKEOFF_TRY(auto rotary, rotary_from_gguf(s, c));
  c.rotary = {std::move(rotary)};
  return c;
}

Status load(const WeightSource& source, bool gguf, Model& model) {
  return load_llama_weights(source, {.gguf = gguf}, model);
}

}  // namespace

extern const Family kQwen2;
const Family kQwen2 = {"qwen2", "Qwen2ForCausalLM", "qwen2", from_json, from_gguf, load};

}  // namespace bakeoff::baker
