// Mistral: Llama's layers under a sliding window in every layer, where the file has one (Jiang et al. 2023,
// arXiv:2310.06825). In GGUF it is the architecture llama: llama.cpp.
#include "baker/models/llama_weights.h"
#include "baker/models/rotary_scaling.h"

namespace bakeoff::baker {
namespace {

constexpr std::int64_t kDefaultWindow = 4096;  ///< where sliding_window is absent; null says that there is none

Result<ModelConfig> from_json(const Json& json, const std::string& where) {
  const JsonSettings s = {json, where};
  BAKEOFF_TRY(ModelConfig c, config_from_json(s, "mistral"));
  BAKEOFF_TRY(c.activation, activation_from_json(s, "hidden_act", "silu"));
  if (s.has("layer_types")) return unsupported_model("layer_types is set", where);
  const std::int64_t window =
      json.contains("sliding_window") ? s.get<std::int64_t>("sliding_window", 0) : kDefaultWindow;
  for (LayerAttention& layer : c.attention) layer.window = window;
  BAKEOFF_TRY(auto rotary, rotary_from_json(rotary_settings(s), {c.head_size, c.context}, where));
  c.rotary = {std::move(rotary)};
  return c;
}

Status load(const WeightSource& source, bool, Model& model) { return load_llama_weights(source, {}, model); }

}  // namespace

extern const Family kMistral;
const Family kMistral = {"mistral", "MistralForCausalLM", "", from_json, nullptr, load};

}  // namespace bakeoff::baker
