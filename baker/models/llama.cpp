// The Llama family: RMSNorm before each block, rotary positions, grouped attention, SwiGLU (Touvron et al. 2023,
// arXiv:2307.09288). Covers Llama-shaped checkpoints without rotary scaling or biases; anything else is refused by
// name.
#include <algorithm>

#include "baker/models/family.h"

namespace bakeoff::baker {
namespace {

struct Names {
  std::string attention_norm, mlp_norm, q, k, v, o, gate, up, down;
};

Names layer_names(std::int64_t layer, bool gguf) {
  if (gguf) {
    const std::string p = "blk." + std::to_string(layer) + ".";
    return {p + "attn_norm.weight", p + "ffn_norm.weight", p + "attn_q.weight",
            p + "attn_k.weight",    p + "attn_v.weight",   p + "attn_output.weight",
            p + "ffn_gate.weight",  p + "ffn_up.weight",   p + "ffn_down.weight"};
  }
  const auto module = [&](Target target) { return module_name(layer, target) + ".weight"; };
  const std::string p = "model.layers." + std::to_string(layer) + ".";
  return {p + "input_layernorm.weight",
          p + "post_attention_layernorm.weight",
          module(Target::q),
          module(Target::k),
          module(Target::v),
          module(Target::o),
          module(Target::gate),
          module(Target::up),
          module(Target::down)};
}

/// GGUF keeps each head's rows as pairs (2 i, 2 i + 1) that rotate together; Hugging Face's Llama, and our engine,
/// rotate row i with row i + D/2.
void pairs_to_halves(std::vector<float>& weight, std::int64_t heads, std::int64_t head_size, std::int64_t inputs) {
  const std::vector<float> old = weight;
  for (std::int64_t h = 0; h < heads; ++h)
    for (std::int64_t i = 0; i < head_size; ++i) {
      const std::int64_t from = h * head_size + 2 * (i % (head_size / 2)) + i / (head_size / 2);
      std::copy_n(old.begin() + from * inputs, inputs, weight.begin() + (h * head_size + i) * inputs);
    }
}

Status load_layer(TensorReader& reader, const ModelConfig& c, std::int64_t index, bool gguf, DecoderLayer& layer) {
  const Names names = layer_names(index, gguf);
  const std::int64_t queries = c.heads * c.head_size, keys = c.kv_heads * c.head_size;
  BAKEOFF_TRY(layer.attention_norm, reader.vector(names.attention_norm, c.width));
  BAKEOFF_TRY(layer.mlp_norm, reader.vector(names.mlp_norm, c.width));
  BAKEOFF_TRY(auto q, reader.matrix(names.q, queries, c.width));
  BAKEOFF_TRY(auto k, reader.matrix(names.k, keys, c.width));
  BAKEOFF_TRY(auto v, reader.matrix(names.v, keys, c.width));
  if (gguf) {
    pairs_to_halves(q, c.heads, c.head_size, c.width);
    pairs_to_halves(k, c.kv_heads, c.head_size, c.width);
  }
  BAKEOFF_TRY(layer.qkv, reader.packed({std::move(q), std::move(k), std::move(v)}, c.width));
  BAKEOFF_TRY(auto o, reader.matrix(names.o, c.width, queries));
  BAKEOFF_TRY(layer.o, reader.packed({std::move(o)}, queries));
  BAKEOFF_TRY(auto gate, reader.matrix(names.gate, c.mlp_width, c.width));
  BAKEOFF_TRY(auto up, reader.matrix(names.up, c.mlp_width, c.width));
  BAKEOFF_TRY(layer.gate_up, reader.packed({std::move(gate), std::move(up)}, c.width));
  BAKEOFF_TRY(auto down, reader.matrix(names.down, c.width, c.mlp_width));
  BAKEOFF_TRY(layer.down, reader.packed({std::move(down)}, c.mlp_width));
  return {};
}

/// Frequencies that some exporters store although they follow from the configuration.
bool is_derived(const std::string& name) { return name.find("rotary_emb.inv_freq") != std::string::npos; }

Status load(const WeightSource& source, bool gguf, Model& model) {
  const ModelConfig& c = model.config;
  TensorReader reader(source, model.dtype);
  BAKEOFF_TRY(auto embedding,
              reader.matrix(gguf ? "token_embd.weight" : "model.embed_tokens.weight", c.vocabulary, c.width));
  BAKEOFF_TRY(model.embedding, reader.packed({std::move(embedding)}, c.width));
  BAKEOFF_TRY(model.final_norm, reader.vector(gguf ? "output_norm.weight" : "model.norm.weight", c.width));
  const std::string head = gguf ? "output.weight" : "lm_head.weight";
  model.config.tied_head = !reader.has(head);
  model.head = model.embedding;
  if (reader.has(head)) {
    BAKEOFF_TRY(auto rows, reader.matrix(head, c.vocabulary, c.width));
    BAKEOFF_TRY(model.head, reader.packed({std::move(rows)}, c.width));
  }
  model.layers.resize(static_cast<std::size_t>(c.layers));
  for (std::int64_t i = 0; i < c.layers; ++i)
    BAKEOFF_CHECK(load_layer(reader, c, i, gguf, model.layers[static_cast<std::size_t>(i)]));
  return reader.finish(is_derived);
}

/// What the engine relies on; the file is from outside.
Result<ModelConfig> checked(ModelConfig c, const std::string& where) {
  const auto refuse = [&](const std::string& what) { return input_error(what, where, "this model is not supported"); };
  for (const std::int64_t size :
       {c.layers, c.width, c.heads, c.kv_heads, c.head_size, c.mlp_width, c.vocabulary, c.context})
    if (size < 1 || size > 1 << 24) return refuse("a size of the model is missing or out of range");
  if (c.heads % c.kv_heads != 0) return refuse("query heads are no multiple of key-value heads");
  if (c.head_size % 2 != 0) return refuse("rotary positions need an even head size");
  if (!(c.norm_epsilon > 0 && c.norm_epsilon < 1)) return refuse("the norm's epsilon is out of range");
  if (!(c.rope_base > 1)) return refuse("the rotary base is out of range");
  return c;
}

std::vector<TokenId> end_ids_of(const Json& value) {
  std::vector<TokenId> ids;
  if (value.is_number_integer()) ids.push_back(value.get<TokenId>());
  if (value.is_array())
    for (const Json& id : value)
      if (id.is_number_integer()) ids.push_back(id.get<TokenId>());
  return ids;
}

Result<ModelConfig> config_from_json(const Json& json, const std::string& where) {
  const auto number = [&](const char* key, std::int64_t fallback) {
    return json.contains(key) && json[key].is_number_integer() ? json[key].get<std::int64_t>() : fallback;
  };
  const auto refuse = [&](const std::string& what) { return input_error(what, where, "this model is not supported"); };
  if (json.contains("rope_scaling") && !json["rope_scaling"].is_null()) return refuse("rope_scaling is set");
  for (const char* key : {"attention_bias", "mlp_bias"})
    if (json.value(key, false)) return refuse(std::string(key) + " is set");
  if (json.value("hidden_act", "silu") != "silu") return refuse("hidden_act is not silu");
  ModelConfig c;
  c.family = "llama";
  c.layers = number("num_hidden_layers", 0);
  c.width = number("hidden_size", 0);
  c.heads = number("num_attention_heads", 0);
  c.kv_heads = number("num_key_value_heads", c.heads);
  c.head_size = number("head_dim", c.heads > 0 ? c.width / c.heads : 0);
  c.mlp_width = number("intermediate_size", 0);
  c.vocabulary = number("vocab_size", 0);
  c.context = number("max_position_embeddings", 0);
  const Json* rope =
      json.contains("rope_parameters") && json["rope_parameters"].is_object() ? &json["rope_parameters"] : &json;
  if (rope->value("rope_type", "default") != "default") return refuse("rope_parameters.rope_type is not default");
  c.rope_base = rope->contains("rope_theta") ? rope->value("rope_theta", 1e4) : json.value("rope_theta", 1e4);
  c.norm_epsilon = json.value("rms_norm_eps", 1e-6);
  if (json.contains("eos_token_id")) c.end_ids = end_ids_of(json["eos_token_id"]);
  return checked(std::move(c), where);
}

Result<ModelConfig> config_from_gguf(const Gguf& file) {
  const std::string where = file.path().string();
  const auto number = [&](const std::string& key, std::int64_t fallback) {
    const auto* found = file.find<std::int64_t>("llama." + key);
    return found ? *found : fallback;
  };
  const auto real = [&](const std::string& key, double fallback) {
    const auto* found = file.find<double>("llama." + key);
    return found ? *found : fallback;
  };
  if (const auto* scaling = file.find<std::string>("llama.rope.scaling.type"); scaling && *scaling != "none")
    return input_error("llama.rope.scaling.type is " + *scaling, where, "this model is not supported");
  ModelConfig c;
  c.family = "llama";
  c.layers = number("block_count", 0);
  c.width = number("embedding_length", 0);
  c.heads = number("attention.head_count", 0);
  c.kv_heads = number("attention.head_count_kv", c.heads);
  c.head_size = number("attention.key_length", c.heads > 0 ? c.width / c.heads : 0);
  c.mlp_width = number("feed_forward_length", 0);
  c.context = number("context_length", 0);
  if (const auto info = file.info("token_embd.weight"); info.ok() && !info->shape.empty())
    c.vocabulary = info->shape[0];
  c.rope_base = real("rope.freq_base", 1e4);
  c.norm_epsilon = real("attention.layer_norm_rms_epsilon", 1e-5);
  if (number("rope.dimension_count", c.head_size) != c.head_size)
    return input_error("llama.rope.dimension_count is not the head size", where, "this model is not supported");
  for (const char* key : {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id"})
    if (const auto* id = file.find<std::int64_t>(key)) c.end_ids.push_back(static_cast<TokenId>(*id));
  return checked(std::move(c), where);
}

}  // namespace

extern const Family kLlama;
const Family kLlama = {"llama", "LlamaForCausalLM", "llama", config_from_json, config_from_gguf, load};

}  // namespace bakeoff::baker
