// Gemma 3, text only: a norm on every query and key head, five layers under a window for each that sees all, and a
// rotary base of its own for each kind (Gemma Team 2025, arXiv:2503.19786). Scaling of positions concerns the layers
// that see all.
#include "baker/models/gemma.h"
#include "baker/models/rotary_scaling.h"

namespace bakeoff::baker {
namespace {

constexpr int kGlobal = 0, kLocal = 1;  ///< in ModelConfig::rotary
constexpr double kGlobalBase = 1e6, kLocalBase = 1e4;

void choose_rotary(ModelConfig& c) {
  for (LayerAttention& layer : c.attention) layer.rotary = layer.window > 0 ? kLocal : kGlobal;
}

/// rope_parameters holds one object for each kind of layer; older files have rope_theta, rope_local_base_freq and
/// rope_scaling.
Result<std::vector<RotaryFrequencies>> rotary_of(const JsonSettings& s, const ModelConfig& c) {
  Json global = Json::object(), local = Json::object();
  if (s.has("rope_parameters"))
    for (const auto& [key, value] : s.json["rope_parameters"].items()) {
      if (key != "full_attention" && key != "sliding_attention")
        return unsupported_model("rope_parameters has the unknown member " + key, s.where);
      if (!value.is_null()) (key == "full_attention" ? global : local) = value;
    }
  if (s.has("rope_scaling")) global.update(s.json["rope_scaling"]);
  const RotaryPlace global_place = {c.head_size, c.context, s.get("rope_theta", kGlobalBase)},
                    local_place = {c.head_size, c.context, s.get("rope_local_base_freq", kLocalBase)};
  BAKEOFF_TRY(auto for_global, rotary_from_json(global, global_place, s.where));
  BAKEOFF_TRY(auto for_local, rotary_from_json(local, local_place, s.where));
  return std::vector<RotaryFrequencies>{std::move(for_global), std::move(for_local)};
}

Result<ModelConfig> from_json(const Json& json, const std::string& where) {
  const JsonSettings s = {json, where};
  BAKEOFF_TRY(ModelConfig c, gemma_from_json(s, "gemma3"));
  c.parts.head_norms = true;
  if (s.has("attn_logit_softcapping"))  // transformers reads it and does not apply it
    return unsupported_model("attn_logit_softcapping is set", where);
  c.logit_soft_cap = s.get("final_logit_softcapping", 0.0f);
  const auto period = s.get<std::int64_t>("sliding_window_pattern", 6);
  if (period < 1) return unsupported_model("sliding_window_pattern is not positive", where);
  BAKEOFF_CHECK(set_windows(
      s, s.get<std::int64_t>("sliding_window", 4096),
      [](std::int64_t layer, std::int64_t n) { return (layer + 1) % n != 0; }, period, c));
  BAKEOFF_TRY(c.rotary, rotary_of(s, c));
  choose_rotary(c);
  return c;
}

Result<ModelConfig> from_gguf(const Gguf& file) {
  const GgufSettings s = {file, "gemma3"};
  BAKEOFF_TRY(ModelConfig c, gemma_from_gguf(s, "gemma3", {.big_model_layers = 62, .period = 6, .default_window = 0}));
  c.parts.head_norms = true;
  c.logit_soft_cap = static_cast<float>(s.real("final_logit_softcapping", 0));
  BAKEOFF_TRY(auto rotary, rotary_from_gguf(s, c));
  const double local_base = s.real("rope.freq_base_swa", kLocalBase);
  if (!(local_base > 1)) return unsupported_model("the local rotary base is out of range", s.where());
  c.rotary = {std::move(rotary), plain_rotary(local_base, c.head_size)};
  choose_rotary(c);
  return c;
}

}  // namespace

extern const Family kGemma3;
const Family kGemma3 = {"gemma3", "Gemma3ForCausalLM", "gemma3", from_json, from_gguf, load_gemma};

}  // namespace bakeoff::baker
