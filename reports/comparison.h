// What `bakeoff compare` prints: the comparisons of harness/compare/compare.h as a terminal table, Markdown, or the
// JSON record of the interface. One list holds the pairs of arms that are shown together.
#pragma once

#include "harness/compare/compare.h"
#include "reports/report.h"

namespace bakeoff::reports {

struct ComparisonOptions {
  TableOptions table;
  std::size_t most_flips = 10;  ///< per suite; JSON holds all
  std::string correction;       ///< what adjust() returned
};

std::string comparison_table(const std::vector<compare::Comparison>& comparisons,
                             const ComparisonOptions& options = {});
std::string comparison_markdown(const std::vector<compare::Comparison>& comparisons,
                                const ComparisonOptions& options = {});
/// {"suites": {name: {"primary", "metrics": {...}, "flips": [...]}}, "comparable": true | [reasons], ...}. With several
/// pairs of arms the suites are called "ARM/SUITE".
OrderedJson comparison_json(const std::vector<compare::Comparison>& comparisons, const ComparisonOptions& options = {});

/// "not comparable", and why, a line each; empty where all are comparable.
std::vector<std::string> not_comparable(const std::vector<compare::Comparison>& comparisons);

/// Text that Markdown takes literally, on one line.
std::string markdown_text(std::string_view text);

}  // namespace bakeoff::reports
