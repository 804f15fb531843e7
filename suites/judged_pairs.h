// Pairs of answers as the items of a suite that a judge plays: each is shown in both orders, and the two verdicts make
// one (judges/pairwise.h).
//
// Verdict of a pair: 1 where the first answer wins, 0.5 at a tie or where the orders disagree, 0 where the second wins;
// unscored where a text states no verdict. Its evidence is a vote, which a run keeps in the store:
//
//   {"model_a": "baked", "model_b": "prompted", "winner": "model_a" | "model_b" | "tie", "judge": "gpt",
//    "category": "math", "shown": "first", "swapped": "second", "consistent": true, "judge_proven": false}
//
// Known pairs, of which the first answer is the better one, are scored by `right` alone: 1 where it wins in both
// orders. Their evidence names no models, so that no votes come of them.
#pragma once

#include <memory>

#include "judges/pairwise.h"
#include "suites/suite.h"

namespace bakeoff::suites {

struct JudgedPair {
  std::string id;     ///< of the question: the group of its replicates
  int replicate = 0;  ///< of the answers
  std::string category;
  judges::Comparison comparison;
};

struct PairsSpec {
  std::string model_a, model_b;  ///< who gave the first and the second answers; empty for known pairs
  std::string judge;             ///< the arm that judges, for the record
  bool judge_proven = false;     ///< for the record
  const judges::ComparisonForm* form = nullptr;
  int judge_tokens = 256;  ///< longest verdict
};

/// No pairs, no suite: null.
std::shared_ptr<const Suite> judged_pairs(const PairsSpec& spec, const std::vector<JudgedPair>& pairs);

}  // namespace bakeoff::suites
