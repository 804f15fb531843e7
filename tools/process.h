// Running another program to its end.
#pragma once

#include <string>
#include <vector>

#include "harness/core/result.h"

namespace bakeoff::tools {

/// Runs words[0], found in PATH, with the other words, without a shell; its standard output is dropped, its standard
/// error is ours. Returns its exit status. An error only when it could not be started or waited for.
Result<int> run_process(const std::vector<std::string>& words);

}  // namespace bakeoff::tools
