// PEFT's LoRA folders (https://github.com/huggingface/peft, src/peft/tuners/lora/config.py and layer.py at 0.21): read
// with every setting either honoured or refused by name, written so that PeftModel.from_pretrained loads them.
#include "baker/models/adapter_file.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <regex>
#include <set>

#include <ATen/Functions.h>

#include "baker/formats/safetensors.h"
#include "harness/core/sha256.h"

namespace bakeoff::baker {
namespace {

constexpr const char* kConfigName = "adapter_config.json";
constexpr const char* kWeightsName = "adapter_model.safetensors";
constexpr const char* kRecordName = "bakeoff.json";
constexpr const char* kPrefix = "base_model.model.";
constexpr const char *kFactorA = ".lora_A.weight", *kFactorB = ".lora_B.weight";

/// Settings that change nothing at inference, whatever their value.
const std::set<std::string> kHarmless = {
    "task_type",      "auto_mapping", "peft_version",        "base_model_name_or_path", "revision",
    "inference_mode", "lora_dropout", "layers_to_transform", "layers_pattern",          "exclude_modules",
    "megatron_core",  "loftq_config", "eva_config",          "qalora_group_size",       "runtime_config"};
/// Settings that are read below.
const std::set<std::string> kRead = {"peft_type",     "r",    "lora_alpha",     "use_rslora",       "rank_pattern",
                                     "alpha_pattern", "bias", "target_modules", "init_lora_weights"};

bool is_nothing(const Json& value) {
  const bool is_empty_text = value.is_string() && value.get_ref<const std::string&>().empty();
  return value.is_null() || value == false || (value.is_structured() && value.empty()) || is_empty_text;
}

struct AdapterConfig {
  std::string where;
  double rank = 0, alpha = 0;
  bool root_scale = false;  ///< rsLoRA: alpha / sqrt(r)
  std::map<std::string, double> rank_pattern, alpha_pattern;
  std::vector<std::string> targets;  ///< empty where the file gives a pattern of its own
  bool partial_layers = false;       ///< not every layer of a target needs its tensors
};

Error unsupported(const std::string& where, const std::string& key, const Json& value) {
  return input_error("setting \"" + key + "\" = " + dump(value) + " is not supported", where,
                     "this reads plain LoRA with bias none; merge or retrain the adapter without it");
}

/// PEFT versions add settings; one that is off can not matter, one that is on and not known here could.
Status refuse_unknown(const Json& config, const std::string& where) {
  for (const auto& [key, value] : config.items()) {
    if (kHarmless.count(key) || kRead.count(key) || is_nothing(value)) continue;
    return unsupported(where, key, value);
  }
  if (config.contains("bias") && config["bias"] != "none") return unsupported(where, "bias", config["bias"]);
  // These keep the base as it is; the others (pissa, olora, loftq, corda) replace its weights by a residual.
  const Json init = config.value("init_lora_weights", Json(true));
  if (!init.is_boolean() && init != "gaussian" && init != "eva" && init != "orthogonal")
    return unsupported(where, "init_lora_weights", init);
  return {};
}

Result<double> positive(const Json& config, const char* key, const std::string& where) {
  if (!config.contains(key) || !config[key].is_number() || !(config[key].get<double>() > 0))
    return input_error("expected a positive number", where + ": " + key);
  return config[key].get<double>();
}

Result<std::map<std::string, double>> pattern(const Json& config, const char* key, const std::string& where) {
  std::map<std::string, double> result;
  if (!config.contains(key) || config[key].is_null()) return result;
  if (!config[key].is_object()) return input_error("expected an object of module name and number", where + ": " + key);
  for (const auto& [name, value] : config[key].items()) {
    if (!value.is_number() || !(value.get<double>() > 0))
      return input_error("expected a positive number", where + ": " + key + "." + name);
    result[name] = value.get<double>();
  }
  return result;
}

Result<AdapterConfig> read_config(const Path& file) {
  AdapterConfig config;
  config.where = file.string();
  BAKEOFF_TRY(const Json json, read_json_file(file));
  if (!json.is_object()) return input_error("expected an object", config.where);
  const Json type = json.value("peft_type", Json());
  if (type != "LORA")
    return input_error("unknown peft_type " + dump(type), config.where, "only LORA adapters can be used");
  BAKEOFF_CHECK(refuse_unknown(json, config.where));
  BAKEOFF_TRY(config.rank, positive(json, "r", config.where));
  BAKEOFF_TRY(config.alpha, positive(json, "lora_alpha", config.where));
  const Json root = json.value("use_rslora", Json(false));
  if (!root.is_null() && !root.is_boolean())
    return input_error("expected true or false", config.where + ": use_rslora");
  config.root_scale = root == true;
  BAKEOFF_TRY(config.rank_pattern, pattern(json, "rank_pattern", config.where));
  BAKEOFF_TRY(config.alpha_pattern, pattern(json, "alpha_pattern", config.where));
  for (const char* key : {"layers_to_transform", "exclude_modules"})
    if (json.contains(key) && !is_nothing(json[key])) config.partial_layers = true;
  if (json.contains("target_modules") && json["target_modules"].is_array())
    for (const Json& name : json["target_modules"])
      if (name.is_string()) config.targets.push_back(name.get<std::string>());
  return config;
}

/// The value of the pattern that matches the module as PEFT's get_pattern_key does, (.*\.)?(key)$, or the fallback.
Result<double> patterned(const std::map<std::string, double>& patterns, const std::string& module, double fallback,
                         const std::string& where) {
  std::optional<double> found;
  for (const auto& [key, value] : patterns) {
    bool matches = false;
    try {
      matches = std::regex_match(module, std::regex("(.*\\.)?(" + key + ")"));
    } catch (const std::regex_error&) {
      return input_error("pattern \"" + key + "\" is no valid expression", where);
    }
    if (!matches) continue;
    if (found && *found != value) return input_error("two patterns give different values for " + module, where);
    found = value;
  }
  return found.value_or(fallback);
}

std::string shape_text(std::int64_t rows, std::int64_t columns) {
  return "[" + std::to_string(rows) + ", " + std::to_string(columns) + "]";
}

/// One factor, checked for its shape and for numbers that are none.
Result<at::Tensor> read_factor(const Safetensors& source, const std::string& name, std::int64_t rows,
                               std::int64_t columns) {
  const std::string where = source.path().string() + ": " + name;
  if (!source.has(name)) return input_error("tensor is missing", where, "the adapter is incomplete: save it again");
  BAKEOFF_TRY(const TensorInfo info, source.info(name));
  if (info.shape != std::vector<std::int64_t>{rows, columns})
    return input_error("shape is " + dump(Json(info.shape)) + ", expected " + shape_text(rows, columns), where,
                       "the adapter belongs to another model, or its rank is not what adapter_config.json says");
  BAKEOFF_TRY(const std::vector<float> values, source.read(name));
  if (!std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); }))
    return input_error("tensor holds NaN or infinite values", where, "the training that made it diverged");
  const at::Tensor tensor = at::empty({rows, columns});
  std::copy(values.begin(), values.end(), tensor.data_ptr<float>());
  return tensor;
}

Result<LoraPair> read_pair(const Safetensors& source, const Module& module, const AdapterConfig& config) {
  BAKEOFF_TRY(const double rank,
              patterned(config.rank_pattern, module.name, config.rank, config.where + ": rank_pattern"));
  BAKEOFF_TRY(const double alpha,
              patterned(config.alpha_pattern, module.name, config.alpha, config.where + ": alpha_pattern"));
  if (rank != std::floor(rank)) return input_error("rank of " + module.name + " is no integer", config.where);
  LoraPair pair;
  BAKEOFF_TRY(pair.a,
              read_factor(source, kPrefix + module.name + kFactorA, static_cast<std::int64_t>(rank), module.inputs));
  BAKEOFF_TRY(pair.b,
              read_factor(source, kPrefix + module.name + kFactorB, module.outputs, static_cast<std::int64_t>(rank)));
  pair.scale = alpha / (config.root_scale ? std::sqrt(rank) : rank);
  return pair;
}

Result<LoraWeights> read_weights(const Path& file, const ModelConfig& model, const AdapterConfig& config) {
  BAKEOFF_TRY(const Safetensors source, Safetensors::open(file));
  std::set<std::string> left;
  for (const std::string& name : source.names()) left.insert(name);
  LoraWeights weights;
  bool acts = false;
  for (const Module& module : modules(model)) {
    if (module.layer < 0) continue;
    const bool has_a = left.erase(kPrefix + module.name + kFactorA) > 0;
    const bool has_b = left.erase(kPrefix + module.name + kFactorB) > 0;
    if (!has_a && !has_b) continue;
    BAKEOFF_TRY(LoraPair pair, read_pair(source, module, config));
    acts = acts || pair.b.count_nonzero().item<std::int64_t>() > 0;
    weights.terms.push_back({module, std::move(pair)});
  }
  if (!left.empty())
    return input_error("tensor \"" + *left.begin() + "\" belongs to no layer of this model", file.string(),
                       "the adapter was made for another model");
  if (!acts)
    return input_error("every lora_B is zero: the adapter does nothing", file.string(), "it was saved before training");
  return weights;
}

/// Every module that the configuration names must have its tensors: a file that lost some would load and act half.
Status check_targets(const ModelConfig& model, const LoraWeights& weights, const AdapterConfig& config) {
  if (config.partial_layers) return {};
  for (const Module& module : modules(model))
    for (const std::string& target : config.targets)
      if (module.layer >= 0 && module.name.ends_with("." + target) && !weights.find(module.name))
        return input_error(
            "target_modules names " + target + ", but layer " + std::to_string(module.layer) + " has no tensors for it",
            config.where);
  return {};
}

Status read_record(const Path& file, const std::string& base_digest, Adapter& adapter) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return {};
  BAKEOFF_TRY(const Json record, read_json_file(file));
  if (!record.is_object()) return input_error("expected an object", file.string());
  if (record.contains("base_digest") && record["base_digest"].is_string())
    adapter.base_digest = record["base_digest"].get<std::string>();
  if (!adapter.base_digest.empty() && !base_digest.empty() && adapter.base_digest != base_digest)
    return input_error("the adapter was baked on another base (" + short_id(adapter.base_digest) + ", this model is " +
                           short_id(base_digest) + ")",
                       file.string(), "load it on the model that it was baked on");
  if (record.contains("student")) {
    BAKEOFF_TRY(adapter.student, conversation_from_json(record["student"], file.string() + ": student"));
  }
  return {};
}

Json config_json(const AdapterMeta& meta) {
  return {{"peft_type", "LORA"},
          {"task_type", "CAUSAL_LM"},
          {"base_model_name_or_path", meta.base_name},
          {"inference_mode", true},
          {"r", meta.rank},
          {"lora_alpha",
           meta.alpha == std::floor(meta.alpha) ? Json(static_cast<std::int64_t>(meta.alpha)) : Json(meta.alpha)},
          {"target_modules", meta.targets},
          {"lora_dropout", 0.0},
          {"bias", "none"},
          {"fan_in_fan_out", false},
          {"init_lora_weights", true},
          {"use_rslora", false},
          {"use_dora", false},
          {"rank_pattern", Json::object()},
          {"alpha_pattern", Json::object()},
          {"modules_to_save", nullptr},
          {"layers_to_transform", nullptr},
          {"layers_pattern", nullptr},
          {"revision", nullptr}};
}

}  // namespace

Result<std::string> write_adapter(const Path& folder, const LoraWeights& weights, const AdapterMeta& meta) {
  std::vector<TensorToWrite> tensors;
  for (const LoraTerm& term : weights.terms) {
    const auto add = [&](const char* factor, const at::Tensor& values) {
      tensors.push_back({kPrefix + term.module.name + factor,
                         {values.size(0), values.size(1)},
                         {values.const_data_ptr<float>(), static_cast<std::size_t>(values.numel())}});
    };
    add(kFactorA, term.pair.a);
    add(kFactorB, term.pair.b);
  }
  BAKEOFF_CHECK(make_folder(folder));
  BAKEOFF_CHECK(write_safetensors(folder / kWeightsName, std::move(tensors)));
  BAKEOFF_CHECK(write_file_atomically(folder / kConfigName, config_json(meta).dump(2) + "\n"));
  BAKEOFF_CHECK(write_file_atomically(folder / kRecordName,
                                      meta.bakeoff.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"));
  return sha256_file(folder / kWeightsName);
}

Result<Adapter> read_adapter(const Path& folder, const ModelConfig& config, const std::string& base_digest) {
  Adapter adapter;
  BAKEOFF_TRY(const AdapterConfig settings, read_config(folder / kConfigName));
  BAKEOFF_CHECK(read_record(folder / kRecordName, base_digest, adapter));
  BAKEOFF_TRY(adapter.weights, read_weights(folder / kWeightsName, config, settings));
  BAKEOFF_CHECK(check_targets(config, adapter.weights, settings));
  BAKEOFF_TRY(adapter.digest, sha256_file(folder / kWeightsName));
  return adapter;
}

}  // namespace bakeoff::baker
