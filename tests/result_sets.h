// Results made by hand, for tests of comparison and gate.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/compare/open.h"

namespace bakeoff::testing {

/// One score per item; a negative one is unscored.
inline compare::SuiteResults suite_of(const std::string& name, const std::vector<double>& scores) {
  compare::SuiteResults suite;
  suite.name = name;
  suite.metrics = {{name, true, ""}};
  suite.protocol = {{"suite", name}, {"version", "1"}, {"data", "d1"}, {"template", "t1"}};
  for (std::size_t i = 0; i < scores.size(); ++i) {
    compare::ScoredItem item;
    item.id = "item-" + std::to_string(i);
    item.verdict = scores[i] < 0 ? Verdict::not_scored("our timeout") : Verdict::scored(scores[i], {{name, scores[i]}});
    item.sample_key = std::string(60, 'e') + std::to_string(1000 + i);
    suite.items.push_back(std::move(item));
  }
  return suite;
}

inline compare::ResultSet set_of(const std::string& arm, std::vector<compare::SuiteResults> suites) {
  compare::ResultSet set;
  set.name = "runs/pirate:" + arm;
  set.source = "bakeoff";
  set.arm = arm;
  set.identity = {{"model_digest", "m1"}, {"adapters", arm == "baked" ? Json::array({"a1:1"}) : Json::array()}};
  set.suites = std::move(suites);
  return set;
}

/// `wins` items right only for the candidate, `losses` only for the base, the other items right for both.
inline std::pair<std::vector<double>, std::vector<double>> rates(int wins, int losses, int items) {
  std::vector<double> base(static_cast<std::size_t>(items), 1.0), candidate = base;
  for (int i = 0; i < wins; ++i) base[static_cast<std::size_t>(i)] = 0;
  for (int i = 0; i < losses; ++i) candidate[static_cast<std::size_t>(items - 1 - i)] = 0;
  return {base, candidate};
}

}  // namespace bakeoff::testing
