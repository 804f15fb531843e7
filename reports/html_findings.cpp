// The page's findings: did it take, and what else changed. Dot plots stand in the rows of the tables they show.
#include "reports/format.h"
#include "reports/html.h"

namespace bakeoff::reports::html {
namespace {

/// Comparisons of baked arms first; the others open on demand.
std::string metric_differences(const ReportModel& model, const SuiteReport& suite, const MetricReport& metric) {
  std::vector<NamedDifference> baked, others;
  for (const auto& one : metric.differences) {
    auto& rows = model.arms[one.candidate].arm.kind == "baked" ? baked : others;
    rows.push_back({arm_tag(model, one.candidate) + " <span class=\"soft\">\u2212</span> " + arm_tag(model, one.base),
                    arm_name(model, one.candidate) + " minus " + arm_name(model, one.base), &metric, &one});
  }
  const std::string label = suite.label + ", " + metric.name + ": paired differences";
  if (baked.empty()) return differences_table(label, others, model.margin);
  std::string out = differences_table(label, baked, model.margin);
  if (!others.empty())
    out += "<details class=\"more small\"><summary>" +
           counted(static_cast<std::int64_t>(others.size()), "other comparison") + "</summary>" +
           differences_table(label + ", other arms", others, model.margin) + "</details>";
  return out;
}

std::string metric_block(const ReportModel& model, const SuiteReport& suite, const MetricReport& metric) {
  std::string meaning = escape(metric.meaning);
  if (!metric.higher_is_better) meaning += meaning.empty() ? "Lower is better." : " (lower is better)";
  const std::string title = escape(suite.label) + (metric.name == suite.label ? "" : ": " + escape(metric.name));
  std::string out = element("h3", "", title);
  if (!meaning.empty()) out += element("p", "soft", meaning);
  if (metric.is_primary && suite.stopped) out += element("p", "notice small", escape(stopped_words(suite)));
  return out + figures_table(model, suite, metric) + metric_differences(model, suite, metric);
}

std::string sentences(const Answer& answer) {
  std::string out;
  for (const auto& one : answer.sentences) out += element("p", "", escape(one));
  return out;
}

std::string kl_row(const BakeReport& bake) {
  const auto& outcome = bake.outcome;
  const auto measured = [](double kl) { return kl < 0 ? std::string("not measured") : fixed(kl, 3); };
  return table_row({escape(bake.name), fixed(outcome.kl_first, 3), fixed(outcome.kl_last, 3),
                    measured(outcome.kl_held_out_before), measured(outcome.kl_held_out), fixed(outcome.effect_kl, 3)});
}

/// At most 40 steps, evenly spaced, the last one among them.
std::string loss_rows(const BakeOutcome& outcome) {
  constexpr std::size_t kMostRows = 40;
  const std::size_t stride = (outcome.curve.size() + kMostRows - 1) / kMostRows;
  std::string rows = table_head({"step", "KL, nats per token", "learning rate"});
  for (std::size_t i = (outcome.curve.size() - 1) % stride; i < outcome.curve.size(); i += stride) {
    const LossPoint& point = outcome.curve[i];
    rows += table_row({count_text(point.step), fixed(point.kl_nats, 4), Json(point.learning_rate).dump()});
  }
  return rows;
}

std::string kl_block(const ReportModel& model) {
  if (model.bakes.empty()) return "";
  std::string rows =
      table_head({"bake", "first epoch", "last epoch", "held-out before", "held-out after", "effect against base"});
  for (const auto& bake : model.bakes) rows += kl_row(bake);
  std::string out =
      "<h3>How close to the prompted model</h3><p class=\"soft\">KL divergence from the prompted model to "
      "the baked one, in nats per answer token: 0 would be equality. The effect is measured against the "
      "base model and proves that the adapter acts.</p>" +
      scrolling_table("KL divergence", "", rows);
  for (const auto& bake : model.bakes) {
    const std::string curve = loss_curve_svg(bake.outcome);
    if (!curve.empty())
      out += drawn(
          {curve,
           escape(bake.name) + ": KL at each optimiser step (thin), smoothed (bold), and on held-out questions (rings)",
           "KL while baking " + bake.name, loss_rows(bake.outcome)});
  }
  return out;
}

void add_to_forest(const ReportModel& model, const SuiteReport& suite, const Difference& one,
                   const MetricReport& metric, std::vector<NamedDifference>& rows) {
  std::string name = suite.label;
  if (!metric.is_primary && metric.name != suite.label) name += ", " + metric.name;
  std::string markup = "<a href=\"#" + answers_id(model, suite) + "\">" + escape(name) + "</a>";
  if (suite.is_target && metric.is_primary) markup += element("span", "soft small", " (the prompt\u2019s aim)");
  rows.push_back({std::move(markup), std::move(name), &metric, &one});
}

/// Everything that was measured, one arm against another; what the prompt is for first.
std::string forest(const ReportModel& model, std::size_t base, std::size_t candidate) {
  std::vector<NamedDifference> rows;
  for (const bool is_target : {true, false})
    for (const auto& suite : model.suites)
      for (const auto& metric : suite.metrics)
        if (suite.is_target == is_target)
          if (const Difference* one = find_difference(metric, base, candidate))
            add_to_forest(model, suite, *one, metric, rows);
  return differences_table(arm_name(model, candidate) + " against " + arm_name(model, base) + ", all suites", rows,
                           model.margin);
}

std::string forest_note(const ReportModel& model) {
  std::string text =
      "Paired by item; bars are 95% intervals. The shaded band holds differences that count as the same (up to " +
      fixed(100 * model.margin, 0) + " points).";
  bool has_noise = false;
  for (const auto& suite : model.suites)
    for (const auto& metric : suite.metrics)
      for (const auto& one : metric.differences) has_noise = has_noise || one.noise_floor;
  if (has_noise)
    text +=
        " The framed band is the noise floor: two runs of one arm differ by so much from chance alone, and no "
        "difference "
        "within it is called better or worse.";
  return element("p", "soft", text);
}

}  // namespace

std::string did_it_take(const ReportModel& model) {
  std::string out = "<section id=\"took\"><h2>Did it take?</h2>\n";
  for (const auto& arm : baked_arms(model)) {
    const Answer answer = reports::did_it_take(model, arm);
    out += element("p", "lead", escape(answer.title) + ".") + sentences(answer);
  }
  for (const auto& suite : model.suites)
    if (suite.is_target)
      for (const auto& metric : suite.metrics) out += metric_block(model, suite, metric);
  return out + kl_block(model) + "</section>\n";
}

std::string what_else_changed(const ReportModel& model) {
  std::string out = "<section id=\"changed\"><h2>What else changed?</h2>\n";
  for (const auto& arm : baked_arms(model)) {
    out += element("p", "lead", escape(reports::what_else_changed(model, arm).title) + ".");
    if (arm.base)
      out += "<h3>" + arm_tag(model, arm.baked) + " against " + arm_tag(model, *arm.base) + "</h3>" +
             forest_note(model) + forest(model, *arm.base, arm.baked);
    if (arm.prompted)
      out += "<details class=\"more\"><summary>" + escape(arm_name(model, arm.baked)) + " against " +
             escape(arm_name(model, *arm.prompted)) + "</summary>" + forest(model, *arm.prompted, arm.baked) +
             "</details>\n";
  }
  for (const auto& suite : model.suites) {
    if (suite.is_target) continue;
    std::string inner;
    for (const auto& metric : suite.metrics) inner += metric_block(model, suite, metric);
    out +=
        "<details class=\"more\"><summary>All arms on " + escape(suite.label) + "</summary>" + inner + "</details>\n";
  }
  return out + "</section>\n";
}

}  // namespace bakeoff::reports::html
