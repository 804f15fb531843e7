// What the store's tables hold, as the program sees it. Plain data.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/core/evaluation.h"

namespace bakeoff::store {

using RunId = std::int64_t;

struct RunRow {
  RunId id = 0;
  std::string experiment, digest;
  std::string status;                   ///< "running", "complete", "interrupted" or "failed"
  std::string started_at, finished_at;  ///< UTC, ISO 8601; finished_at is empty while running
  Json resolved;                        ///< the experiment with every default written out
  Json settings;                        ///< {"engine", "program", "limit", ...}
};

struct ArmRow {
  Arm arm;
  std::string generator;  ///< digest of the identity
  Json identity;          ///< core GeneratorIdentity
};

struct MetricRow {
  std::string name;
  bool higher_is_better = true;
  std::string meaning;
};

/// A suite as a run used it: the store's copy of its card.
struct SuiteRow {
  std::string label;  ///< as the experiment calls it
  std::string name, version, source, licence, digest;
  std::vector<MetricRow> metrics;  ///< the first one is primary
};

struct BakeRow {
  std::string name;  ///< as the experiment calls it; empty when read without a run
  std::string key;
  std::string adapter_id;  ///< content id
  Path folder;             ///< relative to the store's folder when written, whole when read
  std::string parent;      ///< content id of what it started from: the model's digest, or an adapter
  std::string model, model_digest;
  Json prompt, recipe, questions;
  std::uint64_t seed = 0;
  BakeOutcome outcome;  ///< its folder is the whole path
  std::string created_at;
};

/// One recorded answer with what the core Sample does not carry.
struct SampleRow {
  Sample sample;          ///< arm and suite are labels: of the latest run that shows it
  std::string generator;  ///< digest of the identity
  Json identity;          ///< filled on reading
  std::string suite_digest;
  Json replies;  ///< all replies where there were several, or scores; else null
  int requests = 1;
  std::int64_t total_prompt_tokens = 0, total_completion_tokens = 0;
  std::optional<Error> error;      ///< why a request failed
  std::optional<Verdict> verdict;  ///< filled on reading, if judged by that suite
};

/// One line of a report: an item as one arm answered it.
struct VerdictRow {
  std::string item, group;
  int position = 0;  ///< of the item in its suite
  int replicate = 0;
  std::string sample_key;
  Verdict verdict;
  std::int64_t prompt_tokens = 0, completion_tokens = 0;  ///< over all requests of the sample
  double wall_seconds = 0;
};

struct CostRow {
  std::string subject;  ///< arm or bake
  std::string phase;    ///< "play", or a phase of the bake
  double wall_seconds = 0;
  std::int64_t prompt_tokens = 0, completion_tokens = 0;
};

/// Who gave the better answer to one item, by a person or a judge.
struct VoteRow {
  std::string id;  ///< unique in its run
  std::string suite, item;
  std::string model_a, model_b;  ///< a: the answer shown first. Arms, or names of the source's own
  std::string winner;            ///< "model_a", "model_b" or "tie"
  std::string judge;             ///< who voted
  std::string category;
  std::optional<std::string> sample_key;  ///< of the sample that holds a judge's words
  std::string created_at;                 ///< UTC, ISO 8601; empty when given: now
  std::string source;                     ///< where it was cast: a suite, "arena", an imported file
};

/// What one arm scored on one suite of a run.
struct ScoreRow {
  std::string arm, suite;
  std::optional<double> mean;  ///< of the scored; nothing where none is
  std::int64_t scored = 0, unscored = 0;
};

}  // namespace bakeoff::store
