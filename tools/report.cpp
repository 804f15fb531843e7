// `bakeoff report`: the HTML page of a run, and its tables as CSV or JSON.
#include "reports/report.h"

#include <cstdio>

#include <CLI/CLI.hpp>

#include "harness/store/place.h"
#include "tools/commands.h"

namespace bakeoff::tools {

namespace {

struct ReportOptions {
  std::string run;
  std::string out;      ///< empty: report.html in the run's folder
  std::string csv;      ///< folder; empty: none
  std::int64_t id = 0;  ///< 0: the newest
  bool json = false;
};

Result<int> report(const ReportOptions& options) {
  const Path folder = store::run_folder(options.run);
  BAKEOFF_TRY(const std::unique_ptr<store::Store> store, store::Store::open(folder, store::Access::read));
  reports::CollectOptions wanted;
  if (options.id > 0) wanted.run = options.id;
  BAKEOFF_TRY(const reports::ReportModel model, reports::collect(*store, wanted));
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
  app.add_option("run", options->run, "Folder of the run, or its name below runs/")->required();
  app.add_option("--out", options->out, "HTML file; default: report.html in the run's folder");
  app.add_option("--csv", options->csv, "Also write scores.csv and differences.csv into this folder");
  app.add_option("--run-id", options->id, "Which execution of the experiment; default: the newest");
  app.add_flag("--json", options->json, "Print the tables as JSON instead of writing HTML");
  return [options] { return report(*options); };
}

}  // namespace bakeoff::tools
