#include "baker/models/llama_weights.h"

#include <algorithm>

#include "baker/models/rotary_scaling.h"

namespace bakeoff::baker {
namespace {

using Values = std::vector<float>;

/// Names of one layer's modules: a weight is NAME.weight, a bias NAME.bias.
struct Names {
  std::string attention_norm, mlp_norm, post_attention_norm, post_mlp_norm, q_norm, k_norm;
  std::string q, k, v, qkv, o, gate, up, gate_up, down;
};

Names gguf_names(std::int64_t layer) {
  const std::string p = "blk." + std::to_string(layer) + ".";
  return {.attention_norm = p + "attn_norm",
          .mlp_norm = p + "ffn_norm",
          .post_attention_norm = p + "post_attention_norm",
          .post_mlp_norm = p + "post_ffw_norm",
          .q_norm = p + "attn_q_norm",
          .k_norm = p + "attn_k_norm",
          .q = p + "attn_q",
          .k = p + "attn_k",
          .v = p + "attn_v",
          .qkv = p + "attn_qkv",
          .o = p + "attn_output",
          .gate = p + "ffn_gate",
          .up = p + "ffn_up",
          .gate_up = p + "ffn_up",
          .down = p + "ffn_down"};
}

/// Llama calls the norm before the MLP "post_attention_layernorm"; where attention has a norm of its own behind it,
/// that one bears the name.
Names folder_names(std::int64_t layer, bool post_norms) {
  const std::string p = "model.layers." + std::to_string(layer) + ".", a = p + "self_attn.", m = p + "mlp.";
  return {.attention_norm = p + "input_layernorm",
          .mlp_norm = p + (post_norms ? "pre_feedforward_layernorm" : "post_attention_layernorm"),
          .post_attention_norm = p + "post_attention_layernorm",
          .post_mlp_norm = p + "post_feedforward_layernorm",
          .q_norm = a + "q_norm",
          .k_norm = a + "k_norm",
          .q = a + "q_proj",
          .k = a + "k_proj",
          .v = a + "v_proj",
          .qkv = a + "qkv_proj",
          .o = a + "o_proj",
          .gate = m + "gate_proj",
          .up = m + "up_proj",
          .gate_up = m + "gate_up_proj",
          .down = m + "down_proj"};
}

std::vector<float> reordered(const std::vector<float>& rows, std::int64_t heads, std::int64_t head_size,
                             bool to_pairs) {
  const std::int64_t columns = static_cast<std::int64_t>(rows.size()) / (heads * head_size), half = head_size / 2;
  std::vector<float> result(rows.size());
  for (std::int64_t h = 0; h < heads; ++h)
    for (std::int64_t i = 0; i < head_size; ++i) {
      const std::int64_t as_half = h * head_size + i, as_pair = h * head_size + 2 * (i % half) + i / half;
      const std::int64_t from = to_pairs ? as_half : as_pair, to = to_pairs ? as_pair : as_half;
      std::copy_n(rows.begin() + from * columns, columns, result.begin() + to * columns);
    }
  return result;
}

class LayerLoader {
 public:
  LayerLoader(TensorReader& reader, const ModelConfig& config, const LlamaLayout& layout)
      : reader_(reader), c_(config), layout_(layout) {}
  Status load(std::int64_t index, DecoderLayer& layer);
  Result<Values> norm(const std::string& name, std::int64_t size);

 private:
  /// A map's weight [outputs, inputs], or with inputs 1 its bias; `heads` > 0 where its rows are heads that turn.
  struct Map {
    std::string name;
    std::int64_t outputs, heads = 0;
  };
  Result<Values> rows(const Map& map, std::int64_t inputs, bool bias);
  Result<Values> stacked(const std::vector<Map>& maps, std::int64_t inputs, bool bias);
  Status product(const std::vector<Map>& maps, std::int64_t inputs, bool has_bias, PackedMatrix& weight, Values& bias);
  Status norms(const Names& names, DecoderLayer& layer);

  TensorReader& reader_;
  const ModelConfig& c_;
  const LlamaLayout& layout_;
};

Result<Values> LayerLoader::norm(const std::string& name, std::int64_t size) {
  BAKEOFF_TRY(Values weight, reader_.vector(name + ".weight", size));
  if (layout_.norms_less_one)
    for (float& value : weight) value += 1.0f;
  return weight;
}

Result<Values> LayerLoader::rows(const Map& map, std::int64_t inputs, bool bias) {
  BAKEOFF_TRY(Values values, bias ? reader_.vector(map.name + ".bias", map.outputs)
                                  : reader_.matrix(map.name + ".weight", map.outputs, inputs));
  if (layout_.interleaved && map.heads > 0) values = pairs_to_halves(values, map.heads, c_.head_size);
  return values;
}

Result<Values> LayerLoader::stacked(const std::vector<Map>& maps, std::int64_t inputs, bool bias) {
  Values all;
  for (const Map& map : maps) {
    BAKEOFF_TRY(const Values part, rows(map, inputs, bias));
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

Status LayerLoader::product(const std::vector<Map>& maps, std::int64_t inputs, bool has_bias, PackedMatrix& weight,
                            Values& bias) {
  BAKEOFF_TRY(Values all, stacked(maps, inputs, false));
  BAKEOFF_TRY(weight, reader_.packed({std::move(all)}, inputs));
  if (has_bias) {
    BAKEOFF_TRY(bias, stacked(maps, inputs, true));
  }
  return {};
}

Status LayerLoader::norms(const Names& names, DecoderLayer& layer) {
  BAKEOFF_TRY(layer.attention_norm, norm(names.attention_norm, c_.width));
  BAKEOFF_TRY(layer.mlp_norm, norm(names.mlp_norm, c_.width));
  if (c_.parts.head_norms) {
    BAKEOFF_TRY(layer.q_norm, norm(names.q_norm, c_.head_size));
    BAKEOFF_TRY(layer.k_norm, norm(names.k_norm, c_.head_size));
  }
  if (c_.parts.post_norms) {
    BAKEOFF_TRY(layer.post_attention_norm, norm(names.post_attention_norm, c_.width));
    BAKEOFF_TRY(layer.post_mlp_norm, norm(names.post_mlp_norm, c_.width));
  }
  return {};
}

Status LayerLoader::load(std::int64_t index, DecoderLayer& layer) {
  const Names n = layout_.gguf ? gguf_names(index) : folder_names(index, c_.parts.post_norms);
  const std::int64_t queries = c_.heads * c_.head_size, keys = c_.kv_heads * c_.head_size;
  BAKEOFF_CHECK(norms(n, layer));
  const std::vector<Map> qkv = layout_.fused
                                   ? std::vector<Map>{{n.qkv, queries + 2 * keys}}
                                   : std::vector<Map>{{n.q, queries, c_.heads}, {n.k, keys, c_.kv_heads}, {n.v, keys}};
  const std::vector<Map> gate_up = layout_.fused ? std::vector<Map>{{n.gate_up, 2 * c_.mlp_width}}
                                                 : std::vector<Map>{{n.gate, c_.mlp_width}, {n.up, c_.mlp_width}};
  BAKEOFF_CHECK(product(qkv, c_.width, c_.parts.qkv_bias, layer.qkv, layer.qkv_bias));
  BAKEOFF_CHECK(product({{n.o, c_.width}}, queries, c_.parts.o_bias, layer.o, layer.o_bias));
  BAKEOFF_CHECK(product(gate_up, c_.width, c_.parts.mlp_bias, layer.gate_up, layer.gate_up_bias));
  return product({{n.down, c_.width}}, c_.mlp_width, c_.parts.mlp_bias, layer.down, layer.down_bias);
}

}  // namespace

std::vector<float> halves_to_pairs(const std::vector<float>& rows, std::int64_t heads, std::int64_t head_size) {
  return reordered(rows, heads, head_size, true);
}
std::vector<float> pairs_to_halves(const std::vector<float>& rows, std::int64_t heads, std::int64_t head_size) {
  return reordered(rows, heads, head_size, false);
}

Status load_llama_weights(const WeightSource& source, const LlamaLayout& layout, Model& model) {
  const ModelConfig& c = model.config;
  TensorReader reader(source, model.dtype);
  LayerLoader loader(reader, c, layout);
  BAKEOFF_TRY(auto embedding,
              reader.matrix(layout.gguf ? "token_embd.weight" : "model.embed_tokens.weight", c.vocabulary, c.width));
  BAKEOFF_TRY(model.embedding, reader.packed({std::move(embedding)}, c.width));
  BAKEOFF_TRY(model.final_norm, loader.norm(layout.gguf ? "output_norm" : "model.norm", c.width));
  BAKEOFF_CHECK(reader.head(layout.gguf ? "output.weight" : "lm_head.weight", model));
  model.layers.resize(static_cast<std::size_t>(c.layers));
  for (std::int64_t i = 0; i < c.layers; ++i) BAKEOFF_CHECK(loader.load(i, model.layers[static_cast<std::size_t>(i)]));
  return reader.finish(is_rotary_tensor);
}

}  // namespace bakeoff::baker
