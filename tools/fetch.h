// Files from elsewhere: made in a folder of their own, held to their SHA-256, and only then put in their place.
#pragma once

#include <string>
#include <vector>

#include "harness/core/files.h"

namespace bakeoff::tools {

/// Does the file have this SHA-256? The error says which two differ.
Status require_digest(const Path& file, const std::string& expected);

/// A folder beside the final place, so that the last step is a rename; removed with all it holds.
class WorkFolder {
 public:
  static Result<WorkFolder> make(const Path& parent);
  WorkFolder(WorkFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ~WorkFolder();
  const Path& path() const { return path_; }

 private:
  explicit WorkFolder(Path path) : path_(std::move(path)) {}
  Path path_;
};

/// Runs a program; an exit status other than 0 is an infrastructure error with `hint`.
Status run_step(const std::vector<std::string>& words, const std::string& hint);
Status copy_file(const Path& source, const Path& target);
/// Renames within one file system.
Status put_in_place(const Path& file, const Path& place);

}  // namespace bakeoff::tools
