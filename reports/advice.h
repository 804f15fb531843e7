// What follows from a run's findings: what a bake costs and saves, and what to do next. Plain text, like narrative.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/narrative.h"

namespace bakeoff::reports {

/// Questions after which a bake has cost no more than its prompt would have, counted in tokens through the model:
/// sampling is one pass per answer token, training three per answer token and epoch (a backward pass costs two forward
/// ones: Kaplan et al. 2020, arXiv:2001.08361, section 2.1). Reading the questions while baking is not counted, nor is
/// what a server saves by keeping a prompt's prefix. Nothing where no token is saved.
std::optional<double> break_even_questions(const BakeReport& bake, double saved_tokens);

/// The saving of a baked arm, if it was measured.
const Saving* find_saving(const ReportModel& model, std::size_t baked);

/// "132 prompt tokens fewer per question, paid back after about 490 questions".
Answer cost_and_saving(const ReportModel& model, const BakedArm& arm);

/// About how many items would settle an undecided difference, if the one seen is the true one; two digits. Nothing
/// where none was seen, or where it is decided.
std::optional<std::int64_t> items_to_settle(const Difference& difference);

struct NextStep {
  std::string text;
  const SuiteReport* suite = nullptr;  ///< whose answers show it; null: none in particular
};
/// The most pressing first; never empty.
std::vector<NextStep> next_steps(const ReportModel& model, const BakedArm& arm);

/// "GO: every criterion holds", "NO-GO: 2 of 5 criteria are breached".
std::string gate_title(const GateSummary& gate);

}  // namespace bakeoff::reports
