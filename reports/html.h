// The page's sections; html.cpp puts them together. Each function returns finished markup.
#pragma once

#include <string>

#include "reports/charts.h"
#include "reports/markup.h"
#include "reports/narrative.h"

namespace bakeoff::reports::html {

std::string what_was_baked(const ReportModel& model);
std::string did_it_take(const ReportModel& model);
std::string what_else_changed(const ReportModel& model);
std::string what_did_it_cost(const ReportModel& model);
std::string can_i_trust_it(const ReportModel& model);
std::string every_answer(const ReportModel& model);

/// Where a suite's conversations lie on the page: "answers-2".
std::string answers_id(const ReportModel& model, const SuiteReport& suite);
/// Messages as a list with their roles.
std::string chat(const Conversation& messages);
/// A text block, cut after 20,000 bytes with a note; "(empty)" where there is nothing.
std::string text_block(std::string_view text);
/// The arms' answers side by side: with scores, evidence and counts, or the answers alone.
enum class Detail { answers_only, all };
std::string answers_side_by_side(const ReportModel& model, const ItemRow& item, Detail detail);
/// What the last user message asks.
std::string question_text(const ItemRow& item);
/// An arm's name in its colour.
std::string arm_tag(const ReportModel& model, std::size_t arm);

}  // namespace bakeoff::reports::html
