// What a sequence of bakes keeps: R[i][j] is the score on task j after bake i, tasks in the order of their bakes.
//
//   ACC         mean over j of R[T][j]                                (Lopez-Paz and Ranzato 2017, arXiv:1706.08840,
//   BWT         sum_{j<T} (R[T][j] - R[j][j]) / (T - 1)               equations 2 to 4)
//   FWT         sum_{j>1} (R[j-1][j] - b_j) / (T - 1)                 b_j: the score on task j before any bake
//   forgetting  of task j<T: max_{l<T} R[l][j] - R[T][j], mean over j<T   (Chaudhry et al. 2018, arXiv:1801.10112)
//
// BWT below 0 and forgetting above 0 say the same when a task was best right after its bake. Each is a plain mean of
// the tasks at hand; its error over items belongs to the scores themselves.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "harness/core/result.h"

namespace bakeoff::stats {

/// T x T, row by row: after which bake, on which task. Above the diagonal a score may be missing (NaN): forgetting then
/// looks at those that are there.
using ScoreMatrix = std::vector<std::vector<double>>;

struct ContinualScores {
  double accuracy = 0;                     ///< ACC
  std::optional<double> backward;          ///< BWT; absent with one task, as what follows
  std::optional<double> forward;           ///< FWT; absent also without scores from before any bake
  std::optional<double> forgetting;        ///< mean over the tasks but the last
  std::vector<double> forgetting_by_task;  ///< of tasks 1 .. T-1
};

/// `before`: b_j for each task, or empty. Errors: no task, a matrix that is not square, a value that is not finite
/// where it is needed (on and below the diagonal; just above it with `before`), `before` of another length.
Result<ContinualScores> continual_scores(const ScoreMatrix& scores, std::span<const double> before = {});

}  // namespace bakeoff::stats
