// adapter_config.json of PEFT's LoRA (https://github.com/huggingface/peft, src/peft/tuners/lora/config.py at 0.21):
// every setting is honoured or refused by name. docs/adapters.md lists which.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "baker/models/modules.h"

namespace bakeoff::baker {

/// Immutable after read().
class AdapterSettings {
 public:
  /// Errors name file and key: another peft_type, a setting that is on and not honoured, a value of the wrong form.
  static Result<AdapterSettings> read(const Path& file);

  /// Does the adapter put a low-rank term on this module? As PEFT's check_target_module_exists decides: target_modules
  /// as list, as expression or "all-linear", exclude_modules, layers_to_transform with layers_pattern.
  Result<bool> targets(const Module& module) const;
  /// Does modules_to_save name this module, or one that holds it? `name`: "model.norm". As PEFT's _set_trainable
  /// decides, the end of a name is enough: "norm" names every layer's input_layernorm too.
  bool saves(const std::string& name) const;
  /// r, or what rank_pattern says: the first pattern in file order that matches decides (PEFT's get_pattern_key).
  Result<std::int64_t> rank(const Module& module) const;
  /// alpha / r, or alpha / sqrt(r) with rsLoRA; alpha as alpha_pattern says.
  Result<double> scale(const Module& module) const;

  bool has_magnitudes() const { return dora_; }  ///< use_dora
  const std::string& where() const { return where_; }
  const std::string& base_name() const { return base_name_; }

 private:
  using Pattern = std::vector<std::pair<std::string, double>>;  ///< in file order
  /// Names, or one expression.
  struct Choice {
    std::vector<std::string> names;
    std::string expression;
    bool empty() const { return names.empty() && expression.empty(); }
  };
  Status read_targets(const Json& config);
  static Result<Choice> choice(const Json& config, const char* key, const std::string& where);
  static Result<Pattern> pattern(const OrderedJson& config, const char* key, const std::string& where);
  static Result<bool> chosen(const Choice& choice, const std::string& name, const std::string& where);
  Result<bool> in_layers(const std::string& name) const;
  Result<bool> kept_from_targets(const std::string& name) const;
  Result<double> patterned(const Pattern& pattern, const std::string& module, double fallback, const char* key) const;

  std::string where_, base_name_;
  double rank_ = 0, alpha_ = 0;
  bool root_scale_ = false, dora_ = false, all_linear_ = false;
  Pattern ranks_, alphas_;
  Choice targets_, excluded_;
  std::vector<std::string> saved_, layer_patterns_;
  std::vector<std::int64_t> layers_;
};

}  // namespace bakeoff::baker
