#include "baker/adapters/gguf_checkpoint.h"

#include <algorithm>

#include "baker/adapters/gguf_lora.h"
#include "baker/models/llama_weights.h"
#include "baker/models/settings.h"

namespace bakeoff::baker {
namespace {

constexpr const char* kHead = "lm_head.weight";

/// The text of a token that the file names by id.
std::optional<std::string> token_text(const Gguf& file, const char* key) {
  const auto* id = file.find<std::int64_t>(key);
  const auto* tokens = file.find<std::vector<std::string>>("tokenizer.ggml.tokens");
  if (!id || !tokens || *id < 0 || *id >= static_cast<std::int64_t>(tokens->size())) return std::nullopt;
  return (*tokens)[static_cast<std::size_t>(*id)];
}

OrderedJson tokenizer_config(const Gguf& file) {
  OrderedJson config = {{"tokenizer_class", "PreTrainedTokenizerFast"},
                        {"clean_up_tokenization_spaces", false},
                        {"add_prefix_space", false}};
  for (const auto& [name, key] :
       {std::pair("bos_token", "tokenizer.ggml.bos_token_id"), std::pair("eos_token", "tokenizer.ggml.eos_token_id"),
        std::pair("unk_token", "tokenizer.ggml.unknown_token_id"),
        std::pair("pad_token", "tokenizer.ggml.padding_token_id")})
    if (const auto text = token_text(file, key)) config[name] = *text;
  return config;
}

double rotary_base(const Gguf& file) { return GgufSettings{file, "llama"}.real("rope.freq_base", 10000); }

/// config_json() writes a plain Llama: what it would leave out is refused.
Status check_plain(const Gguf& file, const ModelConfig& c) {
  const bool has_window =
      std::any_of(c.attention.begin(), c.attention.end(), [](const LayerAttention& layer) { return layer.window > 0; });
  const bool is_scaled = std::any_of(c.rotary.begin(), c.rotary.end(), [&](const RotaryFrequencies& rotary) {
    return rotary.amplitude != 1 || rotary.inverse != plain_rotary(rotary_base(file), c.head_size).inverse;
  });
  if (has_window || is_scaled)
    return input_error(has_window ? "a GGUF file with a sliding window can not be turned into a checkpoint"
                                  : "a GGUF file with scaled rotary positions can not be turned into a checkpoint",
                       file.path().string(), "use the model's Hugging Face folder as base");
  return {};
}

}  // namespace

Result<GgufCheckpoint> GgufCheckpoint::open(const Path& file, const ModelConfig& config) {
  GgufCheckpoint checkpoint;
  BAKEOFF_TRY(checkpoint.file_, Gguf::open(file));
  checkpoint.config_ = config;
  BAKEOFF_TRY(const std::string architecture, checkpoint.file_.get<std::string>("general.architecture"));
  if (architecture != "llama")
    return input_error("a GGUF file of the architecture " + architecture + " can not be turned into a checkpoint",
                       file.string(), "use the model's Hugging Face folder as base");
  BAKEOFF_CHECK(check_plain(checkpoint.file_, config));
  for (const std::string& name : checkpoint.file_.names()) {
    const std::string original = checkpoint_name(name);
    if (original.empty())
      return input_error("tensor " + name + " has no place in a Llama checkpoint", file.string(),
                         "use the model's Hugging Face folder as base");
    checkpoint.stored_[original] = name;
  }
  return checkpoint;
}

std::vector<std::string> GgufCheckpoint::names() const {
  std::vector<std::string> names;
  for (const auto& [name, stored] : stored_) names.push_back(name);
  return names;
}

Result<const std::string*> GgufCheckpoint::stored_name(const std::string& name) const {
  const auto found = stored_.find(name);
  if (found == stored_.end()) return input_error("there is no tensor " + name, path().string());
  return &found->second;
}

Result<TensorInfo> GgufCheckpoint::info(const std::string& name) const {
  BAKEOFF_TRY(const std::string* stored, stored_name(name));
  return file_.info(*stored);
}

Result<std::vector<float>> GgufCheckpoint::read(const std::string& name) const {
  BAKEOFF_TRY(const std::string* stored, stored_name(name));
  BAKEOFF_TRY(std::vector<float> values, file_.read(*stored));
  if (name.ends_with(".q_proj.weight")) return pairs_to_halves(values, config_.heads, config_.head_size);
  if (name.ends_with(".k_proj.weight")) return pairs_to_halves(values, config_.kv_heads, config_.head_size);
  return values;
}

OrderedJson GgufCheckpoint::config_json() const {
  const ModelConfig& c = config_;
  OrderedJson json = {{"architectures", {"LlamaForCausalLM"}},
                      {"model_type", "llama"},
                      {"hidden_size", c.width},
                      {"intermediate_size", c.mlp_width},
                      {"num_hidden_layers", c.layers},
                      {"num_attention_heads", c.heads},
                      {"num_key_value_heads", c.kv_heads},
                      {"head_dim", c.head_size},
                      {"vocab_size", c.vocabulary},
                      {"max_position_embeddings", c.context},
                      {"hidden_act", "silu"},
                      {"rms_norm_eps", c.norm_epsilon},
                      {"rope_theta", rotary_base(file_)},
                      {"attention_bias", false},
                      {"mlp_bias", false},
                      {"tie_word_embeddings", !has(kHead)},
                      {"dtype", "float32"}};
  if (const auto* bos = file_.find<std::int64_t>("tokenizer.ggml.bos_token_id")) json["bos_token_id"] = *bos;
  if (c.end_ids.size() == 1) json["eos_token_id"] = c.end_ids[0];
  if (c.end_ids.size() > 1) json["eos_token_id"] = c.end_ids;
  return json;
}

Result<std::vector<std::string>> GgufCheckpoint::write_text(const Path& folder) const {
  std::vector<std::string> missing = {"generation_config.json: a GGUF file keeps no defaults of generation"};
  if (const auto tokenizer = tokenizer_json(file_); tokenizer.ok()) {
    BAKEOFF_CHECK(write_file_atomically(folder / "tokenizer.json", dump(*tokenizer) + "\n"));
    BAKEOFF_CHECK(write_file_atomically(folder / "tokenizer_config.json", tokenizer_config(file_).dump(2) + "\n"));
  } else {
    missing.push_back("tokenizer.json, tokenizer_config.json: " + tokenizer.error().what);
  }
  if (const auto* chat = file_.find<std::string>("tokenizer.chat_template")) {
    BAKEOFF_CHECK(write_file_atomically(folder / "chat_template.jinja", *chat));
  } else {
    missing.push_back("chat_template.jinja: the file has none");
  }
  return missing;
}

}  // namespace bakeoff::baker
