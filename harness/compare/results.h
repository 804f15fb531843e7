// What one arm scored, whoever ran it: a run of ours, or a result folder of another harness. Comparison, gate and
// export read nothing else, so that a new source is one reader.
//
//   BAKEOFF_TRY(auto sets, compare::open_results("runs/pirate:baked"));   // one ResultSet per arm: here one
//   BAKEOFF_TRY(auto sets, compare::open_results("lm_eval_out/model"));   // one
//
// Thread rule: plain data.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/evaluation.h"

namespace bakeoff::compare {

struct MetricInfo {
  std::string name;
  bool higher_is_better = true;
  std::string meaning;  ///< one line; may be empty
};

/// One judged answer. `verdict.metrics` has a value for each metric that it was scored on.
struct ScoredItem {
  std::string id, group;  ///< group: the unit of clustered errors; the id where nothing else is known
  int replicate = 0;
  Verdict verdict;
  std::string question, answer;  ///< for people; may be empty
  std::string sample_key;        ///< what `bakeoff show` takes; empty for other harnesses
};

/// A figure without the items behind it, as other harnesses give where samples were not kept.
struct SummaryFigure {
  double value = 0;
  std::optional<double> standard_error;
  std::int64_t n = 0;
};

struct SuiteResults {
  std::string name;                 ///< the label, by which the two sides are matched
  std::vector<MetricInfo> metrics;  ///< the first one is primary
  std::vector<ScoredItem> items;    ///< in the suite's order, then by replicate; empty where only figures are known
  std::map<std::string, SummaryFigure> figures;  ///< by metric, as the source states them; may be empty
  /// What must agree before a difference means anything: {"suite", "version", "data", "judge", "decoding", "template",
  /// "shots"}, as far as the source says it. Values are texts or JSON; a key that one side lacks is "unknown" there.
  Json protocol = Json::object();
  /// Played in random order and looked at until it was settled, items in that order: only tests that allow for looking
  /// (stats/sequential.h) keep their promise.
  bool was_watched = false;
};

struct ResultSet {
  std::string name;                ///< as the user named it, for messages: "runs/pirate:baked"
  std::string source;              ///< "bakeoff", "lm-eval", "inspect" or "nemo"
  std::string arm;                 ///< our arm; for others the model's name
  Json identity = Json::object();  ///< what answered: model digest, adapters, dtype, engine, as far as known
  std::vector<SuiteResults> suites;
  std::vector<Measurement> measurements;  ///< of this arm, its bake and the run
  std::vector<std::string> caveats;       ///< what a reader must know ("coding suites ran without the sandbox")
};

/// Null where there is none of that name.
const SuiteResults* find_suite(const ResultSet& set, const std::string& name);

}  // namespace bakeoff::compare
