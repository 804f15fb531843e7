// A decoder-only language model with frozen weights: what the engine runs and what a bake starts from.
//
// Legend: T tokens, H query heads, G key-value heads, D head size, C width, M MLP width, V vocabulary, L layers.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "baker/kernels/matmul.h"
#include "harness/core/files.h"
#include "harness/core/generator.h"
#include "harness/core/result.h"

namespace bakeoff::baker {

/// How queries and keys of a layer turn with their position (Su et al. 2021, arXiv:2104.09864): pair i of a head turns
/// by position * inverse[i] radians. Pairs are (i, i + n) for n pairs; the rest of the head stays as it is.
struct RotaryFrequencies {
  std::vector<float> inverse;
  /// Longrope (Ding et al. 2024, arXiv:2402.13753): sequences that may grow beyond `long_after` tokens turn by these,
  /// at every position. A prompt and its max_new_tokens, or all ids of a text to score, count as what it may grow to,
  /// so that the choice depends on nothing but the request. transformers decides by the length reached so far and reads
  /// everything again when it crosses the line: it differs for answers that would begin before and may end behind it.
  std::vector<float> long_inverse;
  std::int64_t long_after = 0;  ///< 0: `inverse` serves every length
  float amplitude = 1;          ///< multiplies cosines and sines
  std::int64_t pairs() const { return static_cast<std::int64_t>(inverse.size()); }
};
/// inverse[i] = base^(-2 i / turned) for the first `turned` dimensions of a head, in single precision as transformers
/// computes it.
RotaryFrequencies plain_rotary(double base, std::int64_t turned);

inline constexpr int kNoRotary = -1;
/// What one layer's attention sees.
struct LayerAttention {
  std::int64_t window = 0;  ///< position i sees j with i - j < window; 0: all of the past
  int rotary = 0;           ///< index into ModelConfig::rotary, or kNoRotary
};

enum class NormKind { rms, layer };
enum class Activation { silu, gelu_tanh, gelu_erf };

/// Which of the weights that only some families have are there, in every layer.
struct LayerParts {
  bool qkv_bias = false, o_bias = false, mlp_bias = false;
  bool head_norms = false;  ///< RMS norm of each query and key head before it turns
  bool post_norms = false;  ///< RMS norm of what attention and MLP add to the stream
};

/// A decoder described by data. The neutral values are those of a plain Llama.
struct ModelConfig {
  std::string family;  ///< as in the family table: "llama", "gemma2"
  std::int64_t layers = 0, width = 0, heads = 0, kv_heads = 0, head_size = 0, mlp_width = 0, vocabulary = 0,
               context = 0;
  std::vector<RotaryFrequencies> rotary;
  std::vector<LayerAttention> attention;  ///< [L]
  LayerParts parts;
  NormKind norm = NormKind::rms;
  double norm_epsilon = 1e-5;
  Activation activation = Activation::silu;
  bool gated = true;               ///< y = down(activation(gate x) * up x), else down(activation(up x))
  bool learned_positions = false;  ///< Model::positions is added to the embedding
  float embedding_scale = 1;
  float attention_scale = 0;     ///< of scores; 0: 1 / sqrt(D)
  float attention_soft_cap = 0;  ///< scores become cap tanh(score / cap); 0: they stay
  float logit_soft_cap = 0;      ///< the same for logits
  bool tied_head = true;         ///< the output head is the embedding
  std::vector<TokenId> end_ids;  ///< any of these ends an answer

  /// Does a sequence that may grow to `tokens` turn by the long frequencies?
  bool is_long(std::int64_t tokens) const;
  std::int64_t qkv_width() const { return (heads + 2 * kv_heads) * head_size; }
  std::int64_t gate_up_width() const { return (gated ? 2 : 1) * mlp_width; }
};

/// The seven linear maps of a layer, in the order of every table here. Names are Hugging Face's.
enum class Target { q, k, v, o, gate, up, down };
inline constexpr int kTargets = 7;
inline constexpr std::array<const char*, kTargets> kTargetNames = {"q_proj",    "k_proj",  "v_proj",   "o_proj",
                                                                   "gate_proj", "up_proj", "down_proj"};
/// "model.layers.3.self_attn.q_proj"
std::string module_name(std::int64_t layer, Target target);
struct TargetShape {
  std::int64_t outputs, inputs;
};
TargetShape target_shape(const ModelConfig& config, Target target);

/// Weights of one layer. q, k and v are one product, and gate and up are one: rows of the packed matrix in that order.
/// Vectors that the family does not have are empty.
struct DecoderLayer {
  std::vector<float> attention_norm, attention_norm_bias;        ///< [C]
  std::vector<float> mlp_norm, mlp_norm_bias;                    ///< [C]
  PackedMatrix qkv;                                              ///< [(H + 2 G) D, C]
  PackedMatrix o;                                                ///< [C, H D]
  PackedMatrix gate_up;                                          ///< [2 M, C], without a gate [M, C]
  PackedMatrix down;                                             ///< [C, M]
  std::vector<float> qkv_bias, o_bias, gate_up_bias, down_bias;  ///< one value for each output
  std::vector<float> q_norm, k_norm;                             ///< [D]
  std::vector<float> post_attention_norm, post_mlp_norm;         ///< [C]
};

/// Immutable after loading; shared by every generator and bake of the process. Norm weights are what the normalised
/// value is multiplied with (Gemma's files store them less 1).
struct Model {
  ModelConfig config;
  Dtype dtype = Dtype::fp32;
  std::string digest;      ///< SHA-256 of the weights file(s) as stored
  PackedMatrix embedding;  ///< [V, C]
  PackedMatrix head;       ///< [V, C]; shares memory with the embedding when tied
  std::vector<DecoderLayer> layers;
  std::vector<float> final_norm, final_norm_bias;  ///< [C]
  std::vector<float> positions;                    ///< [context, C], empty without learned positions

  std::int64_t weight_bytes() const;
};

/// The file or folder behind a model's name: a folder, a .gguf file, or a known name looked up in the cache folder.
Result<Path> locate_model(const std::string& model);
/// SHA-256 of the weights as stored; kept beside the cache by path, size and time so that a large file is read once.
Result<std::string> model_digest(const Path& path);
/// The shape alone, without reading weights.
Result<ModelConfig> read_model_config(const Path& path);
Result<std::shared_ptr<const Model>> load_model(const Path& path, Dtype dtype);

}  // namespace bakeoff::baker
