// The single criteria of a gate, before they are adjusted for each other: see gate.h.
#pragma once

#include "harness/compare/gate.h"

namespace bakeoff::compare {

/// p-values, gaps and what was seen; `status` is MISSING or still open (INSUFFICIENT_EVIDENCE).
CriterionResult measure_score(const SidePair& pair, const ScoreCriterion& criterion, double alpha);

/// PASS, BREACH or MISSING.
CriterionResult check_limit(const SidePair& pair, const LimitCriterion& limit);

/// Settles an open score criterion by its p-values, and says why.
void settle(CriterionResult& result, double alpha);

}  // namespace bakeoff::compare
