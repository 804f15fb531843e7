// The chance of success in k attempts as a curve, for suites whose items may be played several times.
#pragma once

#include "harness/stats/attempts.h"
#include "suites/suite.h"

namespace bakeoff::suites {

/// stats::mean_pass_at_k or mean_pass_hat_k.
using MeanOfAttempts = Result<stats::Mean> (*)(std::span<const stats::Attempts> items, std::int64_t k,
                                               std::span<const int> groups);

/// One arm's mean for k = 1 up to the fewest attempts that an item has, with 95 % intervals clustered by group. An
/// attempt passed where its score is 1; unscored ones are none.
Result<Curve> attempts_curve(const std::string& arm, const std::vector<Results::Played>& played, MeanOfAttempts mean);

}  // namespace bakeoff::suites
