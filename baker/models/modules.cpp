#include "baker/models/modules.h"

#include <algorithm>

namespace bakeoff::baker {
namespace {

/// One map of a layer: its name below the layer's, and the product that holds it.
struct Part {
  const char* name;
  Product product;
  std::int64_t outputs, inputs;
};

struct Naming {
  std::string embedding, layers;
  std::vector<Part> parts;
  bool transposed = false;
};

/// transformers: models/llama/modeling_llama.py, and the families that share its names.
Naming separate_names(const ModelConfig& c) {
  const std::int64_t queries = c.heads * c.head_size, keys = c.kv_heads * c.head_size;
  return {"model.embed_tokens",
          "model.layers.",
          {{"self_attn.q_proj", Product::qkv, queries, c.width},
           {"self_attn.k_proj", Product::qkv, keys, c.width},
           {"self_attn.v_proj", Product::qkv, keys, c.width},
           {"self_attn.o_proj", Product::o, c.width, queries},
           {"mlp.gate_proj", Product::gate_up, c.mlp_width, c.width},
           {"mlp.up_proj", Product::gate_up, c.mlp_width, c.width},
           {"mlp.down_proj", Product::down, c.width, c.mlp_width}}};
}

/// transformers: models/phi3/modeling_phi3.py.
Naming fused_names(const ModelConfig& c) {
  const std::int64_t queries = c.heads * c.head_size, keys = c.kv_heads * c.head_size;
  return {"model.embed_tokens",
          "model.layers.",
          {{"self_attn.qkv_proj", Product::qkv, queries + 2 * keys, c.width},
           {"self_attn.o_proj", Product::o, c.width, queries},
           {"mlp.gate_up_proj", Product::gate_up, 2 * c.mlp_width, c.width},
           {"mlp.down_proj", Product::down, c.width, c.mlp_width}}};
}

/// transformers: models/gpt2/modeling_gpt2.py.
Naming conv1d_names(const ModelConfig& c) {
  return {"transformer.wte",
          "transformer.h.",
          {{"attn.c_attn", Product::qkv, 3 * c.width, c.width},
           {"attn.c_proj", Product::o, c.width, c.width},
           {"mlp.c_fc", Product::gate_up, c.mlp_width, c.width},
           {"mlp.c_proj", Product::down, c.width, c.mlp_width}},
          true};
}

Naming naming(const ModelConfig& config) {
  if (config.family == "phi3") return fused_names(config);
  if (config.family == "gpt2") return conv1d_names(config);
  return separate_names(config);
}

}  // namespace

std::vector<Module> modules(const ModelConfig& config) {
  const Naming names = naming(config);
  std::vector<Module> all = {{names.embedding, -1, Product::embedding, 0, config.vocabulary, config.width}};
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    std::int64_t first = 0;
    const Part* before = nullptr;
    for (const Part& part : names.parts) {
      first = before && before->product == part.product ? first + before->outputs : 0;
      all.push_back({names.layers + std::to_string(layer) + "." + part.name, layer, part.product, first, part.outputs,
                     part.inputs, names.transposed});
      before = &part;
    }
  }
  all.push_back({"lm_head", -1, Product::head, 0, config.vocabulary, config.width});
  return all;
}

std::vector<NormModule> norms(const ModelConfig& config) {
  if (config.family == "gpt2" || config.family.starts_with("gemma")) return {};
  std::vector<NormModule> all;
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    const std::string prefix = "model.layers." + std::to_string(layer) + ".";
    all.push_back({prefix + "input_layernorm", layer, Norm::attention});
    all.push_back({prefix + "post_attention_layernorm", layer, Norm::mlp});
  }
  all.push_back({"model.norm", -1, Norm::last});
  return all;
}

std::int64_t product_outputs(const std::vector<Module>& modules, std::int64_t layer, Product product) {
  std::int64_t end = 0;
  for (const Module& module : modules)
    if (module.layer == layer && module.product == product) end = std::max(end, module.first_output + module.outputs);
  return end;
}

}  // namespace bakeoff::baker
