// A GGUF file of the llama family seen as the Hugging Face checkpoint that it was made from: its tensors by their names
// and in their row order there, its configuration, its tokenizer. What GGUF does not keep (the tokenizer's class,
// settings of training) is not reconstructed.
#pragma once

#include <map>

#include "baker/formats/gguf.h"
#include "baker/models/model.h"

namespace bakeoff::baker {

class GgufCheckpoint : public WeightSource {
 public:
  /// Another architecture than llama, or a tensor without a name in the checkpoint, is an input error.
  static Result<GgufCheckpoint> open(const Path& file, const ModelConfig& config);

  std::vector<std::string> names() const override;
  bool has(const std::string& name) const override { return stored_.count(name) > 0; }
  Result<TensorInfo> info(const std::string& name) const override;
  Result<std::vector<float>> read(const std::string& name) const override;
  const Path& path() const override { return file_.path(); }

  /// config.json of transformers' LlamaForCausalLM.
  OrderedJson config_json() const;
  /// Writes tokenizer.json, tokenizer_config.json and chat_template.jinja; returns what could not be written and why.
  Result<std::vector<std::string>> write_text(const Path& folder) const;

 private:
  Result<const std::string*> stored_name(const std::string& name) const;
  Gguf file_;
  ModelConfig config_;
  std::map<std::string, std::string> stored_;  ///< the checkpoint's name to the file's
};

/// tokenizer.json (https://github.com/huggingface/tokenizers) of a byte-level BPE in a GGUF file. A pre-tokenizer that
/// is not known here is an input error.
Result<OrderedJson> tokenizer_json(const Gguf& file);

}  // namespace bakeoff::baker
