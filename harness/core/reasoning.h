// Reasoning blocks: what a model writes for itself before its answer, such as "<think> ... </think>". Judges see the
// answer; records keep the whole text.
#pragma once

#include <string>

#include "harness/core/generator.h"

namespace bakeoff {

/// The text after the blocks that it begins with, without the white space between. A block without its end takes all
/// that follows: such an answer is empty. Where the template opened the block (the rendered prompt ends with its
/// marker) or the prompt is not known, an end without its beginning counts, too. A text without markers comes back as
/// it is.
std::string answer_text(const Completion& completion);

}  // namespace bakeoff
