// Work that follows from work: suites read what was played and add bakes, arms and further suites, round by round.
//
// A round asks every suite, also those that were added, in the order of the plan; what is there already under the same
// name is not added again. The rounds end when nothing new comes.
#pragma once

#include "harness/run/prepare.h"

namespace bakeoff::run {

/// Asks once. True: `prepared` has more bakes, arms or suites, and its plan was made anew. All that its plan holds must
/// have been played, and lie in `store`.
/// Errors: input, where a suite wants what can not be (an unknown parent, arm or prompt; another prompt under a known
/// name); those of the suites; internal, where work is added without end.
Result<bool> grow(Prepared& prepared, store::Store& store);

}  // namespace bakeoff::run
