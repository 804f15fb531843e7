// A log of Inspect on disk: its header, and a walk over its samples. Two layouts: `.eval`, a ZIP archive with
// header.json and one member per sample, and `.json`, one object with the list "samples".
#pragma once

#include <functional>
#include <optional>

#include "harness/compare/zip_file.h"
#include "harness/core/json.h"

namespace bakeoff::compare {

/// Reads the beginning of the file.
bool is_inspect_log(const Path& file);

struct InspectLog {
  Path file;
  Json header;                 ///< version, status, eval, plan, results, reductions, error; for .json also samples
  std::optional<ZipFile> zip;  ///< of .eval

  std::string where() const { return file.string(); }
  const Json& eval() const { return header.at("eval"); }  ///< an object with names at "task" and "model"
  std::string created() const;

  /// In the file's order; `where` names the sample in errors. Stops at the first error.
  using OnSample = std::function<Status(const Json& sample, const std::string& where)>;
  Status for_each_sample(const OnSample& on_sample) const;
};

/// A log that was cut off has the status "started". Damaged: input error.
Result<InspectLog> open_inspect_log(const Path& file);

}  // namespace bakeoff::compare
