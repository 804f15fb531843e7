#include "tests/fuzz/input.h"

#include <cstdio>
#include <cstdlib>

namespace bakeoff::testing {

InputFile::InputFile(const std::string& name) : path_(folder_ / name) {}

const std::filesystem::path& InputFile::write(std::string_view content) const {
  std::FILE* stream = std::fopen(path_.c_str(), "wb");
  require(stream && std::fwrite(content.data(), 1, content.size(), stream) == content.size(), "the input is written");
  std::fclose(stream);
  return path_;
}

void require(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

void require_reason(const Error& error) {
  require(!error.what.empty(), "an error has a reason");
  require(error.line().find('\n') == std::string::npos, "an error is one line");
}

}  // namespace bakeoff::testing
