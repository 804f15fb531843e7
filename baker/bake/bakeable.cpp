#include "baker/bake/bakeable.h"

#include <algorithm>

namespace bakeoff::baker {

Status bakeable(const Model& model) {
  const ModelConfig& c = model.config;
  const bool has_window =
      std::any_of(c.attention.begin(), c.attention.end(), [](const LayerAttention& layer) { return layer.window > 0; });
  const bool has_long = std::any_of(c.rotary.begin(), c.rotary.end(),
                                    [](const RotaryFrequencies& rotary) { return rotary.long_after > 0; });
  const struct {
    bool present;
    const char* what;
  } lacking[] = {
      {c.norm != NormKind::rms, "layer norms"},
      {c.activation != Activation::silu || !c.gated, "an MLP other than SwiGLU"},
      {has_window, "sliding windows"},
      {has_long, "longrope"},
      {c.parts.head_norms, "norms on queries and keys"},
      {c.parts.post_norms, "norms behind attention and MLP"},
      {c.attention_soft_cap > 0 || c.logit_soft_cap > 0, "soft caps"},
      {c.attention_scale > 0, "a scale of scores other than 1 / sqrt(head size)"},
      {c.learned_positions, "learned positions"},
      {c.family == "phi3", "q, k and v in one module"},
  };
  for (const auto& feature : lacking)
    if (feature.present)
      return input_error("baking a " + c.family + " model is not supported yet: it has " + feature.what, "",
                         "bake a llama, qwen2 or smollm3 model without sliding window");
  return {};
}

}  // namespace bakeoff::baker
