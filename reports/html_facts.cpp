// The page's facts: what was baked, what it cost, and what speaks for and against trusting the numbers.
#include <algorithm>
#include <set>

#include "harness/core/progress.h"
#include "reports/advice.h"
#include "reports/format.h"
#include "reports/html.h"

namespace bakeoff::reports::html {
namespace {

/// The item that shows the bake best: base fails, baked succeeds; else the first.
const ItemRow* example_item(const SuiteReport& suite, const BakedArm& arm) {
  const auto score = [](const ItemRow& item, std::size_t i) { return item.answers[i].verdict.score; };
  for (const auto& item : suite.items)
    if (!item.is_brief && arm.base && score(item, *arm.base).value_or(1) < 1 && score(item, arm.baked).value_or(0) == 1)
      return &item;
  return suite.items.empty() ? nullptr : &suite.items.front();
}

std::string example(const ReportModel& model, const BakedArm& arm) {
  const SuiteReport* suite = leading_suite(model, arm);
  const ItemRow* item = suite ? example_item(*suite, arm) : nullptr;
  if (!item) return "";
  return "<h3>Before and after</h3><p>Asked: <b>" + escape(question_text(*item)) + "</b></p>" +
         answers_side_by_side(model, *item, Detail::answers_only) +
         "<p class=\"soft small\">One example, chosen because it shows the effect. <a href=\"#" +
         answers_id(model, *suite) + "\">All answers</a> are below.</p>";
}

std::string student_words(const PromptSpec& prompt) {
  const bool is_empty = std::all_of(prompt.student.begin(), prompt.student.end(),
                                    [](const Message& message) { return message.content.empty(); });
  if (prompt.student.empty()) return "<p>At inference nothing of it remains.</p>";
  if (is_empty) return "<p>At inference nothing of it remains but an empty system turn.</p>";
  return "<p>At inference this remains:</p>" + chat(prompt.student);
}

std::string recipe_words(const BakeReport& bake) {
  const Recipe& recipe = bake.recipe;
  return "Method " + recipe.method + ": " + counted(bake.questions, "question") + ", " +
         counted(recipe.samples_per_question, "answer") + " each (" +
         counted(bake.outcome.trajectories, "trajectory", "trajectories") + ", " +
         counted(bake.outcome.answer_tokens, "token") + "), " + counted(recipe.epochs, "epoch") + ", LoRA rank " +
         count_text(recipe.rank) + ", learning rate " + Json(recipe.learning_rate).dump() + ", seed " +
         std::to_string(bake.seed) + ".";
}

std::string baked_prompt(const BakeReport& bake) {
  constexpr std::size_t kShown = 4;
  const auto& messages = bake.prompt.messages;
  const std::string title = bake.prompt.name.empty() ? bake.name : bake.prompt.name;
  std::string out = "<h3>The prompt \u201C" + escape(title) + "\u201D</h3>";
  const auto shown = std::min(messages.size(), kShown);
  out += chat({messages.begin(), messages.begin() + static_cast<std::ptrdiff_t>(shown)});
  if (shown < messages.size())
    out += "<details class=\"more\"><summary>" +
           counted(static_cast<std::int64_t>(messages.size() - shown), "more message") + "</summary>" +
           chat({messages.begin() + static_cast<std::ptrdiff_t>(shown), messages.end()}) + "</details>";
  return out + student_words(bake.prompt) + element("p", "soft small", escape(recipe_words(bake)));
}

/// "training 2 min, sampling 31 s": the longest first.
std::string phase_words(const BakeOutcome& outcome) {
  std::vector<std::pair<double, std::string>> phases;
  for (const auto& [phase, seconds] : outcome.seconds) phases.emplace_back(-seconds, phase);
  std::sort(phases.begin(), phases.end());
  std::string text;
  for (const auto& [negative, phase] : phases)
    text += (text.empty() ? "" : ", ") + phase + " " + format_seconds(-negative);
  return text;
}

std::string time_row(const BakeReport& bake) {
  double total = 0;
  for (const auto& [phase, seconds] : bake.outcome.seconds) total += seconds;
  const std::string memory =
      bake.outcome.peak_resident_bytes > 0 ? bytes_text(bake.outcome.peak_resident_bytes) : "not measured";
  return table_row({escape(bake.name), format_seconds(total), escape(phase_words(bake.outcome)),
                    count_text(bake.outcome.trajectories), count_text(bake.outcome.answer_tokens), memory});
}

std::string ask_row(const ReportModel& model, std::size_t arm) {
  const ArmCost& cost = model.arm_costs[arm];
  if (cost.samples == 0) return table_row({arm_tag(model, arm), "0", "\u2013", "\u2013", "\u2013"});
  const auto each = [](const std::optional<double>& tokens) { return tokens ? fixed(*tokens, 1) : "not known"; };
  return table_row({arm_tag(model, arm), count_text(cost.samples), each(cost.prompt_tokens),
                    each(cost.completion_tokens),
                    cost.run_seconds > 0 ? format_seconds(cost.run_seconds) : "kept from an earlier run"});
}

std::string asking(const ReportModel& model) {
  const std::string title = "<h3>Asking, every time</h3>";
  if (is_imported(model))
    return title + "<p>Not known: another tool played these answers, and its files do not say what they cost.</p>";
  std::string rows = table_head({"arm", "answers", "prompt tokens each", "answer tokens each", "time in this run"});
  for (std::size_t arm = 0; arm < model.arms.size(); ++arm) rows += ask_row(model, arm);
  return title + scrolling_table("Cost of asking", "", rows);
}

std::string savings(const ReportModel& model) {
  std::string out;
  for (const auto& arm : baked_arms(model)) {
    const Answer answer = cost_and_saving(model, arm);
    out += element("p", "lead", arm_tag(model, arm.baked) + ": " + escape(answer.title) + ".");
    for (const auto& sentence : answer.sentences) out += element("p", "", escape(sentence));
  }
  return out;
}

std::string method_words(const ReportModel& model) {
  std::set<std::string> intervals, tests;
  for (const auto& suite : model.suites)
    for (const auto& metric : suite.metrics) {
      for (const auto& figure : metric.figures)
        if (figure.interval) intervals.insert(figure.interval_method);
      for (const auto& one : metric.differences)
        if (one.comparison) tests.insert(one.comparison->test + " with " + one.comparison->interval_method);
    }
  std::string text = "Intervals are 95% (";
  for (const auto& name : intervals) text += (text.back() == '(' ? "" : ", ") + name;
  text += "), items of one group counted together. Arms are compared on the same items (";
  for (const auto& name : tests) text += (text.back() == '(' ? "" : ", ") + name;
  return text + "). p is adjusted: " + model.correction +
         ". \u201CSame\u201D means that the whole interval lies within " + fixed(100 * model.margin, 0) +
         " points. Unscored samples are left out and counted.";
}

}  // namespace

std::string what_was_baked(const ReportModel& model) {
  std::string out = "<section id=\"baked\"><h2>What was baked?</h2>\n";
  if (model.bakes.empty()) out += "<p>This run has no bake: it compares arms as they are.</p>";
  for (const auto& bake : model.bakes) out += baked_prompt(bake);
  for (const auto& arm : baked_arms(model)) out += example(model, arm);
  return out + "</section>\n";
}

std::string what_did_it_cost(const ReportModel& model) {
  std::string out = "<section id=\"cost\"><h2>What did it cost?</h2>\n" + savings(model);
  if (!model.bakes.empty()) {
    std::string rows = table_head({"bake", "time", "of which", "trajectories", "answer tokens", "peak memory"});
    for (const auto& bake : model.bakes) rows += time_row(bake);
    out += "<h3>Baking, once</h3>" + scrolling_table("Cost of baking", "", rows);
  }
  return out + asking(model) + "</section>\n";
}

std::string can_i_trust_it(const ReportModel& model) {
  std::string checks;
  for (const auto& check : trust_checks(model))
    checks += element("li", check.holds ? "" : "fails",
                      (check.holds ? "" : "<span class=\"sr\">Doubt: </span>") + escape(check.text));
  return "<section id=\"trust\"><h2>Can I trust it?</h2>\n" + element("ul", "checks", checks) +
         (model.suites.empty() ? "" : element("p", "soft", escape(method_words(model)))) + "</section>\n";
}

}  // namespace bakeoff::reports::html
