// JSONL files of questions and of every suite's items.
#include "harness/run/experiment.h"
#include "suites/suite.h"
#include "tests/fuzz/input.h"

namespace bakeoff::testing {

void fuzz_rows(std::string_view input) {
  static const InputFile file("rows.jsonl");
  const auto questions = run::read_questions(file.write(input));
  if (!questions.ok()) require_reason(questions.error());
  for (const suites::SuiteEntry& entry : suites::all_suites()) {
    const auto suite = entry.create({.fields = {{"items", "rows.jsonl"}}, .folder = file.folder(), .where = "fuzz"});
    if (suite.ok())
      require(!(*suite)->items().empty(), "a suite has items");
    else
      require_reason(suite.error());
  }
}

}  // namespace bakeoff::testing
