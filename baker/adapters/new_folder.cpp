#include "baker/adapters/new_folder.h"

#include <unistd.h>

namespace bakeoff::baker {
namespace fs = std::filesystem;

Status check_free(const Path& out) {
  std::error_code ignored;
  if (fs::exists(out, ignored)) return input_error("exists already", out.string(), "give --out a new name");
  return {};
}

Status make_new_folder(const Path& out, const std::function<Status(const Path& folder)>& fill) {
  BAKEOFF_CHECK(check_free(out));
  Path beside = out.has_filename() ? out : out.parent_path();  // "folder/" is "folder"
  beside += ".partial" + std::to_string(getpid());
  BAKEOFF_CHECK(make_folder(beside));
  const Status filled = fill(beside);
  std::error_code problem;
  if (filled.ok()) fs::rename(beside, out, problem);
  if (!filled.ok() || problem) {
    std::error_code ignored;
    fs::remove_all(beside, ignored);
  }
  if (problem) return infrastructure_error("can not be made: " + problem.message(), out.string());
  return filled;
}

}  // namespace bakeoff::baker
