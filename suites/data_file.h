// Public data sets as they are published: JSON objects, one a line (.jsonl), packed (.jsonl.gz), or one list (.json).
#pragma once

#include <functional>
#include <string>

#include "harness/core/json.h"

namespace bakeoff::suites {

/// Calls `on_row("FILE:LINE" or "FILE[index]", object)` for each row; its error ends the reading. A packed file may
/// hold at most 1 GiB.
Status for_each_data_row(const Path& file, const std::function<Status(const std::string& where, const Json&)>& on_row);

}  // namespace bakeoff::suites
