// What the suites of generated math problems share: what an answer is asked to be, and how it is judged. Their items
// have examples before the question, and a reference of judge `numeric`; `steps` and `unit` in it, where they are, make
// the example answer.
#pragma once

#include "suites/suite.h"

namespace bakeoff::suites {

struct GeneratedMath {
  const char* name;
  const char* version;
  const char* cost;
  int answer_tokens;
};

/// `configuration` is what else decides the items, for the digest.
std::unique_ptr<Suite> make_generated_math(const GeneratedMath& set, std::vector<Item> items,
                                           const Json& configuration);

}  // namespace bakeoff::suites
