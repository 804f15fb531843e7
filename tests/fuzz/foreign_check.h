// What every reader of other harnesses' results promises of what it read.
#pragma once

#include <set>

#include "harness/compare/results.h"
#include "harness/core/result.h"
#include "tests/fuzz/input.h"

namespace bakeoff::testing {

inline void require_sound(const Result<std::vector<compare::ResultSet>>& sets) {
  if (!sets.ok()) return require_reason(sets.error());
  for (const compare::ResultSet& set : *sets)
    for (const compare::SuiteResults& suite : set.suites) {
      std::set<std::pair<std::string, int>> seen;
      for (const compare::ScoredItem& item : suite.items) {
        require(item.verdict.score.has_value() == item.verdict.unscored.empty(), "a verdict has a score or a reason");
        require(seen.emplace(item.id, item.replicate).second, "an item and replicate appears once");
        require(is_valid_utf8(item.question) && is_valid_utf8(item.answer), "texts for people are valid UTF-8");
      }
    }
}

/// A fuzz input of two files: what stands before and behind the first line "%%".
inline std::pair<std::string_view, std::string_view> two_files(std::string_view input) {
  constexpr std::string_view kLine = "\n%%\n";
  const auto at = input.find(kLine);
  if (at == input.npos) return {input, {}};
  return {input.substr(0, at), input.substr(at + kLine.size())};
}

}  // namespace bakeoff::testing
