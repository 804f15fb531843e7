// Suite `gsm8k`: school problems of two to eight steps.
//
// Protocol: Cobbe et al. 2021 (arXiv:2110.14168); items: test.jsonl of openai/grade-school-math (MIT, 1,319 rows
// {"question", "answer": "... <<48/2=24>> ... #### 18"}). Grading, few-shot forms and configuration: math_suite.h.
// The id of a row is its number in the file, from 0, as lm-evaluation-harness counts its documents.
//
// Worked example: "She makes 9 * 2 = $18. The answer is 18." to the first row -> flexible 1, strict 1, stated 1.
//
// Whether a prompt moves the default model (135M parameters) here has not been measured; a score near 0 can show no
// loss. `arithmetic` states measured levels.
#include "suites/math_suite.h"

namespace bakeoff::suites {

namespace {

/// The steps without calculator marks, and the answer in words.
std::string solution_of(const std::string& answer, std::size_t mark, const std::string& x) {
  std::string steps = answer.substr(0, mark);
  for (std::size_t open; (open = steps.find("<<")) != steps.npos;) {
    const std::size_t close = steps.find(">>", open);
    if (close == steps.npos) break;
    steps.erase(open, close + 2 - open);
  }
  while (!steps.empty() && steps.back() == '\n') steps.pop_back();
  return steps + "\nThe answer is " + x + ".";
}

Result<std::vector<MathProblem>> read(const Path& file) {
  int count = 0;
  return read_problems(file, [&](const Json& json, const std::string& where) -> Result<MathProblem> {
    ObjectReader row(json, where);
    const auto question = row.required<std::string>("question");
    const auto answer = row.required<std::string>("answer");
    BAKEOFF_CHECK(row.finish());
    const std::size_t mark = answer.rfind("#### ");
    if (mark == answer.npos) return input_error("the answer has no line \"#### NUMBER\"", where + ".answer");
    std::string x = answer.substr(mark + 5);
    return MathProblem{.id = std::to_string(count++),
                       .question = question,
                       .solution = solution_of(answer, mark, x),
                       .answer = x,
                       .check = {{"judge", "numeric"}, {"answer", x}}};
  });
}

}  // namespace

Result<std::unique_ptr<Suite>> create_gsm8k(const SuiteConfig& config) {
  static constexpr MathSet kSet{.name = "gsm8k",
                                .source = "arXiv:2110.14168, openai/grade-school-math",
                                .licence = "MIT",
                                .pulled = "gsm8k/test.jsonl",
                                .read = read};
  return create_math_suite(kSet, config);
}

}  // namespace bakeoff::suites
