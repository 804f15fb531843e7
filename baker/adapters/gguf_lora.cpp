#include "baker/adapters/gguf_lora.h"

#include <algorithm>
#include <map>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include "baker/formats/gguf_write.h"
#include "baker/models/llama_weights.h"

namespace bakeoff::baker {
namespace {

struct NamePair {
  const char *checkpoint, *gguf;
};
/// gguf-py, gguf/tensor_mapping.py.
constexpr NamePair kLayerNames[] = {
    {"self_attn.q_proj", "attn_q"},      {"self_attn.k_proj", "attn_k"},   {"self_attn.v_proj", "attn_v"},
    {"self_attn.o_proj", "attn_output"}, {"mlp.gate_proj", "ffn_gate"},    {"mlp.up_proj", "ffn_up"},
    {"mlp.down_proj", "ffn_down"},       {"input_layernorm", "attn_norm"}, {"post_attention_layernorm", "ffn_norm"}};
constexpr NamePair kModelNames[] = {
    {"model.embed_tokens", "token_embd"}, {"model.norm", "output_norm"}, {"lm_head", "output"}};
constexpr const char *kLayers = "model.layers.", *kBlocks = "blk.";

/// Splits "PREFIX<number>.rest" into number and rest.
std::optional<std::pair<std::string, std::string>> below(const std::string& name, const std::string& prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  const std::size_t dot = name.find('.', prefix.size());
  if (dot == name.npos) return std::nullopt;
  return std::pair(name.substr(prefix.size(), dot - prefix.size()), name.substr(dot + 1));
}

/// Most terms' alpha: those need no factor of their own.
double common_alpha(const LoraWeights& weights) {
  std::map<double, std::size_t> count;
  for (const LoraTerm& term : weights.terms) ++count[term.pair.scale * static_cast<double>(term.pair.a.size(0))];
  return std::max_element(count.begin(), count.end(), [](auto& a, auto& b) { return a.second < b.second; })->first;
}

std::vector<float> values_of(const at::Tensor& tensor) {
  const at::Tensor plain = tensor.contiguous();
  return {plain.const_data_ptr<float>(), plain.const_data_ptr<float>() + plain.numel()};
}

Status check(const LoraTerm& term, const ModelConfig& config, const Path& file) {
  const auto refuse = [&](const std::string& what) {
    return input_error(what, file.string() + ": " + term.module.name, "export a merged folder instead");
  };
  if (term.magnitude.defined()) return refuse("llama.cpp has no DoRA");
  if (term.module.product == Product::head && config.tied_head)
    return refuse("llama.cpp has no weight of its own for a head that is the embedding");
  if (gguf_name(term.module.name).empty()) return refuse("there is no GGUF name for this module");
  return {};
}

/// Both factors as the file holds them; B carries what the common alpha leaves of the scale.
struct Factors {
  std::vector<float> a, b;
};
Factors factors_of(const LoraTerm& term, double alpha, const ModelConfig& config) {
  const double rest = term.pair.scale * static_cast<double>(term.pair.a.size(0)) / alpha;
  const at::Tensor b = (term.pair.b.to(at::kDouble) * rest).to(at::kFloat);
  // llama.cpp gathers rows of the embedding's A, so that A is stored [V, r] and B [C, r].
  if (term.module.product == Product::embedding) return {values_of(b), values_of(term.pair.a.t())};
  Factors factors{values_of(term.pair.a), values_of(b)};
  if (term.module.name.ends_with(".q_proj")) factors.b = halves_to_pairs(factors.b, config.heads, config.head_size);
  if (term.module.name.ends_with(".k_proj")) factors.b = halves_to_pairs(factors.b, config.kv_heads, config.head_size);
  return factors;
}

}  // namespace

std::string gguf_name(const std::string& name) {
  for (const NamePair& pair : kModelNames)
    if (name == pair.checkpoint) return pair.gguf;
  if (const auto parts = below(name, kLayers))
    for (const NamePair& pair : kLayerNames)
      if (parts->second == pair.checkpoint) return kBlocks + parts->first + "." + pair.gguf;
  return "";
}

std::string checkpoint_name(const std::string& tensor) {
  constexpr std::string_view kWeight = ".weight";
  if (!tensor.ends_with(kWeight)) return "";
  const std::string name = tensor.substr(0, tensor.size() - kWeight.size());
  for (const NamePair& pair : kModelNames)
    if (name == pair.gguf) return pair.checkpoint + std::string(kWeight);
  if (const auto parts = below(name, kBlocks))
    for (const NamePair& pair : kLayerNames)
      if (parts->second == pair.gguf) return kLayers + parts->first + "." + pair.checkpoint + std::string(kWeight);
  return "";
}

Result<std::int64_t> write_gguf_lora(const Path& file, const LoraWeights& weights, const ModelConfig& config) {
  if (config.family != "llama")
    return input_error("a " + config.family + " adapter can not be written as GGUF", file.string(),
                       "only models of the llama family can");
  if (!weights.whole.empty())
    return input_error("llama.cpp's adapters hold no whole weight (" + weights.whole.front().name + ")", file.string(),
                       "export a merged folder instead");
  for (const LoraTerm& term : weights.terms) BAKEOFF_CHECK(check(term, config, file));
  const double alpha = common_alpha(weights);
  std::vector<Factors> factors;  // keeps the values alive
  for (const LoraTerm& term : weights.terms) factors.push_back(factors_of(term, alpha, config));
  std::vector<GgufTensor> tensors;
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const LoraTerm& term = weights.terms[i];
    const std::string name = gguf_name(term.module.name) + ".weight.lora_";
    const std::int64_t rank = term.pair.a.size(0);
    const bool table = term.module.product == Product::embedding;
    tensors.push_back({name + "a",
                       table ? std::vector<std::int64_t>{term.module.outputs, rank}
                             : std::vector<std::int64_t>{rank, term.module.inputs},
                       factors[i].a});
    tensors.push_back({name + "b", {table ? term.module.inputs : term.module.outputs, rank}, factors[i].b});
  }
  BAKEOFF_CHECK(write_gguf(file,
                           {{"general.architecture", std::string("llama")},
                            {"general.type", std::string("adapter")},
                            {"adapter.type", std::string("lora")},
                            {"adapter.lora.alpha", static_cast<float>(alpha)}},
                           tensors));
  return static_cast<std::int64_t>(tensors.size());
}

}  // namespace bakeoff::baker
