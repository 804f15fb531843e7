// --items, --config and --seed: a suite outside an experiment.
#pragma once

#include <memory>
#include <string>

#include "suites/suite.h"

namespace CLI {
class App;
}

namespace bakeoff::tools {

struct SuiteOptions {
  std::string name;
  std::string config;              ///< YAML file with the suite's own keys; empty: none
  std::string items;               ///< file of items; empty: the suite's own, or what the configuration says
  std::uint64_t seed = 0;          ///< as in an experiment
  bool unsafe_no_sandbox = false;  ///< for suites that run code
};
/// Adds the three flags; the name is the verb's own argument.
void add_suite_options(CLI::App& app, SuiteOptions& options);
Result<std::unique_ptr<suites::Suite>> open_suite(const SuiteOptions& options);

}  // namespace bakeoff::tools
