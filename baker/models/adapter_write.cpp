// Writing adapters so that PeftModel.from_pretrained loads them.
#include <algorithm>
#include <cmath>
#include <map>

#include <ATen/core/Tensor.h>

#include "baker/formats/safetensors.h"
#include "baker/models/adapter_file.h"
#include "harness/core/sha256.h"

namespace bakeoff::baker {
namespace {

/// scale * r, without the last bit that a division and a multiplication cost.
double alpha_of(const LoraTerm& term) {
  const double alpha = term.pair.scale * static_cast<double>(term.pair.a.size(0)), whole = std::round(alpha);
  return whole != 0 && std::abs(alpha - whole) < 1e-9 * std::abs(whole) ? whole : alpha;
}

Json number(double value) { return value == std::floor(value) ? Json(static_cast<std::int64_t>(value)) : Json(value); }

/// "q_proj": what PEFT's target_modules holds where every layer has it.
std::string last_name(const std::string& module) { return module.substr(module.rfind('.') + 1); }

/// Short names where they mean the same terms, else the modules' full names.
Json target_names(const LoraWeights& weights) {
  std::vector<std::string> order;
  std::map<std::string, std::int64_t> count;
  for (const LoraTerm& term : weights.terms)
    if (count[last_name(term.module.name)]++ == 0) order.push_back(last_name(term.module.name));
  bool even = true;
  for (const auto& [name, number] : count) even = even && number == count.begin()->second;
  if (even && count.begin()->second > 1) return order;
  Json full = Json::array();
  for (const LoraTerm& term : weights.terms) full.push_back(term.module.name);
  return full;
}

/// The commonest value, and those that differ from it by module name.
template <class Value>
struct Spread {
  Value common;
  Json others = Json::object();
};
template <class Value, class Get>
Spread<Value> spread(const LoraWeights& weights, const Get& get) {
  std::map<Value, std::size_t> count;
  for (const LoraTerm& term : weights.terms) ++count[get(term)];
  Spread<Value> result{
      std::max_element(count.begin(), count.end(), [](auto& a, auto& b) { return a.second < b.second; })->first};
  for (const LoraTerm& term : weights.terms)
    if (get(term) != result.common) result.others[term.module.name] = number(static_cast<double>(get(term)));
  return result;
}

Json config_json(const LoraWeights& weights, const AdapterMeta& meta) {
  const auto rank = spread<std::int64_t>(weights, [](const LoraTerm& term) { return term.pair.a.size(0); });
  const auto alpha = spread<double>(weights, alpha_of);
  return {{"peft_type", "LORA"},
          {"task_type", "CAUSAL_LM"},
          {"base_model_name_or_path", meta.base_name},
          {"inference_mode", true},
          {"r", rank.common},
          {"lora_alpha", number(alpha.common)},
          {"target_modules", target_names(weights)},
          {"lora_dropout", 0.0},
          {"bias", "none"},
          {"fan_in_fan_out", weights.terms.front().module.transposed},
          {"init_lora_weights", true},
          {"use_rslora", false},
          {"use_dora", false},
          {"rank_pattern", rank.others},
          {"alpha_pattern", alpha.others},
          {"modules_to_save", nullptr},
          {"layers_to_transform", nullptr},
          {"layers_pattern", nullptr},
          {"revision", nullptr}};
}

Status check_plain(const LoraWeights& weights, const Path& folder) {
  if (weights.terms.empty() || !weights.whole.empty())
    return input_error("only low-rank terms can be written as an adapter", folder.string(), "merge it instead");
  for (const LoraTerm& term : weights.terms)
    if (term.magnitude.defined())
      return input_error("the magnitude of " + term.module.name + " (DoRA) is no low-rank term", folder.string(),
                         "merge it instead");
  return {};
}

}  // namespace

Result<std::string> write_adapter(const Path& folder, const LoraWeights& weights, const AdapterMeta& meta) {
  BAKEOFF_CHECK(check_plain(weights, folder));
  std::vector<TensorToWrite> tensors;
  std::vector<at::Tensor> turned;  // keeps the values alive
  for (const LoraTerm& term : weights.terms) {
    const bool table = term.module.product == Product::embedding;
    const FactorNames names = factor_names(term.module);
    const auto add = [&](const std::string& name, const at::Tensor& values) {
      turned.push_back(table ? values.t().contiguous() : values.contiguous());
      tensors.push_back({name,
                         {turned.back().size(0), turned.back().size(1)},
                         {turned.back().const_data_ptr<float>(), static_cast<std::size_t>(values.numel())}});
    };
    add(names.a, table ? term.pair.b : term.pair.a);
    add(names.b, table ? term.pair.a : term.pair.b);
  }
  BAKEOFF_CHECK(make_folder(folder));
  BAKEOFF_CHECK(write_safetensors(folder / kAdapterWeightsName, std::move(tensors)));
  BAKEOFF_CHECK(write_file_atomically(folder / kAdapterConfigName, config_json(weights, meta).dump(2) + "\n"));
  if (!meta.bakeoff.is_null())
    BAKEOFF_CHECK(write_file_atomically(folder / kAdapterRecordName,
                                        meta.bakeoff.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"));
  return sha256_file(folder / kAdapterWeightsName);
}

}  // namespace bakeoff::baker
