// Suite `asdiv`: 2,305 problems of six school grades.
//
// Protocol: Miao et al. 2020 (arXiv:2106.15772); items: ASDiv.xml of chaochun/nlu-asdiv-dataset, whose licence is
// CC-BY-NC-4.0: it may not be used commercially. An answer "9 (apples)" is graded as 9. The few that are no single
// number (names, times, ratios, several numbers) are right when each part stands in the answer; they have no `strict`.
// `subset: validation` is the last fifth, which the authors of prompt baking tested on. Grading, few-shot forms and
// configuration: math_suite.h.
//
// Worked example: "7 + 2 = 9 apples." to nluds-0001 -> flexible 1, strict 0, anywhere 1, last_sentence 1.
//
// The reader takes the elements that the file has and no other XML: no nesting inside them, no CDATA, no own entities.
#include <algorithm>
#include <array>

#include "harness/core/row_file.h"
#include "suites/judge_spec.h"
#include "suites/math_suite.h"

namespace bakeoff::suites {

namespace {

/// Text with the five entities of XML in plain characters, without white space at its ends.
std::string plain(std::string_view raw) {
  static constexpr std::array<std::pair<std::string_view, char>, 5> kEntities{
      {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}}};
  std::string text;
  while (!raw.empty()) {
    const auto entity =
        std::find_if(kEntities.begin(), kEntities.end(), [&](const auto& one) { return raw.starts_with(one.first); });
    text += entity == kEntities.end() ? raw[0] : entity->second;
    raw.remove_prefix(entity == kEntities.end() ? 1 : entity->first.size());
  }
  const auto begin = text.find_first_not_of(" \t\r\n"), end = text.find_last_not_of(" \t\r\n");
  return begin == text.npos ? "" : text.substr(begin, end - begin + 1);
}

/// What stands between two marks; nothing where one of them is missing.
std::optional<std::string_view> between(std::string_view text, const std::string& open, const std::string& close) {
  const std::size_t begin = text.find(open);
  if (begin == text.npos) return std::nullopt;
  const std::size_t end = text.find(close, begin + open.size());
  if (end == text.npos) return std::nullopt;
  return text.substr(begin + open.size(), end - begin - open.size());
}

/// "9 (apples)" -> 9; "6 (red); 4 (blue)" -> both.
Json check_of(const std::string& answer) {
  Json parts = Json::array();
  for (std::size_t at = 0; at <= answer.size();) {
    const std::size_t end = std::min(answer.find(';', at), answer.size());
    std::string part = answer.substr(at, end - at);
    part = plain(part.substr(0, part.find(" (")));
    if (!part.empty()) parts.push_back(part);
    at = end + 1;
  }
  const Json numeric{{"judge", "numeric"}, {"answer", parts.empty() ? Json() : parts[0]}};
  if (parts.size() == 1 && check_judge_spec(numeric, "").ok()) return numeric;
  return {{"judge", "contains"}, {"all", parts}};
}

Result<MathProblem> problem_of(std::string_view element, const std::string& where) {
  const auto id = between(element, "ID=\"", "\"");
  const auto body = between(element, "<Body>", "</Body>"), question = between(element, "<Question>", "</Question>");
  const auto answer = between(element, "<Answer>", "</Answer>"), formula = between(element, "<Formula>", "</Formula>");
  if (!id || !body || !question || !answer || !formula)
    return input_error("a problem needs ID, Body, Question, Answer and Formula", where);
  const std::string given = plain(*answer), x = given.substr(0, given.find(' '));
  MathProblem problem{.id = plain(*id),
                      .question = plain(*body) + " " + plain(*question),
                      .solution = plain(*formula) + ". The answer is " + x + ".",
                      .answer = x,
                      .check = check_of(given)};
  BAKEOFF_CHECK(check_judge_spec(problem.check, where));
  return problem;
}

Result<std::vector<MathProblem>> read(const Path& file) {
  BAKEOFF_TRY(const std::string text, read_text_file(file));
  std::vector<MathProblem> problems;
  std::size_t line = 1, counted = 0;
  for (std::size_t at = 0; (at = text.find("<Problem ", at)) != text.npos;) {
    line += static_cast<std::size_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(counted),
                                                text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    counted = at;
    const std::string where = file.string() + ":" + std::to_string(line);
    const std::size_t end = text.find("</Problem>", at);
    if (end == text.npos) return input_error("the problem does not end", where, "fetch the file again");
    BAKEOFF_TRY(MathProblem problem, problem_of(std::string_view(text).substr(at, end - at), where));
    problems.push_back(std::move(problem));
    at = end;
  }
  if (problems.empty()) return input_error("no <Problem> elements", file.string(), "expected ASDiv.xml");
  return problems;
}

}  // namespace

Result<std::unique_ptr<Suite>> create_asdiv(const SuiteConfig& config) {
  static constexpr MathSet kSet{.name = "asdiv",
                                .source = "arXiv:2106.15772, chaochun/nlu-asdiv-dataset",
                                .licence = "CC-BY-NC-4.0 (not for commercial use)",
                                .pulled = "asdiv/ASDiv.xml",
                                .read = read,
                                .has_splits = true};
  return create_math_suite(kSet, config);
}

}  // namespace bakeoff::suites
