// What is sent to driver.py and what its result means; see python_tests.h.
#include "judges/sandbox/python_tests.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <random>

#include "harness/core/json.h"

namespace bakeoff::judges {

extern const char* const kPythonDriver;

namespace {

constexpr const char* kVersion = "1";  // of the driver: change it when a verdict could change
constexpr const char* kNoSandbox = "unsafe: no sandbox";

/// Where the dynamic linker finds what an interpreter needs, beside its own folder.
std::vector<Path> library_folders() {
  std::vector<Path> there;
  std::error_code ignored;
  for (const char* folder : {"/lib", "/lib64", "/usr/lib", "/usr/lib64"})
    if (std::filesystem::is_directory(folder, ignored)) there.emplace_back(folder);
  return there;
}

/// $BAKEOFF_PYTHON, else the system's. Not the first in PATH: that may be a script, or lie where user 65534 can not
/// read.
Result<std::string> find_interpreter() {
  const char* given = std::getenv("BAKEOFF_PYTHON");
  std::error_code ignored;
  for (const char* place : {given ? given : "/usr/bin/python3", "/usr/local/bin/python3"}) {
    const Path real = std::filesystem::canonical(place, ignored);
    if (!ignored) return real.string();
    if (given) break;
  }
  return infrastructure_error("there is no Python to run samples with", given ? given : "/usr/bin/python3",
                              "apt-get install python3 (3.11 or newer), or set BAKEOFF_PYTHON");
}

void add_frame(std::string& input, const std::string& content) {
  input += std::to_string(content.size()) + "\n" + content;
}

std::string input_of(const PythonTask& task, const std::string& token) {
  std::string input, names;
  for (const std::string& name : task.names) names += name + " ";
  for (const std::string* frame : {&task.code, &token, &std::as_const(names), &task.setup, &task.check})
    add_frame(input, *frame);
  add_frame(input, std::to_string(task.tests.size()));
  for (const std::string& test : task.tests) add_frame(input, test);
  return input;
}

std::string random_token() {
  std::random_device source;
  std::string token;
  for (int i = 0; i < 4; ++i) token += std::to_string(source());
  return token;
}

std::string outcome_of_death(int signal, bool cpu_spent) {
  if (signal == SIGXCPU || (signal == SIGKILL && cpu_spent)) return name_of(Ending::timeout);
  if (signal == SIGSYS) return name_of(Ending::refused_call);
  return signal > 0 ? name_of(Ending::killed) : "ended early";
}

/// The outcome of the first test that did not pass names the whole.
std::string outcome_of(const Json& result, const std::vector<std::string>& tests, int cpu_limit) {
  const auto first = std::find_if(tests.begin(), tests.end(), [](const std::string& test) { return test != "passed"; });
  const std::string kind = first == tests.end() ? "" : *first;
  if (kind == "memory") return "out of memory";
  if (const int died = result.value("died", 0); died != 0)
    return outcome_of_death(died, result.value("cpu_seconds", 0.0) >= cpu_limit);
  if (!result.value("error", "").empty()) return "does not load";
  return tests.empty() ? "no tests" : kind.empty() ? "passed" : kind;
}

Result<TestReport> read_result(const SandboxOutcome& outcome, const std::string& token, int cpu_limit) {
  const auto parsed = parse_json(outcome.result, "driver");
  if (!parsed.ok() || !parsed->is_object() || parsed->value("token", "") != token || !parsed->contains("tests"))
    return infrastructure_error("the tests gave no result: " + to_valid_utf8(outcome.errors.substr(0, 300)), "sandbox",
                                "this is a fault of the tests or of Bakeoff, not of the sample");
  TestReport report;
  report.detail = parsed->value("error", "");
  for (const Json& test : parsed->at("tests")) {
    report.tests.push_back(test.at(0).get<std::string>());
    if (report.tests.back() != "passed" && report.detail.empty()) report.detail = test.at(1).get<std::string>();
  }
  report.outcome = outcome_of(*parsed, report.tests, cpu_limit);
  return report;
}

}  // namespace

Result<std::shared_ptr<const PythonTests>> PythonTests::open(Protection protection) {
  std::shared_ptr<PythonTests> python(new PythonTests);
  BAKEOFF_TRY(python->sandbox_, Sandbox::open(protection));
  BAKEOFF_TRY(python->interpreter_, find_interpreter());
  python->view_ = library_folders();
  python->view_.emplace_back(python->interpreter_);
  const Path own =
      Path(python->interpreter_).parent_path().parent_path() / "lib";  // standard library of other prefixes
  std::error_code ignored;
  if (own != "/usr/lib" && std::filesystem::is_directory(own, ignored)) python->view_.push_back(own);
  const SandboxedJob probe = python->job("import sys; print('%d.%d.%d' % sys.version_info[:3])", "");
  BAKEOFF_TRY(const SandboxOutcome outcome, python->sandbox_->run(probe));
  python->version_ = outcome.output.substr(0, outcome.output.find('\n'));
  if (outcome.ending == Ending::exited && outcome.status == 0 && !python->version_.empty())
    return std::shared_ptr<const PythonTests>(std::move(python));
  const std::string last = outcome.errors.empty() ? name_of(outcome.ending) : to_valid_utf8(outcome.errors);
  return infrastructure_error("the interpreter does not run in the sandbox: " + last, python->interpreter_,
                              "it must be Python 3.11 or newer that every user can read; set BAKEOFF_PYTHON");
}

SandboxedJob PythonTests::job(std::string script, std::string input) const {
  SandboxedJob job;
  // -P -s -S and an environment of our own are what -I means, but leave the hash seed to us.
  job.command = {interpreter_, "-P", "-s", "-S", "-B", "-c", std::move(script)};
  job.environment = {"PYTHONHASHSEED=0"};
  job.view = view_;
  job.input = std::move(input);
  return job;
}

Result<SandboxOutcome> PythonTests::run_script(const std::string& script, const SandboxLimits& limits) const {
  SandboxedJob script_job = job(script, "");
  script_job.limits = limits;
  return sandbox_->run(script_job);
}

Json PythonTests::identity() const {
  return {{"driver", kVersion}, {"python", version_}, {"sandbox", sandbox_->description()}};
}

Result<TestReport> PythonTests::run(const PythonTask& task) const {
  const std::string token = random_token();
  SandboxedJob tests = job(kPythonDriver, input_of(task, token));
  tests.limits = task.limits;
  BAKEOFF_TRY(const SandboxOutcome outcome, sandbox_->run(tests));
  if (outcome.ending == Ending::exited) return read_result(outcome, token, task.limits.cpu_seconds);
  return TestReport{name_of(outcome.ending), "", {}};
}

Verdict PythonTests::judge(const PythonTask& task) const {
  const auto report = run(task);
  Json evidence = identity();
  if (!report.ok()) return Verdict::not_scored(report.error().line(), evidence);
  evidence["outcome"] = report->outcome;
  evidence["tests"] = report->tests;
  if (!report->detail.empty()) evidence["detail"] = report->detail;
  if (sandbox_->protection() == Protection::none) evidence["warning"] = kNoSandbox;
  const auto good = std::count(report->tests.begin(), report->tests.end(), "passed");
  const double share =
      report->tests.empty()
          ? 0
          : static_cast<double>(good) / static_cast<double>(std::max(task.tests.size(), report->tests.size()));
  const double passed = report->passed() ? 1 : 0;
  return Verdict::scored(passed, {{"passed", passed}, {"tests", share}}, evidence);
}

}  // namespace bakeoff::judges
