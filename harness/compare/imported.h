// What an import keeps of an arm beyond a store's tables: protocols and figures as the source states them, and its
// caveats. It lies in the run's settings at "imported"."ARM":
//
//   {"source": "lm-eval", "caveats": [...], "suites": {SUITE: {"protocol": {...}, "metrics": [[NAME,
//   HIGHER_IS_BETTER]],
//    "figures": {METRIC: {"value", "standard_error": null | number, "n"}}}}}
#pragma once

#include "harness/compare/results.h"

namespace bakeoff::compare {

Json imported_note(const ResultSet& set);

/// Null for an arm that was not imported.
const Json* find_imported_note(const Json& settings, const std::string& arm);

/// Gives a set that was read from the tables what the note says. Suites without answers are figures alone. A damaged
/// note: input error at `where`.
Status add_imported_note(const Json& note, const std::string& where, ResultSet& set);

}  // namespace bakeoff::compare
