// The policy of a gate: what must hold before a candidate may take the base's place. YAML (or JSON); the published
// schema is datasets/schemas/policy.schema.json.
//
//   version: 1
//   alpha: 0.025                     # chance of each wrong decision, see gate.h
//   defaults: {tier: supporting, max_drop: 0.03}
//   suites:
//     style: {tier: critical, min_gain: 0.3}
//     arithmetic: {max_drop: 0.05}
//     ifeval: [{metric: prompt_strict, max_drop: 0.03}, {metric: prompt_loose, tier: advisory, max_drop: 0.03}]
//   limits:
//     - {measurement: kl_held_out, max: 0.5, tier: critical}
//     - {measurement: prompt_tokens_per_sample, max_ratio: 0.5}
//
// A rule in `defaults` covers every suite that both sides have and that `suites` does not list; without one only the
// listed suites are gated. A file with `benchmarks`, or with nothing but `version` and `defaults`, is a policy of NeMo
// Evaluator 0.3 and is read as such: its keys, its defaults (max_drop 0.015), every common suite gated, a missing
// benchmark is NO-GO (in ours INCONCLUSIVE). Its metric "mean_reward" is a suite's primary metric where it has none of
// that name, "pass@1" the share of answers with a score above 0.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/core/json.h"

namespace bakeoff::compare {

enum class Tier { critical, supporting, advisory };  ///< the first two decide; advisory criteria are only shown
enum class Rule {
  max_drop,         ///< the score falls by at most `limit`
  non_inferiority,  ///< the same claim with the margin that a study states: limit > 0
  min_gain,         ///< the score rises by at least `limit`
  relative_drop,    ///< NeMo's max_relative_drop: the score falls by at most `limit` times the base's score
};

/// What must hold of one metric of one suite. Limits are shares of the scale [0, 1]: 0.03 is 3 points.
struct ScoreCriterion {
  std::string suite;
  std::string metric;  ///< empty: the primary one
  Tier tier = Tier::supporting;
  Rule rule = Rule::max_drop;
  double limit = 0;
  std::optional<bool> higher_is_better;  ///< absent: as the suite says
  double noise_floor = 0;                ///< differences up to this are no breach and no gain
  std::optional<double> only_below;      ///< relative_drop: applies only where the base scores less than this
};

/// What must hold of a measurement of the candidate: exactly one of the bounds.
struct LimitCriterion {
  std::string measurement;
  std::string subject;  ///< of the measurement: an arm, a bake, "run"; empty: any, if there is only one
  Tier tier = Tier::supporting;
  std::optional<double> max, min;
  std::optional<double> max_ratio;     ///< candidate / base
  std::optional<double> max_increase;  ///< candidate - base
};

struct Policy {
  double alpha = 0.025;
  bool is_nemo = false;                               ///< as NeMo Evaluator means it: what is missing is NO-GO
  std::vector<std::string> arms;                      ///< only pairs whose candidate is one of these; empty: all
  std::vector<ScoreCriterion> scores;                 ///< of the listed suites
  std::optional<ScoreCriterion> for_others;           ///< the defaults, for suites that are not listed
  std::optional<ScoreCriterion> relative_for_others;  ///< NeMo's second threshold of the defaults
  std::vector<LimitCriterion> limits;
  std::vector<std::string> listed;  ///< suites that the file names
};

/// The gate that an experiment states for itself (run_gate.h).
struct RunGate {
  Json policy;                  ///< the document, as policy_from_json takes it
  std::string base, candidate;  ///< arms
};
Json to_json(const RunGate& gate);

Result<Policy> read_policy(const Path& file);
Result<Policy> policy_from_json(const Json& document, const std::string& where);

const char* name_of(Tier tier);
const char* name_of(Rule rule);

}  // namespace bakeoff::compare
