// llama.cpp's LoRA files (src/llama-adapter.cpp): general.type "adapter", adapter.type "lora", and for each adapted
// weight of the base's GGUF file two tensors, blk.3.attn_q.weight.lora_a [r, inputs] and .lora_b [outputs, r]. It adds
// adapter.lora.alpha / r * B A.
//
// GGUF keeps Llama's q and k rows as pairs that rotate together, so B's rows of those two are reordered.
#pragma once

#include "baker/models/lora.h"

namespace bakeoff::baker {

/// Low-rank terms of a model of the llama family only, on the head only where it is not tied; anything else is an input
/// error that names the module. Returns the number of tensors. `file` is replaced atomically.
Result<std::int64_t> write_gguf_lora(const Path& file, const LoraWeights& weights, const ModelConfig& config);

/// "blk.3.attn_q" for "model.layers.3.self_attn.q_proj"; empty where the family has no such weight.
std::string gguf_name(const std::string& checkpoint_name);
/// The other way, for a whole tensor name: "model.layers.3.input_layernorm.weight" for "blk.3.attn_norm.weight".
std::string checkpoint_name(const std::string& gguf_tensor);

}  // namespace bakeoff::baker
