// See advice.h.
#include "reports/advice.h"

#include <algorithm>
#include <cmath>

#include "harness/core/progress.h"
#include "reports/format.h"

namespace bakeoff::reports {
namespace {

using stats::Finding;

/// Two digits tell all that an estimate knows: 486 is 490.
std::int64_t two_digits(double value) {
  if (value < 100) return std::llround(std::ceil(value));
  const double step = std::pow(10.0, std::floor(std::log10(value)) - 1);
  return std::llround(std::ceil(value / step) * step);
}

/// "33", "131.5".
std::string tokens_text(double tokens) { return fixed(tokens, tokens == std::round(tokens) ? 0 : 1); }

std::string saved_words(const ReportModel& model, const Saving& saving) {
  const double with = model.arm_costs[saving.prompted].prompt_tokens.value_or(0);
  const double without = model.arm_costs[saving.baked].prompt_tokens.value_or(0);
  std::string text = "A question to " + arm_name(model, saving.baked) + " takes " + tokens_text(without) +
                     " prompt tokens instead of " + tokens_text(with) +
                     " with the prompt in front: " + tokens_text(saving.tokens) + " fewer";
  const bool is_even = saving.most - saving.least < 1;
  return text +
         (is_even ? " on each of " : ", from " + fixed(saving.least, 0) + " to " + fixed(saving.most, 0) + " over ") +
         counted(saving.samples, "sample") + ".";
}

std::string bake_words(const BakeReport& bake) {
  double seconds = 0;
  for (const auto& [phase, spent] : bake.outcome.seconds) seconds += spent;
  std::string text = "Baking took " + format_seconds(seconds) + ", once";
  if (bake.outcome.peak_resident_bytes > 0)
    text += ", and " + bytes_text(bake.outcome.peak_resident_bytes) + " of memory";
  return text + ".";
}

NextStep step_of_take(const ReportModel& model, const BakedArm& arm) {
  const SuiteReport* suite = leading_suite(model, arm);
  if (!suite) return {"Add a suite that measures what the prompt is for."};
  const MetricReport& metric = suite->metrics.front();
  const Difference* to_base = arm.base ? find_difference(metric, *arm.base, arm.baked) : nullptr;
  const Difference* to_prompted = arm.prompted ? find_difference(metric, *arm.prompted, arm.baked) : nullptr;
  if (to_base && (to_base->finding == Finding::same || to_base->finding == Finding::worse))
    return {"Read the answers on " + suite->label +
                ", then bake longer or from more sampled answers: what the prompt is for did not arrive.",
            suite};
  if (to_prompted && to_prompted->finding == Finding::worse)
    return {"To close the gap to the prompt on " + suite->label +
                ", bake longer or from more sampled answers. The answers that fall short are listed first.",
            suite};
  return {};
}

std::string more_items(const SideFinding& side) {
  const auto& seen = side.difference->comparison;
  if (!seen) return side.name + ": items that are scored on both sides; there is none yet";
  if (const auto items = items_to_settle(*side.difference))
    return side.name + ": about " + counted(*items, "item") + " (now " + count_text(seen->items) +
           "), if the difference seen is the true one";
  if (seen->detectable && side.metric->is_share)
    return side.name + ": more than its " + counted(seen->items, "item") + ", which show only differences of " +
           fixed(100 * *seen->detectable, 0) + " points or more";
  return side.name + ": more than its " + counted(seen->items, "item");
}

void add_unsettled(const std::vector<SideFinding>& sides, std::vector<NextStep>& steps) {
  for (const auto& side : sides)
    if (side.difference->finding == Finding::not_enough_data)
      steps.push_back({"To settle " + more_items(side) + ".", side.suite});
}

std::vector<NextStep> steps_of_gate(const GateSummary& gate) {
  std::string names;
  const bool is_breach = gate.verdict == "NO-GO";
  for (const auto& one : gate.criteria)
    if (one.verdict == "BREACH" ? is_breach : one.verdict != "PASS" && !is_breach)
      names += (names.empty() ? "" : "; ") + one.name;
  if (is_breach) return {{"Do not ship it: the gate found a breach in " + names + "."}};
  if (gate.verdict == "INCONCLUSIVE")
    return {{"Measure more before shipping: the gate could not decide on " + names + "."}};
  return {};
}

std::optional<NextStep> step_of_unscored(const ReportModel& model) {
  std::int64_t unscored = 0;
  const SuiteReport* most = nullptr;
  std::int64_t most_unscored = 0;
  for (const auto& suite : model.suites) {
    std::int64_t own = 0;
    if (!suite.metrics.empty())
      for (const auto& figure : suite.metrics.front().figures) own += figure.unscored;
    unscored += own;
    if (own > most_unscored) most_unscored = own, most = &suite;
  }
  if (unscored == 0) return std::nullopt;
  return NextStep{
      "Find out why " + counted(unscored, "sample") + " could not be scored, most of them on " + most->label + ".",
      most};
}

}  // namespace

std::optional<double> break_even_questions(const BakeReport& bake, double saved_tokens) {
  if (saved_tokens <= 0 || bake.outcome.answer_tokens <= 0) return std::nullopt;
  const double passes = static_cast<double>(bake.outcome.answer_tokens) * (1.0 + 3.0 * bake.recipe.epochs);
  return passes / saved_tokens;
}

std::optional<std::int64_t> items_to_settle(const Difference& difference) {
  const auto& seen = difference.comparison;
  if (difference.finding != Finding::not_enough_data || !seen || !seen->items_to_settle) return std::nullopt;
  if (*seen->items_to_settle <= seen->groups) return std::nullopt;
  return two_digits(static_cast<double>(*seen->items_to_settle));
}

const Saving* find_saving(const ReportModel& model, std::size_t baked) {
  for (const auto& saving : model.savings)
    if (saving.baked == baked && saving.samples > 0) return &saving;
  return nullptr;
}

Answer cost_and_saving(const ReportModel& model, const BakedArm& arm) {
  const Saving* saving = find_saving(model, arm.baked);
  Answer out;
  if (!saving) {
    out.title = "What it saves was not measured";
    out.sentences.push_back("This run has no answers of the same items with the prompt in front.");
  } else {
    out.title = saving->tokens > 0 ? tokens_text(saving->tokens) + " prompt tokens fewer per question"
                                   : "It saves no prompt tokens";
    out.sentences.push_back(saved_words(model, *saving));
  }
  if (!arm.bake) return out;
  out.sentences.push_back(bake_words(*arm.bake));
  const auto questions = saving ? break_even_questions(*arm.bake, saving->tokens) : std::nullopt;
  if (questions)
    out.sentences.push_back("It has paid for itself after about " + counted(two_digits(*questions), "question") +
                            ", counted in tokens through the model. This is a calculation, not a measurement.");
  return out;
}

std::vector<NextStep> next_steps(const ReportModel& model, const BakedArm& arm) {
  std::vector<NextStep> out;
  if (model.run.status != "complete")
    out.push_back({"Run the experiment again to its end: it goes on where it stopped."});
  if (model.gate)
    for (auto& step : steps_of_gate(*model.gate)) out.push_back(std::move(step));
  if (auto step = step_of_unscored(model)) out.push_back(std::move(*step));
  if (auto step = step_of_take(model, arm); !step.text.empty()) out.push_back(std::move(step));
  const auto sides = side_findings(model, arm);
  for (const auto& side : sides)
    if (side.difference->finding == Finding::worse)
      out.push_back(
          {"Read what got worse on " + side.name + ": the answers that base had right are listed first.", side.suite});
  add_unsettled(sides, out);
  if (out.empty())
    out.push_back({"Nothing measured here stands against using it. What no suite asks, no number shows."});
  return out;
}

std::string gate_title(const GateSummary& gate) {
  const auto count = [&](const char* verdict) {
    return std::count_if(gate.criteria.begin(), gate.criteria.end(),
                         [&](const auto& one) { return one.verdict == verdict; });
  };
  const auto total = static_cast<std::int64_t>(gate.criteria.size());
  const auto passed = count("PASS"), breached = count("BREACH");
  if (gate.verdict == "NO-GO")
    return "NO-GO: " + count_text(breached) + " of " + counted(total, "criterion", "criteria") + " breached";
  if (gate.verdict == "GO")
    return "GO: " + count_text(passed) + " of " + counted(total, "criterion", "criteria") +
           (total == 1 ? " holds" : " hold");
  return gate.verdict + ": no evidence yet on " + count_text(total - passed - breached) + " of " +
         counted(total, "criterion", "criteria");
}

}  // namespace bakeoff::reports
