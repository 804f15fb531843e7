// SmolLM3: Llama's layers, some of which do not turn their heads (Yang et al. 2025, arXiv:2501.18795; Hugging Face
// 2025). GGUF does not say which: every fourth, as llama.cpp assumes.
#include "baker/models/llama_weights.h"
#include "baker/models/rotary_scaling.h"

namespace bakeoff::baker {
namespace {

constexpr std::int64_t kGgufInterval = 4;

Status skip_rotary(const JsonSettings& s, ModelConfig& c) {
  const auto turns = s.get<std::vector<int>>("no_rope_layers", {});  // 1 where the layer turns, despite the name
  const auto interval = s.get<std::int64_t>("no_rope_layer_interval", 4);
  if (!turns.empty() && static_cast<std::int64_t>(turns.size()) < c.layers)
    return unsupported_model("no_rope_layers has fewer entries than there are layers", s.where);
  if (interval < 1) return unsupported_model("no_rope_layer_interval is not positive", s.where);
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (turns.empty() ? (i + 1) % interval == 0 : turns[at] == 0) c.attention[at].rotary = kNoRotary;
  }
  return {};
}

Result<ModelConfig> from_json(const Json& json, const std::string& where) {
  const JsonSettings s = {json, where};
  BAKEOFF_TRY(ModelConfig c, config_from_json(s, "smollm3", {.tied_by_default = true}));
  BAKEOFF_TRY(c.activation, activation_from_json(s, "hidden_act", "silu"));
  c.parts.qkv_bias = c.parts.o_bias = s.get("attention_bias", false);
  c.parts.mlp_bias = s.get("mlp_bias", false);
  BAKEOFF_CHECK(skip_rotary(s, c));
  if (s.get("use_sliding_window", false)) {
    if (!s.has("layer_types")) return unsupported_model("use_sliding_window is set without layer_types", where);
    BAKEOFF_CHECK(set_windows(s, s.get<std::int64_t>("sliding_window", 0), nullptr, 0, c));
  }
  const RotaryPlace place = {c.head_size, c.context, 2e6};
  BAKEOFF_TRY(auto rotary, rotary_from_json(rotary_settings(s), place, where));
  c.rotary = {std::move(rotary)};
  return c;
}

Result<ModelConfig> from_gguf(const Gguf& file) {
  const GgufSettings s = {file, "smollm3"};
  BAKEOFF_TRY(ModelConfig c, config_from_gguf(s, "smollm3"));
  c.parts.qkv_bias = file.has("blk.0.attn_q.bias");
  c.parts.o_bias = file.has("blk.0.attn_output.bias");
  c.parts.mlp_bias = file.has("blk.0.ffn_up.bias");
  for (std::int64_t i = kGgufInterval - 1; i < c.layers; i += kGgufInterval)
    c.attention[static_cast<std::size_t>(i)].rotary = kNoRotary;
  BAKEOFF_TRY(auto rotary, rotary_from_gguf(s, c));
  c.rotary = {std::move(rotary)};
  return c;
}

Status load(const WeightSource& source, bool gguf, Model& model) {
  return load_llama_weights(source, {.gguf = gguf, .interleaved = gguf}, model);
}

}  // namespace

extern const Family kSmolLM3;
const Family kSmolLM3 = {"smollm3", "SmolLM3ForCausalLM", "smollm3", from_json, from_gguf, load};

}  // namespace bakeoff::baker
