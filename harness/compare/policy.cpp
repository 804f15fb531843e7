// See policy.h.
#include "harness/compare/policy.h"

#include <array>
#include <cmath>

namespace bakeoff::compare {
namespace {

struct RuleName {
  Rule rule;
  const char* key;
};
constexpr std::array<RuleName, 3> kRules = {
    {{Rule::max_drop, "max_drop"}, {Rule::non_inferiority, "non_inferiority"}, {Rule::min_gain, "min_gain"}}};

Tier tier_from(ObjectReader& fields, Tier fallback) {
  const auto word = fields.one_of("tier", name_of(fallback), {"critical", "supporting", "advisory"});
  return word == "critical" ? Tier::critical : word == "advisory" ? Tier::advisory : Tier::supporting;
}

std::optional<double> number(ObjectReader& fields, const char* key) {
  if (!fields.has(key)) return std::nullopt;
  const double value = fields.required<double>(key);
  if (!std::isfinite(value)) fields.fail(key, "must be a number");
  return value;
}

void read_direction(ObjectReader& fields, ScoreCriterion& out) {
  if (!fields.has("direction")) return;
  out.higher_is_better =
      fields.one_of("direction", "higher_is_better", {"higher_is_better", "lower_is_better"}) == "higher_is_better";
}

/// Reads the rule that the object states. True where it states one.
bool read_rule(ObjectReader& fields, ScoreCriterion& out) {
  int stated = 0;
  for (const RuleName& rule : kRules) {
    if (!fields.has(rule.key)) continue;
    if (++stated > 1) fields.fail(rule.key, "one rule each: max_drop, non_inferiority or min_gain");
    out.rule = rule.rule;
    out.limit = fields.in_range(rule.key, 0.0, 0.0, 1.0);
    if (out.limit >= 1) fields.fail(rule.key, "must be below 1");
    if (rule.rule == Rule::non_inferiority && out.limit == 0) fields.fail(rule.key, "must be above 0");
  }
  return stated > 0;
}

bool read_score_fields(ObjectReader& fields, ScoreCriterion& out) {
  out.tier = tier_from(fields, out.tier);
  out.metric = fields.optional("metric", out.metric);
  read_direction(fields, out);
  out.noise_floor = fields.in_range("noise_floor", out.noise_floor, 0.0, 1.0);
  return read_rule(fields, out);
}

class PolicyReader {
 public:
  explicit PolicyReader(std::string where) : where_(std::move(where)) {}

  Result<Policy> read(const Json& document) {
    ObjectReader fields(document, where_);
    const int version = fields.optional("version", 1);
    if (version != 1) fields.fail("version", "this program knows version 1");
    policy_.alpha = fields.in_range("alpha", policy_.alpha, 1e-6, 0.5);
    policy_.arms = fields.optional("arms", std::vector<std::string>());
    if (fields.has("defaults")) BAKEOFF_CHECK(read_defaults(fields.raw("defaults")));
    if (fields.has("suites")) BAKEOFF_CHECK(read_suites(fields.raw("suites")));
    if (fields.has("limits")) BAKEOFF_CHECK(read_limits(fields.raw("limits")));
    BAKEOFF_CHECK(fields.finish());
    if (policy_.scores.empty() && policy_.limits.empty() && !policy_.for_others)
      return input_error("gates nothing", where_, "list suites or limits, or give defaults a rule");
    return std::move(policy_);
  }

 private:
  Status read_defaults(const Json& value) {
    ObjectReader fields(value, where_ + ": defaults");
    if (read_score_fields(fields, defaults_)) policy_.for_others = defaults_;
    return fields.finish();
  }

  Status read_suites(const Json& suites) {
    if (!suites.is_object()) return input_error("expected suites by name", where_ + ": suites");
    for (const auto& entry : suites.items()) {
      const std::string path = where_ + ": suites." + entry.key();
      policy_.listed.push_back(entry.key());
      if (!entry.value().is_array()) {
        BAKEOFF_CHECK(read_suite(entry.key(), entry.value(), path));
        continue;
      }
      for (std::size_t i = 0; i < entry.value().size(); ++i)
        BAKEOFF_CHECK(read_suite(entry.key(), entry.value()[i], path + "[" + std::to_string(i) + "]"));
    }
    return {};
  }

  Status read_suite(const std::string& name, const Json& value, const std::string& path) {
    ObjectReader fields(value, path);
    ScoreCriterion criterion = defaults_;
    criterion.suite = name;
    const bool has_rule = read_score_fields(fields, criterion) || policy_.for_others;
    BAKEOFF_CHECK(fields.finish());
    if (!has_rule) return input_error("states no rule", path, "give max_drop, non_inferiority or min_gain");
    policy_.scores.push_back(std::move(criterion));
    return {};
  }

  Status read_limits(const Json& limits) {
    if (!limits.is_array()) return input_error("expected a list", where_ + ": limits");
    for (std::size_t i = 0; i < limits.size(); ++i) {
      const std::string path = where_ + ": limits[" + std::to_string(i) + "]";
      ObjectReader fields(limits[i], path);
      LimitCriterion limit;
      limit.measurement = fields.required<std::string>("measurement");
      limit.subject = fields.optional("subject", "");
      limit.tier = tier_from(fields, defaults_.tier);
      limit.max = number(fields, "max");
      limit.min = number(fields, "min");
      limit.max_ratio = number(fields, "max_ratio");
      limit.max_increase = number(fields, "max_increase");
      BAKEOFF_CHECK(fields.finish());
      const int bounds =
          limit.max.has_value() + limit.min.has_value() + limit.max_ratio.has_value() + limit.max_increase.has_value();
      if (bounds != 1) return input_error("expected one of max, min, max_ratio and max_increase", path);
      policy_.limits.push_back(std::move(limit));
    }
    return {};
  }

  std::string where_;
  ScoreCriterion defaults_;
  Policy policy_;
};

/// NeMo Evaluator's GatePolicy (nemo_evaluator/config/gate_policy.py, 0.3.0). Each benchmark gives a criterion for
/// max_drop and, where stated, one for max_relative_drop.
class NemoPolicyReader {
 public:
  explicit NemoPolicyReader(std::string where) : where_(std::move(where)) {}

  Result<Policy> read(const Json& document) {
    ObjectReader fields(document, where_);
    if (fields.optional("version", 1) != 1) fields.fail("version", "this program knows version 1");
    Pair defaults;
    defaults.absolute.limit = kDefaultDrop;
    if (fields.has("defaults")) {
      BAKEOFF_TRY(defaults, read_entry(fields.raw("defaults"), where_ + ": defaults", defaults));
    }
    const Json& benchmarks = fields.raw("benchmarks");
    BAKEOFF_CHECK(fields.finish());
    Policy policy;
    policy.is_nemo = true;
    policy.for_others = defaults.absolute;
    policy.relative_for_others = defaults.relative_criterion();
    if (!benchmarks.is_null() && !benchmarks.is_object())
      return input_error("expected benchmarks by name", where_ + ": benchmarks");
    for (const auto& entry : benchmarks.items()) {
      BAKEOFF_TRY(Pair pair, read_entry(entry.value(), where_ + ": benchmarks." + entry.key(), defaults));
      pair.absolute.suite = entry.key();
      policy.listed.push_back(entry.key());
      policy.scores.push_back(pair.absolute);
      if (const auto relative = pair.relative_criterion()) policy.scores.push_back(*relative);
    }
    return policy;
  }

 private:
  static constexpr double kDefaultDrop = 0.015;

  struct Pair {
    ScoreCriterion absolute;
    std::optional<double> relative, only_below;

    std::optional<ScoreCriterion> relative_criterion() const {
      if (!relative) return std::nullopt;
      ScoreCriterion out = absolute;
      out.rule = Rule::relative_drop;
      out.limit = *relative;
      out.only_below = only_below;
      return out;
    }
  };

  static Result<Pair> read_entry(const Json& value, const std::string& where, Pair pair) {
    if (value.is_null()) return pair;
    // Pydantic takes an explicit null as "not stated".
    Json stated = value;
    for (auto at = stated.begin(); stated.is_object() && at != stated.end();)
      at = at.value().is_null() ? stated.erase(at) : std::next(at);
    ObjectReader fields(stated, where);
    pair.absolute.tier = tier_from(fields, pair.absolute.tier);
    pair.absolute.metric = fields.optional("metric", pair.absolute.metric);
    read_direction(fields, pair.absolute);
    pair.absolute.limit = fields.in_range("max_drop", pair.absolute.limit, 0.0, 1.0);
    if (const auto relative = number(fields, "max_relative_drop")) pair.relative = *relative;
    if (pair.relative.value_or(0) < 0) fields.fail("max_relative_drop", "must not be below 0");
    if (fields.has("relative_guard_below")) pair.only_below = fields.in_range("relative_guard_below", 1.0, 0.0, 1.0);
    BAKEOFF_CHECK(fields.finish());
    return pair;
  }

  std::string where_;
};

}  // namespace

const char* name_of(Tier tier) {
  if (tier == Tier::critical) return "critical";
  return tier == Tier::advisory ? "advisory" : "supporting";
}

const char* name_of(Rule rule) {
  for (const RuleName& known : kRules)
    if (known.rule == rule) return known.key;
  return "max_relative_drop";
}

Result<Policy> policy_from_json(const Json& document, const std::string& where) {
  if (!document.is_object()) return input_error("expected a policy: keys with values", where);
  const bool only_defaults = document.contains("defaults") && document.size() == 1 + document.count("version");
  if (document.contains("benchmarks") || only_defaults) return NemoPolicyReader(where).read(document);
  return PolicyReader(where).read(document);
}

Result<Policy> read_policy(const Path& file) {
  BAKEOFF_TRY(const Json document, read_yaml_file(file));
  return policy_from_json(document, file.string());
}

}  // namespace bakeoff::compare
