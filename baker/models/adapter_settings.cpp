#include "baker/models/adapter_settings.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "baker/models/python_pattern.h"

namespace bakeoff::baker {
namespace {

constexpr double kMostRank = 65536;

/// Settings that change nothing at inference, whatever their value. fan_in_fan_out is one of them: PEFT sets it from
/// the kind of layer that it finds (tuners/lora/model.py, dispatch_default), and so does Module::transposed.
const std::set<std::string> kHarmless = {
    "task_type",    "auto_mapping",  "peft_version",   "base_model_name_or_path", "revision",      "inference_mode",
    "lora_dropout", "megatron_core", "fan_in_fan_out", "qalora_group_size",       "runtime_config"};
/// Settings that are read below.
const std::set<std::string> kRead = {"peft_type",
                                     "r",
                                     "lora_alpha",
                                     "use_rslora",
                                     "use_dora",
                                     "rank_pattern",
                                     "alpha_pattern",
                                     "bias",
                                     "target_modules",
                                     "exclude_modules",
                                     "layers_to_transform",
                                     "layers_pattern",
                                     "modules_to_save",
                                     "init_lora_weights"};
/// Starting points that leave the base as it is; the others (pissa, olora, loftq, corda, lora_ga) replace its weights
/// by a residual that the adapter's folder does not hold.
const std::set<Json> kPlainStarts = {true, false, nullptr, "gaussian", "eva", "orthogonal"};

bool is_nothing(const Json& value) {
  const bool is_empty_text = value.is_string() && value.get_ref<const std::string&>().empty();
  return value.is_null() || value == false || (value.is_structured() && value.empty()) || is_empty_text;
}

Error unsupported(const std::string& where, const std::string& key, const Json& value) {
  return input_error("setting \"" + key + "\" = " + dump(value) + " is not supported", where,
                     "docs/adapters.md lists what is; merge the adapter with the program that made it, or retrain it");
}

/// PEFT versions add settings; one that is off can not matter, one that is on and not known here could.
Status refuse_unknown(const Json& config, const std::string& where) {
  for (const auto& [key, value] : config.items()) {
    if (kHarmless.count(key) || kRead.count(key) || is_nothing(value)) continue;
    return unsupported(where, key, value);
  }
  const Json bias = config.value("bias", Json("none"));
  if (bias != "none" && bias != "all" && bias != "lora_only") return unsupported(where, "bias", bias);
  const Json start = config.value("init_lora_weights", Json(true));
  if (!kPlainStarts.count(start)) return unsupported(where, "init_lora_weights", start);
  return {};
}

Result<double> positive(const Json& config, const char* key, const std::string& where) {
  if (!config.contains(key) || !config[key].is_number() || !(config[key].get<double>() > 0))
    return input_error("expected a positive number", where + ": " + key);
  return config[key].get<double>();
}

Result<bool> flag(const Json& config, const char* key, const std::string& where) {
  const Json value = config.value(key, Json(false));
  if (!value.is_null() && !value.is_boolean()) return input_error("expected true or false", where + ": " + key);
  return value == true;
}

Result<std::vector<std::string>> texts(const Json& list, const std::string& where) {
  std::vector<std::string> result;
  for (const Json& one : list) {
    if (!one.is_string()) return input_error("expected a list of texts", where);
    result.push_back(one.get<std::string>());
  }
  return result;
}

/// A list of texts, one text, or nothing.
Result<std::vector<std::string>> list_of_texts(const Json& config, const char* key, const std::string& where) {
  if (!config.contains(key) || is_nothing(config[key])) return std::vector<std::string>();
  if (config[key].is_string()) return std::vector<std::string>{config[key].get<std::string>()};
  if (!config[key].is_array()) return input_error("expected a list of texts", where + ": " + key);
  return texts(config[key], where + ": " + key);
}

/// layers_to_transform: one number or a list of them.
Result<std::vector<std::int64_t>> layer_numbers(const Json& config, const std::string& where) {
  const Json value = config.value("layers_to_transform", Json());
  std::vector<std::int64_t> numbers;
  for (const Json& one : value.is_array() ? value : value.is_null() ? Json::array() : Json::array({value})) {
    if (!one.is_number_integer()) return input_error("expected layer numbers", where + ": layers_to_transform");
    numbers.push_back(one.get<std::int64_t>());
  }
  return numbers;
}

}  // namespace

Result<AdapterSettings::Choice> AdapterSettings::choice(const Json& config, const char* key, const std::string& where) {
  Choice result;
  if (!config.contains(key) || config[key].is_null()) return result;
  if (config[key].is_string()) {
    result.expression = config[key].get<std::string>();
    return result;
  }
  if (!config[key].is_array()) return input_error("expected a list of texts or an expression", where + ": " + key);
  BAKEOFF_TRY(result.names, texts(config[key], where + ": " + key));
  return result;
}

Result<AdapterSettings::Pattern> AdapterSettings::pattern(const OrderedJson& config, const char* key,
                                                          const std::string& where) {
  Pattern result;
  if (!config.contains(key) || config[key].is_null()) return result;
  if (!config[key].is_object()) return input_error("expected an object of module name and number", where + ": " + key);
  for (const auto& [name, value] : config[key].items()) {
    if (!value.is_number() || !(value.template get<double>() > 0))
      return input_error("expected a positive number", where + ": " + key + "." + name);
    result.emplace_back(name, value.template get<double>());
  }
  return result;
}

Status AdapterSettings::read_targets(const Json& config) {
  BAKEOFF_TRY(targets_, choice(config, "target_modules", where_));
  if (targets_.empty()) return input_error("names no module", where_ + ": target_modules", "save the adapter again");
  std::string lower = targets_.expression;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  all_linear_ = lower == "all-linear";
  BAKEOFF_TRY(excluded_, choice(config, "exclude_modules", where_));
  BAKEOFF_TRY(saved_, list_of_texts(config, "modules_to_save", where_));
  BAKEOFF_TRY(layer_patterns_, list_of_texts(config, "layers_pattern", where_));
  BAKEOFF_TRY(layers_, layer_numbers(config, where_));
  return {};
}

Result<AdapterSettings> AdapterSettings::read(const Path& file) {
  AdapterSettings settings;
  const std::string& where = settings.where_ = file.string();
  BAKEOFF_TRY(const std::string text, read_file(file));
  BAKEOFF_TRY(const Json json, parse_json(text, where));
  if (!json.is_object()) return input_error("expected an object", where);
  const Json type = json.value("peft_type", Json());
  if (type != "LORA") return input_error("unknown peft_type " + dump(type), where, "only LORA adapters can be used");
  BAKEOFF_CHECK(refuse_unknown(json, where));
  BAKEOFF_TRY(settings.rank_, positive(json, "r", where));
  BAKEOFF_TRY(settings.alpha_, positive(json, "lora_alpha", where));
  BAKEOFF_TRY(settings.root_scale_, flag(json, "use_rslora", where));
  BAKEOFF_TRY(settings.dora_, flag(json, "use_dora", where));
  const OrderedJson ordered = OrderedJson::parse(text);  // parsed above: it can not fail
  BAKEOFF_TRY(settings.ranks_, pattern(ordered, "rank_pattern", where));
  BAKEOFF_TRY(settings.alphas_, pattern(ordered, "alpha_pattern", where));
  BAKEOFF_CHECK(settings.read_targets(json));
  const Json base = json.value("base_model_name_or_path", Json());
  if (base.is_string()) settings.base_name_ = base.get<std::string>();
  return settings;
}

Result<bool> AdapterSettings::chosen(const Choice& choice, const std::string& name, const std::string& where) {
  if (!choice.expression.empty()) return full_match(choice.expression, name, where);
  return std::any_of(choice.names.begin(), choice.names.end(),
                     [&](const std::string& each) { return name == each || name.ends_with("." + each); });
}

Result<bool> AdapterSettings::in_layers(const std::string& name) const {
  if (layers_.empty()) return true;
  std::string index;
  const std::string place = where_ + ": layers_pattern";
  if (layer_patterns_.empty()) {
    BAKEOFF_TRY(index, match_group(R"(.*?\.[^.]*\.(?P<idx>\d+)\.)", name, "idx", place));
  }
  for (const std::string& pattern : layer_patterns_) {
    BAKEOFF_TRY(index, match_group(R"((?:^|.*?\.))" + pattern + R"(\.(?P<idx>\d+)\.)", name, "idx", place));
    if (!index.empty()) break;
  }
  std::int64_t number = -1;
  std::from_chars(index.data(), index.data() + index.size(), number);
  return !index.empty() && std::find(layers_.begin(), layers_.end(), number) != layers_.end();
}

Result<bool> AdapterSettings::targets(const Module& module) const {
  BAKEOFF_TRY(const bool excluded, chosen(excluded_, module.name, where_ + ": exclude_modules"));
  BAKEOFF_TRY(const bool kept, kept_from_targets(module.name));
  if (excluded || kept) return false;
  if (all_linear_) return module.layer < 0 ? Result<bool>(false) : in_layers(module.name);
  BAKEOFF_TRY(const bool named, chosen(targets_, module.name, where_ + ": target_modules"));
  if (!named || !targets_.expression.empty()) return named;  // PEFT looks at layer numbers only beside a list
  return in_layers(module.name);
}

bool AdapterSettings::saves(const std::string& name) const {
  for (std::size_t end = name.find('.');; end = name.find('.', end + 1)) {
    const std::string holder = name.substr(0, end);
    if (std::any_of(saved_.begin(), saved_.end(), [&](auto& each) { return holder.ends_with(each); })) return true;
    if (end == name.npos) return false;
  }
}

/// A module that modules_to_save names by whole parts of its name gets no low-rank term.
Result<bool> AdapterSettings::kept_from_targets(const std::string& name) const {
  for (const std::string& each : saved_) {
    BAKEOFF_TRY(const bool found, full_match(R"((^|.*\.))" + each + R"(($|\..*))", name, where_ + ": modules_to_save"));
    if (found) return true;
  }
  return false;
}

Result<double> AdapterSettings::patterned(const Pattern& pattern, const std::string& module, double fallback,
                                          const char* key) const {
  for (const auto& [expression, value] : pattern) {
    BAKEOFF_TRY(const bool found, full_match(R"((.*\.)?()" + expression + ")", module, where_ + ": " + key));
    if (found) return value;
  }
  return fallback;
}

Result<std::int64_t> AdapterSettings::rank(const Module& module) const {
  BAKEOFF_TRY(const double rank, patterned(ranks_, module.name, rank_, "rank_pattern"));
  if (rank != std::floor(rank) || rank > kMostRank)
    return input_error("the rank of " + module.name + " is no integer up to 65536", where_ + ": r");
  return static_cast<std::int64_t>(rank);
}

Result<double> AdapterSettings::scale(const Module& module) const {
  BAKEOFF_TRY(const std::int64_t rank, this->rank(module));
  BAKEOFF_TRY(const double alpha, patterned(alphas_, module.name, alpha_, "alpha_pattern"));
  const auto r = static_cast<double>(rank);
  return alpha / (root_scale_ ? std::sqrt(r) : r);
}

}  // namespace bakeoff::baker
