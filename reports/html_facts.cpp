// The page's facts: what was baked, what it cost, and why the numbers can be trusted.
#include <algorithm>
#include <set>

#include "harness/core/progress.h"
#include "harness/core/sha256.h"
#include "reports/format.h"
#include "reports/html.h"

namespace bakeoff::reports::html {
namespace {

/// The item that shows the bake best: base fails, baked succeeds; else the first.
const ItemRow* example_item(const SuiteReport& suite, const BakedArm& arm) {
  const auto score = [](const ItemRow& item, std::size_t i) { return item.answers[i].verdict.score; };
  for (const auto& item : suite.items)
    if (arm.base && score(item, *arm.base).value_or(1) < 1 && score(item, arm.baked).value_or(0) == 1) return &item;
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
         counted(recipe.samples_per_question, "answer") + " each (" + count_text(bake.outcome.trajectories) +
         " trajectories, " + count_text(bake.outcome.answer_tokens) + " tokens), " + counted(recipe.epochs, "epoch") +
         ", LoRA rank " + count_text(recipe.rank) + ", learning rate " + Json(recipe.learning_rate).dump() + ", seed " +
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
  return table_row({arm_tag(model, arm), count_text(cost.samples), fixed(cost.prompt_tokens, 1),
                    fixed(cost.completion_tokens, 1),
                    cost.run_seconds > 0 ? format_seconds(cost.run_seconds) : "kept from an earlier run"});
}

std::string saving(const ReportModel& model) {
  std::string out;
  for (const auto& arm : baked_arms(model)) {
    if (!arm.prompted) continue;
    const ArmCost &prompted = model.arm_costs[*arm.prompted], &baked = model.arm_costs[arm.baked];
    if (prompted.samples == 0 || baked.samples == 0 || prompted.prompt_tokens <= baked.prompt_tokens) continue;
    const double saved = prompted.prompt_tokens - baked.prompt_tokens;
    out += element("p", "lead",
                   arm_tag(model, arm.baked) + " reads " + fixed(saved, 0) + " tokens fewer per question than " +
                       arm_tag(model, *arm.prompted) + " (" + fixed(baked.prompt_tokens, 0) + " instead of " +
                       fixed(prompted.prompt_tokens, 0) + ").");
  }
  return out;
}

std::string digest_code(const std::string& digest) {
  if (digest.empty()) return "\u2013";
  return "<code" + attribute("title", digest) + ">" + escape(digest.size() == 64 ? short_id(digest) : digest) +
         "</code>";
}

std::string identity_row(const ReportModel& model, std::size_t arm) {
  const auto& identity = model.arms[arm].identity;
  std::string adapters;
  for (const auto& adapter : identity.adapters) {
    const auto colon = adapter.find(':');
    adapters +=
        digest_code(adapter.substr(0, colon)) + (colon == std::string::npos ? "" : escape(adapter.substr(colon))) + " ";
  }
  if (adapters.empty()) adapters = "none";
  return table_row({arm_tag(model, arm), digest_code(identity.model_digest), adapters,
                    digest_code(identity.template_digest),
                    counted(static_cast<std::int64_t>(identity.context.size()), "message"), escape(identity.dtype),
                    escape(identity.device), escape(identity.engine)});
}

std::string decoding_words(const Decoding& decoding) {
  std::string text = decoding.temperature == 0 ? "greedy" : "temperature " + Json(decoding.temperature).dump();
  if (decoding.top_p != 1) text += ", top-p " + Json(decoding.top_p).dump();
  if (decoding.top_k != 0) text += ", top-k " + count_text(decoding.top_k);
  return text + ", at most " + counted(decoding.max_new_tokens, "token");
}

std::string suite_row(const ReportModel& model, const SuiteReport& suite) {
  double detectable = -1;
  for (const auto& arm : baked_arms(model)) {
    if (!arm.base || suite.metrics.empty()) continue;
    const Difference* one = find_difference(suite.metrics.front(), *arm.base, arm.baked);
    if (one && one->comparison && one->comparison->detectable)
      detectable = std::max(detectable, *one->comparison->detectable);
  }
  std::string smallest = "cannot be said: the arms differ on too few items";
  if (detectable >= 0)
    smallest = suite.metrics.front().is_share ? fixed(100 * detectable, 0) + " points" : fixed(detectable, 3);
  return table_row({"<a href=\"#" + answers_id(model, suite) + "\">" + escape(suite.label) + "</a>",
                    escape(suite.name == suite.label ? suite.version : suite.name + " " + suite.version),
                    digest_code(suite.digest), count_text(suite.total_items), escape(decoding_words(suite.decoding)),
                    smallest, element("span", "wrap", escape(suite.source)), escape(suite.licence)});
}

std::string measurements_table(const ReportModel& model) {
  if (model.measurements.empty()) return "";
  std::string rows = table_head({"of", "what", "value", "unit"});
  for (const auto& one : model.measurements)
    rows += table_row({escape(one.subject), escape(one.name), escape(Json(one.value).dump()), escape(one.unit)});
  return "<details class=\"more\"><summary>Other measurements</summary>" + scrolling_table("Measurements", "", rows) +
         "</details>";
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
  std::string out = "<section id=\"cost\"><h2>What did it cost?</h2>\n" + saving(model);
  if (!model.bakes.empty()) {
    std::string rows = table_head({"bake", "time", "of which", "trajectories", "answer tokens", "peak memory"});
    for (const auto& bake : model.bakes) rows += time_row(bake);
    out += "<h3>Baking, once</h3>" + scrolling_table("Cost of baking", "", rows);
  }
  std::string rows = table_head({"arm", "answers", "prompt tokens each", "answer tokens each", "time in this run"});
  for (std::size_t arm = 0; arm < model.arms.size(); ++arm) rows += ask_row(model, arm);
  return out + "<h3>Asking, every time</h3>" + scrolling_table("Cost of asking", "", rows) + "</section>\n";
}

std::string can_i_trust_it(const ReportModel& model) {
  std::string out = "<section id=\"trust\"><h2>Can I trust it?</h2>\n<ul class=\"checks\">";
  for (const auto& check : trust_checks(model)) out += element("li", check.holds ? "" : "fails", escape(check.text));
  out += "</ul>" + element("p", "soft", escape(method_words(model)));
  std::string suites =
      table_head({"suite", "version", "id", "items", "answers drawn", "detectable*", "source", "licence"});
  for (const auto& suite : model.suites) suites += suite_row(model, suite);
  std::string arms = table_head({"arm", "model", "adapters", "template", "context", "dtype", "device", "engine"});
  for (std::size_t arm = 0; arm < model.arms.size(); ++arm) arms += identity_row(model, arm);
  out +=
      "<h3>Suites</h3>" + scrolling_table("Suites", "", suites) +
      "<p class=\"soft small\">* The smallest true difference, baked against base on the primary metric, that 4 of 5 "
      "such experiments would find (level 5%, before adjustment).</p><h3>Identities</h3>" +
      scrolling_table("Identities of the arms", "", arms) +
      "<p class=\"soft small\">Identities are SHA-256 of content, shortened; hover for the whole. Run " +
      count_text(model.run.id) + ", seed " + std::to_string(model.run.seed) + ", experiment " +
      digest_code(model.run.digest) + (model.run.program.empty() ? "" : ", " + escape(model.run.program)) + ".</p>";
  return out + measurements_table(model) + "</section>\n";
}

}  // namespace bakeoff::reports::html
