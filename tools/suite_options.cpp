#include "tools/suite_options.h"

#include <CLI/CLI.hpp>

namespace bakeoff::tools {

void add_suite_options(CLI::App& app, SuiteOptions& options) {
  app.add_option("--items", options.items, "Items file of the suite, where it has one");
  app.add_option("--config", options.config, "YAML file with the suite's own keys, as under `suites:`");
  app.add_option("--seed", options.seed, "The experiment's seed, for suites that generate items or draw examples")
      ->capture_default_str();
}

Result<std::unique_ptr<suites::Suite>> open_suite(const SuiteOptions& options) {
  suites::SuiteConfig config;
  config.fields = Json::object();
  config.where = options.config.empty() ? "suite " + options.name : options.config;
  config.seed = options.seed;
  if (!options.config.empty()) {
    BAKEOFF_TRY(config.fields, read_yaml_file(options.config));
    config.folder = Path(options.config).parent_path();
  }
  if (!options.items.empty()) config.fields["items"] = std::filesystem::absolute(options.items).string();
  if (options.unsafe_no_sandbox) config.fields["unsafe_no_sandbox"] = true;
  return suites::create_suite(options.name, config);
}

}  // namespace bakeoff::tools
