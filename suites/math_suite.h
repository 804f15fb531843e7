// What the suites of written math problems share: how they ask, show examples and judge.
//
// Configuration, common to gsm8k, svamp and asdiv:
//   {name: gsm8k, limit: 100, shots: 8}                            the eight worked examples of Wei et al.
//   {name: gsm8k, shots: 5, shot_items: train.jsonl}               five drawn from a file of the set's own format
//   items: FILE                                                    as in item_file.h; without items the pulled set
// Zero-shot (shots: 0) is the default. Examples stand before the question as turns of the conversation; they are drawn
// once from the experiment's seed, the same for every item, and never one of the items. Without `shot_items` they are
// the first of the eight chain-of-thought examples of Wei et al. 2022 (arXiv:2201.11903, table 20), which are also the
// baked prompt of the authors of prompt baking (amanb2000/prompt_weight_equivalence, data/cot_math_x0.md@65f8ea4).
//
// Judging: `flexible` (primary) and `strict` are those of judge `numeric`. The other three are the authors'
// (test_math_model.py@cb61453), plain searches for the answer's text x in the whole output:
//   stated         "The answer is x." stands in it        anywhere   x stands in it, also inside a longer number
//   last_sentence  x stands between the last two periods  (their script stops where there is no period: here 0)
#pragma once

#include "suites/item_file.h"

namespace bakeoff::suites {

/// A problem as a set states it.
struct MathProblem {
  std::string id;
  std::string question;
  std::string solution;  ///< with its steps where the set has them; ends in "The answer is x."
  std::string answer;    ///< x as the authors search for it
  Json check;            ///< a judge with its reference (judge_spec.h)
};

/// Reads a file of the set's format. Errors as of read_converted.
using MathReader = Result<std::vector<MathProblem>> (*)(const Path& file);

/// What differs from set to set.
struct MathSet {
  const char* name;
  const char* source;
  const char* licence;
  const char* pulled;  ///< "gsm8k/test.jsonl", as item_path wants it
  MathReader read;
  bool has_splits = false;  ///< `subset: train` (first 80 %) or `validation` (last 20 %), as the authors split it
};

Result<std::unique_ptr<Suite>> create_math_suite(const MathSet& set, const SuiteConfig& config);

/// For sets in row files: one problem from each row; ids are unique.
Result<std::vector<MathProblem>> read_problems(
    const Path& file, const std::function<Result<MathProblem>(const Json& row, const std::string& where)>& convert);

/// The eight examples of Wei et al. in their order.
std::vector<MathProblem> chain_of_thought_examples();

}  // namespace bakeoff::suites
