// Suite `humaneval`: 164 Python functions to complete, each with hidden tests.
//
// Source: Chen et al. 2021, arXiv:2107.03374; data and executor openai/human-eval@6d43fb9 (MIT): HumanEval.jsonl.gz
// with task_id, prompt, canonical_solution, test, entry_point. Score: pass@1, all of check()'s assertions hold.
//
// Where we differ from that executor: sample and tests run in two processes, and only literals cross (an answer whose
// class overrides __eq__ gains nothing); 3 s are of CPU time, not of the clock, so that a busy machine does not
// fail a sample; each statement of check() is a test of its own (metric `tests`). The verdicts of two models' 328
// published samples are reproduced, task by task.
//
// Configuration: {name: humaneval, prompting: chat | completion}; `items: FILE` instead of the pulled set. A completion
// ends at the paper's stop sequences (section 3.1: class, def, #, if, print at the start of a line).
//
// Worked example, HumanEval/53 ("def add(x: int, y: int): ..."): "    return x + y\n" -> passed 1;
// "    return x - y\n" -> passed 0, outcome "failed"; "    while True: pass\n" -> passed 0, outcome "timeout".
#include "suites/code_suite.h"
#include "suites/item_file.h"

namespace bakeoff::suites {

namespace {

Result<CodeTask> read_task(const Json& json, const std::string& where) {
  ObjectReader row(json, where);
  CodeTask task;
  task.id = row.required<std::string>("task_id");
  task.start = row.required<std::string>("prompt");
  task.tests.check = row.required<std::string>("test");
  task.tests.names = {row.required<std::string>("entry_point")};
  task.solution = row.optional("canonical_solution", "");
  BAKEOFF_CHECK(row.finish());
  // The prompt's helper functions are what some tests call. Its own function has a docstring, or nothing, as body.
  task.tests.setup = task.start + "\n    pass\n";
  task.question =
      "Complete this Python function. Answer with the whole function in one ```python block.\n\n```python\n" +
      task.start + "```";
  return task;
}

}  // namespace

Result<std::unique_ptr<Suite>> create_humaneval(const SuiteConfig& config) {
  ObjectReader fields(config.fields, config.where);
  const auto given = fields.optional("items", "");
  CodeOptions options = read_code_options(fields);
  BAKEOFF_CHECK(fields.finish());
  options.stop = {"\nclass", "\ndef", "\n#", "\nif", "\nprint"};
  BAKEOFF_TRY(const Path file, item_path(config, given, "humaneval/HumanEval.jsonl.gz"));
  BAKEOFF_TRY(std::vector<CodeTask> tasks, read_code_tasks(file, read_task));
  return make_code_suite({.name = "humaneval",
                          .version = "1",
                          .source = "arXiv:2107.03374, openai/human-eval@6d43fb9",
                          .licence = "MIT",
                          .metrics = {},
                          .digest = "",
                          .cost = "150 prompt tokens and at most 512 answer tokens; judged in a sandbox"},
                         std::move(tasks), options, Json::object());
}

}  // namespace bakeoff::suites
