// Adapters added to a model's weights: a Hugging Face folder that transformers, and every engine that reads such
// folders, loads without an adapter.
#pragma once

#include <string>
#include <vector>

#include "baker/models/lora.h"
#include "harness/core/adapter_tools.h"

namespace bakeoff::baker {

/// Fills the empty `folder` from the model at `base` (a folder or a .gguf file): model.safetensors in fp32,
/// config.json, the tokenizer's files and the chat template. The weights are made one at a time. From a GGUF file
/// config and tokenizer are reconstructed; what can not be is named in the outcome. `config` is the loaded model's:
/// whether the head is tied decides whether the folder gets one of its own.
Result<MergeOutcome> write_merged(const Path& base, const ModelConfig& config, const AdapterList& adapters,
                                  const Path& folder);

}  // namespace bakeoff::baker
