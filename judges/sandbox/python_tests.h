// Tests of model-written Python: the sample's code in one sandboxed process, its tests in another (driver.py).
//
//   BAKEOFF_TRY(const auto python, PythonTests::open(Protection::sandbox));
//   const Verdict verdict = python->judge({.code = "def add(a, b):\n    return a + b\n",
//                                          .names = {"add"}, .tests = {"assert add(2, 3) == 5"}});
//
// What a sample can do about its verdict is to give the right values: tests, expected values, a random token and the
// descriptor of the result are in a process that it can not reach, and only builtin literals cross. Known cheats, each
// with its test, and what remains: docs/sandbox.md.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/core/evaluation.h"
#include "judges/sandbox/sandbox.h"

namespace bakeoff::judges {

struct PythonTask {
  std::string code;                ///< the sample, whole
  std::vector<std::string> names;  ///< what it is to define; the tests call it by these, the last is also `candidate`
  std::string setup;               ///< run before the tests, beside them
  std::string check;               ///< text of a function check(candidate), as HumanEval has it; may be empty
  std::vector<std::string> tests;  ///< statements, each a test
  SandboxLimits limits;
};

/// How the tests of one sample ended.
struct TestReport {
  std::string
      outcome;  ///< "passed", "failed", "error", "does not load", "ended early", "out of memory", or name_of(Ending)
  std::string detail;              ///< the first failing test, or the error
  std::vector<std::string> tests;  ///< outcome of each that ran: "passed", "failed", "error", "memory", "died"
  bool passed() const { return outcome == "passed"; }
};

/// Immutable; any thread.
class PythonTests {
 public:
  /// Finds the interpreter and runs it once inside. An error names the missing part: then nothing is to be run.
  static Result<std::shared_ptr<const PythonTests>> open(Protection protection);

  /// An error is ours.
  Result<TestReport> run(const PythonTask& task) const;

  /// Score 1 where all tests passed; metrics `passed` and `tests`, the share of tests that passed. Whatever the sample
  /// brought upon itself (time, memory, a refused call) scores 0 and is named in the evidence; our failures are
  /// unscored.
  Verdict judge(const PythonTask& task) const;

  /// Runs a script of ours in the interpreter, inside; For self-tests.
  Result<SandboxOutcome> run_script(const std::string& script, const SandboxLimits& limits) const;

  /// "3.11.2": part of the version of what it judges.
  const std::string& version() const { return version_; }
  /// What decides a verdict apart from the task, for a suite's digest.
  Json identity() const;

 private:
  PythonTests() = default;
  SandboxedJob job(std::string script, std::string input) const;

  std::shared_ptr<const Sandbox> sandbox_;
  std::vector<Path> view_;
  std::string interpreter_, version_;
};

}  // namespace bakeoff::judges
