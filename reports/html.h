// The page's sections; html.cpp puts them together. Each function returns finished markup.
#pragma once

#include <string>

#include "reports/charts.h"
#include "reports/markup.h"
#include "reports/narrative.h"

namespace bakeoff::reports::html {

/// A whole page, of whatever kind.
struct Page {
  std::string kind, title, meta;  ///< texts: "Bakeoff report", what it is of, a line below
  std::string main;               ///< markup; one of its elements has the id "summary"
  std::string footer;             ///< markup
};
std::string page(const Page& parts);

/// The first screen: did it take, what changed, what it costs and saves, the gate, what to do next.
std::string summary(const ReportModel& model);
std::string what_was_baked(const ReportModel& model);
std::string did_it_take(const ReportModel& model);
std::string what_else_changed(const ReportModel& model);
/// What suites show beyond scores, and the drawings below; nothing where there are none.
std::string exhibits(const ReportModel& model);
std::string exhibits_title(const ReportModel& model);
/// Ratings of votes, dose-response over adapter scales, calibration: where the run has their data.
std::string further_drawings(const ReportModel& model);
/// Who votes hold best; nothing where they give no ratings.
std::string ratings_table(const ReportModel& model);
std::string what_did_it_cost(const ReportModel& model);
std::string can_i_trust_it(const ReportModel& model);
std::string identity(const ReportModel& model);
std::string every_answer(const ReportModel& model);

/// One comparison with the name that its row goes by.
struct NamedDifference {
  std::string name_markup, name_text;
  const MetricReport* metric;
  const Difference* difference;
};
/// All arms on one metric; and some of them in few columns.
std::string figures_table(const ReportModel& model, const SuiteReport& suite, const MetricReport& metric);
std::string short_figures_table(const ReportModel& model, const MetricReport& metric,
                                const std::vector<std::size_t>& arms);
/// Forest plots; nothing for no differences. `margin`: half-width of the band that counts as the same.
std::string differences_table(const std::string& label, const std::vector<NamedDifference>& differences, double margin);
std::string short_differences_table(const std::vector<NamedDifference>& differences, double margin);
/// A finding's class, and its words with a sign before them, so that colour is not its only mark.
const char* finding_class(stats::Finding finding);
std::string finding_word(const Difference& difference);

/// A chart with its caption and, folded under it, its numbers as a table.
struct Drawing {
  std::string svg, caption;  ///< caption: markup
  std::string table_label, table_rows;
};
std::string drawn(const Drawing& drawing);
/// The places of arms' colours for curves that are arms; empty where not every curve is one, or two are of one kind.
std::vector<std::size_t> places_of(const ReportModel& model, const std::vector<Curve>& curves);

/// Where a suite's conversations lie on the page: "answers-2".
std::string answers_id(const ReportModel& model, const SuiteReport& suite);
/// Messages as a list with their roles.
std::string chat(const Conversation& messages);
/// A text block, cut after 20,000 bytes with a note; "(empty)" where there is nothing.
std::string text_block(std::string_view text);
/// The arms' answers side by side: with scores, evidence and counts, or the answers alone.
enum class Detail { answers_only, all };
std::string answers_side_by_side(const ReportModel& model, const ItemRow& item, Detail detail);
/// An item as it stands in the list of answers: opening to everything; and on a line, with the beginnings of its
/// answers where ItemRow has them.
std::string item_block(const ReportModel& model, const ItemRow& item);
std::string brief_line(const ReportModel& model, const ItemRow& item);
/// What the last user message asks.
std::string question_text(const ItemRow& item);
/// An arm's name in its colour.
std::string arm_tag(const ReportModel& model, std::size_t arm);

}  // namespace bakeoff::reports::html
