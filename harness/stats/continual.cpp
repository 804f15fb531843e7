// See continual.h.
#include "harness/stats/continual.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace bakeoff::stats {
namespace {

std::string place(std::size_t bake, std::size_t task) {
  return "the score after bake " + std::to_string(bake + 1) + " on task " + std::to_string(task + 1);
}

Status check(const ScoreMatrix& scores, std::span<const double> before) {
  if (scores.empty()) return input_error("no tasks, no continual scores");
  if (!before.empty() && before.size() != scores.size())
    return input_error(std::to_string(before.size()) + " scores from before any bake for " +
                       std::to_string(scores.size()) + " tasks");
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (scores[i].size() != scores.size())
      return input_error("row " + std::to_string(i + 1) + " has " + std::to_string(scores[i].size()) + " scores for " +
                             std::to_string(scores.size()) + " tasks",
                         "", "give one row per bake and one column per task");
    const std::size_t needed = std::min(scores.size(), before.empty() ? i + 1 : i + 2);
    for (std::size_t j = 0; j < needed; ++j)
      if (!std::isfinite(scores[i][j])) return input_error(place(i, j) + " is missing", "", "score it first");
  }
  for (std::size_t j = 0; j < before.size(); ++j)
    if (!std::isfinite(before[j]))
      return input_error("the score before any bake on task " + std::to_string(j + 1) + " is missing");
  return {};
}

double lost(const ScoreMatrix& scores, std::size_t task) {
  double best = scores[task][task];
  for (std::size_t bake = 0; bake + 1 < scores.size(); ++bake)
    if (std::isfinite(scores[bake][task])) best = std::max(best, scores[bake][task]);
  return best - scores.back()[task];
}

}  // namespace

Result<ContinualScores> continual_scores(const ScoreMatrix& scores, std::span<const double> before) {
  BAKEOFF_CHECK(check(scores, before));
  const std::size_t tasks = scores.size(), last = tasks - 1;
  ContinualScores out;
  for (double score : scores[last]) out.accuracy += score;
  out.accuracy /= static_cast<double>(tasks);
  if (tasks == 1) return out;
  double backward = 0, forward = 0, forgetting = 0;
  for (std::size_t j = 0; j < last; ++j) {
    backward += scores[last][j] - scores[j][j];
    out.forgetting_by_task.push_back(lost(scores, j));
    forgetting += out.forgetting_by_task.back();
    if (!before.empty()) forward += scores[j][j + 1] - before[j + 1];
  }
  out.backward = backward / static_cast<double>(last);
  out.forgetting = forgetting / static_cast<double>(last);
  if (!before.empty()) out.forward = forward / static_cast<double>(last);
  return out;
}

}  // namespace bakeoff::stats
