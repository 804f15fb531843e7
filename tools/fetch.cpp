#include "tools/fetch.h"

#include <cstdlib>

#include "harness/core/sha256.h"
#include "tools/process.h"

namespace bakeoff::tools {
namespace fs = std::filesystem;

Status require_digest(const Path& file, const std::string& expected) {
  BAKEOFF_TRY(const std::string digest, sha256_file(file));
  if (digest == expected) return {};
  return input_error(
      "is not the expected file: SHA-256 " + short_id(digest) + "..., expected " + short_id(expected) + "...",
      file.string(), "fetch it again");
}

Result<WorkFolder> WorkFolder::make(const Path& parent) {
  BAKEOFF_CHECK(make_folder(parent));
  std::string pattern = (parent / ".pull-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) return infrastructure_error("no folder can be made here", parent.string());
  return WorkFolder(pattern);
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

Status run_step(const std::vector<std::string>& words, const std::string& hint) {
  BAKEOFF_TRY(const int status, run_process(words));
  if (status == 0) return {};
  std::string command;
  for (const std::string& word : words) command += (command.empty() ? "" : " ") + word;
  return infrastructure_error("ended with status " + std::to_string(status), command, hint);
}

Status copy_file(const Path& source, const Path& target) {
  std::error_code code;
  fs::copy_file(source, target, code);
  if (!code) return {};
  if (code == std::errc::no_such_file_or_directory) return input_error("no such file", source.string());
  return infrastructure_error("can not be copied: " + code.message(), source.string());
}

Status put_in_place(const Path& file, const Path& place) {
  std::error_code code;
  fs::rename(file, place, code);
  if (code) return infrastructure_error("can not be put in place: " + code.message(), place.string());
  return {};
}

}  // namespace bakeoff::tools
