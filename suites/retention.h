// What a sequence of bakes keeps, from the scores that each state of it had. suites/retention.cpp plays; here the
// scores become the matrix, its summary and what the report shows.
#pragma once

#include "suites/suite.h"

namespace bakeoff::suites {

/// Who stands for the sequence.
struct SequenceOfArms {
  std::vector<Arm> states;          ///< after each bake, in the order of the bakes
  std::optional<Arm> base;          ///< before any bake
  std::vector<Arm> removals;        ///< the last state without one bake each; Arm::without names it
  std::vector<std::string> tasks;   ///< label of each bake's own suite
  std::vector<std::string> others;  ///< labels of suites that no bake is about
};

/// "drift/NAME": the contrast of the state after a bake with the base.
std::string drift_name(const Arm& state);

/// Exhibits `scores` (a matrix), `kept` and `drift` (curves over bakes), `residue` (a matrix) as far as there is
/// anything to show.
Result<std::vector<Exhibit>> retention_exhibits(const SequenceOfArms& sequence, const Results& results);

}  // namespace bakeoff::suites
