// Qwen3, dense: Llama's layers with a norm on every query and key head and a head size of its own (Yang et al. 2025,
// arXiv:2505.09388).
#include "baker/models/llama_weights.h"
#include "baker/models/rotary_scaling.h"

namespace bakeoff::baker {
namespace {

Result<ModelConfig> from_json(const Json& json, const std::string& where) {
  const JsonSettings s = {json, where};
  BAKEOFF_TRY(ModelConfig c, config_from_json(s, "qwen3"));
  if (!s.has("head_dim")) c.head_size = 128;  // the default of the architecture, not width / heads
  BAKEOFF_TRY(c.activation, activation_from_json(s, "hidden_act", "silu"));
  c.parts.head_norms = true;
  c.parts.qkv_bias = c.parts.o_bias = s.get("attention_bias", false);
  BAKEOFF_CHECK(set_qwen_windows(s, c));
  BAKEOFF_TRY(auto rotary, rotary_from_json(rotary_settings(s), {c.head_size, c.context}, where));
  c.rotary = {std::move(rotary)};
  return c;
}

Result<ModelConfig> from_gguf(const Gguf& file) {
  const GgufSettings s = {file, "qwen3"};
  BAKEOFF_TRY(ModelConfig c, config_from_gguf(s, "qwen3"));
  c.parts.head_norms = true;
  c.parts.qkv_bias = file.has("blk.0.attn_q.bias");
  c.parts.o_bias = file.has("blk.0.attn_output.bias");
  BAKEOFF_TRY(auto rotary, rotary_from_gguf(s, c));
  c.rotary = {std::move(rotary)};
  return c;
}

Status load(const WeightSource& source, bool gguf, Model& model) {
  return load_llama_weights(source, {.gguf = gguf}, model);
}

}  // namespace

extern const Family kQwen3;
const Family kQwen3 = {"qwen3", "Qwen3ForCausalLM", "qwen3", from_json, from_gguf, load};

}  // namespace bakeoff::baker
