// `bakeoff bake`: from a prompt and questions to an adapter.
#include <cstdio>

#include <CLI/CLI.hpp>

#include "harness/run/experiment.h"
#include "tools/commands.h"
#include "tools/model_options.h"
#include "tools/records.h"

namespace bakeoff::tools {

namespace {

struct BakeOptions {
  ModelOptions model;
  StreamOptions streams;
  std::string prompt, questions, out;
  std::string method, recipe;  ///< empty: the default, or the recipe's
  std::uint64_t seed = 0;
  bool resume = false;
  bool explain = false;
};

Result<Recipe> read_recipe(const BakeOptions& options) {
  Recipe recipe;
  if (!options.recipe.empty()) {
    BAKEOFF_TRY(const Json value, read_yaml_file(options.recipe));
    BAKEOFF_TRY(recipe, recipe_from_json(value, options.recipe));
  }
  if (!options.method.empty()) recipe.method = options.method;
  return recipe;
}

Result<BakeRequest> read_request(const BakeOptions& options) {
  BakeRequest request;
  request.model = options.model.model;
  BAKEOFF_TRY(request.prompt, read_prompt_file(options.prompt));
  BAKEOFF_TRY(request.questions, run::read_questions(options.questions));
  BAKEOFF_TRY(request.recipe, read_recipe(options));
  request.seed = options.seed;
  request.out = options.out;
  request.resume = options.resume;
  request.engine = options.model.engine;
  BAKEOFF_TRY(request.parents, parse_adapters(options.model));
  return request;
}

OrderedJson parents_json(const std::vector<AdapterUse>& parents) {
  OrderedJson list = OrderedJson::array();
  for (const AdapterUse& parent : parents)
    list.push_back({{"folder", parent.folder.string()}, {"scale", parent.scale}});
  return list;
}

void explain(const BakeRequest& request) {
  OrderedJson record = {{"model", request.model},
                        {"prompt", to_json(request.prompt)},
                        {"questions", request.questions.size()},
                        {"recipe", to_json(request.recipe)},
                        {"seed", request.seed},
                        {"out", request.out.string()}};
  if (!request.parents.empty()) record["parents"] = parents_json(request.parents);
  std::puts(record.dump(2, ' ', false, OrderedJson::error_handler_t::replace).c_str());
}

/// One stage of the progress for each phase of the bake.
class PhaseProgress {
 public:
  explicit PhaseProgress(ProgressMode mode) : progress_(mode) {}
  void show(const BakeProgress& now) {
    if (now.phase != phase_) {
      phase_ = now.phase;
      progress_.begin("bake: " + phase_, now.total);
    }
    char note[48] = "";
    if (now.kl_nats >= 0) std::snprintf(note, sizeof note, "KL %.3f nats", now.kl_nats);
    progress_.update(now.done, note);
  }

 private:
  Progress progress_;
  std::string phase_;
};

OrderedJson record_of(const BakeOutcome& outcome) {
  const Json all = to_json(outcome);
  OrderedJson record;
  for (const char* key : {"adapter", "folder", "kl_first", "kl_last", "kl_held_out_before", "kl_held_out", "effect_kl",
                          "trajectories", "answer_tokens", "seconds", "peak_resident_bytes"})
    record[key] = OrderedJson(all.at(key));
  return record;
}

Result<int> bake(const BakeOptions& options) {
  BAKEOFF_TRY(const BakeRequest request, read_request(options));
  if (options.explain) {
    explain(request);
    return 0;
  }
  BAKEOFF_TRY(Baker* const baker, load_baker());
  PhaseProgress progress(options.streams.mode());
  auto outcome = baker->bake(request, [&](const BakeProgress& now) { progress.show(now); });
  if (!outcome.ok() && outcome.error().kind == ErrorKind::interrupted)
    return Error{ErrorKind::interrupted, "interrupted; what was done is saved", options.out,
                 "the same command with --resume goes on"};
  if (!outcome.ok()) return outcome.error();
  BAKEOFF_TRY(const auto output, RecordOutput::open("-"));
  BAKEOFF_CHECK(output->write(record_of(*outcome)));
  return 0;
}

}  // namespace

Action declare_bake(CLI::App& app) {
  auto options = std::make_shared<BakeOptions>();
  add_model_option(app, options->model);
  app.add_option("--adapter", options->model.adapters,
                 "Bake on top of this adapter folder, with :SCALE in [0, 2]; repeat for a chain, first bake first");
  app.add_option("--prompt", options->prompt, "YAML or JSON file: {\"messages\"} or {\"system\"}, and \"student\"")
      ->required();
  app.add_option("--questions", options->questions, "JSONL file: {\"question\"} or {\"messages\"}")->required();
  app.add_option("--out", options->out, "Folder of the adapter")->required();
  app.add_option("--method", options->method, "How to train; default: the recipe's, else kl");
  app.add_option("--recipe", options->recipe, "YAML file with training settings");
  app.add_option("--seed", options->seed, "Seed of all draws")->capture_default_str();
  app.add_flag("--resume", options->resume, "Go on from the checkpoint of an interrupted bake of the same request");
  app.add_flag("--explain", options->explain, "Print the resolved recipe and stop");
  add_engine_options(app, options->model);
  add_progress_options(app, options->streams);
  return [options] { return bake(*options); };
}

}  // namespace bakeoff::tools
