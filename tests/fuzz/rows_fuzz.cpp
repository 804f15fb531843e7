// JSONL files of questions and of every suite's items, and the judging of answers to these.
#include "harness/run/experiment.h"
#include "suites/suite.h"
#include "tests/fuzz/input.h"

namespace bakeoff::testing {
namespace {

void check(const suites::Suite& suite) {
  require(!suite.items().empty(), "a suite has items");
  Sample sample;
  for (const char* answer : {"", "Rome, or 4.", "\xff Nora Vance"})
    for (const Item& item : suite.items()) {
      sample.completion.text = answer;
      const Verdict verdict = suite.judge(item, sample);
      require(verdict.score.has_value() == verdict.unscored.empty(), "a verdict has a score or a reason");
      require(!verdict.score || (*verdict.score >= 0 && *verdict.score <= 1), "a score is from 0 to 1");
    }
}

Json fields_of(std::string_view suite) {
  if (suite == "style") return {{"items", "rows.jsonl"}, {"pattern", "(?i)r"}};
  return {{"items", "rows.jsonl"}};
}

}  // namespace

void fuzz_rows(std::string_view input) {
  static const InputFile file("rows.jsonl");
  const auto questions = run::read_questions(file.write(input));
  if (!questions.ok()) require_reason(questions.error());
  for (const suites::SuiteEntry& entry : suites::all_suites()) {
    const auto suite = entry.create({.fields = fields_of(entry.name), .folder = file.folder(), .where = "fuzz"});
    if (suite.ok())
      check(**suite);
    else
      require_reason(suite.error());
  }
}

}  // namespace bakeoff::testing
