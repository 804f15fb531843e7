#include "harness/core/companion.h"

#include <cstdlib>
#include <vector>

namespace bakeoff {

namespace {

std::vector<Path> places_of(const std::string& name, const char* variable) {
  if (const char* given = std::getenv(variable)) return {given};
  std::error_code unreadable;
  const Path program = std::filesystem::read_symlink("/proc/self/exe", unreadable);
  if (unreadable) return {};
  const Path prefix = program.parent_path().parent_path();
  return {prefix / "lib" / name, prefix / "lib" / "bakeoff" / name};
}

}  // namespace

Result<Path> find_companion(const std::string& name, const char* variable) {
  std::string tried;
  for (const Path& place : places_of(name, variable)) {
    std::error_code ignored;
    if (std::filesystem::exists(place, ignored)) return place;
    tried += (tried.empty() ? "" : ", ") + place.string();
  }
  return infrastructure_error(name + " is not there", tried,
                              std::string("build or install it, or set ") + variable + " to its path");
}

}  // namespace bakeoff
