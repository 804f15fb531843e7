// Reading a family's configuration from config.json or from GGUF metadata: what most families share.
#pragma once

#include <string>
#include <vector>

#include "baker/formats/gguf.h"
#include "baker/models/model.h"
#include "harness/core/json.h"

namespace bakeoff::baker {

/// Why a model can not be run, on one line.
Error unsupported_model(const std::string& what, const std::string& where);

/// Members of config.json. null counts as absent, as in transformers; another type than asked for throws nlohmann's
/// exception, which the caller of a family's reader turns into an error.
struct JsonSettings {
  const Json& json;
  std::string where;  ///< the file, for messages

  bool has(const char* key) const { return json.contains(key) && !json[key].is_null(); }
  template <class T>
  T get(const char* key, T fallback) const {
    return has(key) ? json[key].get<T>() : fallback;
  }
};

/// Keys of GGUF metadata below the architecture's name: "block_count" is "llama.block_count".
struct GgufSettings {
  const Gguf& file;
  std::string architecture;

  std::string where() const { return file.path().string(); }
  std::string name(const char* key) const { return architecture + "." + key; }
  std::int64_t integer(const char* key, std::int64_t fallback) const;
  double real(const char* key, double fallback) const;
  std::string text(const char* key, const std::string& fallback) const;
};

/// What config.json calls the sizes; GPT-2 has names of its own.
struct SizeNames {
  const char* layers = "num_hidden_layers";
  const char* width = "hidden_size";
  const char* heads = "num_attention_heads";
  const char* mlp_width = "intermediate_size";
  const char* context = "max_position_embeddings";
  const char* norm_epsilon = "rms_norm_eps";
  bool tied_by_default = false;  ///< where the file does not say tie_word_embeddings
  double default_norm_epsilon = 1e-6;
};

/// Sizes, norm, head and end tokens, checked for range; `attention` has an entry for each layer. Weights that are
/// stored in a quantisation of their own are refused.
Result<ModelConfig> config_from_json(const JsonSettings& settings, const char* family, const SizeNames& names = {});
/// The same from GGUF; mixtures of experts are refused.
Result<ModelConfig> config_from_gguf(const GgufSettings& settings, const char* family);

/// "silu", "gelu_pytorch_tanh", "gelu_new", "gelu": the value of `key` as an activation; others are refused by name.
Result<Activation> activation_from_json(const JsonSettings& settings, const char* key, const std::string& fallback);

/// Sets the window of the layers that layer_types calls "sliding_attention", or without layer_types of those for which
/// `by_default(layer)` holds. Another kind of attention is refused by name.
Status set_windows(const JsonSettings& settings, std::int64_t window,
                   bool (*by_default)(std::int64_t layer, std::int64_t n), std::int64_t n, ModelConfig& config);

/// Qwen2's and Qwen3's: use_sliding_window, sliding_window, and max_window_layers for the first layer that has one.
Status set_qwen_windows(const JsonSettings& settings, ModelConfig& config);

}  // namespace bakeoff::baker
