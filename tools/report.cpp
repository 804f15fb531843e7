// `bakeoff report`: the HTML page of a run, and its tables as CSV or JSON.
#include "reports/report.h"

#include <cstdio>

#include <CLI/CLI.hpp>

#include "harness/compare/gate.h"
#include "harness/compare/open.h"
#include "harness/store/place.h"
#include "reports/gate.h"
#include "reports/pages.h"
#include "tools/commands.h"

namespace bakeoff::tools {

namespace {

struct ReportOptions {
  std::vector<std::string> runs;  ///< one; with a trend the baseline and those after it
  std::string trend;              ///< file; empty: no trend
  std::string out;                ///< empty: report.html in the run's folder
  std::string csv;                ///< folder; empty: none
  std::int64_t id = 0;            ///< 0: the newest
  std::string policy, base, arm;  ///< for the gate; empty policy: none
  bool json = false;
};

/// The gate's verdict on this run, for the first screen.
Result<reports::GateSummary> gate_of(const ReportOptions& options, const Path& folder, store::RunId run) {
  BAKEOFF_TRY(const auto policy, compare::read_policy(options.policy));
  BAKEOFF_TRY(auto base, compare::open_results(options.base));
  const std::string arm = options.arm.empty() ? "" : ":" + options.arm;
  BAKEOFF_TRY(auto candidate, compare::open_results(folder.string() + "@" + std::to_string(run) + arm));
  BAKEOFF_TRY(const auto pairs, compare::pair_sets(std::move(base), std::move(candidate)));
  BAKEOFF_TRY(const auto found, compare::gate(pairs, policy));
  return reports::gate_summary(found);
}

/// Every run held against the first one, p-values adjusted together.
Result<int> trend(const ReportOptions& options) {
  if (options.runs.size() < 2)
    return usage_error("a trend needs two runs or more", "--trend", "name the baseline first, then the runs after it");
  reports::Trend out{options.runs.front(), {}, ""};
  compare::CompareOptions primary;
  primary.only_primary = true;
  std::vector<compare::Comparison> all;
  std::vector<std::size_t> ends;
  for (std::size_t i = 1; i < options.runs.size(); ++i) {
    BAKEOFF_TRY(auto base, compare::open_results(options.runs.front()));
    BAKEOFF_TRY(auto candidate, compare::open_results(options.runs[i]));
    BAKEOFF_TRY(const auto pairs, compare::pair_sets(std::move(base), std::move(candidate)));
    for (const auto& pair : pairs) all.push_back(compare::compare(pair.base, pair.candidate, primary));
    ends.push_back(all.size());
  }
  out.correction = compare::adjust_against_baseline(all);
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(i == 0 ? 0 : ends[i - 1]);
    out.runs.push_back({options.runs[i + 1], {begin, all.begin() + static_cast<std::ptrdiff_t>(ends[i])}});
  }
  BAKEOFF_CHECK(write_file_atomically(options.trend, reports::trend_html(out)));
  for (const auto& one : reports::regressions(out))
    std::printf("%s, %s: worse than the baseline, first in %s\n", one.arm.c_str(), one.suite.c_str(),
                out.runs[static_cast<std::size_t>(one.first)].name.c_str());
  std::fprintf(stderr, "trend: %s\n", options.trend.c_str());
  return 0;
}

Result<int> report(const ReportOptions& options) {
  if (!options.trend.empty()) return trend(options);
  if (options.runs.size() != 1)
    return usage_error("a report is of one run", "", "--trend FILE holds several against the first one");
  const Path folder = store::run_folder(options.runs.front());
  BAKEOFF_TRY(const std::unique_ptr<store::Store> store, store::Store::open(folder, store::Access::read));
  reports::CollectOptions wanted;
  if (options.id > 0) wanted.run = options.id;
  if (options.json) wanted.most_bytes = 0;
  BAKEOFF_TRY(reports::ReportModel model, reports::collect(*store, wanted));
  if (!options.policy.empty()) {
    BAKEOFF_TRY(model.gate, gate_of(options, folder, model.run.id));
  }
  if (!options.csv.empty()) BAKEOFF_CHECK(reports::write_csv(model, options.csv));
  if (options.json) {
    std::puts(dump(reports::to_json(model)).c_str());
    return 0;
  }
  const Path out = options.out.empty() ? folder / "report.html" : Path(options.out);
  BAKEOFF_CHECK(reports::write_html(model, out));
  std::fputs(reports::terminal_table(model, {.colour = reports::wants_colour()}).c_str(), stdout);
  std::fprintf(stderr, "report: %s\n", out.c_str());
  return 0;
}

}  // namespace

Action declare_report(CLI::App& app) {
  auto options = std::make_shared<ReportOptions>();
  app.add_option("run", options->runs, "Folder of the run, or its name below runs/")->required();
  app.add_option("--out", options->out, "HTML file; default: report.html in the run's folder");
  app.add_option("--csv", options->csv, "Also write the tables into this folder, as CSV");
  app.add_option("--run-id", options->id, "Which execution of the experiment; default: the newest");
  auto* policy = app.add_option("--policy", options->policy, "Policy file: the page opens with the gate's verdict");
  auto* base = app.add_option("--base", options->base, "With --policy: what the run is held against, RUN or RUN:ARM");
  policy->needs(base);
  base->needs(policy);
  app.add_option("--arm", options->arm, "With --policy: this arm alone is the candidate; default: arms of equal name")
      ->needs(policy);
  app.add_option("--trend", options->trend, "Instead: a page that holds every further run against the first one");
  app.add_flag("--json", options->json, "Print the tables as JSON instead of writing HTML");
  return [options] { return report(*options); };
}

}  // namespace bakeoff::tools
