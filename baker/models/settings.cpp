#include "baker/models/settings.h"

#include <algorithm>

namespace bakeoff::baker {
namespace {

constexpr std::int64_t kMostLayers = 10000, kLargestSize = 1 << 24;

/// What everything after relies on; the file is from outside.
Status check_sizes(const ModelConfig& c, const std::string& where) {
  for (const std::int64_t size :
       {c.layers, c.width, c.heads, c.kv_heads, c.head_size, c.mlp_width, c.vocabulary, c.context})
    if (size < 1 || size > kLargestSize)
      return unsupported_model("a size of the model is missing or out of range", where);
  if (c.layers > kMostLayers) return unsupported_model("more layers than any model has", where);
  if (c.heads % c.kv_heads != 0) return unsupported_model("query heads are no multiple of key-value heads", where);
  if (!(c.norm_epsilon > 0 && c.norm_epsilon < 1))
    return unsupported_model("the norm's epsilon is out of range", where);
  return {};
}

}  // namespace

Error unsupported_model(const std::string& what, const std::string& where) {
  return input_error(what, where, "this model is not supported");
}

std::int64_t GgufSettings::integer(const char* key, std::int64_t fallback) const {
  const auto* found = file.find<std::int64_t>(name(key));
  return found ? *found : fallback;
}
double GgufSettings::real(const char* key, double fallback) const {
  if (const auto* found = file.find<double>(name(key))) return *found;
  const auto* whole = file.find<std::int64_t>(name(key));
  return whole ? static_cast<double>(*whole) : fallback;
}
std::string GgufSettings::text(const char* key, const std::string& fallback) const {
  const auto* found = file.find<std::string>(name(key));
  return found ? *found : fallback;
}

Result<ModelConfig> config_from_json(const JsonSettings& s, const char* family, const SizeNames& names) {
  if (s.has("quantization_config")) return unsupported_model("quantization_config is set", s.where);
  ModelConfig c;
  c.family = family;
  c.layers = s.get<std::int64_t>(names.layers, 0);
  c.width = s.get<std::int64_t>(names.width, 0);
  c.heads = s.get<std::int64_t>(names.heads, 0);
  c.kv_heads = s.get<std::int64_t>("num_key_value_heads", c.heads);
  c.head_size = s.get<std::int64_t>("head_dim", c.heads > 0 ? c.width / c.heads : 0);
  c.mlp_width = s.get<std::int64_t>(names.mlp_width, 0);
  c.vocabulary = s.get<std::int64_t>("vocab_size", 0);
  c.context = s.get<std::int64_t>(names.context, 0);
  c.norm_epsilon = s.get(names.norm_epsilon, names.default_norm_epsilon);
  c.tied_head = s.get("tie_word_embeddings", names.tied_by_default);
  if (s.has("eos_token_id")) {
    const Json& ids = s.json["eos_token_id"];
    if (ids.is_array())
      c.end_ids = ids.get<std::vector<TokenId>>();
    else
      c.end_ids = {ids.get<TokenId>()};
  }
  BAKEOFF_CHECK(check_sizes(c, s.where));
  c.attention.resize(static_cast<std::size_t>(c.layers));
  return c;
}

Result<ModelConfig> config_from_gguf(const GgufSettings& s, const char* family) {
  if (s.integer("expert_count", 0) > 0)
    return unsupported_model(s.name("expert_count") + " is set: mixtures of experts can not be run", s.where());
  ModelConfig c;
  c.family = family;
  c.layers = s.integer("block_count", 0);
  c.width = s.integer("embedding_length", 0);
  c.heads = s.integer("attention.head_count", 0);
  c.kv_heads = s.integer("attention.head_count_kv", c.heads);
  c.head_size = s.integer("attention.key_length", c.heads > 0 ? c.width / c.heads : 0);
  c.mlp_width = s.integer("feed_forward_length", 0);
  c.context = s.integer("context_length", 0);
  if (s.integer("attention.value_length", c.head_size) != c.head_size)
    return unsupported_model(s.name("attention.value_length") + " is not the size of the keys", s.where());
  if (const auto info = s.file.info("token_embd.weight"); info.ok() && !info->shape.empty())
    c.vocabulary = info->shape[0];
  c.norm_epsilon = s.real("attention.layer_norm_rms_epsilon", s.real("attention.layer_norm_epsilon", 1e-5));
  c.tied_head = !s.file.has("output.weight");
  for (const char* key : {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id"})
    if (const auto* id = s.file.find<std::int64_t>(key)) c.end_ids.push_back(static_cast<TokenId>(*id));
  BAKEOFF_CHECK(check_sizes(c, s.where()));
  c.attention.resize(static_cast<std::size_t>(c.layers));
  return c;
}

Result<Activation> activation_from_json(const JsonSettings& s, const char* key, const std::string& fallback) {
  const auto name = s.get(key, fallback);
  if (name == "silu" || name == "swish") return Activation::silu;
  if (name == "gelu_pytorch_tanh" || name == "gelu_new") return Activation::gelu_tanh;
  if (name == "gelu") return Activation::gelu_erf;
  return unsupported_model(std::string(key) + " \"" + name + "\" is not known", s.where);
}

Status set_windows(const JsonSettings& s, std::int64_t window, bool (*by_default)(std::int64_t, std::int64_t),
                   std::int64_t n, ModelConfig& c) {
  const auto kinds = s.get<std::vector<std::string>>("layer_types", {});
  if (!kinds.empty() && static_cast<std::int64_t>(kinds.size()) != c.layers)
    return unsupported_model(
        "layer_types has " + std::to_string(kinds.size()) + " entries for " + std::to_string(c.layers) + " layers",
        s.where);
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (!kinds.empty() && kinds[at] != "sliding_attention" && kinds[at] != "full_attention")
      return unsupported_model("layer_types has \"" + kinds[at] + "\"", s.where);
    const bool slides = kinds.empty() ? by_default(i, n) : kinds[at] == "sliding_attention";
    if (slides && window < 1) return unsupported_model("a layer slides but sliding_window is not positive", s.where);
    if (slides) c.attention[at].window = window;
  }
  return {};
}

Status set_qwen_windows(const JsonSettings& s, ModelConfig& c) {
  const bool windows = s.get("use_sliding_window", false);
  return set_windows(
      s, windows ? s.get<std::int64_t>("sliding_window", 4096) : 0,
      [](std::int64_t layer, std::int64_t first) { return layer >= first; },
      windows ? s.get<std::int64_t>("max_window_layers", 28) : c.layers, c);
}

}  // namespace bakeoff::baker
