// GPT-2: layer norms with biases, learned positions, an MLP without a gate (Radford et al. 2019). Hugging Face's files
// keep each map as [inputs, outputs] (Conv1D); GGUF's are turned already.
#include "baker/models/family.h"
#include "baker/models/settings.h"

namespace bakeoff::baker {
namespace {

using Values = std::vector<float>;

void set_common(ModelConfig& c) {
  c.norm = NormKind::layer;
  c.gated = false;
  c.learned_positions = true;
  c.parts.qkv_bias = c.parts.o_bias = c.parts.mlp_bias = true;
  for (LayerAttention& layer : c.attention) layer.rotary = kNoRotary;
}

Result<ModelConfig> from_json(const Json& json, const std::string& where) {
  Json complete = json;
  if (!JsonSettings{json, where}.has("n_inner") && json.contains("n_embd"))
    complete["n_inner"] = 4 * json["n_embd"].get<std::int64_t>();
  const JsonSettings s = {complete, where};
  BAKEOFF_TRY(ModelConfig c, config_from_json(s, "gpt2",
                                              {.layers = "n_layer",
                                               .width = "n_embd",
                                               .heads = "n_head",
                                               .mlp_width = "n_inner",
                                               .context = "n_positions",
                                               .norm_epsilon = "layer_norm_epsilon",
                                               .tied_by_default = true,
                                               .default_norm_epsilon = 1e-5}));
  BAKEOFF_TRY(c.activation, activation_from_json(s, "activation_function", "gelu_new"));
  if (c.activation == Activation::silu) return unsupported_model("activation_function is silu without a gate", where);
  for (const char* key : {"scale_attn_by_inverse_layer_idx", "add_cross_attention"})
    if (s.get(key, false)) return unsupported_model(std::string(key) + " is set", where);
  if (!s.get("scale_attn_weights", true)) c.attention_scale = 1;
  set_common(c);
  return c;
}

Result<ModelConfig> from_gguf(const Gguf& file) {
  BAKEOFF_TRY(ModelConfig c, config_from_gguf({file, "gpt2"}, "gpt2"));
  c.activation = Activation::gelu_tanh;
  set_common(c);
  return c;
}

struct Names {
  std::string attention_norm, qkv, o, mlp_norm, up, down;
};

class Loader {
 public:
  Loader(TensorReader& reader, const ModelConfig& config, bool gguf)
      : reader_(reader), c_(config), gguf_(gguf), prefix_(reader.has("wte.weight") ? "" : "transformer.") {}

  Status whole(Model& model);
  Status layer(std::int64_t index, DecoderLayer& layer);

 private:
  Names names(std::int64_t layer) const;
  Status norm(const std::string& name, Values& weight, Values& bias);
  Status product(const std::string& name, std::int64_t outputs, std::int64_t inputs, PackedMatrix& weight,
                 Values& bias);

  TensorReader& reader_;
  const ModelConfig& c_;
  bool gguf_;
  std::string prefix_;
};

Names Loader::names(std::int64_t layer) const {
  if (gguf_) {
    const std::string p = "blk." + std::to_string(layer) + ".";
    return {p + "attn_norm", p + "attn_qkv", p + "attn_output", p + "ffn_norm", p + "ffn_up", p + "ffn_down"};
  }
  const std::string p = prefix_ + "h." + std::to_string(layer) + ".";
  return {p + "ln_1", p + "attn.c_attn", p + "attn.c_proj", p + "ln_2", p + "mlp.c_fc", p + "mlp.c_proj"};
}

Status Loader::norm(const std::string& name, Values& weight, Values& bias) {
  BAKEOFF_TRY(weight, reader_.vector(name + ".weight", c_.width));
  BAKEOFF_TRY(bias, reader_.vector(name + ".bias", c_.width));
  return {};
}

Status Loader::product(const std::string& name, std::int64_t outputs, std::int64_t inputs, PackedMatrix& weight,
                       Values& bias) {
  BAKEOFF_TRY(bias, reader_.vector(name + ".bias", outputs));
  BAKEOFF_TRY(Values rows, reader_.matrix(name + ".weight", gguf_ ? outputs : inputs, gguf_ ? inputs : outputs));
  if (!gguf_) {
    const Values stored = rows;
    for (std::int64_t n = 0; n < outputs; ++n)
      for (std::int64_t k = 0; k < inputs; ++k)
        rows[static_cast<std::size_t>(n * inputs + k)] = stored[static_cast<std::size_t>(k * outputs + n)];
  }
  BAKEOFF_TRY(weight, reader_.packed({std::move(rows)}, inputs));
  return {};
}

Status Loader::layer(std::int64_t index, DecoderLayer& layer) {
  const Names n = names(index);
  const std::int64_t attended = c_.heads * c_.head_size;
  BAKEOFF_CHECK(norm(n.attention_norm, layer.attention_norm, layer.attention_norm_bias));
  BAKEOFF_CHECK(product(n.qkv, c_.qkv_width(), c_.width, layer.qkv, layer.qkv_bias));
  BAKEOFF_CHECK(product(n.o, c_.width, attended, layer.o, layer.o_bias));
  BAKEOFF_CHECK(norm(n.mlp_norm, layer.mlp_norm, layer.mlp_norm_bias));
  BAKEOFF_CHECK(product(n.up, c_.mlp_width, c_.width, layer.gate_up, layer.gate_up_bias));
  return product(n.down, c_.width, c_.mlp_width, layer.down, layer.down_bias);
}

Status Loader::whole(Model& model) {
  BAKEOFF_TRY(auto embedding,
              reader_.matrix(gguf_ ? "token_embd.weight" : prefix_ + "wte.weight", c_.vocabulary, c_.width));
  BAKEOFF_TRY(model.embedding, reader_.packed({std::move(embedding)}, c_.width));
  BAKEOFF_TRY(model.positions,
              reader_.matrix(gguf_ ? "position_embd.weight" : prefix_ + "wpe.weight", c_.context, c_.width));
  BAKEOFF_CHECK(norm(gguf_ ? "output_norm" : prefix_ + "ln_f", model.final_norm, model.final_norm_bias));
  return reader_.head(gguf_ ? "output.weight" : "lm_head.weight", model);
}

/// The causal mask, which old files store with every layer.
bool is_mask(const std::string& name) { return name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias"); }

Status load(const WeightSource& source, bool gguf, Model& model) {
  TensorReader reader(source, model.dtype);
  Loader loader(reader, model.config, gguf);
  BAKEOFF_CHECK(loader.whole(model));
  model.layers.resize(static_cast<std::size_t>(model.config.layers));
  for (std::int64_t i = 0; i < model.config.layers; ++i)
    BAKEOFF_CHECK(loader.layer(i, model.layers[static_cast<std::size_t>(i)]));
  return reader.finish(is_mask);
}

}  // namespace

extern const Family kGpt2;
const Family kGpt2 = {"gpt2", "GPT2LMHeadModel", "gpt2", from_json, from_gguf, load};

}  // namespace bakeoff::baker
