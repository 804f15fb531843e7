// Llama 2 and 3: RMS norm before each block, rotary positions, grouped attention, SwiGLU (Touvron et al. 2023,
// arXiv:2307.09288; Grattafiori et al. 2024, arXiv:2407.21783), and whatever else was published in its shape, such as
// SmolLM2. Mistral's GGUF files call themselves llama too; they do not say that there was a window.
#include "baker/models/llama_weights.h"
#include "baker/models/rotary_scaling.h"

namespace bakeoff::baker {
namespace {

Result<ModelConfig> from_json(const Json& json, const std::string& where) {
  const JsonSettings s = {json, where};
  BAKEOFF_TRY(ModelConfig c, config_from_json(s, "llama"));
  BAKEOFF_TRY(c.activation, activation_from_json(s, "hidden_act", "silu"));
  c.parts.qkv_bias = c.parts.o_bias = s.get("attention_bias", false);
  c.parts.mlp_bias = s.get("mlp_bias", false);
  BAKEOFF_TRY(auto rotary, rotary_from_json(rotary_settings(s), {c.head_size, c.context}, where));
  c.rotary = {std::move(rotary)};
  return c;
}

Result<ModelConfig> from_gguf(const Gguf& file) {
  const GgufSettings s = {file, "llama"};
  BAKEOFF_TRY(ModelConfig c, config_from_gguf(s, "llama"));
  c.parts.qkv_bias = file.has("blk.0.attn_q.bias");
  c.parts.o_bias = file.has("blk.0.attn_output.bias");
  c.parts.mlp_bias = file.has("blk.0.ffn_up.bias");
  for (LayerAttention& layer : c.attention) layer.window = s.integer("attention.sliding_window", 0);
  BAKEOFF_TRY(auto rotary, rotary_from_gguf(s, c));
  if (2 * rotary.pairs() != c.head_size)
    return unsupported_model(s.name("rope.dimension_count") + " is not the head size", s.where());
  c.rotary = {std::move(rotary)};
  return c;
}

Status load(const WeightSource& source, bool gguf, Model& model) {
  return load_llama_weights(source, {.gguf = gguf, .interleaved = gguf}, model);
}

}  // namespace

extern const Family kLlama;
const Family kLlama = {"llama", "LlamaForCausalLM", "llama", from_json, from_gguf, load};

}  // namespace bakeoff::baker
