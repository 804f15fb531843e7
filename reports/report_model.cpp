// See report_model.h.
#include "reports/report_model.h"

namespace bakeoff::reports {

bool is_imported(const ReportModel& model) { return model.run.settings.contains("imported"); }

const Difference* find_difference(const MetricReport& metric, std::size_t base, std::size_t candidate) {
  for (const auto& difference : metric.differences)
    if (difference.base == base && difference.candidate == candidate) return &difference;
  return nullptr;
}

std::optional<std::size_t> find_arm(const ReportModel& model, const std::string& kind, const std::string& prompt) {
  for (std::size_t i = 0; i < model.arms.size(); ++i) {
    const Arm& arm = model.arms[i].arm;
    if (arm.kind == kind && (kind == "base" || arm.prompt == prompt)) return i;
  }
  return std::nullopt;
}

}  // namespace bakeoff::reports
