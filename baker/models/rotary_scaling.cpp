#include "baker/models/rotary_scaling.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

namespace bakeoff::baker {
namespace {

const std::set<std::string> kMembers = {
    "rope_type",        "type",           "rope_theta",  "partial_rotary_factor",
    "factor",           "short_factor",   "long_factor", "attention_factor",
    "low_freq_factor",  "beta_fast",      "beta_slow",   "mscale",
    "high_freq_factor", "mscale_all_dim", "truncate",    "original_max_position_embeddings"};

/// wavelengths beyond original / low are stretched by `factor`, those below original / high stay, between them both
/// mix.
void scale_llama3(RotaryFrequencies& rotary, float factor, float low, float high, float original) {
  for (float& inverse : rotary.inverse) {
    const float wavelength = 2 * std::numbers::pi_v<float> / inverse;
    if (wavelength < original / high) continue;
    if (wavelength > original / low) {
      inverse /= factor;
      continue;
    }
    const float smooth = (original / wavelength - low) / (high - low);
    inverse = (1 - smooth) * inverse / factor + smooth * inverse;
  }
}

struct Yarn {
  double base, factor, original;
  double beta_fast = 32, beta_slow = 1;
  bool truncate = true;
};

/// Pairs that turn more than beta_fast times over the original context stay, those below beta_slow are stretched, and a
/// ramp lies between.
void scale_yarn(RotaryFrequencies& rotary, const Yarn& yarn, std::int64_t turned) {
  const auto dimension = static_cast<double>(turned);
  const auto at = [&](double turns) {
    return dimension * std::log(yarn.original / (turns * 2 * std::numbers::pi)) / (2 * std::log(yarn.base));
  };
  double low = at(yarn.beta_fast), high = at(yarn.beta_slow);
  if (yarn.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, dimension - 1);
  if (low == high) high += 0.001;
  for (std::size_t i = 0; i < rotary.inverse.size(); ++i) {
    const float ramp =
        std::clamp((static_cast<float>(i) - static_cast<float>(low)) / static_cast<float>(high - low), 0.0f, 1.0f);
    const float keep = 1 - ramp, inverse = rotary.inverse[i];
    rotary.inverse[i] = inverse / static_cast<float>(yarn.factor) * (1 - keep) + inverse * keep;
  }
}

double yarn_amplitude(double factor, double mscale) { return factor <= 1 ? 1 : 0.1 * mscale * std::log(factor) + 1; }

/// inverse / factor for every pair.
Result<std::vector<float>> divided(std::vector<float> inverse, const std::vector<float>& factors,
                                   const std::string& what, const std::string& where) {
  if (factors.size() != inverse.size())
    return unsupported_model(what + " has " + std::to_string(factors.size()) + " values for " +
                                 std::to_string(inverse.size()) + " rotary pairs",
                             where);
  for (std::size_t i = 0; i < inverse.size(); ++i) {
    if (!(factors[i] > 0) || !std::isfinite(factors[i]))
      return unsupported_model(what + " holds a value that is not positive", where);
    inverse[i] /= factors[i];
  }
  return inverse;
}

/// One object of rotary settings while it is turned into frequencies.
class JsonRotary {
 public:
  JsonRotary(const Json& parameters, const RotaryPlace& place, const std::string& where)
      : settings_{parameters, where}, place_(place) {}
  Result<RotaryFrequencies> read();

 private:
  Result<double> positive(const char* key) const;
  Status check_members() const;
  Status linear(RotaryFrequencies& rotary) const;
  Status llama3(RotaryFrequencies& rotary) const;
  Status yarn(RotaryFrequencies& rotary) const;
  Status longrope(RotaryFrequencies& rotary) const;
  double original() const {
    return settings_.get("original_max_position_embeddings", static_cast<double>(place_.context));
  }

  JsonSettings settings_;
  const RotaryPlace& place_;
  double base_ = 0;
  std::int64_t turned_ = 0;
};

Result<double> JsonRotary::positive(const char* key) const {
  const double value = settings_.get(key, 0.0);
  if (!(value > 0) || !std::isfinite(value))
    return unsupported_model(std::string("rope_scaling: ") + key + " is missing or not positive", settings_.where);
  return value;
}

Status JsonRotary::check_members() const {
  for (const auto& [key, value] : settings_.json.items())
    if (!kMembers.count(key)) return unsupported_model("rope_scaling has the unknown member " + key, settings_.where);
  return {};
}

Status JsonRotary::linear(RotaryFrequencies& rotary) const {
  BAKEOFF_TRY(const double factor, positive("factor"));
  for (float& inverse : rotary.inverse) inverse /= static_cast<float>(factor);
  return {};
}

Status JsonRotary::llama3(RotaryFrequencies& rotary) const {
  BAKEOFF_TRY(const double factor, positive("factor"));
  BAKEOFF_TRY(const double low, positive("low_freq_factor"));
  BAKEOFF_TRY(const double high, positive("high_freq_factor"));
  scale_llama3(rotary, static_cast<float>(factor), static_cast<float>(low), static_cast<float>(high),
               static_cast<float>(original()));
  return {};
}

Status JsonRotary::yarn(RotaryFrequencies& rotary) const {
  BAKEOFF_TRY(const double factor, positive("factor"));
  Yarn yarn = {base_, factor, original()};
  if (settings_.get("beta_fast", 0.0) != 0) yarn.beta_fast = settings_.get("beta_fast", 0.0);
  if (settings_.get("beta_slow", 0.0) != 0) yarn.beta_slow = settings_.get("beta_slow", 0.0);
  yarn.truncate = settings_.get("truncate", true);
  scale_yarn(rotary, yarn, turned_);
  const double mscale = settings_.get("mscale", 0.0), all = settings_.get("mscale_all_dim", 0.0);
  const double usual = mscale != 0 && all != 0 ? yarn_amplitude(factor, mscale) / yarn_amplitude(factor, all)
                                               : yarn_amplitude(factor, 1);
  rotary.amplitude = static_cast<float>(settings_.get("attention_factor", usual));
  return {};
}

Status JsonRotary::longrope(RotaryFrequencies& rotary) const {
  const auto plain = rotary.inverse;
  const auto factors = [&](const char* key) {
    return divided(plain, settings_.get<std::vector<float>>(key, {}), key, settings_.where);
  };
  BAKEOFF_TRY(rotary.inverse, factors("short_factor"));
  BAKEOFF_TRY(rotary.long_inverse, factors("long_factor"));
  rotary.long_after = static_cast<std::int64_t>(original());
  const double factor = settings_.get("factor", static_cast<double>(place_.context) / original());
  const double usual = factor <= 1 ? 1 : std::sqrt(1 + std::log(factor) / std::log(original()));
  rotary.amplitude = static_cast<float>(settings_.get("attention_factor", usual));
  return {};
}

Result<RotaryFrequencies> JsonRotary::read() {
  BAKEOFF_CHECK(check_members());
  base_ = settings_.get("rope_theta", place_.base);
  if (!(base_ > 1) || !std::isfinite(base_)) return unsupported_model("rope_theta is out of range", settings_.where);
  const double part = settings_.get("partial_rotary_factor", 1.0);
  if (!(part > 0 && part <= 1) || (part != 1 && !place_.may_be_partial))
    return unsupported_model("partial_rotary_factor is set", settings_.where);
  if (!(original() > 1 && original() < 1e9))
    return unsupported_model("original_max_position_embeddings is out of range", settings_.where);
  turned_ = static_cast<std::int64_t>(static_cast<double>(place_.head_size) * part);
  RotaryFrequencies rotary = plain_rotary(base_, turned_);
  const auto type = settings_.get("rope_type", settings_.get<std::string>("type", "default"));
  Status scaled;
  if (type == "linear")
    scaled = linear(rotary);
  else if (type == "llama3")
    scaled = llama3(rotary);
  else if (type == "yarn")
    scaled = yarn(rotary);
  else if (type == "longrope" || type == "su")
    scaled = longrope(rotary);
  else if (type != "default")
    return unsupported_model("rope_type \"" + type + "\" is not known", settings_.where);
  if (!scaled.ok()) return scaled.error();
  return rotary;
}

}  // namespace

Json rotary_settings(const JsonSettings& s) {
  Json parameters = Json::object();
  for (const char* key : {"rope_parameters", "rope_scaling"})
    if (s.has(key)) parameters = s.json[key];
  for (const char* key : {"rope_theta", "partial_rotary_factor"})
    if (s.has(key) && !parameters.contains(key)) parameters[key] = s.json[key];
  const char* original = "original_max_position_embeddings";
  if (s.has(original)) parameters[original] = s.json[original];
  return parameters;
}

Result<RotaryFrequencies> rotary_from_json(const Json& parameters, const RotaryPlace& place, const std::string& where) {
  if (!parameters.is_object()) return unsupported_model("rope_scaling is not an object", where);
  return JsonRotary(parameters, place, where).read();
}

namespace {

Status scale_gguf(const GgufSettings& s, const ModelConfig& config, double base, std::int64_t turned,
                  RotaryFrequencies& rotary) {
  const std::string type = s.text("rope.scaling.type", "linear");  // llama.cpp's default, without effect at factor 1
  double factor = s.real("rope.scaling.factor", s.real("rope.scale_linear", 1));
  if (factor == 0) factor = 1;
  if (!(factor > 0) || !std::isfinite(factor))
    return unsupported_model(s.name("rope.scaling.factor") + " is out of range", s.where());
  if (type == "linear") {
    for (float& inverse : rotary.inverse) inverse /= static_cast<float>(factor);
    return {};
  }
  if (type == "none" || type == "longrope") return {};
  if (type != "yarn") return unsupported_model(s.name("rope.scaling.type") + " is " + type, s.where());
  for (const char* key : {"rope.scaling.yarn_ext_factor", "rope.scaling.yarn_attn_factor"})
    if (s.real(key, 1) != 1) return unsupported_model(s.name(key) + " is set", s.where());
  if (s.real("rope.scaling.yarn_log_multiplier", 0) != 0)
    return unsupported_model(s.name("rope.scaling.yarn_log_multiplier") + " is set", s.where());
  Yarn yarn = {base, factor, s.real("rope.scaling.original_context_length", static_cast<double>(config.context))};
  yarn.beta_fast = s.real("rope.scaling.yarn_beta_fast", yarn.beta_fast);
  yarn.beta_slow = s.real("rope.scaling.yarn_beta_slow", yarn.beta_slow);
  if (!(yarn.original > 1 && yarn.original < 1e9))
    return unsupported_model("the original context length is out of range", s.where());
  scale_yarn(rotary, yarn, turned);
  rotary.amplitude = static_cast<float>(yarn_amplitude(factor, 1) * s.real("rope.scaling.attn_factor", 1));
  return {};
}

/// Factors that divide the frequencies, kept as a tensor.
Result<std::vector<float>> divided_by_tensor(const GgufSettings& s, std::vector<float> inverse, const char* name) {
  BAKEOFF_TRY(const auto factors, s.file.read(name));
  return divided(std::move(inverse), factors, name, s.where());
}

}  // namespace

bool is_rotary_tensor(const std::string& name) {
  return name.rfind("rope_f", 0) == 0 || name.find("rotary_emb.inv_freq") != std::string::npos;
}

Result<RotaryFrequencies> rotary_from_gguf(const GgufSettings& s, const ModelConfig& config) {
  const double base = s.real("rope.freq_base", 10000);
  if (!(base > 1) || !std::isfinite(base)) return unsupported_model("the rotary base is out of range", s.where());
  const std::int64_t turned = s.integer("rope.dimension_count", config.head_size);
  if (turned < 1 || turned > config.head_size)
    return unsupported_model(s.name("rope.dimension_count") + " is out of range", s.where());
  RotaryFrequencies rotary = plain_rotary(base, turned);
  BAKEOFF_CHECK(scale_gguf(s, config, base, turned, rotary));
  if (s.file.has("rope_freqs.weight")) {
    BAKEOFF_TRY(rotary.inverse, divided_by_tensor(s, std::move(rotary.inverse), "rope_freqs.weight"));
  }
  if (s.file.has("rope_factors_long.weight")) {
    BAKEOFF_TRY(rotary.long_inverse, divided_by_tensor(s, rotary.inverse, "rope_factors_long.weight"));
    BAKEOFF_TRY(rotary.inverse, divided_by_tensor(s, std::move(rotary.inverse), "rope_factors_short.weight"));
    rotary.long_after = s.integer("rope.scaling.original_context_length", config.context);
    rotary.amplitude = static_cast<float>(s.real("rope.scaling.attn_factor", 1));
  }
  return rotary;
}

}  // namespace bakeoff::baker
