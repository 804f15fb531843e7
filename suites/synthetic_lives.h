// Short lives of people who never were, generated: no model can know them from anywhere else. The form is that of
// SynthWiki (Peysakhovich and Lerer 2023, arXiv:2310.01427), whose lives were written by a language model; ours are put
// together from lists, so that every fact is known to the program that asks for it.
#pragma once

#include <string>
#include <vector>

#include "harness/core/json.h"

namespace bakeoff::suites {

struct LifeQuestion {
  std::string text;
  std::string reworded;  ///< the same question in other words, to bake with
  std::string answer;
};

struct Life {
  std::string name;  ///< no two of one list share a first or a last name
  std::string text;  ///< about 45 words
  std::vector<LifeQuestion> questions;
};

/// At most most_lives().
std::vector<Life> synthetic_lives(int count, std::uint64_t seed);
int most_lives();

}  // namespace bakeoff::suites
