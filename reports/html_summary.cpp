// The first screen, for those who read no further: per bake whether it took, what got better or worse, what it costs
// and saves, and what to do next; before them the gate's verdict, where there is one.
#include <algorithm>
#include <functional>

#include "reports/advice.h"
#include "reports/format.h"
#include "reports/html.h"

namespace bakeoff::reports::html {
namespace {

constexpr std::size_t kMostCards = 3;     ///< bakes shown with cards; more become a table
constexpr std::size_t kMostMeasures = 6;  ///< side measures in a card
constexpr std::size_t kMostSteps = 4;

std::string card(const std::string& title, const std::string& answer, const std::string& body) {
  return "<div class=\"card\"><h3>" + title + "</h3>" + element("p", "big", escape(answer)) + body + "</div>\n";
}

std::string taken_word(const ReportModel& model, const BakedArm& arm) {
  const SuiteReport* suite = leading_suite(model, arm);
  if (!suite) return "Not measured";
  const auto& metric = suite->metrics.front();
  const Difference* to_base = arm.base ? find_difference(metric, *arm.base, arm.baked) : nullptr;
  const Difference* to_prompted = arm.prompted ? find_difference(metric, *arm.prompted, arm.baked) : nullptr;
  if (!to_base || to_base->finding == stats::Finding::not_enough_data) return "Cannot be said yet";
  if (to_base->finding != stats::Finding::better) return "No";
  return to_prompted && to_prompted->finding == stats::Finding::worse ? "In part" : "Yes";
}

/// "+92 points (+45 to +99) against base: better"
std::string difference_line(const ReportModel& model, const MetricReport& metric, std::optional<std::size_t> base,
                            std::size_t candidate) {
  const Difference* one = base ? find_difference(metric, *base, candidate) : nullptr;
  if (!one || !one->comparison) return "";
  std::string text = "Against " + arm_tag(model, *base) + ": " +
                     element("b", "", difference_text(metric, one->comparison->difference));
  if (one->comparison->interval) text += " (" + difference_interval_text(metric, one->comparison->interval) + ")";
  text += " " + finding_word(*one);
  if (const auto note = interval_note(*one); !note.empty()) text += " " + element("span", "note", escape(note));
  return element("li", "", text);
}

/// base, then every scale of the bake from the smallest, then the prompt that it stands for.
std::vector<std::size_t> arms_of(const ReportModel& model, const BakeBlock& block) {
  std::vector<std::size_t> arms = {block.lead.baked};
  for (const auto& other : block.others) arms.push_back(other.baked);
  std::ranges::stable_sort(arms, {}, [&](std::size_t arm) { return model.arms[arm].arm.scale; });
  if (block.lead.prompted) arms.insert(arms.begin(), *block.lead.prompted);
  if (block.lead.base) arms.insert(arms.begin(), *block.lead.base);
  return arms;
}

/// "half (scale 0.5): in part", one line for each other scale.
std::string other_scales(const ReportModel& model, const BakeBlock& block,
                         const std::function<std::string(const BakedArm&)>& words) {
  std::string lines;
  for (const auto& other : block.others)
    lines += element("li", "",
                     arm_tag(model, other.baked) + " (" + scale_words(model.arms[other.baked].arm.scale) +
                         "): " + escape(words(other)));
  return lines.empty() ? ""
                       : element("p", "soft small", "The same bake at other scales") + element("ul", "plain", lines);
}

std::string take_card(const ReportModel& model, const BakeBlock& block) {
  const BakedArm& arm = block.lead;
  const SuiteReport* suite = leading_suite(model, arm);
  if (!suite) return card("Did it take?", taken_word(model, arm), "");
  const MetricReport& metric = suite->metrics.front();
  const auto arms = arms_of(model, block);
  std::string lines =
      difference_line(model, metric, arm.base, arm.baked) + difference_line(model, metric, arm.prompted, arm.baked);
  if (!lines.empty()) lines = element("ul", "plain", lines);
  lines += other_scales(model, block, [&](const BakedArm& other) { return taken_word(model, other); });
  const std::string what = "<a href=\"#" + answers_id(model, *suite) + "\">" + escape(suite->label) + "</a>";
  return card("Did it take?", taken_word(model, arm),
              element("p", "soft small", "Scores on " + what + ", with 95% intervals") +
                  short_figures_table(model, metric, arms) + lines);
}

/// "1 worse, 3 the same"; "1 may be worse, 2 undecided"; "None found worse: 2 undecided".
std::string counts_of(const std::vector<SideFinding>& sides) {
  std::string text;
  const auto add = [&](const auto& belongs, const char* word) {
    const auto count = std::count_if(sides.begin(), sides.end(), belongs);
    if (count > 0) text += (text.empty() ? "" : ", ") + count_text(count) + " " + word;
    return count > 0;
  };
  const auto is = [](stats::Finding finding) {
    return [finding](const SideFinding& side) { return side.difference->finding == finding; };
  };
  const bool has_worse = add(is(stats::Finding::worse), "worse");
  const bool has_doubt = add([](const auto& side) { return side.leans_worse; }, "may be worse");
  add(is(stats::Finding::better), "better");
  add(is(stats::Finding::same), "the same");
  add([&](const auto& side) { return is(stats::Finding::not_enough_data)(side) && !side.leans_worse; }, "undecided");
  return (has_worse || has_doubt ? "" : "None found worse: ") + text;
}

std::string change_card(const ReportModel& model, const BakeBlock& block) {
  const BakedArm& arm = block.lead;
  const auto sides = side_findings(model, arm);
  if (sides.empty())
    return card("What else changed?", arm.base ? "Not measured" : "Cannot be said: there is no base arm", "");
  std::vector<NamedDifference> rows;
  for (std::size_t i = 0; i < std::min(sides.size(), kMostMeasures); ++i)
    rows.push_back({"<a href=\"#" + answers_id(model, *sides[i].suite) + "\">" + escape(sides[i].name) + "</a>",
                    sides[i].name, sides[i].metric, sides[i].difference});
  std::string body = element("p", "soft small",
                             arm_tag(model, arm.baked) + " against " + arm_tag(model, *arm.base) +
                                 " on everything that the prompt is not for; up to " + fixed(100 * model.margin, 0) +
                                 " points either way count as the same") +
                     short_differences_table(rows, model.margin);
  if (sides.size() > rows.size())
    body += element(
        "p", "small",
        "<a href=\"#changed\">" + count_text(static_cast<std::int64_t>(sides.size() - rows.size())) + " more</a>");
  body += other_scales(model, block, [&](const BakedArm& other) { return counts_of(side_findings(model, other)); });
  return card("What else got better or worse?", counts_of(sides), body);
}

std::string cost_card(const ReportModel& model, const BakedArm& arm) {
  const Answer answer = cost_and_saving(model, arm);
  std::string body;
  for (const auto& sentence : answer.sentences) body += element("p", "", escape(sentence));
  return card("What does it cost and save?", answer.title, body);
}

std::string next_card(const ReportModel& model, const BakedArm& arm) {
  const auto steps = next_steps(model, arm);
  std::string items;
  for (std::size_t i = 1; i < std::min(steps.size(), kMostSteps); ++i) {
    std::string text = escape(steps[i].text);
    if (steps[i].suite) text += " <a href=\"#" + answers_id(model, *steps[i].suite) + "\">See the answers</a>";
    items += element("li", "", text);
  }
  std::string body;
  if (steps.front().suite)
    body = element("p", "",
                   "<a href=\"#" + answers_id(model, *steps.front().suite) + "\">See the answers on " +
                       escape(steps.front().suite->label) + "</a>");
  if (!items.empty()) body += element("p", "soft small", "Then:") + element("ol", "plain", items);
  if (steps.size() > kMostSteps)
    body +=
        element("p", "small",
                "<a href=\"#changed\">" +
                    counted(static_cast<std::int64_t>(steps.size() - kMostSteps), "more measure") + "</a> undecided");
  return card("What to do next?", steps.front().text, body);
}

const char* verdict_class(const std::string& verdict) {
  if (verdict == "GO" || verdict == "PASS") return "better";
  return verdict == "NO-GO" || verdict == "BREACH" ? "worse" : "unclear";
}

std::string gate_note(const GateSummary& gate) {
  std::string out = gate.base.empty() ? "" : element("p", "soft small", "Held against " + escape(gate.base) + ".");
  for (const auto& reason : gate.not_comparable)
    out += element("p", "notice small", "Not comparable, gated all the same: " + escape(reason));
  return out;
}

std::string gate_block(const GateSummary& gate) {
  std::string rows = table_head({"criterion", "tier", "verdict", "what was seen"});
  for (const auto& one : gate.criteria)
    rows += table_row({escape(one.name), escape(one.tier),
                       element("span", std::string("word ") + verdict_class(one.verdict), escape(one.verdict)),
                       element("span", "wrap", escape(one.sentence))});
  return "<div class=\"gate " + std::string(verdict_class(gate.verdict)) + "\"><h2>Gate: " + escape(gate_title(gate)) +
         "</h2>" + gate_note(gate) +
         (gate.criteria.empty() ? "" : scrolling_table("Criteria of the gate", "stack", rows)) + "</div>\n";
}

std::string bake_block(const ReportModel& model, const BakeBlock& block) {
  const BakedArm& arm = block.lead;
  return "<h2 class=\"lead\">" + escape(did_it_take(model, arm).title) + ". <span>" +
         escape(what_else_changed(model, arm).title) + ".</span></h2>\n<div class=\"cards\">" +
         take_card(model, block) + change_card(model, block) + cost_card(model, arm) + next_card(model, arm) +
         "</div>\n";
}

/// Which suites were not played to their end.
std::string stops(const ReportModel& model) {
  std::string out;
  for (const auto& suite : model.suites)
    if (suite.stopped)
      out += element("p", "notice",
                     "<a href=\"#" + answers_id(model, suite) + "\">" + escape(suite.label) +
                         "</a>: " + escape(stopped_words(suite)));
  return out;
}

std::string bake_row(const ReportModel& model, const BakedArm& arm) {
  const SuiteReport* suite = leading_suite(model, arm);
  std::string score = "\u2013";
  if (suite) {
    const MetricReport& metric = suite->metrics.front();
    const Figure& figure = metric.figures[arm.baked];
    score = escape(figure_text(metric, figure)) + " (" + interval_text(metric, figure.interval) + ")";
  }
  const auto sides = side_findings(model, arm);
  const Saving* saving = find_saving(model, arm.baked);
  return table_row({arm_tag(model, arm.baked), escape(taken_word(model, arm)), score,
                    sides.empty() ? "\u2013" : counts_of(sides), saving ? fixed(saving->tokens, 0) : "\u2013",
                    element("span", "wrap", escape(next_steps(model, arm).front().text))});
}

std::string bakes_table(const ReportModel& model, std::int64_t bakes) {
  std::string rows = table_head(
      {"bake", "did it take?", "score (95% interval)", "everything else, against base", "prompt tokens saved", "next"});
  for (const auto& arm : baked_arms(model)) rows += bake_row(model, arm);
  return "<h2 class=\"lead\">" + counted(bakes, "bake") + " side by side</h2>\n" +
         scrolling_table("Bakes side by side", "", rows);
}

}  // namespace

std::string summary(const ReportModel& model) {
  std::string out = "<section id=\"summary\" aria-label=\"Summary\">\n";
  if (model.run.status != "complete")
    out += element("p", "notice", "This run is " + escape(model.run.status) + ". The numbers below may still change.");
  out += stops(model);
  if (model.gate) out += gate_block(*model.gate);
  const auto bakes = bake_blocks(model);
  if (bakes.size() > kMostCards)
    out += bakes_table(model, std::ssize(bakes));
  else
    for (const auto& block : bakes) out += bake_block(model, block);
  if (is_votes_alone(model))
    out += "<h2 class=\"lead\">This run holds votes. <span>" + escape(votes_words(model)) + "</span></h2>\n" +
           ratings_table(model);
  else if (bakes.empty())
    out += "<h2 class=\"lead\">This run has no bake: it compares arms as they are.</h2>\n";
  if (!model.gate && !is_votes_alone(model))
    out += element("p", "soft small",
                   "No gate was evaluated in this run. <code>bakeoff gate</code> holds a candidate against a policy.");
  return out + "</section>\n";
}

}  // namespace bakeoff::reports::html
