// Stated confidence: where a verdict holds the log-probabilities of an item's choices (suites of multiple choice), the
// probability of the likeliest one, p = max_i exp(l_i) / sum_j exp(l_j), against whether it is the right one. Raw sums,
// not divided by length: only they are probabilities. Tables and errors: harness/stats/calibration.h, ten bins of equal
// width.
#pragma once

#include <optional>
#include <vector>

#include "harness/core/evaluation.h"
#include "harness/stats/calibration.h"

namespace bakeoff::reports {

struct StatedConfidence {
  double confidence = 0, is_right = 0;  ///< in [0, 1]; 0 or 1
};

/// Nothing where the verdict is unscored or its evidence has no "logprobs" of two choices or more with a "right" one.
std::optional<StatedConfidence> stated_confidence(const Verdict& verdict);

/// Nothing without a stated confidence.
std::optional<stats::Calibration> calibration_of(const std::vector<StatedConfidence>& stated);

}  // namespace bakeoff::reports
