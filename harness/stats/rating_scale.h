// What the fits of bradley_terry.h and style_control.h share: which fields can be rated, and the way from logits to
// points.
#pragma once

#include <Eigen/Dense>

#include "harness/core/result.h"
#include "harness/stats/bradley_terry.h"

namespace bakeoff::stats {

/// Errors: those of rate_competitors().
Status check_rateable(const Field& field, const RatingOptions& options);

/// A fit, in logits.
struct LogitFit {
  Eigen::VectorXd ratings;     ///< at least one per competitor; what follows is left out
  Eigen::MatrixXd covariance;  ///< of them
  Eigen::MatrixXd draws;       ///< one column per bootstrap draw; none: intervals are normal
};

/// Ratings in points with intervals, ranks and votes, moved to the anchor.
Ratings on_scale(const Field& field, const LogitFit& fit, const RatingOptions& options);

}  // namespace bakeoff::stats
