// See confidence.h.
#include "reports/confidence.h"

#include <algorithm>
#include <cmath>

namespace bakeoff::reports {

std::optional<StatedConfidence> stated_confidence(const Verdict& verdict) {
  const Json& evidence = verdict.evidence;
  if (!verdict.score || !evidence.is_object()) return std::nullopt;
  const auto list = evidence.find("logprobs"), right = evidence.find("right");
  if (list == evidence.end() || !list->is_array() || list->size() < 2) return std::nullopt;
  if (right == evidence.end() || !right->is_number_integer()) return std::nullopt;
  std::vector<double> logprobs;
  for (const Json& one : *list) {
    if (!one.is_number() || !std::isfinite(one.get<double>())) return std::nullopt;
    logprobs.push_back(one.get<double>());
  }
  const auto best = std::max_element(logprobs.begin(), logprobs.end());
  double sum = 0;
  for (const double one : logprobs) sum += std::exp(one - *best);
  return StatedConfidence{1 / sum, best - logprobs.begin() == right->get<std::int64_t>() ? 1.0 : 0.0};
}

std::optional<stats::Calibration> calibration_of(const std::vector<StatedConfidence>& stated) {
  std::vector<double> confidences, outcomes;
  for (const auto& one : stated) confidences.push_back(one.confidence), outcomes.push_back(one.is_right);
  auto found = stats::calibrate(confidences, outcomes);
  if (!found.ok()) return std::nullopt;
  return std::move(*found);
}

}  // namespace bakeoff::reports
