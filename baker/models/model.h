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

struct ModelConfig {
  std::string family;  ///< "llama"
  std::int64_t layers = 0, width = 0, heads = 0, kv_heads = 0, head_size = 0, mlp_width = 0, vocabulary = 0,
               context = 0;
  double rope_base = 10000.0;
  double norm_epsilon = 1e-5;
  bool tied_head = true;         ///< the output head is the embedding
  std::vector<TokenId> end_ids;  ///< any of these ends an answer
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
struct DecoderLayer {
  std::vector<float> attention_norm;  ///< [C]
  std::vector<float> mlp_norm;        ///< [C]
  PackedMatrix qkv;                   ///< [(H + 2 G) D, C]
  PackedMatrix o;                     ///< [C, H D]
  PackedMatrix gate_up;               ///< [2 M, C]
  PackedMatrix down;                  ///< [C, M]
};

/// Immutable after loading; shared by every generator and bake of the process. Rotary embedding rotates halves
/// (dimension i with i + D/2), as Hugging Face's Llama does; GGUF files, which store pairs interleaved, are reordered
/// on loading.
struct Model {
  ModelConfig config;
  Dtype dtype = Dtype::fp32;
  std::string digest;      ///< SHA-256 of the weights file(s) as stored
  PackedMatrix embedding;  ///< [V, C]
  PackedMatrix head;       ///< [V, C]; shares memory with the embedding when tied
  std::vector<DecoderLayer> layers;
  std::vector<float> final_norm;  ///< [C]

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
