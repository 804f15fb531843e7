// See narrative.h.
#include "reports/narrative.h"

#include <algorithm>
#include <cmath>

#include "harness/compare/ranking.h"
#include "reports/curve_chart.h"
#include "reports/format.h"

namespace bakeoff::reports {
namespace {

using stats::Finding;

const Difference* against(const MetricReport& metric, std::optional<std::size_t> base, std::size_t candidate) {
  return base ? find_difference(metric, *base, candidate) : nullptr;
}

/// Another scale of a bake than the one it goes by says so.
std::string bake_title(const ReportModel& model, const BakedArm& arm) {
  const Arm& own = model.arms[arm.baked].arm;
  std::string title = "\u201C" + (own.prompt.empty() ? own.name : own.prompt) + "\u201D";
  for (const auto& block : bake_blocks(model))
    for (const auto& other : block.others)
      if (other.baked == arm.baked) title += " at " + scale_words(own.scale);
  return title;
}

std::string taken_title(const std::string& name, const Difference* to_base, const Difference* to_prompted) {
  if (!to_base || to_base->finding == Finding::not_enough_data)
    return "Not enough data to say whether " + name + " took";
  if (to_base->finding == Finding::worse) return name + " went the wrong way";
  if (to_base->finding == Finding::same) return name + " did not take";
  if (!to_prompted) return name + " took";
  switch (to_prompted->finding) {
    case Finding::better:
      return name + " took, and beats its prompt";
    case Finding::worse:
      return name + " took in part: it falls short of its prompt";
    case Finding::same:
      return name + " took: it does what its prompt does";
    case Finding::not_enough_data:
      break;
  }
  return name + " took";
}

/// "a, b and c"; of many the first four.
std::string joined(std::vector<std::string> words) {
  constexpr std::size_t kMost = 5;
  if (words.size() > kMost) {
    const auto rest = static_cast<std::int64_t>(words.size() - kMost + 1);
    words.resize(kMost - 1);
    words.push_back(count_text(rest) + " more");
  }
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
  return text;
}

std::string metric_name(const SuiteReport& suite, const MetricReport& metric) {
  return metric.name == suite.label ? suite.label : suite.label + " (" + metric.name + ")";
}

/// "On style, baked scored 12 of 12 (76 to 100%), base 0 of 12 (0 to 24%) and prompted 12 of 12 (76 to 100%)."
std::string score_sentence(const ReportModel& model, const SuiteReport& suite, const MetricReport& metric,
                           const BakedArm& arm) {
  std::vector<std::size_t> shown = {arm.baked};
  if (arm.base) shown.push_back(*arm.base);
  if (arm.prompted) shown.push_back(*arm.prompted);
  std::vector<std::string> scores;
  for (const std::size_t one : shown) {
    const Figure& figure = metric.figures[one];
    std::string text = arm_name(model, one) + (scores.empty() ? " scored " : " ") + figure_text(metric, figure);
    if (figure.interval) text += " (" + interval_text(metric, figure.interval) + ")";
    scores.push_back(text);
  }
  return "On " + metric_name(suite, metric) + ", " + joined(scores) + ".";
}

std::string side_name(const SideMetric& side) {
  return side.suite->is_target ? metric_name(*side.suite, *side.metric) : side.suite->label;
}

/// The uncorrected interval of the difference lies wholly on the bad side.
bool leans_worse(const MetricReport& metric, const Difference& difference) {
  if (difference.finding != Finding::not_enough_data || !difference.comparison) return false;
  const auto& interval = difference.comparison->interval;
  return interval && (metric.higher_is_better ? interval->high < 0 : interval->low > 0);
}

int rank(const SideFinding& side) {
  switch (side.difference->finding) {
    case Finding::worse:
      return 0;
    case Finding::better:
      return 2;
    case Finding::same:
      return 4;
    case Finding::not_enough_data:
      break;
  }
  return side.leans_worse ? 1 : 3;
}

std::vector<std::string> names_of(const std::vector<SideFinding>& sides, Finding finding) {
  std::vector<std::string> names;
  for (const auto& side : sides)
    if (side.difference->finding == finding) names.push_back(side.name);
  return names;
}

std::string sides_title(const std::vector<SideFinding>& sides, double margin) {
  if (sides.empty()) return "Nothing else was measured";
  const auto worse = names_of(sides, Finding::worse), unclear = names_of(sides, Finding::not_enough_data);
  if (!worse.empty()) return "It made " + joined(worse) + " worse";
  if (unclear.empty() && names_of(sides, Finding::better).empty())
    return "Nothing else changed by more than " + fixed(100 * margin, 0) + " points";
  if (unclear.empty()) return "Nothing got worse";
  std::vector<std::string> suspect;
  for (const auto& side : sides)
    if (side.leans_worse) suspect.push_back(side.name);
  if (!suspect.empty()) return "It may have made " + joined(suspect) + " worse: more items would tell";
  return "No harm found, but " + joined(unclear) + (unclear.size() == 1 ? " has" : " have") +
         " too few items to rule it out";
}

Check unscored_check(const ReportModel& model) {
  std::int64_t scored = 0, unscored = 0;
  for (const auto& suite : model.suites)
    for (const auto& metric : suite.metrics)
      if (metric.is_primary)
        for (const auto& figure : metric.figures) scored += figure.scored, unscored += figure.unscored;
  if (unscored == 0) return {scored > 0, counted(scored, "sample") + ", all of them scored."};
  return {false, count_text(unscored) + " of " + counted(scored + unscored, "sample") +
                     " could not be scored. They count for no arm; an error is never a zero."};
}

Check same_items_check(const ReportModel& model) {
  std::vector<std::string> uneven;
  for (const auto& suite : model.suites) {
    if (suite.metrics.empty()) continue;
    const auto& figures = suite.metrics.front().figures;
    const auto total = [](const Figure& figure) { return figure.scored + figure.unscored; };
    const bool is_even = std::all_of(figures.begin(), figures.end(),
                                     [&](const Figure& figure) { return total(figure) == total(figures.front()); });
    if (!is_even) uneven.push_back(suite.label);
  }
  if (uneven.empty()) return {true, "Every arm answered the same items."};
  return {false, "The arms did not answer equally many items of " + joined(uneven) +
                     "; differences are taken over the items they share."};
}

Check same_engine_check(const ReportModel& model) {
  if (is_imported(model))
    return {false,
            "Another tool played and scored the answers: that they share model, template and engine is not known."};
  const auto& first = model.arms.front().identity;
  for (const auto& arm : model.arms) {
    const auto& own = arm.identity;
    if (own.model_digest != first.model_digest || own.template_digest != first.template_digest ||
        own.dtype != first.dtype || own.device != first.device || own.engine != first.engine)
      return {false, "The arms differ in model, template, dtype, device or engine: see the identities below."};
  }
  return {true, "All arms share one model, template and engine (" + first.dtype + " on " + first.device + ")."};
}

Check effect_check(const BakeReport& bake) {
  const double effect = bake.outcome.effect_kl;
  if (effect > 0)
    return {true, "The adapter of " + bake.name + " acts: " + fixed(effect, 3) +
                      " nats per token away from the base model on probe answers."};
  return {false, "The adapter of " + bake.name + " has no measured effect."};
}

Check status_check(const ReportModel& model) {
  if (model.run.status == "complete") return {true, "The run is complete."};
  return {false, "The run is " + (model.run.status.empty() ? "of unknown status" : model.run.status) +
                     ": numbers may still change."};
}

Check votes_check(const ReportModel& model) {
  if (!model.ranking) return {false, votes_words(model)};
  if (!model.ranking->separate_groups.empty())
    return {false, "Some took no point from others: how far apart they are, no vote says."};
  return {true, "Votes connect all that are rated, so that every rating can be held against every other."};
}

std::string stopped_check(const SuiteReport& suite) {
  return suite.label +
         " was stopped early. The gate\u2019s verdict on it holds at every look; intervals and p-values of "
         "this page do not allow for the looking.";
}

}  // namespace

std::vector<BakedArm> baked_arms(const ReportModel& model) {
  std::vector<BakedArm> out;
  for (std::size_t i = 0; i < model.arms.size(); ++i) {
    const Arm& arm = model.arms[i].arm;
    if (arm.kind != "baked") continue;
    BakedArm one{i, find_arm(model, "base", ""), find_arm(model, "prompted", arm.prompt), nullptr};
    for (const auto& bake : model.bakes)
      if (bake.name == arm.bake) one.bake = &bake;
    out.push_back(one);
  }
  return out;
}

std::vector<BakeBlock> bake_blocks(const ReportModel& model) {
  const auto scale = [&](const BakedArm& arm) { return model.arms[arm.baked].arm.scale; };
  std::vector<std::vector<BakedArm>> groups;
  for (const auto& arm : baked_arms(model)) {
    const auto belongs = [&](const std::vector<BakedArm>& group) {
      return model.arms[group.front().baked].arm.bake == model.arms[arm.baked].arm.bake &&
             std::ranges::find(group, scale(arm), scale) == group.end();
    };
    const auto known = std::ranges::find_if(groups, belongs);
    if (known == groups.end())
      groups.push_back({arm});
    else
      known->push_back(arm);
  }
  std::vector<BakeBlock> out;
  for (auto& group : groups) {
    std::ranges::sort(group, {}, scale);
    auto lead = std::ranges::find(group, 1.0, scale);
    if (lead == group.end()) --lead;
    BakeBlock block{*lead, {}};
    group.erase(lead);
    block.others = std::move(group);
    out.push_back(std::move(block));
  }
  return out;
}

std::string scale_words(double scale) { return "scale " + unit_text("", scale); }

bool has_votes(const ReportModel& model) { return model.ranking || !model.no_ranking.empty(); }

bool is_votes_alone(const ReportModel& model) { return model.arms.empty() && has_votes(model); }

std::string votes_words(const ReportModel& model) {
  if (!model.ranking) return "There are votes, but they give no ratings: " + model.no_ranking + ".";
  const compare::Ranking& ranking = *model.ranking;
  return counted(ranking.votes, "vote") + ", " + count_text(ranking.ties) +
         " of them ties (half a point each): " + ranking.models.front().name + " is first with " +
         fixed(ranking.models.front().rating.rating, 0) + " points.";
}

std::vector<SideMetric> side_metrics(const ReportModel& model) {
  std::vector<SideMetric> out;
  for (const auto& suite : model.suites)
    for (const auto& metric : suite.metrics)
      if (metric.is_primary != suite.is_target) out.push_back({&suite, &metric});
  return out;
}

std::vector<SideFinding> side_findings(const ReportModel& model, const BakedArm& arm) {
  std::vector<SideFinding> out;
  for (const auto& side : side_metrics(model))
    if (const Difference* one = against(*side.metric, arm.base, arm.baked))
      out.push_back({side.suite, side.metric, one, side_name(side), leans_worse(*side.metric, *one)});
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return rank(a) < rank(b); });
  return out;
}

const SuiteReport* leading_suite(const ReportModel& model, const BakedArm& arm) {
  const Arm& own = model.arms[arm.baked].arm;
  const auto is_of_another = [&](const SuiteReport& suite) {
    return std::any_of(model.bakes.begin(), model.bakes.end(),
                       [&](const BakeReport& bake) { return bake.name != own.bake && bake.name == suite.label; });
  };
  const SuiteReport* first = nullptr;
  for (const auto& suite : model.suites) {
    if (suite.metrics.empty()) continue;
    if (suite.label == own.bake || suite.label == own.prompt) return &suite;
    if (!suite.is_target || is_of_another(suite)) continue;
    if (!first) first = &suite;
  }
  if (!arm.prompted) return first;
  for (const auto& suite : model.suites) {
    if (!suite.is_target || suite.metrics.empty()) continue;
    const Difference* prompt_effect = against(suite.metrics.front(), arm.base, *arm.prompted);
    if (prompt_effect && prompt_effect->finding == Finding::better) return &suite;
  }
  return first;
}

std::string difference_sentence(const ReportModel& model, const MetricReport& metric, const Difference& difference) {
  std::string text = arm_name(model, difference.candidate) + " against " + arm_name(model, difference.base) + ": ";
  if (!difference.comparison) return text + "no item is scored on both sides.";
  const auto& seen = *difference.comparison;
  text += difference_text(metric, seen.difference);
  if (seen.interval) text += " (" + difference_interval_text(metric, seen.interval) + ")";
  return text + ", adjusted p " + p_text(difference.adjusted_p) + ", " + counted(seen.wins, "item") + " won, " +
         count_text(seen.losses) + " lost, " + count_text(seen.ties) + " tied: " + difference.words + ".";
}

std::string interval_note(const Difference& difference) {
  if (difference.finding != Finding::not_enough_data || !difference.comparison) return "";
  const auto& seen = *difference.comparison;
  if (!seen.interval || (seen.interval->low <= 0 && seen.interval->high >= 0)) return "";
  if (difference.noise_floor && std::abs(seen.difference) <= *difference.noise_floor)
    return "the interval excludes 0, yet two runs of one arm differ by as much";
  if (seen.p >= 0.05)
    return "the interval, an approximation, excludes 0, yet by the test it may be chance (p " + p_text(seen.p) + ")";
  const std::string among =
      difference.comparisons > 0 ? "among " + counted(difference.comparisons, "comparison") : "among all comparisons";
  return "alone it would count (p " + p_text(seen.p) + "); " + among + " it may be chance";
}

std::string stopped_words(const SuiteReport& suite) {
  if (!suite.stopped) return "";
  const EarlyStop& stop = *suite.stopped;
  const std::string look = stop.look > 0 ? " at look " + count_text(stop.look) : "";
  return "Stopped early: settled" + look + ", after " + count_text(stop.items) + " of " +
         counted(stop.planned_items, "item") + ".";
}

std::string certificate_words(const ReportModel& model) {
  if (!model.certificate) return "";
  const Certificate& got = *model.certificate;
  std::string text = counted(got.samples, "sample") + " played again, in another order and batch shape: ";
  if (got.changed_bits == 0) return text + "none of " + counted(got.bits, "bit") + " changed.";
  return text + count_text(got.changed_bits) + " of " + counted(got.bits, "bit") + " changed, in " +
         counted(got.changed_samples, "sample") + ".";
}

Answer did_it_take(const ReportModel& model, const BakedArm& arm) {
  const std::string name = bake_title(model, arm);
  const SuiteReport* suite = leading_suite(model, arm);
  if (!suite) return {"Nothing was measured that shows whether " + name + " took", {}};
  const MetricReport& metric = suite->metrics.front();
  const Difference* to_base = against(metric, arm.base, arm.baked);
  const Difference* to_prompted = against(metric, arm.prompted, arm.baked);
  Answer out{taken_title(name, to_base, to_prompted), {score_sentence(model, *suite, metric, arm)}};
  for (const Difference* one : {to_base, to_prompted})
    if (one) out.sentences.push_back(difference_sentence(model, metric, *one));
  return out;
}

Answer what_else_changed(const ReportModel& model, const BakedArm& arm) {
  if (!arm.base) return {"What else changed cannot be said: there is no base arm", {}};
  const auto sides = side_findings(model, arm);
  Answer out{sides_title(sides, model.margin), {}};
  for (const auto& side : sides)
    out.sentences.push_back(side.name + ", " + difference_sentence(model, *side.metric, *side.difference));
  return out;
}

std::vector<Check> trust_checks(const ReportModel& model) {
  std::vector<Check> out = {status_check(model)};
  if (has_votes(model)) out.push_back(votes_check(model));
  if (!model.arms.empty())
    for (const auto check : {unscored_check, same_items_check, same_engine_check}) out.push_back(check(model));
  else if (!has_votes(model))
    out.push_back({false, "There is no arm in this run."});
  if (model.certificate) out.push_back({model.certificate->changed_bits == 0, certificate_words(model)});
  for (const auto& suite : model.suites)
    if (suite.stopped) out.push_back({true, stopped_check(suite)});
  for (const auto& bake : model.bakes) out.push_back(effect_check(bake));
  return out;
}

}  // namespace bakeoff::reports
