// Two sides as a page: see pages.h.
#include <algorithm>

#include "harness/core/sha256.h"
#include "reports/format.h"
#include "reports/html.h"
#include "reports/pages.h"

namespace bakeoff::reports {
namespace {

using compare::Comparison;
using compare::Flip;
using compare::MetricComparison;
using compare::SuiteComparison;

/// A metric as the tables of a run's page want it.
struct Row {
  std::string name;
  MetricReport metric;
  Difference difference;
};

Row row_of(const SuiteComparison& suite, const MetricComparison& from) {
  Row out;
  out.name = suite.name;
  if (&from != &suite.metrics.front() && from.info.name != suite.name) out.name += ", " + from.info.name;
  out.metric.name = from.info.name;
  out.metric.higher_is_better = from.info.higher_is_better;
  out.metric.is_share = from.is_share;
  if (from.is_seen) out.difference.comparison = from.seen;
  out.difference.left_out = from.unscored;
  out.difference.adjusted_p = from.adjusted_p;
  out.difference.noise_floor = from.noise_floor;
  out.difference.finding = from.finding;
  out.difference.words = from.words;
  return out;
}

std::vector<Row> rows_of(const Comparison& comparison) {
  std::vector<Row> out;
  for (const auto& suite : comparison.suites)
    for (const auto& metric : suite.metrics) out.push_back(row_of(suite, metric));
  return out;
}

/// "2 worse, 1 better, 3 undecided"
std::string counts(const std::vector<Row>& rows) {
  std::string text;
  const auto add = [&](stats::Finding finding, const char* word) {
    const auto count =
        std::count_if(rows.begin(), rows.end(), [&](const auto& row) { return row.difference.finding == finding; });
    if (count > 0) text += (text.empty() ? "" : ", ") + count_text(count) + " " + word;
  };
  add(stats::Finding::worse, "worse");
  add(stats::Finding::better, "better");
  add(stats::Finding::same, "the same");
  add(stats::Finding::not_enough_data, "undecided");
  return text.empty() ? "nothing to compare" : text;
}

std::string scores_table(const std::string& label, const std::vector<Row>& rows) {
  std::string out = table_head({"measure", "base", "candidate", "items", "left out", "noise floor", "test"});
  for (const auto& row : rows) {
    if (!row.difference.comparison) continue;
    const auto& seen = *row.difference.comparison;
    const auto& floor = row.difference.noise_floor;
    out += table_row({escape(row.name), escape(score_text(row.metric, seen.base, seen.items)),
                      escape(score_text(row.metric, seen.candidate, seen.items)), count_text(seen.items),
                      count_text(row.difference.left_out),
                      floor ? escape(difference_text(row.metric, *floor)) : "not known", escape(seen.test)});
  }
  return scrolling_table(label, "", out);
}

std::string list(const char* title, const std::vector<std::string>& lines, const char* css_class = "") {
  if (lines.empty()) return "";
  std::string items;
  for (const auto& line : lines) items += element("li", "", escape(line));
  return element("h3", "", title) + element("ul", css_class, items);
}

std::string side(const char* name, const std::string& answer, double score, const std::string& key) {
  std::string out = "<div class=\"answer\"><p class=\"name\"><span>" + std::string(name) + "</span><span>" +
                    Json(score).dump() + "</span></p>" + html::text_block(answer);
  if (!key.empty()) out += "<dl><dt>in full</dt><dd><code>bakeoff show " + escape(short_id(key)) + "</code></dd></dl>";
  return out + "</div>";
}

std::string flip_block(const Flip& flip) {
  const bool is_loss = flip.candidate < flip.base;
  const std::string title = flip.question.empty() ? flip.item : flip.question;
  return std::string("<details class=\"item\"><summary><span class=\"q\" dir=\"auto\">") + escape(cut(title, 2000)) +
         "</span><span class=\"chips\"><span class=\"" + (is_loss ? "worse" : "better") + "\">" +
         (is_loss ? "\u25BC lost" : "\u25B2 won") +
         "</span></span></summary><div class=\"body\"><div class=\"answers\">" +
         side("base", flip.base_answer, flip.base, flip.base_key) +
         side("candidate", flip.candidate_answer, flip.candidate, flip.candidate_key) + "</div></div></details>\n";
}

/// Losses first, as far as `left` bytes go; what was left out is counted.
std::string flips(const SuiteComparison& suite, std::size_t& left) {
  if (suite.flips.empty()) return "";
  std::string items;
  std::size_t shown = 0;
  for (const auto& flip : suite.flips) {
    const std::string block = flip_block(flip);
    if (block.size() > left) break;
    left -= block.size();
    items += block;
    ++shown;
  }
  const auto total = static_cast<std::int64_t>(suite.flips.size());
  std::string note = counted(total, "item") + " changed, losses first.";
  if (shown < suite.flips.size())
    note += " " + count_text(static_cast<std::int64_t>(shown)) + " are here; compare --json lists all.";
  return "<details class=\"suite\" open><summary><h3>" + escape(suite.name) + "</h3> <span class=\"soft small\">" +
         escape(note) + "</span></summary>" + items + "</details>\n";
}

std::string pair_name(const Comparison& one) { return one.candidate + " against " + one.base; }

/// `lead`: markup before the counts.
std::string summary_of(const Comparison& one, const std::string& lead) {
  const std::vector<Row> rows = rows_of(one);
  std::vector<html::NamedDifference> named;
  for (const auto& row : rows) named.push_back({escape(row.name), row.name, &row.metric, &row.difference});
  std::string out = "<h2 class=\"lead\">" + lead + "<span>" + counts(rows) + ".</span></h2>\n";
  for (const auto& reason : one.reasons) out += element("p", "notice", "Not comparable: " + escape(reason));
  out += html::differences_table(pair_name(one), named, one.margin);
  return out + "<details class=\"more small\"><summary>Both scores<span class=\"sr\">, " + escape(pair_name(one)) +
         "</span></summary>" + scores_table("Scores, " + pair_name(one), rows) + "</details>" +
         list("To be kept in mind", one.caveats);
}

}  // namespace

std::string comparison_html(const std::vector<Comparison>& comparisons, const ComparisonPageOptions& options) {
  html::Page page;
  const bool is_one = comparisons.size() == 1;
  page.kind = "Bakeoff comparison";
  page.title = is_one ? pair_name(comparisons.front())
                      : counted(static_cast<std::int64_t>(comparisons.size()), "pair") + " of arms";
  std::string findings, identity, answers;
  std::size_t left = options.most_bytes;
  for (const auto& one : comparisons) {
    const std::string name = escape(pair_name(one));
    findings += summary_of(one, is_one ? "" : name + ": ");
    const std::string differs = list("What answered", one.notes), where = is_one ? "" : ", " + name;
    if (!differs.empty()) identity += element("h2", "", "What differs" + where) + differs;
    std::string changed;
    for (const auto& suite : one.suites) changed += flips(suite, left);
    if (!changed.empty()) answers += element("h2", "", "What changed" + where) + changed;
  }
  page.main =
      "<section id=\"summary\" aria-label=\"Summary\">" + findings +
      element("p", "soft",
              "Paired by item; bars are 95% intervals, not adjusted. p is adjusted: " + escape(options.correction) +
                  ". The shaded band holds differences that count as the same.") +
      "</section>\n";
  if (!identity.empty()) page.main += "<section id=\"identity\">" + identity + "</section>\n";
  if (!answers.empty()) page.main += "<section id=\"answers\">" + answers + "</section>\n";
  page.footer = "<code>bakeoff compare</code> prints the same numbers as a table, Markdown or JSON.";
  return html::page(page);
}

}  // namespace bakeoff::reports
