// A folder that appears complete or not at all.
#pragma once

#include <functional>

#include "harness/core/files.h"

namespace bakeoff::baker {

/// Calls `fill` with a new folder beside `out` and renames it to `out` when that succeeded; else removes it. A place
/// that exists already is an input error.
Status make_new_folder(const Path& out, const std::function<Status(const Path& folder)>& fill);

/// An input error where `out` exists.
Status check_free(const Path& out);

}  // namespace bakeoff::baker
