// What Gemma 2 and Gemma 3 have in common.
#pragma once

#include "baker/models/llama_weights.h"
#include "baker/models/settings.h"

namespace bakeoff::baker {

/// Norms behind attention and MLP, a GELU gate, embeddings scaled by sqrt(C), scores scaled by query_pre_attn_scalar.
Result<ModelConfig> gemma_from_json(const JsonSettings& settings, const char* family);
/// `big_model_layers`: the number of layers of the one published size whose scores llama.cpp scales by sqrt(C / H)
/// instead of sqrt(D), because GGUF does not store query_pre_attn_scalar. Of every `period` layers the last sees all;
/// attention.sliding_window_pattern overrides it.
struct GemmaGguf {
  std::int64_t big_model_layers;
  std::int64_t period;
  std::int64_t default_window;
};
Result<ModelConfig> gemma_from_gguf(const GgufSettings& settings, const char* family, const GemmaGguf& known);
Status load_gemma(const WeightSource& source, bool gguf, Model& model);

}  // namespace bakeoff::baker
