// Short stories with numbers in them, for word_problems: names, things, and a question that a calculation answers.
#pragma once

#include <string>
#include <vector>

#include "harness/core/seed.h"

namespace bakeoff::suites {

/// One line of a calculation on whole numbers.
struct Step {
  int left;
  char sign;  ///< '+', '-', '*' or '/'; quotients come out even
  int right;
  int value() const;
};

struct Story {
  std::string text;         ///< what is told and asked
  std::vector<Step> steps;  ///< in order; the last value is the answer
  std::string unit;         ///< of the answer: "marbles", "dollars"
};

constexpr int kStoryLevels = 7;

/// A story of a level from 1 to kStoryLevels:
///   1 one sum up to 10                        2 one sum or difference up to 12
///   3 one sum or difference, two digits       4 one product or quotient up to 90
///   5 two sums or differences up to 30        6 two steps: groups, prices, comparisons
///   7 two or three steps: units, percents, halves, a number that is of no use
Story tell(int level, Random& random);

}  // namespace bakeoff::suites
