// What the tests share: where data lies, temporary folders, the path of the default model.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace bakeoff::testing {

/// A file or folder below the public test data ($BAKEOFF_TEST_DATA, else ../shared/data beside the source tree), if it
/// is there.
std::optional<std::filesystem::path> data_path(const std::string& relative);

/// A file below tests/ of the source tree.
std::filesystem::path source_path(const std::string& relative);

/// A file below the build folder, such as the program that the tests call.
std::filesystem::path built_path(const std::string& relative);

/// The default model's GGUF ($BAKEOFF_MODEL, else where tools/setup puts it), if it is there.
std::optional<std::filesystem::path> default_model();

/// "00ff" as two bytes.
std::string bytes_of_hex(const std::string& hex);

/// Whether this machine lets bubblewrap, as it comes, make namespaces; containers often do not.
bool namespaces_allowed();

/// A new empty folder, removed with all it holds when the object ends.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace bakeoff::testing
