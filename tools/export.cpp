// `bakeoff export`: results of a run, or of another harness, in the format of another harness.
#include <cstdio>

#include <CLI/CLI.hpp>

#include "harness/compare/exports.h"
#include "harness/compare/open.h"
#include "harness/core/nearest.h"
#include "harness/store/columns.h"
#include "harness/store/store.h"
#include "tools/commands.h"

namespace bakeoff::tools {

namespace {

struct ExportFlags {
  std::string results, format, out;
};

struct Format {
  const char* name;
  Result<std::vector<Path>> (*write)(const compare::ResultSet&, const Path&, const compare::ExportOptions&);
  bool has_folder_of_arm;  ///< several arms go to one folder without overwriting each other
};

constexpr Format kFormats[] = {{"lm-eval", compare::export_lm_eval, true},
                               {"inspect", compare::export_inspect, true},
                               {"nemo", compare::export_nemo, false}};

Result<const Format*> format_of(const std::string& name) {
  std::vector<std::string> known;
  for (const Format& format : kFormats) {
    if (name == format.name) return &format;
    known.push_back(format.name);
  }
  const std::string meant = nearest(name, known);
  return usage_error("there is no format \"" + name + "\"", "--format",
                     meant.empty() ? "lm-eval, inspect or nemo" : "did you mean " + meant + "?");
}

/// What a set that came from a store is called: FOLDER[@N]:ARM.
struct Origin {
  Path folder;
  std::optional<store::RunId> run;
};

Origin origin_of(const compare::ResultSet& set) {
  Origin origin{set.name.substr(0, set.name.size() - set.arm.size() - 1), {}};
  std::error_code ignored;
  const std::string name = origin.folder.string();
  const auto at = name.rfind('@');
  if (at != name.npos && !std::filesystem::exists(origin.folder, ignored))
    origin = {name.substr(0, at), std::stoll(name.substr(at + 1))};
  if (origin.folder.filename() == store::kFileName) origin.folder = origin.folder.parent_path() / ".";
  return origin;
}

/// Questions, answers and expected answers in full, which comparisons do not load. Returns when the run was made.
Result<std::string> add_texts(compare::ResultSet& set) {
  const Origin origin = origin_of(set);
  BAKEOFF_TRY(const std::unique_ptr<store::Store> store, store::Store::open(origin.folder, store::Access::read));
  BAKEOFF_TRY(const store::RunRow run, origin.run ? store->run(*origin.run) : store->latest_run());
  for (compare::SuiteResults& suite : set.suites)
    for (compare::ScoredItem& item : suite.items) {
      BAKEOFF_TRY(const store::SampleRow row, store->sample(item.sample_key));
      item.answer = row.sample.completion.text;
      for (const Message& message : row.sample.messages)
        if (message.role == "user") item.question = message.content;
    }
  return run.started_at;
}

/// "2026-11-25T04:22:01Z": without fractions of a second.
std::string whole_seconds(const std::string& time) { return time.substr(0, 19) + "Z"; }

Result<int> export_results(const ExportFlags& flags) {
  BAKEOFF_TRY(const Format* const format, format_of(flags.format));
  BAKEOFF_TRY(std::vector<compare::ResultSet> sets, compare::open_results(flags.results));
  std::size_t files = 0, unscored = 0;
  for (compare::ResultSet& set : sets) {
    std::string created = store::timestamp();
    if (set.source == "bakeoff") {
      BAKEOFF_TRY(created, add_texts(set));
    }
    const bool needs_folder = sets.size() > 1 && !format->has_folder_of_arm;
    const Path out = needs_folder ? Path(flags.out) / compare::file_part(set.arm) : Path(flags.out);
    const compare::ExportOptions options{whole_seconds(created), "bakeoff " BAKEOFF_VERSION};
    BAKEOFF_TRY(const std::vector<Path> written, format->write(set, out, options));
    files += written.size();
    for (const compare::SuiteResults& suite : set.suites) {
      if (suite.items.empty() && !suite.figures.empty())
        std::fprintf(stderr, "left out: %s, of which only figures are known\n", suite.name.c_str());
      for (const compare::ScoredItem& item : suite.items) unscored += !item.verdict.score;
    }
    for (const std::string& caveat : set.caveats) std::fprintf(stderr, "note: %s\n", caveat.c_str());
  }
  if (unscored > 0) std::fprintf(stderr, "note: %zu answers are unscored and do not count in any mean\n", unscored);
  std::fprintf(stderr, "wrote %zu files to %s\n", files, flags.out.c_str());
  return 0;
}

}  // namespace

Action declare_export(CLI::App& app) {
  auto flags = std::make_shared<ExportFlags>();
  app.add_option("results", flags->results, "A run, RUN:ARM, or a result folder of another harness")->required();
  app.add_option("--format", flags->format, "lm-eval, inspect or nemo")->required();
  app.add_option("--out", flags->out, "Folder to write to; made if it is not there")->required();
  return [flags] { return export_results(*flags); };
}

}  // namespace bakeoff::tools
