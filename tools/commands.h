// The verbs of the program. Adding one is a file, a declaration here and a line in the table of commands.cpp.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/core/result.h"

namespace CLI {
class App;
}

namespace bakeoff::tools {

/// What a verb does once its flags are read. Returns the exit status, or the error that ends the program.
using Action = std::function<Result<int>()>;

struct Verb {
  const char* name;
  const char* summary;               ///< one line
  Action (*declare)(CLI::App& app);  ///< adds the flags; the action reads them after parsing
  const char* examples;              ///< one to three lines, each a command and what it gives
};

/// Runs the verb that the words name; prints its error; returns the exit status.
int run_program(const std::vector<std::string>& words);

Action declare_run(CLI::App& app);
Action declare_plan(CLI::App& app);
Action declare_bake(CLI::App& app);
Action declare_generate(CLI::App& app);
Action declare_logprobs(CLI::App& app);
Action declare_tokenize(CLI::App& app);
Action declare_template(CLI::App& app);
Action declare_judge(CLI::App& app);
Action declare_show(CLI::App& app);
Action declare_report(CLI::App& app);
Action declare_compare(CLI::App& app);
Action declare_import(CLI::App& app);
Action declare_export(CLI::App& app);
Action declare_gate(CLI::App& app);
Action declare_rank(CLI::App& app);
Action declare_history(CLI::App& app);
Action declare_lineage(CLI::App& app);
Action declare_runs(CLI::App& app);
Action declare_models(CLI::App& app);
Action declare_adapters(CLI::App& app);
Action declare_suites(CLI::App& app);
Action declare_datasets(CLI::App& app);
Action declare_doctor(CLI::App& app);

}  // namespace bakeoff::tools
