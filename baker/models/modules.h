// The adaptable maps of a model: what a checkpoint calls each of them, and which rows of which product of ours it is.
//
//   modules(config)[0]   {"model.embed_tokens", layer -1, Product::embedding, rows 0 to V}
//   modules(config)[2]   {"model.layers.0.self_attn.k_proj", layer 0, Product::qkv, rows H D to (H + G) D}
//
// Legend: as in model.h.
#pragma once

#include <string>
#include <vector>

#include "baker/models/model.h"

namespace bakeoff::baker {

/// A packed matrix of the model: those of DecoderLayer, and the two that belong to no layer.
enum class Product { embedding, qkv, o, gate_up, down, head };

/// A linear map (or the embedding table) as Hugging Face's implementation of the family has it.
struct Module {
  std::string name;         ///< "model.layers.3.self_attn.q_proj": the checkpoint's name without ".weight"
  std::int64_t layer = -1;  ///< -1: the embedding and the head
  Product product = Product::embedding;
  std::int64_t first_output = 0;  ///< where its rows begin in the product
  std::int64_t outputs = 0, inputs = 0;
  bool transposed = false;  ///< the checkpoint stores [inputs, outputs] (GPT-2's Conv1D)
};

/// The embedding, then the layers' maps in order, then the head. Names follow the family: separate projections
/// (Llama and those like it), fused ones (Phi-3), Conv1D (GPT-2).
std::vector<Module> modules(const ModelConfig& config);

/// A norm's weight [C], by the checkpoint's name without ".weight".
enum class Norm { attention, mlp, last };
struct NormModule {
  std::string name;  ///< "model.layers.3.input_layernorm"
  std::int64_t layer = -1;
  Norm norm = Norm::last;
};
/// Of the families whose norms multiply by the stored weight as it is; empty for the others.
std::vector<NormModule> norms(const ModelConfig& config);

/// The rows of one product: where its last module ends.
std::int64_t product_outputs(const std::vector<Module>& modules, std::int64_t layer, Product product);

}  // namespace bakeoff::baker
