#include "tests/support.h"

#include <cstdlib>

namespace bakeoff::testing {
namespace fs = std::filesystem;

namespace {
std::optional<fs::path> if_exists(fs::path path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return std::nullopt;
  return path;
}
}  // namespace

fs::path source_path(const std::string& relative) { return fs::path(BAKEOFF_SOURCE_FOLDER) / "tests" / relative; }

fs::path built_path(const std::string& relative) { return fs::path(BAKEOFF_BINARY_FOLDER) / relative; }

std::optional<fs::path> data_path(const std::string& relative) {
  const char* given = std::getenv("BAKEOFF_TEST_DATA");
  const fs::path root = given ? fs::path(given) : fs::path(BAKEOFF_SOURCE_FOLDER) / ".." / "shared" / "data";
  return if_exists(root / relative);
}

std::optional<fs::path> default_model() {
  if (const char* given = std::getenv("BAKEOFF_MODEL")) return if_exists(given);
  const char* home = std::getenv("BAKEOFF_HOME");
  const char* user = std::getenv("HOME");
  const fs::path cache = home ? fs::path(home) : fs::path(user ? user : ".") / ".cache" / "bakeoff";
  return if_exists(cache / "models" / "smollm2-135m-instruct" / "SmolLM2-135M-Instruct.Q4_1.gguf");
}

std::string bytes_of_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

bool namespaces_allowed() { return std::system("bwrap --unshare-all --ro-bind / / /bin/true >/dev/null 2>&1") == 0; }

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (fs::temp_directory_path() / "bakeoff-test-XXXXXX").string();
  if (!mkdtemp(pattern.data())) std::abort();
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace bakeoff::testing
