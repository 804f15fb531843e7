// Names of results, and the table of who reads them.
#include "harness/compare/open.h"

#include <algorithm>

#include "harness/compare/from_inspect.h"
#include "harness/compare/from_lm_eval.h"
#include "harness/compare/from_nemo.h"
#include "harness/compare/from_store.h"
#include "harness/store/place.h"

namespace bakeoff::compare {
namespace {

/// Results of other harnesses: what they look like and who reads them. The first that fits.
struct Source {
  const char* name;
  bool (*looks_like)(const Path&);
  Result<std::vector<ResultSet>> (*read)(const Path&);
};

const std::vector<Source>& sources() {
  static const std::vector<Source> table = {
      {"results of lm-evaluation-harness", looks_like_lm_eval, read_lm_eval},
      {"logs of Inspect", looks_like_inspect, read_inspect},
      {"bundles of NeMo Evaluator", looks_like_nemo, read_nemo},
  };
  return table;
}

struct Place {
  Path path;
  StoreChoice choice;
};

bool is_there(const Path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

/// "FOLDER@3" as its parts; nothing where there is no such folder, or where an arm follows.
std::optional<Place> with_run(const std::string& name) {
  const store::Place place = store::place_of(name);
  if (name.empty() || !is_there(place.folder) || place.execution.find(':') != std::string::npos) return std::nullopt;
  return Place{place.folder, {place.execution, {}}};
}

/// The shortest prefix before a colon that names something; names of arms may hold colons, and so may folders.
Result<Place> place_of(const std::string& name) {
  if (auto place = with_run(name)) return *place;
  for (auto colon = name.find(':'); colon != name.npos; colon = name.find(':', colon + 1)) {
    auto place = with_run(name.substr(0, colon));
    if (!place) continue;
    place->choice.arm = name.substr(colon + 1);
    return *place;
  }
  return input_error("there is no such file or folder, here or below runs/", name.empty() ? "\"\"" : name,
                     "give a run's folder, RUN:ARM, or a result folder of another harness");
}

/// The store's folder, where the path is one or its database.
std::optional<Path> store_folder(const Path& path) {
  if (path.filename() == store::kFileName) return path.has_parent_path() ? path.parent_path() : Path(".");
  if (is_there(path / store::kFileName)) return path;
  return std::nullopt;
}

Error unreadable(const Path& path) {
  std::string known = "bakeoff.db";
  for (const Source& source : sources()) known += std::string(", ") + source.name;
  return input_error("holds no results that can be read", path.string(), "looked for: " + known);
}

std::string arms_of(const std::vector<ResultSet>& sets) {
  std::string text;
  for (const auto& set : sets) text += (text.empty() ? "" : ", ") + set.arm;
  return text;
}

Result<std::vector<ResultSet>> chosen_arm(std::vector<ResultSet> sets, const Place& place) {
  if (!place.choice.execution.empty())
    return input_error("only runs of bakeoff have numbered executions", place.path.string(), "leave out @");
  if (!place.choice.arm) return sets;
  for (auto& set : sets)
    if (set.arm == *place.choice.arm) return std::vector<ResultSet>{std::move(set)};
  return input_error("has no arm \"" + *place.choice.arm + "\"", place.path.string(), "it has: " + arms_of(sets));
}

}  // namespace

Result<std::vector<ResultSet>> open_results(const std::string& name) {
  BAKEOFF_TRY(const Place place, place_of(name));
  if (const auto folder = store_folder(place.path)) return read_store(*folder, place.path.string(), place.choice);
  for (const Source& source : sources()) {
    if (!source.looks_like(place.path)) continue;
    BAKEOFF_TRY(auto sets, source.read(place.path));
    if (sets.empty()) return unreadable(place.path);
    return chosen_arm(std::move(sets), place);
  }
  return unreadable(place.path);
}

Result<std::vector<SidePair>> pair_sets(std::vector<ResultSet> base, std::vector<ResultSet> candidate) {
  std::vector<SidePair> pairs;
  if (base.size() == 1 && candidate.size() == 1) {
    pairs.push_back({std::move(base[0]), std::move(candidate[0])});
    return pairs;
  }
  for (auto& left : base)
    for (auto& right : candidate)
      if (left.arm == right.arm) pairs.push_back({std::move(left), std::move(right)});
  if (!pairs.empty()) return pairs;
  return input_error("the two sides have no arm of equal name: " + arms_of(base) + " against " + arms_of(candidate), "",
                     "name one of each: RUN:ARM");
}

}  // namespace bakeoff::compare
