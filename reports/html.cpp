// The page: one file that needs no network, no script and no server. Its policy forbids all three to the browser too.
#include "reports/html.h"

#include "reports/format.h"
#include "reports/report.h"

namespace bakeoff::reports {
namespace {

constexpr const char* kStyle =
#include "reports/style.css"
    ;

std::string meta_line(const ReportModel& model) {
  std::string text = model.model.name;
  const auto add = [&](const std::string& part) {
    if (!part.empty()) text += (text.empty() ? "" : " \u00B7 ") + part;
  };
  if (model.model.parameters > 0)
    add(fixed(static_cast<double>(model.model.parameters) / 1e6, 0) + " million parameters");
  if (is_imported(model))
    add("imported");
  else if (!model.arms.empty())
    add(model.arms.front().identity.dtype + " on " + model.arms.front().identity.device);
  add(time_text(model.run.finished_at.empty() ? model.run.started_at : model.run.finished_at));
  return text;
}

/// Of votes alone there is nothing that was baked, asked or answered.
std::string steps(const ReportModel& model, bool has_curves) {
  std::string items;
  const auto add = [&](const char* id, const std::string& words) {
    items += "<li><a href=\"#" + std::string(id) + "\">" + words + "</a></li>";
  };
  const bool has_arms = !is_votes_alone(model);
  if (has_arms) add("baked", "What was baked?");
  if (has_arms) add("took", "Did it take?");
  if (has_arms) add("changed", "What else changed?");
  if (has_curves) add("curves", html::exhibits_title(model));
  if (has_arms) add("cost", "What did it cost?");
  add("trust", "Can I trust it?");
  add("identity", "Make it again");
  if (has_arms) add("answers", "Every answer");
  return "<nav class=\"steps\" aria-label=\"Sections\"><ul>" + items + "</ul></nav>\n";
}

}  // namespace

std::string html::page(const Page& parts) {
  return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
         "<meta name=\"color-scheme\" content=\"light dark\">\n<title>" +
         escape(parts.title) + " \u2013 " + escape(parts.kind) + "</title>\n<style>" + kStyle +
         "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#summary\">Skip to the findings</a>\n" +
         "<header><p class=\"kicker\">" + escape(parts.kind) + "</p>" + element("h1", "", escape(parts.title)) +
         element("p", "meta", escape(parts.meta)) + "</header>\n<main>\n" + parts.main + "</main>\n<footer><p>" +
         parts.footer + "</p></footer>\n</body>\n</html>\n";
}

std::string to_html(const ReportModel& model) {
  html::Page parts;
  parts.kind = "Bakeoff report";
  parts.title = model.run.experiment;
  parts.meta = meta_line(model);
  const std::string exhibits = html::exhibits(model);
  parts.main = html::summary(model) + steps(model, !exhibits.empty());
  if (is_votes_alone(model)) {
    parts.main += exhibits + html::can_i_trust_it(model) + html::identity(model);
    parts.footer = "Every vote behind this page is in <code>" + escape(model.run.place) +
                   "</code>. <code>bakeoff rank</code> rates them by category too.";
    return html::page(parts);
  }
  parts.main += html::what_was_baked(model) + html::did_it_take(model) + html::what_else_changed(model) + exhibits +
                html::what_did_it_cost(model) + html::can_i_trust_it(model) + html::identity(model) +
                html::every_answer(model);
  parts.footer = "Every sample behind this page is in <code>" + escape(model.run.place) +
                 "</code>. <code>bakeoff show SAMPLE</code> prints one in full.";
  return html::page(parts);
}

Status write_html(const ReportModel& model, const Path& file) { return write_file_atomically(file, to_html(model)); }

}  // namespace bakeoff::reports
