// Suite `svamp`: one-step problems, varied so that wording alone does not give the answer away.
//
// Protocol: Patel et al. 2021 (arXiv:2103.07191); items: SVAMP.json of arkilpatel/SVAMP (MIT, 1,000 rows
// {"ID", "Body", "Question", "Equation", "Answer", "Type"}); question is Body and Question with a space between.
// `subset: validation` is the last fifth, which the authors of prompt baking tested on. Grading, few-shot forms and
// configuration: math_suite.h.
//
// Worked example: "76 - 25 = 51 dollars." to chal-1 -> flexible 1, strict 0, anywhere 1, last_sentence 1.
#include <cmath>

#include "suites/math_suite.h"

namespace bakeoff::suites {

namespace {

Result<MathProblem> problem_of(const Json& json, const std::string& where) {
  ObjectReader row(json, where);
  const auto id = row.required<std::string>("ID");
  const auto body = row.required<std::string>("Body"), question = row.required<std::string>("Question");
  const auto equation = row.required<std::string>("Equation");
  const auto answer = row.required<double>("Answer");
  row.raw("Type");
  BAKEOFF_CHECK(row.finish());
  if (answer != std::trunc(answer) || std::abs(answer) > 1e15)
    return input_error("expected a whole number, found " + dump(json["Answer"]), where + ".Answer");
  const std::string x = std::to_string(static_cast<long long>(answer));
  return MathProblem{.id = id,
                     .question = body + " " + question,
                     .solution = equation + " = " + x + ". The answer is " + x + ".",
                     .answer = x,
                     .check = {{"judge", "numeric"}, {"answer", x}}};
}

}  // namespace

Result<std::unique_ptr<Suite>> create_svamp(const SuiteConfig& config) {
  static constexpr MathSet kSet{.name = "svamp",
                                .source = "arXiv:2103.07191, arkilpatel/SVAMP",
                                .licence = "MIT",
                                .pulled = "svamp/SVAMP.json",
                                .read = [](const Path& file) { return read_problems(file, problem_of); },
                                .has_splits = true};
  return create_math_suite(kSet, config);
}

}  // namespace bakeoff::suites
