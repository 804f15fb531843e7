// What teacher and student see of each question: the prompt's messages against what stays, then the same question. The
// two texts may differ in nothing but that, or the student would learn the difference of two templates.
#pragma once

#include <string>
#include <vector>

#include "baker/bake/bake.h"
#include "baker/bake/trajectories.h"

namespace bakeoff::baker {

struct Contexts {
  std::vector<BakeQuestion> questions;
  std::string teacher_text, student_text;  ///< of the first question, for the record
};

/// Errors: no question, an empty one, a prompt that changes nothing, texts whose common end does not hold the question.
Result<Contexts> make_contexts(const BakeRequest& request, const ModelBundle& bundle);

/// Which questions are kept from training to measure on.
struct Split {
  std::vector<std::size_t> training, held_out;  ///< indices, ascending
};
/// round(share * count), at least 2 of 20 and more questions where share > 0; never all.
Split split_questions(std::size_t count, double share, std::uint64_t seed);

}  // namespace bakeoff::baker
