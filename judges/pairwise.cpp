// Reading the verdicts of judges, and joining both orders.
//
// Where we differ from the sources:
//  - letters: FastChat takes "[[A]]" wherever it stands, though "[[B]]" may stand there too. Two different verdicts in
//    one text are none.
//  - scores: Vicuna's reader takes the first line alone and leaves the rest to be mended by hand. We also read a pair
//    on the last line, FastChat's "[[8, 9]]", and lines "Assistant 1: 8": the mended rows of QLoRA's reviews. Scores
//    that differ by at most 0.1 are a tie (FastChat's TIE_DELTA).
//  - outputs: LLMBar looks for "Output (a)" before "Output (b)". We take the last "Output (x) is better", else the one
//    that the text names, if it names only one.
//
// Sources: letters, fastchat/llm_judge/common.py and data/judge_prompts.jsonl ("pair-v2", Apache-2.0) of
// lm-sys/FastChat at 0e6d3e4beaab; number and scores, eval/eval_gpt_review.py of artidoro/qlora at 7f4e95a68dc0 (MIT);
// outputs, LLMEvaluator/evaluate.py of princeton-nlp/LLMBar at 900616bff90b (MIT). From them come the layout, the
// answers between marks and the verdict at its place, and how a verdict is written; the words of the prompts are ours.
#include "judges/pairwise.h"

#include <charconv>
#include <cmath>
#include <set>
#include <vector>

#include "harness/core/json.h"
#include "judges/pattern.h"

namespace bakeoff::judges {

namespace {

constexpr double kTieDelta = 0.1 + 1e-9;

/// The groups 1.. of every match. A pattern beyond its limits has no matches: the text is then unscored.
std::vector<std::vector<std::string>> all_matches(std::string_view text, const char* expression) {
  std::vector<std::vector<std::string>> found;
  const auto pattern = Pattern::cached(expression, {});
  if (!pattern.ok()) return found;
  for (std::size_t from = 0; from <= text.size();) {
    const auto match = (*pattern)->find(text, from);
    if (!match.ok() || !*match) break;
    std::vector<std::string>& groups = found.emplace_back();
    for (std::size_t i = 1; i < (*match)->groups.size(); ++i)
      groups.emplace_back((*match)->groups[i].value_or(std::string_view()));
    from = std::max((*match)->end, from + 1);
  }
  return found;
}

std::string_view trimmed(std::string_view text, const char* around = " \t\r\n") {
  const auto begin = text.find_first_not_of(around);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(around) - begin + 1);
}

std::string_view last_line(std::string_view text) {
  text = trimmed(text);
  const auto end = text.find_last_of('\n');
  return trimmed(end == text.npos ? text : text.substr(end + 1));
}

Reading unread(std::string reason) { return {std::nullopt, std::nullopt, std::move(reason)}; }

Reading read_letters(std::string_view text) {
  std::set<std::string> verdicts;
  for (const auto& groups : all_matches(text, R"(\[\[([ABC])\]\])")) verdicts.insert(groups[0]);
  if (verdicts.empty()) return unread("the text has no [[A]], [[B]] or [[C]]");
  if (verdicts.size() > 1) return unread("the text states more than one verdict");
  const char letter = verdicts.begin()->front();
  return {letter == 'A' ? Winner::first : letter == 'B' ? Winner::second : Winner::tie, std::nullopt, ""};
}

Reading read_number(std::string_view text) {
  const std::string_view line = trimmed(last_line(text), "*\"'`. ");
  if (line == "1") return {Winner::first, std::nullopt, ""};
  if (line == "2") return {Winner::second, std::nullopt, ""};
  if (line == "3") return {Winner::tie, std::nullopt, ""};
  return unread("the last line is none of 1, 2 and 3");
}

double number(const std::string& digits) {
  double value = std::nan("");
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

/// The two numbers, as they are written, of the first place that may hold them.
std::optional<std::pair<std::string, std::string>> stated_scores(std::string_view text) {
  const std::string_view whole = trimmed(text);
  const std::string_view first_line = trimmed(whole.substr(0, whole.find('\n')));
  if (const auto pair = all_matches(first_line, R"(^(\d+(?:\.\d+)?)(?:\s*,\s*|\s+)(\d+(?:\.\d+)?)$)"); !pair.empty())
    return std::pair(pair[0][0], pair[0][1]);
  constexpr const char* kPair = R"([\[(](\d+(?:\.\d+)?)\s*,\s*(\d+(?:\.\d+)?)[\])])";
  if (const auto pairs = all_matches(last_line(text), kPair); !pairs.empty())
    return std::pair(pairs.back()[0], pairs.back()[1]);
  if (const auto pairs = all_matches(text, R"(\[\[(\d+(?:\.\d+)?)\s*,\s*(\d+(?:\.\d+)?)\]\])"); !pairs.empty())
    return std::pair(pairs.back()[0], pairs.back()[1]);
  const auto first = all_matches(text, R"((?mi)^\W*assistant (?:1|A)\W*:\W*(\d+(?:\.\d+)?)(?:/10)?[ \t.*]*$)");
  const auto second = all_matches(text, R"((?mi)^\W*assistant (?:2|B)\W*:\W*(\d+(?:\.\d+)?)(?:/10)?[ \t.*]*$)");
  if (first.empty() || second.empty()) return std::nullopt;
  return std::pair(first.back()[0], second.back()[0]);
}

Reading read_scores(std::string_view text) {
  const auto stated = stated_scores(text);
  if (!stated) return unread("the text states no two scores");
  const double first = number(stated->first), second = number(stated->second);
  if (!(first <= 10 && second <= 10)) return unread("a score is above 10");
  Reading reading{Winner::tie, std::pair(first, second), ""};
  if (std::abs(first - second) > kTieDelta) reading.winner = first > second ? Winner::first : Winner::second;
  return reading;
}

Reading read_outputs(std::string_view text) {
  const auto winner_of = [](const std::string& letter) {
    return Reading{letter == "a" || letter == "A" ? Winner::first : Winner::second, std::nullopt, ""};
  };
  const auto better = all_matches(text, R"((?i)\boutput \(([ab])\) is (?:the )?better\b)");
  if (!better.empty()) return winner_of(better.back()[0]);
  const auto named = all_matches(text, R"((?i)\boutput \(([ab])\))");
  if (named.empty()) return unread("the text names neither Output (a) nor Output (b)");
  for (const auto& groups : named)
    if (winner_of(groups[0]).winner != winner_of(named[0][0]).winner)
      return unread("the text names both outputs and says of none that it is better");
  return winner_of(named[0][0]);
}

/// The last JSON object in the text.
std::optional<Json> last_object(std::string_view text) {
  constexpr int kMostTries = 64;
  const auto close = text.rfind('}');
  auto open = close == text.npos ? close : text.rfind('{', close);
  for (int tries = 0; open != text.npos && tries < kMostTries; ++tries) {
    if (auto object = parse_json(text.substr(open, close - open + 1), "verdict"); object.ok()) return *object;
    open = open == 0 ? text.npos : text.rfind('{', open - 1);
  }
  return std::nullopt;
}

Reading read_json(std::string_view text) {
  const auto object = last_object(text);
  if (!object) return unread("the text has no JSON object");
  const Json winner = object->value("winner", Json());
  if (winner == "A") return {Winner::first, std::nullopt, ""};
  if (winner == "B") return {Winner::second, std::nullopt, ""};
  if (winner == "tie") return {Winner::tie, std::nullopt, ""};
  return unread("\"winner\" is none of \"A\", \"B\" and \"tie\"");
}

/// The place that an answer's win has in the other order.
std::optional<Winner> other_place(std::optional<Winner> winner) {
  if (!winner || *winner == Winner::tie) return winner;
  return *winner == Winner::first ? Winner::second : Winner::first;
}

constexpr ComparisonForm kForms[] = {
    {"letters", "1", "reasons, then [[A]], [[B]] or [[C]] for a tie (MT-bench)", "Assistant A", "Assistant B",
     "Compare the two answers in a few sentences first. Then end with your verdict in exactly this form: \"[[A]]\" if "
     "assistant A answers better, \"[[B]]\" if assistant B does, \"[[C]]\" if neither is better.",
     read_letters},
    {"number", "1", "reasons, then 1, 2 or 3 alone on the last line (QLoRA)", "Assistant 1", "Assistant 2",
     "Explain your comparison first. Then write on a last line of its own nothing but a number: 1 if assistant 1 "
     "answers "
     "better, 2 if assistant 2 does, 3 if they are equally good.",
     read_number},
    {"scores", "1", "two scores from 1 to 10 on the first line, then reasons (Vicuna)", "Assistant 1", "Assistant 2",
     "Give each assistant a score from 1 to 10, higher for a better answer. The first line holds only the two scores, "
     "that of assistant 1 and that of assistant 2, with a space between. Explain them on the lines after it.",
     read_scores},
    {"outputs", "1", "nothing but \"Output (a)\" or \"Output (b)\"; no ties (LLMBar)", "Output (a)", "Output (b)",
     "Say which output carries out the instruction better. Answer with nothing but \"Output (a)\" or \"Output (b)\".",
     read_outputs},
    {"json", "1", "a JSON object with reason and winner", "Assistant A", "Assistant B",
     "Answer with one JSON object and nothing else: {\"reason\": \"...\", \"winner\": \"A\"}, where winner is \"A\", "
     "\"B\" "
     "or \"tie\".",
     read_json},
};

constexpr const char* kTask =
    "You compare two answers to the same request and judge impartially which is better. What counts is whether the "
    "request is followed, then whether the answer is right, useful and clear. Neither the order in which the answers "
    "are "
    "shown, nor their length, nor the names of the assistants may count. ";

std::string section(const std::string& title, const std::string& text) {
  return "[Start of " + title + "]\n" + text + "\n[End of " + title + "]\n\n";
}

}  // namespace

std::span<const ComparisonForm> all_comparison_forms() { return kForms; }

Result<const ComparisonForm*> find_comparison_form(std::string_view name) {
  std::string known;
  for (const ComparisonForm& form : kForms) {
    if (name == form.name) return &form;
    known += (known.empty() ? "" : ", ") + std::string(form.name);
  }
  return input_error("no form of verdict is called \"" + std::string(name) + "\"", "", "known: " + known);
}

Conversation comparison_messages(const ComparisonForm& form, const Comparison& comparison) {
  std::string shown = section("the request", comparison.question);
  if (!comparison.reference.empty()) shown += section("a right answer, for reference", comparison.reference);
  const auto owner = [](const char* label) {
    return std::string(label).starts_with("Output") ? std::string(label) : std::string(label) + "'s answer";
  };
  shown += section(owner(form.first_label), comparison.first_answer);
  shown += section(owner(form.second_label), comparison.second_answer);
  shown.resize(shown.size() - 2);  // the last blank line
  return {{"system", std::string(kTask) + form.verdict_request}, {"user", shown}};
}

PairOutcome combine(const Reading& shown, const Reading& swapped) {
  if (!shown.winner) return {std::nullopt, false, "in the first order " + shown.reason};
  if (!swapped.winner) return {std::nullopt, false, "in the second order " + swapped.reason};
  const auto again = other_place(swapped.winner);
  if (shown.winner == again) return {again, true, ""};
  return {Winner::tie, false, ""};
}

const char* name_of(Winner winner) {
  return winner == Winner::first ? "first" : winner == Winner::second ? "second" : "tie";
}

}  // namespace bakeoff::judges
