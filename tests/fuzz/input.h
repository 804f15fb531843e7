// What fuzz entries share. An entry hands any bytes to one reader and ends the program where the reader breaks a
// promise: it crashes, it gives an error of several lines or none, or what it read contradicts itself.
//
// Entries are called `fuzz_NAME`, live in NAME_fuzz.cpp and are run by libFuzzer (tools/fuzz) and, over their corpus
// and a few thousand mutations of it, by the tests (fuzz_test.cpp). Not thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "harness/core/result.h"
#include "tests/support.h"

namespace bakeoff::testing {

/// A file of this name in a temporary folder of its own, with content that changes.
class InputFile {
 public:
  explicit InputFile(const std::string& name);
  /// Replaces the content.
  const std::filesystem::path& write(std::string_view content) const;
  std::filesystem::path folder() const { return path_.parent_path(); }

 private:
  TemporaryFolder folder_;
  std::filesystem::path path_;
};

/// Ends the program with `promise` on standard error unless it holds.
void require(bool holds, const char* promise);
/// An error must have a reason, and be one line.
void require_reason(const Error& error);

}  // namespace bakeoff::testing
