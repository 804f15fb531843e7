// The layers hold: which folder may include which (docs/architecture.md), LibTorch only in the baker, no cycles among
// headers, no deep towers of them. Reads the source tree itself.
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/core/files.h"
#include "tests/catch.h"
#include "tests/support.h"

namespace fs = std::filesystem;
using bakeoff::Path;

namespace {

/// What a layer may include beside itself. Folders that are not named here (tools, tests, examples) may include all.
const std::map<std::string, std::set<std::string>> kAllowed = {
    {"harness/core", {}},
    {"harness/stats", {"harness/core"}},
    {"harness/store", {"harness/core"}},
    {"judges", {"harness/core"}},
    {"baker", {"harness/core"}},
    {"suites", {"harness/core", "harness/stats", "judges"}},
    {"harness/compare", {"harness/core", "harness/stats", "harness/store"}},
    {"harness/run", {"harness/core", "harness/stats", "harness/store", "harness/compare", "judges", "suites"}},
    {"reports", {"harness/core", "harness/stats", "harness/store", "harness/compare"}},
};
constexpr int kDeepest = 8;  ///< counted down to harness/core, whose own chain of seven everything stands on

struct Include {
  std::string name;
  bool quoted;
  std::size_t line;
};

Path root() { return bakeoff::testing::source_path("..").lexically_normal(); }

std::string layer_of(const std::string& file) {
  for (const auto& [layer, allowed] : kAllowed)
    if (file.starts_with(layer + "/")) return layer;
  return file.substr(0, file.find('/'));
}

std::vector<Include> includes_of(const Path& file) {
  std::vector<Include> found;
  const auto look = [&](std::size_t line, std::string_view text) -> bakeoff::Status {
    if (!text.starts_with("#include ")) return {};
    text.remove_prefix(std::string_view("#include ").size());
    const bool quoted = text.starts_with('"');
    const auto end = text.find_first_of("\">", 1);
    if (end != text.npos) found.push_back({std::string(text.substr(1, end - 1)), quoted, line});
    return {};
  };
  REQUIRE(bakeoff::for_each_line(file, look).ok());
  return found;
}

/// Every source of ours, by its path from the root, with what it includes.
const std::map<std::string, std::vector<Include>>& sources() {
  static const auto all = [] {
    std::map<std::string, std::vector<Include>> read;
    for (const char* folder : {"harness", "judges", "suites", "baker", "reports", "tools", "tests"})
      for (const auto& entry : fs::recursive_directory_iterator(root() / folder)) {
        static const std::set<std::string> kEndings = {".h", ".cpp", ".inc", ".cu", ".cuh"};
        if (entry.is_regular_file() && kEndings.contains(entry.path().extension().string()))
          read.emplace(fs::relative(entry.path(), root()).generic_string(), includes_of(entry.path()));
      }
    return read;
  }();
  return all;
}

bool may_include(const std::string& from, const std::string& to) {
  const std::string layer = layer_of(from), target = layer_of(to);
  const auto rule = kAllowed.find(layer);
  return layer == target || rule == kAllowed.end() || rule->second.contains(target);
}

bool may_use_libtorch(const std::string& file) {
  return file.starts_with("baker/") || file.starts_with("tests/baker/") || file.starts_with("tools/bench/");
}

/// Longest chain of our own includes below a file; a cycle is recorded as its path.
class Towers {
 public:
  int height(const std::string& file) {
    if (const auto known = heights_.find(file); known != heights_.end()) return known->second;
    if (std::find(path_.begin(), path_.end(), file) != path_.end()) {
      cycles_.push_back(file);
      return 0;
    }
    path_.push_back(file);
    int tallest = 0;
    if (const auto source = sources().find(file); source != sources().end())
      for (const Include& include : source->second)
        if (include.quoted) tallest = std::max(tallest, step(file) + height(include.name));
    path_.pop_back();
    return heights_[file] = tallest;
  }
  const std::vector<std::string>& cycles() const { return cycles_; }

 private:
  static int step(const std::string& file) { return layer_of(file) == "harness/core" ? 0 : 1; }

  std::map<std::string, int> heights_;
  std::vector<std::string> path_, cycles_;
};

}  // namespace

TEST_CASE("no folder includes what its layer may not") {
  REQUIRE(sources().size() > 20);
  for (const auto& [file, includes] : sources())
    for (const Include& include : includes) {
      if (!include.quoted) continue;
      INFO(file << ":" << include.line << " includes " << include.name);
      CHECK(may_include(file, include.name));
    }
}

TEST_CASE("every include of ours is written from the project's root") {
  for (const auto& [file, includes] : sources())
    for (const Include& include : includes) {
      if (!include.quoted) continue;
      INFO(file << ":" << include.line << " includes " << include.name);
      CHECK(fs::exists(root() / include.name));
    }
}

TEST_CASE("LibTorch's headers appear in the baker alone") {
  for (const auto& [file, includes] : sources())
    for (const Include& include : includes)
      for (const char* prefix : {"torch/", "ATen/", "c10/"}) {
        INFO(file << ":" << include.line << " includes " << include.name);
        CHECK((may_use_libtorch(file) || !include.name.starts_with(prefix)));
      }
}

TEST_CASE("headers form no cycle and no tower of more than eight above the core") {
  Towers towers;
  for (const auto& [file, includes] : sources()) {
    INFO(file);
    CHECK(towers.height(file) <= kDeepest);
  }
  CHECK(towers.cycles() == std::vector<std::string>{});
}
