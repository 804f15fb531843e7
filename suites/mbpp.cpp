// Suite `mbpp`: 974 short Python problems, each with three assertions.
//
// Source: Austin et al. 2021, arXiv:2108.07732; data google-research/mbpp (CC-BY-4.0): mbpp.jsonl with text, code,
// task_id, test_setup_code, test_list, challenge_test_list, or sanitized-mbpp.json with prompt and test_imports in
// place of text and test_setup_code. The paper's test split is ids 11 to 510: `split: test` (default) or `all`. The
// question shows the assertions, as the paper's prompt does (section 3: without them the name to define is unknown):
//   "You are an expert Python programmer, and here is your task: {text} Your code should pass these tests:\n\n{tests}"
// A completion starts after that text and "[BEGIN]" and ends at "[DONE]". The paper's three worked examples are not put
// before it: give them as the arm's prompt.
//
// Worked example, id 2: "def similar_elements(a, b):\n    return tuple(set(a) & set(b))" -> passed 1, tests 1.
// A sample's own classes may be what a test hands over (`max_chain_length([Pair(5, 24)], 1)`): they stay with the
// sample and cross as numbers.
#include "judges/pattern.h"
#include "suites/code_suite.h"
#include "suites/item_file.h"

namespace bakeoff::suites {

namespace {

constexpr int kFirstTest = 11, kLastTest = 510;

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

/// What the reference solution defines at its top level; last the longest name that the first test has.
Result<std::vector<std::string>> defined_names(const std::string& code, const std::string& test,
                                               const std::string& where) {
  BAKEOFF_TRY(const auto pattern, judges::Pattern::cached(R"((?m)^(?:def|class)\s+(\w+))", {}));
  std::vector<std::string> names;
  std::string called;
  for (std::size_t from = 0;;) {
    BAKEOFF_TRY(const auto found, pattern->find(code, from));
    if (!found) break;
    from = found->end;
    names.emplace_back(found->groups[1].value_or(""));
    if (names.back().size() > called.size() && test.find(names.back()) != test.npos) called = names.back();
  }
  if (called.empty()) return input_error("the first test calls nothing that the solution defines", where);
  names.push_back(called);
  return names;
}

Result<CodeTask> read_task(const Json& json, const std::string& where) {
  ObjectReader row(json, where);
  CodeTask task;
  task.id = std::to_string(row.required<int>("task_id"));
  const std::string text = row.required<std::string>(row.has("text") ? "text" : "prompt");
  task.tests.tests = row.required<std::vector<std::string>>("test_list");
  task.solution = row.required<std::string>("code");
  task.tests.setup =
      joined(row.optional("test_imports", std::vector<std::string>())) + row.optional("test_setup_code", "");
  row.optional("challenge_test_list", std::vector<std::string>());
  row.optional("source_file", "");
  BAKEOFF_CHECK(row.finish());
  if (task.tests.tests.empty()) return input_error("no tests", where + ".test_list");
  BAKEOFF_TRY(task.tests.names, defined_names(task.solution, task.tests.tests[0], where));
  task.question = "You are an expert Python programmer, and here is your task: " + text +
                  " Your code should pass these tests:\n\n" + joined(task.tests.tests);
  return task;
}

bool in_test_split(const CodeTask& task) {
  const int number = std::stoi(task.id);
  return number >= kFirstTest && number <= kLastTest;
}

}  // namespace

Result<std::unique_ptr<Suite>> create_mbpp(const SuiteConfig& config) {
  ObjectReader fields(config.fields, config.where);
  const auto given = fields.optional("items", "");
  const bool all = fields.one_of("split", "test", {"test", "all"}) == "all";
  CodeOptions options = read_code_options(fields);
  BAKEOFF_CHECK(fields.finish());
  options.stop = {"[DONE]"};
  BAKEOFF_TRY(const Path file, item_path(config, given, "mbpp/mbpp.jsonl"));
  BAKEOFF_TRY(std::vector<CodeTask> tasks, read_code_tasks(file, read_task));
  if (!all) std::erase_if(tasks, [](const CodeTask& task) { return !in_test_split(task); });
  if (tasks.empty()) return input_error("no items of the test split", file.string(), "split: all takes every id");
  return make_code_suite({.name = "mbpp",
                          .version = "1",
                          .source = "arXiv:2108.07732, google-research/mbpp",
                          .licence = "CC-BY-4.0",
                          .metrics = {},
                          .digest = "",
                          .cost = "130 prompt tokens and at most 512 answer tokens; judged in a sandbox"},
                         std::move(tasks), options, Json::object());
}

}  // namespace bakeoff::suites
