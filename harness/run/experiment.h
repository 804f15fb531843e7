// The experiment file: what to bake, which arms answer which suites. YAML (or JSON); the published schema is
// datasets/schemas/experiment.schema.json. Ten lines are enough, since every field but `model` has a default:
//
//   name: pirate
//   model: smollm2-135m-instruct
//   prompts: {pirate: prompts/pirate.yaml}
//   questions: questions/pirate_train.jsonl
//   bakes: [{prompt: pirate}]
//   suites: [{name: style, items: questions/pirate_test.jsonl, pattern: "(?i)arrr"}, {name: arithmetic, items: 100}]
//
// means: arms base, prompted, baked and reprompted; the recipe of harness/core/recipe.h; greedy answers; seed 0.
// Relative paths are against the experiment's folder. Unknown keys are errors. docs/sequences.md: bakes on top of
// others.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/compare/policy.h"
#include "harness/core/evaluation.h"

namespace bakeoff::run {

/// How a bake keeps the targets of those before it in view.
struct ReplaySpec {
  int questions = 0;    ///< of each earlier bake of its chain, the first ones; 0: no replay
  double weight = 1.0;  ///< of their tokens in the loss
};

struct BakeSpec {
  std::string name;                     ///< default: the prompt's name
  std::string prompt;                   ///< a key of Experiment::prompts
  std::vector<Conversation> questions;  ///< at least one
  Recipe recipe;
  std::uint64_t seed = 0;   ///< default: the experiment's
  std::string parent = {};  ///< the bake that it starts from: one that stands before it; empty: the model as it is
  ReplaySpec replay = {};
};

struct SuiteSpec {
  std::string name;              ///< a line of the suite table
  std::string label;             ///< key `as`; default: the name
  Json fields = Json::object();  ///< the suite's own keys
  Json decoding;                 ///< null: the suite's own
  std::string where;             ///< "pirate.yaml: suites[0]"
};

struct Experiment {
  std::string name;   ///< default: the file's name without its ending
  std::string model;  ///< empty where all arms are remote
  std::map<std::string, PromptSpec> prompts;
  std::vector<BakeSpec> bakes;
  std::vector<Arm> arms;    ///< default: base, then prompted, baked and reprompted of each bake
  std::vector<Arm> judges;  ///< arms that play no suite but those that name them
  std::vector<SuiteSpec> suites;
  std::uint64_t seed = 0;
  int replicates = 1;  ///< answers per item, each with its own seed
  EngineSettings engine;
  TemplateSettings rendering;               ///< keys `template` and `date`
  Conversation student = {{"system", ""}};  ///< what stays in front at inference, unless a prompt says otherwise
  std::optional<compare::RunGate> gate;     ///< the policy that decides at the end of a run
  std::optional<Path> out;                  ///< default: runs/NAME in the current folder
  Path file;

  const BakeSpec* find_bake(const std::string& bake) const;
  /// The bakes below one, the first of the chain first; none where it starts from the model as it is.
  std::vector<const BakeSpec*> ancestors(const BakeSpec& bake) const;
};

/// Reads, checks, and writes out every default. `overrides`: "path=value", as in --set.
Result<Experiment> read_experiment(const Path& file, const std::vector<std::string>& overrides = {});
/// The same from a document in memory; `file` gives the name for errors and the folder for relative paths.
Result<Experiment> experiment_from_json(const Json& document, const Path& file);

/// The experiment with every default written out: reading it gives the same experiment.
OrderedJson to_json(const Experiment& experiment);

/// Reads the key `gate`: a policy (a file or in place), or {policy, base, candidate}. The arms default to the first
/// baked one and the prompted one of its prompt. Errors: arms that are not there, what policies may have wrong.
Result<compare::RunGate> gate_from_json(const Json& value, const Experiment& experiment, const std::string& where);

/// "bakes[0].rank=8": sets one field of a document; objects on the way are made, lists are not lengthened.
Status set_field(Json& document, const std::string& assignment);

/// Rows {"question": "..."} or {"messages": [...]}: a JSONL file, or a list in the document.
Result<std::vector<Conversation>> read_questions(const Path& file);
Result<std::vector<Conversation>> questions_from_json(const Json& list, const std::string& where);

}  // namespace bakeoff::run
