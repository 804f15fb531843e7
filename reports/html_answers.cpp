// The page's conversations: every number opens down to these.
#include <algorithm>

#include "harness/core/sha256.h"
#include "reports/format.h"
#include "reports/html.h"

namespace bakeoff::reports::html {
namespace {

constexpr std::size_t kMostTextBytes = 20000;
constexpr std::size_t kMostEvidenceBytes = 2000;

std::string score_words(const AnswerCell& cell) {
  if (cell.sample_key.empty()) return "not asked";
  if (!cell.verdict.score) return "unscored";
  if (*cell.verdict.score == 1) return "\u2713";
  if (*cell.verdict.score == 0) return "\u2717";
  return fixed(*cell.verdict.score, 2);
}

/// The same for those who do not see the sign.
std::string spoken_score(const AnswerCell& cell) {
  if (!cell.verdict.score || (*cell.verdict.score > 0 && *cell.verdict.score < 1)) return escape(score_words(cell));
  return "<span aria-hidden=\"true\">" + score_words(cell) + "</span><span class=\"sr\">" +
         (*cell.verdict.score == 1 ? "passes" : "fails") + "</span>";
}

std::string chips(const ReportModel& model, const ItemRow& item) {
  std::string out = "<span class=\"chips\">";
  for (std::size_t arm = 0; arm < item.answers.size(); ++arm)
    out += "<span>" + arm_tag(model, arm) + " " + spoken_score(item.answers[arm]) + "</span>";
  return out + "</span>";
}

std::string pair(const std::string& name, const std::string& value) {
  return element("dt", "", escape(name)) + element("dd", "", escape(value));
}

std::string as_text(const Json& value) {
  const std::string text = value.is_string() ? value.get<std::string>() : dump(value);
  const auto shown = cut(text, kMostEvidenceBytes);
  return std::string(shown) + (shown.size() < text.size() ? " \u2026" : "");
}

std::string facts(const ReportModel& model, const AnswerCell& cell) {
  std::string out = "<dl>";
  if (!cell.verdict.unscored.empty()) out += pair("unscored", cell.verdict.unscored);
  for (const auto& [name, value] : cell.verdict.metrics)
    out += pair(name, fixed(value, value == 0 || value == 1 ? 0 : 3));
  if (cell.verdict.evidence.is_object())
    for (const auto& [name, value] : cell.verdict.evidence.items()) out += pair(name, as_text(value));
  if (cell.prompt_tokens > 0)
    out += pair("tokens", count_text(cell.prompt_tokens) + " + " + count_text(cell.completion_tokens));
  if (cell.finish_reason == "length") out += pair("ended", "cut at the length limit");
  return out + "<dt>in full</dt><dd><code>bakeoff show " + escape(short_id(cell.sample_key)) + " --db " +
         escape(shell_word(model.run.place)) + "</code></dd></dl>";
}

/// How a message stands in a conversation.
struct Mark {
  std::string css_class, words;  ///< words: who speaks, and what is special about it
  std::string_view text;
  bool is_probe = false;
};

/// Suites mark a question that is asked beside the conversation, and forgotten, by the first words of its text; a call
/// of a tool stands in the text of an answer.
Mark mark_of(const Message& message, bool follows_probe) {
  constexpr std::string_view kProbe = "[probe] ";
  const std::string_view text = message.content;
  if (message.role == "user" && text.substr(0, kProbe.size()) == kProbe)
    return {"user probe", "probe, asked beside the conversation", text.substr(kProbe.size()), true};
  if (message.role == "assistant" && follows_probe) return {"assistant probe", "answer to the probe", text, true};
  if (message.role == "tool") return {"tool", "result of the tool", text, false};
  const bool is_call = message.role == "assistant" && text.find("<tool_call>") != std::string_view::npos;
  return {message.role + (is_call ? " call" : ""), message.role + (is_call ? ", calls a tool" : ""), text, false};
}

/// The messages after the question, if there are more than the one answer; as an example, the first of them.
std::string exchange(const ItemRow& item, const AnswerCell& cell, Detail detail) {
  constexpr std::ptrdiff_t kExample = 4;
  const auto asked = static_cast<std::ptrdiff_t>(item.question.size());
  if (cell.messages.size() <= item.question.size() + 1) return text_block(cell.text);
  const auto all = static_cast<std::ptrdiff_t>(cell.messages.size()) - asked;
  const auto shown = detail == Detail::all ? all : std::min(all, kExample);
  std::string out = chat({cell.messages.begin() + asked, cell.messages.begin() + asked + shown});
  if (shown < all) out += element("p", "soft small", counted(all - shown, "more message"));
  return out;
}

std::string answer_card(const ReportModel& model, const ItemRow& item, std::size_t arm, Detail detail) {
  const AnswerCell& cell = item.answers[arm];
  const std::string head =
      "<p class=\"name\"><span>" + escape(arm_name(model, arm)) + "</span><span>" + spoken_score(cell) + "</span></p>";
  std::string body =
      cell.sample_key.empty() ? element("p", "empty", "This arm was not asked.") : exchange(item, cell, detail);
  if (!cell.sample_key.empty() && detail == Detail::all) body += facts(model, cell);
  return element("div", "answer " + model.arms[arm].arm.kind, head + body);
}

/// Classes that the filter looks for.
std::string item_classes(const ReportModel& model, const ItemRow& item) {
  double low = 2, high = -1;
  bool is_unscored = false, is_lost = false;
  for (const auto& cell : item.answers) {
    if (!cell.verdict.score) is_unscored = true;
    low = std::min(low, cell.verdict.score.value_or(low));
    high = std::max(high, cell.verdict.score.value_or(high));
  }
  for (const auto& arm : baked_arms(model)) {
    if (!arm.base) continue;
    const auto &before = item.answers[*arm.base].verdict.score, &after = item.answers[arm.baked].verdict.score;
    if (before && after && *after < *before) is_lost = true;
  }
  return std::string("item") + (high > low ? " differ" : "") + (is_unscored ? " unscored" : "") +
         (is_lost ? " lost" : "");
}

std::string reference_words(const Json& reference) {
  if (reference.is_null() || (reference.is_object() && reference.empty())) return "";
  return element("p", "soft small", "Reference: <code>" + escape(as_text(reference)) + "</code>");
}

std::string filter(const std::string& group) {
  const auto choice = [&](const char* css_class, const char* words, bool is_first) {
    return "<label><input type=\"radio\" name=\"" + group + "\" class=\"" + css_class + "\"" +
           (is_first ? " checked" : "") + ">" + words + "</label>";
  };
  return "<fieldset class=\"filter\"><legend>Show</legend>" + choice("f-all", "all", true) +
         choice("f-differ", "where arms differ", false) + choice("f-lost", "where baked is below base", false) +
         choice("f-unscored", "unscored", false) + "</fieldset>";
}

/// In a model that was not collected: all.
std::int64_t items_asked(const SuiteReport& suite) {
  return suite.asked_items > 0 ? suite.asked_items : suite.total_items;
}

std::string coverage(const SuiteReport& suite) {
  const auto shown = static_cast<std::int64_t>(suite.items.size()), asked = items_asked(suite);
  const std::string rest =
      asked < suite.total_items ? " " + count_text(suite.total_items - asked) + " were not asked." : "";
  if (shown >= asked) return counted(shown, "item") + "." + rest;
  const std::string text = counted(shown, "item") + " of " + count_text(asked) + "." + rest;
  return suite.kinds.empty() ? text : text + " " + coverage_text(suite.kinds);
}

/// Items that went wrong and are not on the page.
std::int64_t left_out(const SuiteReport& suite) {
  std::int64_t count = 0;
  for (const auto& [kind, one] : suite.kinds)
    if (kind != ItemKind::drawn) count += one.total - one.shown;
  return count;
}

/// How to list and open what the page leaves out.
std::string rest_words(const ReportModel& model, const SuiteReport& suite) {
  if (static_cast<std::int64_t>(suite.items.size()) >= items_asked(suite) || model.arms.empty()) return "";
  const std::string arm = model.arms.back().arm.name;
  const std::string list = "<code>bakeoff show --db " + escape(shell_word(model.run.place)) + " --suite " +
                           escape(shell_word(suite.label)) + " --arm " + escape(shell_word(arm));
  std::string out;
  if (const auto count = left_out(suite); count > 0)
    out = element("p", "notice small",
                  counted(count, "item") + " on which something went wrong " + (count == 1 ? "does" : "do") +
                      " not fit on this page. Failures of an arm, one line each: " + list + " --below 1</code>");
  return out + element("p", "soft small",
                       "All answers of an arm, one line each: " + list +
                           "</code>; <code>--below 1</code> lists the failures alone.");
}

/// Long suites are closed until asked for.
std::string suite_answers(const ReportModel& model, const SuiteReport& suite) {
  constexpr std::size_t kOpenItems = 50;
  const std::string id = answers_id(model, suite);
  std::string out = "<details class=\"suite\" id=\"" + id + "\"" + (suite.items.size() <= kOpenItems ? " open" : "") +
                    "><summary><h3>" + escape(suite.label) + "</h3> <span class=\"soft small\">" +
                    escape(coverage(suite)) + "</span></summary>" + rest_words(model, suite) + filter(id);
  std::string briefs;
  std::int64_t brief = 0;
  for (const auto& item : suite.items) {
    if (!item.is_brief) out += item_block(model, item);
    if (item.is_brief) briefs += brief_line(model, item), ++brief;
  }
  if (brief > 0)
    out += "<details class=\"more\"><summary>" + counted(brief, "more item") +
           " in brief</summary><p class=\"soft small\">Scores, keys, and the beginnings of answers where there was "
           "room for "
           "them. In full: <code>bakeoff show KEY --db " +
           escape(shell_word(model.run.place)) + "</code></p><ul class=\"briefs\">" + briefs + "</ul></details>\n";
  return out + "</details>\n";
}

}  // namespace

std::string answers_id(const ReportModel& model, const SuiteReport& suite) {
  for (std::size_t i = 0; i < model.suites.size(); ++i)
    if (&model.suites[i] == &suite) return "answers-" + std::to_string(i);
  return "answers";
}

std::string arm_tag(const ReportModel& model, std::size_t arm) {
  return element("span", model.arms[arm].arm.kind, escape(arm_name(model, arm)));
}

std::string text_block(std::string_view text) {
  if (text.find_first_not_of(" \n\t\r") == std::string_view::npos) return element("p", "empty", "(empty)");
  const auto shown = cut(text, kMostTextBytes);
  // A box this long may scroll: then the keyboard has to reach it.
  constexpr std::size_t kLongBytes = 600;
  constexpr std::ptrdiff_t kLongLines = 12;
  const bool is_long = shown.size() > kLongBytes || std::count(shown.begin(), shown.end(), '\n') > kLongLines;
  std::string out = std::string("<div class=\"text\" dir=\"auto\"") + (is_long ? " tabindex=\"0\"" : "") + ">" +
                    escape(shown) + "</div>";
  if (shown.size() < text.size())
    out += element("p", "empty",
                   "Cut here: " + count_text(static_cast<std::int64_t>(text.size() - shown.size())) +
                       " more bytes are in the database.");
  return out;
}

std::string chat(const Conversation& messages) {
  std::string out = "<ol class=\"chat\">";
  bool is_probed = false;
  for (const auto& message : messages) {
    const Mark mark = mark_of(message, is_probed);
    is_probed = mark.is_probe && message.role == "user";
    out += element("li", mark.css_class, element("span", "role", escape(mark.words)) + text_block(mark.text));
  }
  return out + "</ol>";
}

std::string question_text(const ItemRow& item) {
  for (auto message = item.question.rbegin(); message != item.question.rend(); ++message)
    if (message->role == "user") return message->content;
  return item.id;
}

std::string answers_side_by_side(const ReportModel& model, const ItemRow& item, Detail detail) {
  std::string out = "<div class=\"answers\">";
  for (std::size_t arm = 0; arm < item.answers.size(); ++arm) out += answer_card(model, item, arm, detail);
  return out + "</div>";
}

std::string item_block(const ReportModel& model, const ItemRow& item) {
  const std::string question = question_text(item);
  std::string body = item.question.size() > 1 ? chat(item.question) : "";
  body += reference_words(item.reference) + answers_side_by_side(model, item, Detail::all);
  if (!item.group.empty()) body += element("p", "soft small", "Group: " + escape(item.group));
  return "<details class=\"" + item_classes(model, item) + "\"><summary><span class=\"q\" dir=\"auto\">" +
         (question.empty() ? "<span class=\"empty\">(empty question)</span>"
                           : escape(cut(question, kMostEvidenceBytes))) +
         "</span>" + chips(model, item) + "</summary><div class=\"body\">" + body + "</div></details>\n";
}

std::string brief_line(const ReportModel& model, const ItemRow& item) {
  constexpr std::size_t kKeyDigits = 12;
  std::string out = "<li class=\"" + item_classes(model, item) + "\">" +
                    escape(cut(question_text(item), kBriefQuestionBytes)) + " <span class=\"chips\">";
  for (std::size_t arm = 0; arm < item.answers.size(); ++arm) {
    const AnswerCell& cell = item.answers[arm];
    out += "<span>" + arm_tag(model, arm) + " " + score_words(cell) + " <code>" +
           escape(cell.sample_key.substr(0, kKeyDigits)) + "</code>";
    if (!cell.text.empty()) out += " " + element("q", "", escape(cell.text));
    out += "</span>";
  }
  return out + "</span></li>\n";
}

std::string every_answer(const ReportModel& model) {
  std::string out =
      "<section id=\"answers\"><h2>Every answer</h2>\n"
      "<p>Each line is a question; it opens to what every arm said, the verdict and its evidence.</p>\n";
  for (const auto& suite : model.suites) out += suite_answers(model, suite);
  return out + "</section>\n";
}

}  // namespace bakeoff::reports::html
