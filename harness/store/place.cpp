// See place.h.
#include "harness/store/place.h"

#include <algorithm>
#include <charconv>

namespace bakeoff::store {
namespace {

bool is_there(const Path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

}  // namespace

Path run_folder(const std::string& name) {
  const Path path(name);
  if (path.filename() == kFileName) return path.has_parent_path() ? path.parent_path() : Path(".");
  if (!is_there(path) && is_there(Path("runs") / path)) return Path("runs") / path;
  return path;
}

Place place_of(const std::string& name) {
  const auto at = name.rfind('@');
  if (at == name.npos || is_there(run_folder(name))) return {run_folder(name), ""};
  return {run_folder(name.substr(0, at)), name.substr(at + 1)};
}

Result<RunId> find_execution(Store& store, const std::string& execution) {
  if (execution.empty()) {
    BAKEOFF_TRY(const RunRow newest, store.latest_run());
    return newest.id;
  }
  RunId id = 0;
  const auto [end, code] = std::from_chars(execution.data(), execution.data() + execution.size(), id);
  if (code == std::errc() && end == execution.data() + execution.size()) {
    BAKEOFF_TRY(const RunRow row, store.run(id));
    return row.id;
  }
  BAKEOFF_TRY(const auto tagged, store.run_of_tag(execution));
  if (tagged) return *tagged;
  return input_error("no run is called \"" + execution + "\"", store.folder().string(),
                     "bakeoff runs list shows the names");
}

std::vector<Path> stores_below(const Path& folder) {
  std::vector<Path> folders;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored))
    if (is_there(entry.path() / kFileName)) folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  return folders;
}

}  // namespace bakeoff::store
