// Loading weights that are laid out as Llama's: every family but GPT-2.
#pragma once

#include "baker/models/family.h"

namespace bakeoff::baker {

/// Where a family's files differ from Hugging Face's Llama.
struct LlamaLayout {
  bool gguf = false;
  /// Rows of q and k are pairs (2 i, 2 i + 1) that turn together, as llama.cpp wants them for some architectures; the
  /// engine turns row i with row i + D/2.
  bool interleaved = false;
  bool fused = false;           ///< q, k, v in one tensor, gate and up in one
  bool norms_less_one = false;  ///< a norm is stored as w where 1 + w is meant
};

/// The rows of a q or k weight [heads * head_size, columns] from halves (i with i + D/2) to pairs (2 i with 2 i + 1).
std::vector<float> halves_to_pairs(const std::vector<float>& rows, std::int64_t heads, std::int64_t head_size);
/// And back.
std::vector<float> pairs_to_halves(const std::vector<float>& rows, std::int64_t heads, std::int64_t head_size);

/// Reads every tensor that model.config describes; fills all of `model` but config and digest.
Status load_llama_weights(const WeightSource& source, const LlamaLayout& layout, Model& model);

}  // namespace bakeoff::baker
