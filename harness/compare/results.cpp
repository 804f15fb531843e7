// Finding one's way in results.
#include "harness/compare/results.h"

#include <algorithm>

namespace bakeoff::compare {

const SuiteResults* find_suite(const ResultSet& set, const std::string& name) {
  const auto found =
      std::find_if(set.suites.begin(), set.suites.end(), [&](const SuiteResults& suite) { return suite.name == name; });
  return found == set.suites.end() ? nullptr : &*found;
}

}  // namespace bakeoff::compare
