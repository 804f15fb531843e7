// From a model's name to its files, and from the files to their digest.
#include <algorithm>
#include <vector>

#include <sys/stat.h>

#include "baker/formats/gguf.h"
#include "baker/models/model.h"
#include "harness/core/files.h"
#include "harness/core/json.h"
#include "harness/core/sha256.h"

namespace bakeoff::baker {
namespace fs = std::filesystem;
namespace {

/// The weights of a folder: every .safetensors file, sorted, so that the digest does not depend on the directory's
/// order. Of a GGUF file: itself, or all parts.
std::vector<Path> weight_files(const Path& path) {
  if (!fs::is_directory(path)) return gguf_files(path);
  std::vector<Path> files;
  for (const auto& entry : fs::directory_iterator(path))
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// The first .gguf file of a folder by name, which of a model in parts is its first; empty where there is none.
Path first_gguf(const Path& folder) {
  std::error_code ignored;
  Path first;
  for (const auto& entry : fs::directory_iterator(folder, ignored))
    if (entry.path().extension() == ".gguf" && (first.empty() || entry.path() < first)) first = entry.path();
  return first;
}

/// What changes when a file's content does, as far as the file system knows.
std::string file_stamp(const Path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return "";
  return fs::absolute(file).string() + "|" + std::to_string(status.st_size) + "|" +
         std::to_string(status.st_mtim.tv_sec) + "." + std::to_string(status.st_mtim.tv_nsec) + "|" +
         std::to_string(status.st_ino);
}

}  // namespace

Result<Path> locate_model(const std::string& model) {
  std::error_code ignored;
  const Path direct(model);
  if (fs::is_directory(direct, ignored)) return direct;
  if (fs::exists(direct, ignored) && direct.extension() == ".gguf") return direct;
  if (model.find('/') == std::string::npos && direct.extension() != ".gguf") {
    const Path folder = cache_folder() / "models" / model;
    if (fs::exists(folder / "config.json", ignored)) return folder;
    if (const Path file = first_gguf(folder); !file.empty()) return file;
    return input_error(
        "model \"" + model + "\" is not here", "",
        "fetch a known one (bakeoff models list, bakeoff models pull NAME), or give a folder or a .gguf file");
  }
  return input_error("model not found", model,
                     "give a folder with config.json, a .gguf file or a known name (bakeoff models list)");
}

Result<std::string> model_digest(const Path& path) {
  const std::vector<Path> files = weight_files(path);
  if (files.empty())
    return input_error("the folder has no .safetensors file", path.string(), "give a folder with weights");
  std::string stamps;
  for (const Path& file : files) stamps += file_stamp(file) + "\n";
  const Path note = cache_folder() / "digests" / short_id(sha256_hex(stamps));
  std::error_code ignored;
  if (fs::exists(note, ignored))
    if (const auto known = read_file(note); known.ok() && known->size() == 64) return *known;
  std::string digest;
  for (const Path& file : files) {
    BAKEOFF_TRY(const std::string one, sha256_file(file));
    digest = files.size() == 1 ? one : sha256_hex(digest + one);
  }
  (void)write_file_atomically(note, digest).ok();  // only a shortcut: a read-only home must not stop anything
  return digest;
}

}  // namespace bakeoff::baker
