// The page: one file that needs no network, no script and no server. Its policy forbids all three to the browser too.
#include "reports/html.h"

#include "harness/core/progress.h"
#include "reports/format.h"
#include "reports/report.h"

namespace bakeoff::reports {
namespace {

constexpr const char* kStyle =
#include "reports/style.css"
    ;

std::string tile(const std::string& value, const std::string& label) {
  return "<li><b>" + escape(value) + "</b><span>" + escape(label) + "</span></li>";
}

std::string score_tile(const ReportModel& model, const BakedArm& arm) {
  const SuiteReport* suite = leading_suite(model, arm);
  if (!suite) return "";
  const MetricReport& metric = suite->metrics.front();
  const Figure& figure = metric.figures[arm.baked];
  std::string label = suite->label + ", " + arm_name(model, arm.baked);
  if (figure.interval) label += " (" + interval_text(metric, figure.interval) + ")";
  if (arm.base) label += "; base " + figure_text(metric, metric.figures[*arm.base]);
  return tile(figure_text(metric, figure), label);
}

std::string side_tile(const ReportModel& model, const BakedArm& arm) {
  int worse = 0, total = 0;
  for (const auto& side : side_metrics(model)) {
    const Difference* one = arm.base ? find_difference(*side.metric, *arm.base, arm.baked) : nullptr;
    if (!one) continue;
    ++total;
    worse += one->finding == stats::Finding::worse;
  }
  if (total == 0) return "";
  return tile(count_text(worse) + " of " + count_text(total), "other measures found to be worse than base");
}

std::string kl_tile(const BakedArm& arm) {
  if (!arm.bake || arm.bake->outcome.kl_held_out < 0) return "";
  const auto& outcome = arm.bake->outcome;
  return tile(fixed(outcome.kl_held_out_before, 2) + " \u2192 " + fixed(outcome.kl_held_out, 2),
              "nats per token from the prompted model, held-out questions, before and after");
}

std::string cost_tile(const BakedArm& arm) {
  if (!arm.bake) return "";
  double seconds = 0;
  for (const auto& [phase, spent] : arm.bake->outcome.seconds) seconds += spent;
  return tile(format_seconds(seconds), "to bake, " + count_text(arm.bake->outcome.answer_tokens) + " answer tokens");
}

std::string meta_line(const ReportModel& model) {
  std::string text = model.model.name;
  const auto add = [&](const std::string& part) {
    if (!part.empty()) text += (text.empty() ? "" : " \u00B7 ") + part;
  };
  if (model.model.parameters > 0)
    add(fixed(static_cast<double>(model.model.parameters) / 1e6, 0) + " million parameters");
  if (!model.arms.empty()) add(model.arms.front().identity.dtype + " on " + model.arms.front().identity.device);
  add(time_text(model.run.finished_at.empty() ? model.run.started_at : model.run.finished_at));
  return text;
}

std::string page_header(const ReportModel& model) {
  std::string out = "<header><p class=\"kicker\">Bakeoff report</p>" + element("h1", "", escape(model.run.experiment)) +
                    element("p", "meta", escape(meta_line(model)));
  if (model.run.status != "complete")
    out += element("p", "notice", "This run is " + escape(model.run.status) + ". The numbers below may still change.");
  std::string tiles;
  for (const auto& arm : baked_arms(model)) {
    out += element(
        "p", "lead",
        "<b>" + escape(did_it_take(model, arm).title) + ".</b> " + escape(what_else_changed(model, arm).title) + ".");
    tiles += score_tile(model, arm) + side_tile(model, arm) + kl_tile(arm) + cost_tile(arm);
  }
  if (!tiles.empty()) out += "<ul class=\"tiles\">" + tiles + "</ul>";
  return out + "</header>\n";
}

constexpr const char* kSteps =
    "<nav class=\"steps\" aria-label=\"Questions\"><ul><li><a href=\"#baked\">What was baked?</a></li>"
    "<li><a href=\"#took\">Did it take?</a></li><li><a href=\"#changed\">What else changed?</a></li>"
    "<li><a href=\"#cost\">What did it cost?</a></li><li><a href=\"#trust\">Can I trust it?</a></li>"
    "<li><a href=\"#answers\">Every answer</a></li></ul></nav>\n";

std::string page_head(const ReportModel& model) {
  return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
         "<meta name=\"color-scheme\" content=\"light dark\">\n<title>" +
         escape(model.run.experiment) + " \u2013 Bakeoff report</title>\n<style>" + kStyle + "</style>\n</head>\n";
}

std::string page_footer(const ReportModel& model) {
  return "<footer><p>Every sample behind this page is in <code>" + escape(model.run.place) +
         "</code>. <code>bakeoff show SAMPLE</code> prints one in full.</p></footer>\n";
}

}  // namespace

std::string to_html(const ReportModel& model) {
  return page_head(model) + "<body>\n" + page_header(model) + kSteps + "<main>\n" + html::what_was_baked(model) +
         html::did_it_take(model) + html::what_else_changed(model) + html::what_did_it_cost(model) +
         html::can_i_trust_it(model) + html::every_answer(model) + "</main>\n" + page_footer(model) +
         "</body>\n</html>\n";
}

Status write_html(const ReportModel& model, const Path& file) { return write_file_atomically(file, to_html(model)); }

}  // namespace bakeoff::reports
