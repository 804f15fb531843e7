// `bakeoff gate`: may the candidate take the base's place? The exit status is the answer.
#include "harness/compare/gate.h"

#include <cstdio>

#include <CLI/CLI.hpp>

#include "reports/gate.h"
#include "tools/commands.h"

namespace bakeoff::tools {

namespace {

struct GateFlags {
  std::string base, candidate, policy;
  std::string junit, summary;  ///< files; empty: none
  std::string json;            ///< file, or - for standard output; empty: none
  bool force = false, quiet = false;
};

Status write(const GateFlags& flags, const compare::GateReport& report) {
  if (!flags.junit.empty()) BAKEOFF_CHECK(write_file_atomically(flags.junit, reports::gate_junit(report)));
  if (!flags.summary.empty()) BAKEOFF_CHECK(write_file_atomically(flags.summary, reports::gate_markdown(report)));
  const std::string json = flags.json.empty() ? "" : dump(reports::gate_json(report)) + "\n";
  if (flags.json == "-") {
    std::fputs(json.c_str(), stdout);
    return {};
  }
  if (!flags.json.empty()) BAKEOFF_CHECK(write_file_atomically(flags.json, json));
  const reports::TableOptions table{.columns = 120, .colour = reports::wants_colour()};
  if (!flags.quiet) std::fputs(reports::gate_table(report, table).c_str(), stdout);
  return {};
}

Result<int> gate(const GateFlags& flags) {
  BAKEOFF_TRY(const auto policy, compare::read_policy(flags.policy));
  BAKEOFF_TRY(auto base, compare::open_results(flags.base));
  BAKEOFF_TRY(auto candidate, compare::open_results(flags.candidate));
  BAKEOFF_TRY(const auto pairs, compare::pair_sets(std::move(base), std::move(candidate)));
  BAKEOFF_TRY(const auto report, compare::gate(pairs, policy));
  if (!report.not_comparable.empty() && !flags.force) {
    std::string list;
    for (const auto& reason : report.not_comparable) list += (list.empty() ? "" : "; ") + reason;
    return input_error("not comparable: " + list, "", "--force gates all the same and says so");
  }
  BAKEOFF_CHECK(write(flags, report));
  return exit_status(report.decision);
}

}  // namespace

Action declare_gate(CLI::App& app) {
  auto flags = std::make_shared<GateFlags>();
  app.add_option("base", flags->base, "A run, RUN:ARM, or a result folder of another harness")->required();
  app.add_option("candidate", flags->candidate, "The same, for what wants to take its place")->required();
  app.add_option("--policy,-p", flags->policy, "Policy file, ours or NeMo Evaluator's (YAML or JSON)")->required();
  app.add_option("--junit", flags->junit, "Write JUnit XML into this file");
  app.add_option("--summary", flags->summary, "Write a Markdown step summary into this file");
  app.add_flag("--json{-}", flags->json, "Print JSON instead of the table; --json=FILE writes it beside the table");
  app.add_flag("--quiet", flags->quiet, "Print no table");
  app.add_flag("--force", flags->force, "Gate what is not comparable, and say so");
  return [flags] { return gate(*flags); };
}

}  // namespace bakeoff::tools
