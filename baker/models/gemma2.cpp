// Gemma 2: soft caps on attention scores and logits, every second layer under a window (Gemma Team 2024,
// arXiv:2408.00118).
#include "baker/models/gemma.h"
#include "baker/models/rotary_scaling.h"

namespace bakeoff::baker {
namespace {

Result<ModelConfig> from_json(const Json& json, const std::string& where) {
  const JsonSettings s = {json, where};
  BAKEOFF_TRY(ModelConfig c, gemma_from_json(s, "gemma2"));
  c.attention_soft_cap = json.contains("attn_logit_softcapping") ? s.get("attn_logit_softcapping", 0.0f) : 50.0f;
  c.logit_soft_cap = json.contains("final_logit_softcapping") ? s.get("final_logit_softcapping", 0.0f) : 30.0f;
  BAKEOFF_CHECK(set_windows(
      s, s.get<std::int64_t>("sliding_window", 4096),
      [](std::int64_t layer, std::int64_t period) { return (layer + 1) % period != 0; }, 2, c));
  BAKEOFF_TRY(auto rotary, rotary_from_json(rotary_settings(s), {c.head_size, c.context}, where));
  c.rotary = {std::move(rotary)};
  return c;
}

Result<ModelConfig> from_gguf(const Gguf& file) {
  const GgufSettings s = {file, "gemma2"};
  BAKEOFF_TRY(ModelConfig c,
              gemma_from_gguf(s, "gemma2", {.big_model_layers = 46, .period = 2, .default_window = 4096}));
  c.attention_soft_cap = static_cast<float>(s.real("attn_logit_softcapping", 50));
  c.logit_soft_cap = static_cast<float>(s.real("final_logit_softcapping", 30));
  BAKEOFF_TRY(auto rotary, rotary_from_gguf(s, c));
  c.rotary = {std::move(rotary)};
  return c;
}

}  // namespace

extern const Family kGemma2;
const Family kGemma2 = {"gemma2", "Gemma2ForCausalLM", "gemma2", from_json, from_gguf, load_gemma};

}  // namespace bakeoff::baker
