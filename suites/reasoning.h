// The key `strip_reasoning` that every suite has: whether its judge sees an answer without its reasoning blocks.
#pragma once

#include <memory>

#include "suites/suite.h"

namespace bakeoff::suites {

/// The same suite, judging answer_text() of each answer; samples keep the whole text. Its digest differs, since its
/// verdicts may.
std::unique_ptr<Suite> without_reasoning(std::unique_ptr<Suite> suite);

}  // namespace bakeoff::suites
