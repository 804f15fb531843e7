#include "baker/models/gemma.h"

#include <cmath>

namespace bakeoff::baker {
namespace {

void set_common(ModelConfig& c) {
  c.parts.post_norms = true;
  c.activation = Activation::gelu_tanh;
  c.embedding_scale = static_cast<float>(std::sqrt(static_cast<double>(c.width)));
}

Status set_gguf_windows(const GgufSettings& s, const GemmaGguf& known, ModelConfig& c) {
  const std::int64_t window = s.integer("attention.sliding_window", known.default_window);
  if (window <= 0) return {};
  const std::string key = s.name("attention.sliding_window_pattern");
  const auto* each = s.file.find<std::vector<bool>>(key);
  if (each && static_cast<std::int64_t>(each->size()) != c.layers)
    return unsupported_model(key + " has not one entry for each layer", s.where());
  const std::int64_t period = s.integer("attention.sliding_window_pattern", known.period);
  if (!each && (period < 1 || (s.file.has_key(key) && !s.file.find<std::int64_t>(key))))
    return unsupported_model(key + " is not understood", s.where());
  for (std::int64_t i = 0; i < c.layers; ++i)
    if (each ? (*each)[static_cast<std::size_t>(i)] : (i + 1) % period != 0)
      c.attention[static_cast<std::size_t>(i)].window = window;
  return {};
}

}  // namespace

Result<ModelConfig> gemma_from_json(const JsonSettings& s, const char* family) {
  BAKEOFF_TRY(ModelConfig c, config_from_json(s, family, {.tied_by_default = true}));
  if (!s.has("head_dim")) c.head_size = 256;  // the default of the architecture, not width / heads
  set_common(c);
  BAKEOFF_TRY(c.activation, activation_from_json(s, "hidden_activation", "gelu_pytorch_tanh"));
  if (s.get("use_bidirectional_attention", false))
    return unsupported_model("use_bidirectional_attention is set", s.where);
  c.parts.qkv_bias = c.parts.o_bias = s.get("attention_bias", false);
  const double scalar = s.get("query_pre_attn_scalar", 256.0);
  if (!(scalar > 0)) return unsupported_model("query_pre_attn_scalar is not positive", s.where);
  c.attention_scale = static_cast<float>(1 / std::sqrt(scalar));
  return c;
}

Result<ModelConfig> gemma_from_gguf(const GgufSettings& s, const char* family, const GemmaGguf& known) {
  BAKEOFF_TRY(ModelConfig c, config_from_gguf(s, family));
  set_common(c);
  if (c.layers == known.big_model_layers)
    c.attention_scale = static_cast<float>(1 / std::sqrt(static_cast<double>(c.width / c.heads)));
  BAKEOFF_CHECK(set_gguf_windows(s, known, c));
  return c;
}

Status load_gemma(const WeightSource& source, bool gguf, Model& model) {
  return load_llama_weights(source, {.gguf = gguf, .norms_less_one = !gguf}, model);
}

}  // namespace bakeoff::baker
