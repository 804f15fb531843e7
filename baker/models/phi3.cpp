// Phi-3, Phi-3.5 and Phi-4: Llama's layers with q, k, v in one tensor and gate, up in another, a window, part of each
// head turning, and longrope (Abdin et al. 2024, arXiv:2404.14219). llama.cpp runs its GGUF files without their window;
// here the window counts, as in transformers.
#include "baker/models/llama_weights.h"
#include "baker/models/rotary_scaling.h"

namespace bakeoff::baker {
namespace {

Result<ModelConfig> from_json(const Json& json, const std::string& where) {
  const JsonSettings s = {json, where};
  BAKEOFF_TRY(ModelConfig c, config_from_json(s, "phi3", {.default_norm_epsilon = 1e-5}));
  BAKEOFF_TRY(c.activation, activation_from_json(s, "hidden_act", "silu"));
  for (LayerAttention& layer : c.attention) layer.window = s.get<std::int64_t>("sliding_window", 0);
  Json rope = rotary_settings(s);
  if (rope.value("rope_type", rope.value("type", "")) == "yarn") rope["rope_type"] = "longrope";  // as older files say
  if (!rope.contains("original_max_position_embeddings")) rope["original_max_position_embeddings"] = 4096;
  BAKEOFF_TRY(auto rotary,
              rotary_from_json(rope, {.head_size = c.head_size, .context = c.context, .may_be_partial = true}, where));
  c.rotary = {std::move(rotary)};
  return c;
}

Result<ModelConfig> from_gguf(const Gguf& file) {
  const GgufSettings s = {file, "phi3"};
  BAKEOFF_TRY(ModelConfig c, config_from_gguf(s, "phi3"));
  for (LayerAttention& layer : c.attention) layer.window = s.integer("attention.sliding_window", 0);
  BAKEOFF_TRY(auto rotary, rotary_from_gguf(s, c));
  c.rotary = {std::move(rotary)};
  return c;
}

Status load(const WeightSource& source, bool gguf, Model& model) {
  return load_llama_weights(source, {.gguf = gguf, .fused = true}, model);
}

}  // namespace

extern const Family kPhi3;
const Family kPhi3 = {"phi3", "Phi3ForCausalLM", "phi3", from_json, from_gguf, load};

}  // namespace bakeoff::baker
