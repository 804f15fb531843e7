#include "tests/fuzz/survive.h"

#include <algorithm>

#include "harness/core/files.h"
#include "tests/catch.h"
#include "tests/fuzz/mutate.h"
#include "tests/support.h"

namespace bakeoff::testing {
namespace {

/// Sorted by name, so that every run sees the same.
std::vector<std::string> corpus_of(const char* name) {
  std::vector<Path> files;
  for (const auto& entry : std::filesystem::directory_iterator(source_path("fuzz/corpus") / name))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> inputs;
  for (const Path& file : files) inputs.push_back(read_file(file).value());
  return inputs;
}

}  // namespace

void survive(const char* name, FuzzEntry entry, std::size_t mutations) {
  const std::vector<std::string> seeds = corpus_of(name);
  REQUIRE(!seeds.empty());
  for (const std::string& seed : seeds) REQUIRE_NOTHROW(entry(seed));
  Mutator mutator(1);
  for (std::size_t i = 0; i < mutations; ++i) {
    const std::string input = mutator.mutate(seeds[i % seeds.size()], seeds);
    INFO(name << ", mutation " << i << " of seed " << i % seeds.size());
    REQUIRE_NOTHROW(entry(input));
  }
}

}  // namespace bakeoff::testing
