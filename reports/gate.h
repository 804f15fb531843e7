// What `bakeoff gate` writes: the report of harness/compare/gate.h for a terminal, a step summary, a CI server and
// other programs.
#pragma once

#include "harness/compare/gate.h"
#include "reports/report.h"

namespace bakeoff::reports {

/// What a step summary may hold on GitHub (more, and all of it is dropped), less room for the note.
inline constexpr std::size_t kSummaryBytes = 1024 * 1024 - 1024;

std::string gate_table(const compare::GateReport& report, const TableOptions& options = {});
/// Markdown; whole lines beyond `most_bytes` are cut, and a note says so.
std::string gate_markdown(const compare::GateReport& report, std::size_t most_bytes = kSummaryBytes);
/// {"verdict", "exit", "reasons", "criteria": [{"suite", "name", "tier", "rule", "limit", "status", ...}], ...}.
OrderedJson gate_json(const compare::GateReport& report);
/// JUnit XML: one test suite per suite, one test case per criterion. A breach is a failure; what is missing, unscored
/// or not settled is an error; advisory criteria that are not met are skipped tests.
std::string gate_junit(const compare::GateReport& report);

/// What the page of a run says of it.
GateSummary gate_summary(const compare::GateReport& report);

}  // namespace bakeoff::reports
