// Reports: what a run found, for a terminal, a browser and a spreadsheet.
//
//   BAKEOFF_TRY(auto store, store::Store::open("runs/pirate", store::Access::read));
//   BAKEOFF_TRY(auto model, reports::collect(*store));
//   std::cout << reports::terminal_table(model);
//   BAKEOFF_CHECK(reports::write_html(model, "pirate.html"));
#pragma once

#include "reports/collect.h"
#include "reports/report_model.h"

namespace bakeoff::reports {

struct TableOptions {
  int columns = 96;     ///< lines are at most this wide (names longer than that excepted); at least 60
  bool colour = false;  ///< ANSI colours; see wants_colour()
};

/// True where standard output is a terminal, NO_COLOR is unset or empty (no-color.org) and TERM is not "dumb".
bool wants_colour();

/// Scores of all arms side by side, what the bake changed, KL and cost. Ends with a line end.
std::string terminal_table(const ReportModel& model, const TableOptions& options = {});

/// One self-contained HTML page: no script, no network, all text escaped.
std::string to_html(const ReportModel& model);
Status write_html(const ReportModel& model, const Path& file);

/// {"run", "model", "arms", "suites": {label: {"primary", "metrics": {...}}}, "bakes", "costs", "measurements"}.
OrderedJson to_json(const ReportModel& model);

/// The page's tables in `folder`, RFC 4180: scores.csv (one row per suite, metric and arm), differences.csv (one per
/// comparison), measurements.csv, exhibits.csv (one per point of a curve or cell of a matrix), calibration.csv (one per
/// bin), ratings.csv.
Status write_csv(const ReportModel& model, const Path& folder);
std::string scores_csv(const ReportModel& model);
std::string differences_csv(const ReportModel& model);
std::string measurements_csv(const ReportModel& model);
std::string exhibits_csv(const ReportModel& model);
std::string calibration_csv(const ReportModel& model);
std::string ratings_csv(const ReportModel& model);

}  // namespace bakeoff::reports
