// From options to a plan: experiment, suites, folder, model.
#include "harness/run/prepare.h"

#include <algorithm>

#include "harness/core/sha256.h"
#include "harness/run/stopping.h"

namespace bakeoff::run {
namespace {

void apply_engine_options(const RunOptions& options, EngineSettings& engine) {
  if (options.dtype) engine.dtype = *options.dtype;
  if (options.device) engine.device = *options.device;
  if (options.batch_rows) engine.batch_rows = *options.batch_rows;
}

Path folder_of(const RunOptions& options, const Experiment& experiment) {
  if (options.out) return *options.out;
  return experiment.out.value_or(Path("runs") / experiment.name);
}

/// The store, if there is one; a folder of another experiment is refused here, before anything is written.
Result<std::unique_ptr<store::Store>> open_reader(const Path& folder, const std::string& name) {
  BAKEOFF_TRY(const bool is_there, store::Store::is_there(folder));
  if (!is_there) return std::unique_ptr<store::Store>();
  BAKEOFF_TRY(auto reader, store::Store::open(folder, store::Access::read));
  BAKEOFF_CHECK(reader->check_experiment(name));
  return reader;
}

/// A bake counts as done when its adapter is still there; it may not have been moved to its place yet.
Result<std::optional<store::BakeRow>> find_bake(store::Store* reader, const Path& folder, const std::string& key) {
  if (!reader) return std::optional<store::BakeRow>();
  BAKEOFF_TRY(auto row, reader->bake(key));
  std::error_code ignored;
  if (row && !std::filesystem::exists(row->folder, ignored) &&
      !std::filesystem::exists(folder / training_folder(key), ignored))
    row.reset();
  return row;
}

Status make_plan_of(Prepared& prepared, store::Store* store, std::vector<PlannedSuite> suites) {
  PlanInput input;
  input.experiment = &prepared.experiment;
  input.suites = std::move(suites);
  input.added_arms = prepared.added_arms;
  input.base = prepared.model.base;
  input.remotes = prepared.model.remotes;
  input.chunk_units = static_cast<std::size_t>(std::max(64, 2 * prepared.experiment.engine.batch_rows));
  if (prepared.stopping_gate)
    input.chunk_units = static_cast<std::size_t>(std::max(8, prepared.experiment.engine.batch_rows));
  for (PlannedSuite& suite : input.suites)
    for (const SuiteSpec& spec : prepared.experiment.suites)
      if (store && spec.label == suite.label) {
        BAKEOFF_TRY(suite.other_sizes, other_sizes(*store, prepared.experiment, spec, *suite.suite));
      }
  input.find_bake = [&](const std::string& key) { return find_bake(store, prepared.folder, key); };
  BAKEOFF_TRY(prepared.plan, make_plan(std::move(input)));
  prepared.plan.shard = prepared.shard;
  return {};
}

Status prepare_to_stop(const RunOptions& options, Prepared& prepared, std::vector<PlannedSuite>& suites) {
  if (options.shard)
    return usage_error("a shard can not stop early: no part sees what the others saw", "--stop-early",
                       "leave out --shard or --stop-early");
  BAKEOFF_TRY(prepared.stopping_gate, stopping_gate(prepared.experiment));
  for (PlannedSuite& suite : suites) put_in_random_order(suite, prepared.experiment.seed);
  return {};
}

}  // namespace

Path training_folder(const std::string& bake_key) { return Path("adapters") / ("bake-" + short_id(bake_key)); }
Path adapter_folder(const std::string& adapter_id) { return Path("adapters") / short_id(adapter_id); }

Result<std::unique_ptr<Prepared>> prepare(const RunOptions& options, LazyBaker& baker) {
  auto prepared = std::make_unique<Prepared>();
  BAKEOFF_TRY(prepared->experiment, read_experiment(options.experiment, options.overrides));
  const Experiment& experiment = prepared->experiment;
  apply_engine_options(options, prepared->experiment.engine);
  BAKEOFF_TRY(auto suites, create_suites(experiment, options.limit, options.more_suites));
  if (options.stop_early) BAKEOFF_CHECK(prepare_to_stop(options, *prepared, suites));
  prepared->folder = folder_of(options, experiment);
  BAKEOFF_TRY(prepared->reader, open_reader(prepared->folder, experiment.name));
  BAKEOFF_TRY(prepared->model, identify_model(experiment, prepared->reader.get(), baker));
  prepared->shard = options.shard.value_or(Shard());
  BAKEOFF_CHECK(make_plan_of(*prepared, prepared->reader.get(), std::move(suites)));
  return prepared;
}

Status make_plan_anew(Prepared& prepared, store::Store& store, std::vector<PlannedSuite> more) {
  std::vector<PlannedSuite> suites = std::move(prepared.plan.suites);
  for (PlannedSuite& suite : more) suites.push_back(std::move(suite));
  return make_plan_of(prepared, &store, std::move(suites));
}

Result<GeneratorSpec> generator_spec(const Prepared& prepared, const PlannedArm& arm) {
  GeneratorSpec spec{prepared.experiment.model, {}, arm.context, prepared.model.engine, prepared.experiment.rendering};
  for (const PlannedAdapter& adapter : arm.adapters) {
    BAKEOFF_TRY(const Path folder, proven_folder(prepared, adapter.adapter_id));
    spec.adapters.push_back({folder, adapter.scale});
  }
  return spec;
}

Result<Path> proven_folder(const Prepared& prepared, const std::string& adapter_id) {
  const Path folder = prepared.folder / adapter_folder(adapter_id);
  BAKEOFF_TRY(const std::string digest, sha256_file(folder / "adapter_model.safetensors"));
  if (digest == adapter_id) return folder;
  return input_error("the adapter is not the one that was baked: its bytes changed", folder.string(),
                     "remove this folder to bake it again");
}

}  // namespace bakeoff::run
