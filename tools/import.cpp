// `bakeoff import`: what other tools made, as a run or an experiment of ours. The kind is found by looking.
#include <cstdio>

#include <CLI/CLI.hpp>

#include "harness/compare/from_inspect.h"
#include "harness/compare/from_lm_eval.h"
#include "harness/compare/from_nemo.h"
#include "harness/compare/open.h"
#include "harness/compare/to_store.h"
#include "harness/core/words.h"
#include "harness/run/from_bgit.h"
#include "tools/commands.h"

namespace bakeoff::tools {

namespace {

struct ImportFlags {
  std::vector<std::string> sources;
  std::string out, name;
};

bool is_there(const Path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

/// "ARM=PATH" as its parts; a path that holds '=' itself has no arm.
struct Source {
  std::string arm, path;
};

Source source_of(const std::string& word) {
  const auto equals = word.find('=');
  if (equals == word.npos || is_there(word)) return {"", word};
  return {word.substr(0, equals), word.substr(equals + 1)};
}

bool looks_like_results(const Path& path) {
  return compare::looks_like_lm_eval(path) || compare::looks_like_inspect(path) || compare::looks_like_nemo(path);
}

bool looks_like_votes(const Path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored) || looks_like_results(path)) return false;
  std::string name = path.filename().string();
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  return name.ends_with(".csv") || name.ends_with(".jsonl") || name.ends_with(".json");
}

Result<std::vector<compare::ResultSet>> named_results(const Source& source) {
  BAKEOFF_TRY(std::vector<compare::ResultSet> sets, compare::open_results(source.path));
  if (source.arm.empty()) return sets;
  if (sets.size() != 1)
    return input_error("holds " + counted(std::ssize(sets), "model") + ", so it can not be one arm", source.path,
                       "name one: " + source.arm + "=" + source.path + ":" + sets.front().arm);
  sets.front().arm = source.arm;
  return sets;
}

std::string experiment_name(const ImportFlags& flags) {
  if (!flags.name.empty()) return flags.name;
  const Path folder = std::filesystem::absolute(flags.out).lexically_normal();
  return (folder.has_filename() ? folder : folder.parent_path()).filename().string();
}

void print_notes(const std::vector<std::string>& notes) {
  for (const std::string& note : notes) std::fprintf(stderr, "note: %s\n", to_valid_utf8(note).c_str());
}

Result<int> import_project(const ImportFlags& flags) {
  if (flags.sources.size() != 1) return usage_error("a bgit project is imported by itself", "import");
  if (!flags.name.empty()) return usage_error("a project brings its own name", "--name");
  BAKEOFF_TRY(const run::ImportedProject done, run::import_bgit(flags.sources.front(), flags.out));
  print_notes(done.notes);
  std::string left_out;
  for (const std::string& key : done.left_out) left_out += (left_out.empty() ? "" : ", ") + key;
  if (!left_out.empty()) std::fprintf(stderr, "left out, since it has no counterpart: %s\n", left_out.c_str());
  for (const Path& file : done.files) std::printf("%s\n", file.c_str());
  return 0;
}

Result<compare::Imported> import_any(const ImportFlags& flags, bool are_votes) {
  const compare::ImportOptions options{experiment_name(flags), "bakeoff " BAKEOFF_VERSION};
  if (are_votes)
    return compare::import_votes(std::vector<Path>(flags.sources.begin(), flags.sources.end()), flags.out, options);
  std::vector<compare::ResultSet> sets;
  for (const std::string& word : flags.sources) {
    BAKEOFF_TRY(auto found, named_results(source_of(word)));
    for (compare::ResultSet& set : found) sets.push_back(std::move(set));
  }
  return compare::import_results(sets, flags.out, options);
}

Result<int> import(const ImportFlags& flags) {
  std::size_t votes = 0;
  for (const std::string& word : flags.sources) {
    const Path path = source_of(word).path;
    if (run::looks_like_bgit(path) && is_there(path)) return import_project(flags);
    votes += looks_like_votes(path);
  }
  if (votes > 0 && votes < flags.sources.size())
    return usage_error("votes and results are imported one after the other", "import");
  BAKEOFF_TRY(const compare::Imported done, import_any(flags, votes > 0));
  print_notes(done.notes);
  std::printf("%s@%lld: %s\n", flags.out.c_str(), static_cast<long long>(done.run),
              counted(done.rows, votes > 0 ? "vote" : "answer").c_str());
  return 0;
}

}  // namespace

Action declare_import(CLI::App& app) {
  auto flags = std::make_shared<ImportFlags>();
  app.add_option("sources", flags->sources,
                 "Results of lm-evaluation-harness, Inspect or NeMo Evaluator (PATH, or ARM=PATH), files of votes, or "
                 "one bgit project")
      ->required();
  app.add_option("--out", flags->out, "The run's folder (each import is one more run there), or the experiment's")
      ->required();
  app.add_option("--name", flags->name, "Of the experiment; default: the folder's");
  return [flags] { return import(*flags); };
}

}  // namespace bakeoff::tools
