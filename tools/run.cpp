// `bakeoff run` and `bakeoff plan`: a whole experiment, or what it would do.
#include "harness/run/run.h"

#include <cstdio>

#include <CLI/CLI.hpp>

#include "harness/core/words.h"
#include "reports/gate.h"
#include "reports/report.h"
#include "tools/commands.h"
#include "tools/records.h"

namespace bakeoff::tools {

namespace {

struct ExperimentOptions {
  run::RunOptions run;
  StreamOptions streams;
  std::string experiment, out, dtype, device;  ///< empty: as the experiment says
  std::string shard;                           ///< "2/3"; empty: everything
  int limit = 0;                               ///< 0: none
  int batch = 0;                               ///< 0: as the experiment says
  bool json = false;
};

void add_experiment_options(CLI::App& app, ExperimentOptions& options) {
  app.add_option("experiment", options.experiment, "Experiment file (YAML or JSON)")->required();
  app.add_option("--set", options.run.overrides, "path=value, such as bakes[0].rank=8; repeatable")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--limit", options.limit, "At most this many items of each suite")
      ->check(CLI::Range(1, 1'000'000'000));
  app.add_option("--out", options.out, "Folder of the run, instead of the experiment's");
  app.add_option("--jobs", options.run.jobs, "Threads that judge; 0: all cores")
      ->capture_default_str()
      ->check(CLI::Range(0, 4096));
  app.add_option("--shard", options.shard,
                 "i/n: play only every n-th item from the i-th on; `runs merge` joins the parts")
      // An unset variable of a script must not mean everything.
      ->check([](const std::string& text) { return text.empty() ? "expected i/n, found nothing" : ""; });
  app.add_option("--batch", options.batch, "Rows decoded together")->check(CLI::Range(1, 65536));
  app.add_option("--dtype", options.dtype, "auto, fp32 or bf16")->check(CLI::IsMember({"auto", "fp32", "bf16"}));
  app.add_option("--device", options.device, "cpu or cuda")->check(CLI::IsMember({"cpu", "cuda"}));
  app.add_flag("--json", options.json, "Print JSON instead of text");
}

Result<run::RunOptions> resolved(const ExperimentOptions& options) {
  run::RunOptions resolved = options.run;
  resolved.experiment = options.experiment;
  if (options.limit > 0) resolved.limit = options.limit;
  if (options.batch > 0) resolved.batch_rows = options.batch;
  if (!options.out.empty()) resolved.out = options.out;
  if (!options.dtype.empty()) resolved.dtype = options.dtype;
  if (!options.device.empty()) resolved.device = options.device;
  if (!options.shard.empty()) {
    BAKEOFF_TRY(resolved.shard, run::parse_shard(options.shard));
  }
  return resolved;
}

/// The table or JSON on standard output, and report.html in the run's folder.
Status report_run(const run::RunOutcome& outcome, bool json) {
  BAKEOFF_TRY(const std::unique_ptr<store::Store> store, store::Store::open(outcome.folder, store::Access::read));
  reports::CollectOptions wanted;
  wanted.run = outcome.run;
  BAKEOFF_TRY(const reports::ReportModel model, reports::collect(*store, wanted));
  BAKEOFF_CHECK(reports::write_html(model, outcome.folder / "report.html"));
  const std::string text =
      json ? dump(reports::to_json(model)) + "\n" : reports::terminal_table(model, {.colour = reports::wants_colour()});
  std::fputs(text.c_str(), stdout);
  return {};
}

/// The gate's table, and its files beside the report. The exit status: 0 where the experiment states no gate.
Result<int> report_gate(const run::RunOutcome& outcome, bool json) {
  if (!outcome.gate) return 0;
  const compare::GateReport& gate = *outcome.gate;
  BAKEOFF_CHECK(write_file_atomically(outcome.folder / "gate.json", dump(reports::gate_json(gate)) + "\n"));
  BAKEOFF_CHECK(write_file_atomically(outcome.folder / "gate.md", reports::gate_markdown(gate)));
  BAKEOFF_CHECK(write_file_atomically(outcome.folder / "gate.xml", reports::gate_junit(gate)));
  const reports::TableOptions table{.columns = 120, .colour = reports::wants_colour()};
  if (!json) std::fputs(("\n" + reports::gate_table(gate, table)).c_str(), stdout);
  return exit_status(gate.decision);
}

std::string summary(const run::RunOutcome& outcome, bool stop_early) {
  const auto made_of = [](std::int64_t made, std::int64_t reused, const char* what) {
    return counted(made, what) + " made, " + counted(reused, what) + " reused";
  };
  std::string text = made_of(outcome.bakes_made, outcome.bakes_reused, "bake") + "; " +
                     made_of(outcome.samples_made, outcome.samples_reused, "sample");
  if (outcome.unscored > 0) text += "; " + std::to_string(outcome.unscored) + " unscored";
  if (outcome.certificate)
    text += "; " + std::to_string(outcome.certificate->changed_bits) + " of " +
            counted(outcome.certificate->bits, "bit") + " changed in " +
            counted(outcome.certificate->samples, "sample") + " played again in another batch shape";
  for (const auto& one : outcome.stopped)
    text +=
        "; " + one.label + " settled after " + std::to_string(one.items) + " of " + counted(one.planned_items, "item");
  if (stop_early) text += "; " + counted(outcome.samples_saved, "sample") + " saved by stopping early";
  return text + "; " + format_seconds(outcome.wall_seconds) + "; report: " + (outcome.folder / "report.html").string();
}

Result<int> run_experiment(const ExperimentOptions& options) {
  Progress progress(options.streams.json_progress ? ProgressMode::json
                    : options.streams.quiet       ? ProgressMode::quiet
                                                  : ProgressMode::automatic);
  BAKEOFF_TRY(run::RunOptions all, resolved(options));
  all.progress = &progress;
  BAKEOFF_TRY(const run::RunOutcome outcome, run::run_experiment(all, load_baker));
  progress.end();
  BAKEOFF_CHECK(report_run(outcome, options.json));
  BAKEOFF_TRY(const int status, report_gate(outcome, options.json));
  progress.say(summary(outcome, all.stop_early));
  return status;
}

Result<int> plan_experiment(const ExperimentOptions& options) {
  BAKEOFF_TRY(const run::RunOptions all, resolved(options));
  BAKEOFF_TRY(const run::PlanReport plan, run::plan_experiment(all, load_baker));
  std::puts(options.json ? dump(plan.json).c_str() : plan.text.c_str());
  return 0;
}

}  // namespace

Action declare_run(CLI::App& app) {
  auto options = std::make_shared<ExperimentOptions>();
  add_experiment_options(app, *options);
  app.add_flag("--stop-early", options->run.stop_early, "Play each suite only until the gate is settled about it");
  app.add_option("--certify", options->run.certify, "Play N samples again in another batch shape; count changed bits")
      ->check(CLI::Range(1, 1'000'000'000));
  add_progress_options(app, options->streams);
  return [options] { return run_experiment(*options); };
}

Action declare_plan(CLI::App& app) {
  auto options = std::make_shared<ExperimentOptions>();
  add_experiment_options(app, *options);
  return [options] { return plan_experiment(*options); };
}

}  // namespace bakeoff::tools
