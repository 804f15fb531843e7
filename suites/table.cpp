// The suites: one line each.
#include <array>

#include "harness/core/nearest.h"
#include "suites/suite.h"

namespace bakeoff::suites {

Result<std::unique_ptr<Suite>> create_arithmetic(const SuiteConfig& config);
Result<std::unique_ptr<Suite>> create_facts(const SuiteConfig& config);
Result<std::unique_ptr<Suite>> create_style(const SuiteConfig& config);

std::span<const SuiteEntry> all_suites() {
  static constexpr std::array kTable{
      SuiteEntry{"arithmetic", "generated sums, products and differences with worked examples", create_arithmetic},
      SuiteEntry{"facts", "what only the prompt states: recall, paraphrases, neighbours left alone", create_facts},
      SuiteEntry{"style", "the manner that a prompt asks for, and whether the content stays right", create_style},
  };
  return kTable;
}

Result<std::unique_ptr<Suite>> create_suite(std::string_view name, const SuiteConfig& config) {
  std::vector<std::string> names;
  for (const SuiteEntry& entry : all_suites()) {
    if (name == entry.name) return entry.create(config);
    names.emplace_back(entry.name);
  }
  std::string listed;
  for (const std::string& known : names) listed += (listed.empty() ? "" : ", ") + known;
  const std::string close = nearest(name, names);
  return input_error("no suite is called \"" + std::string(name) + "\"", config.where,
                     (close.empty() ? "" : "did you mean \"" + close + "\"? ") + ("known: " + listed));
}

}  // namespace bakeoff::suites
