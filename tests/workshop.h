// A folder with the ten-line experiment of harness/run/experiment.h and what it names, for tests that run it.
#pragma once

#include <string>
#include <vector>

#include "harness/run/run.h"
#include "tests/catch.h"
#include "tests/scripted_baker.h"
#include "tests/support.h"

namespace bakeoff::testing {

inline void write_text(const Path& file, const std::string& text) { REQUIRE(write_file_atomically(file, text).ok()); }

/// The files of the experiment, below `folder`.
inline void write_experiment(const Path& folder, const std::string& more = "") {
  write_text(folder / "model.bin", "weights");
  write_text(folder / "prompts" / "pirate.yaml", "system: You are a pirate.\n");
  write_text(folder / "questions" / "train.jsonl",
             "{\"question\": \"Who are you?\"}\n{\"question\": \"What is tea?\"}\n");
  write_text(folder / "questions" / "test.jsonl",
             "{\"id\": \"one\", \"question\": \"rum\", \"contains\": [\"rum\"]}\n"
             "{\"id\": \"two\", \"question\": \"sea\", \"contains\": [\"land\"]}\n");
  write_text(folder / "pirate.yaml",
             "name: pirate\n"
             "model: tiny\n"
             "prompts: {pirate: prompts/pirate.yaml}\n"
             "questions: questions/train.jsonl\n"
             "bakes: [{prompt: pirate}]\n"
             "suites: [{name: style, items: questions/test.jsonl, pattern: \"(?i)arrr\"}]\n" +
                 more);
}

/// The experiment in a folder of its own, with a scripted baker.
struct Workshop {
  explicit Workshop(const std::string& more = "") : baker({.model_file = folder / "model.bin"}) {
    write_experiment(folder.path(), more);
    set_interrupted(false);
  }
  ~Workshop() { set_interrupted(false); }

  run::RunOptions options() const {
    run::RunOptions options;
    options.experiment = folder / "pirate.yaml";
    options.out = folder / "out";
    options.jobs = 2;
    return options;
  }
  Result<run::RunOutcome> run(std::vector<std::string> overrides = {}) {
    run::RunOptions chosen = options();
    chosen.overrides = std::move(overrides);
    return run::run_experiment(chosen, baker.factory());
  }
  std::unique_ptr<store::Store> store() const {
    auto opened = store::Store::open(folder / "out", store::Access::read);
    REQUIRE(opened.ok());
    return std::move(*opened);
  }

  TemporaryFolder folder;
  ScriptedBaker baker;
};

/// Every row of a query as text, for comparing two stores.
inline std::vector<std::string> rows_of(const Path& folder, const std::string& sql, int columns) {
  auto database = store::Database::open(folder / store::kFileName, {.read_only = true});
  REQUIRE(database.ok());
  auto rows = database->query(sql);
  REQUIRE(rows.ok());
  std::vector<std::string> lines;
  while (true) {
    const auto more = rows->step();
    REQUIRE(more.ok());
    if (!*more) return lines;
    std::string line;
    for (int column = 0; column < columns; ++column)
      line += (rows->is_null(column) ? "NULL" : rows->text(column)) + "|";
    lines.push_back(line);
  }
}

}  // namespace bakeoff::testing
