// The sandbox: every promise tried out, every known cheat and escape (tests/cases/sandbox_*.jsonl, one line each), what
// a value looks like on the other side, nothing left behind.
#include <cstdlib>
#include <filesystem>
#include <thread>

#include <sys/stat.h>

#include "harness/core/json.h"
#include "judges/sandbox/selftest.h"
#include "tests/catch.h"
#include "tests/support.h"

namespace bakeoff {

namespace {

using judges::PythonTests;

std::shared_ptr<const PythonTests> sandboxed_python() {
  const auto python = PythonTests::open(judges::Protection::sandbox);
  INFO((python.ok() ? "" : python.error().line()));
  REQUIRE(python.ok());
  return *python;
}

/// `run(row)` for each line of a file of cases; at least one.
void for_each_case(const char* file, const std::function<void(const Json&)>& run) {
  int rows = 0;
  const auto on_row = [&](std::size_t, const Json& row) -> Status {
    INFO("claim: " << row.at("claim").get<std::string>());
    run(row);
    ++rows;
    return {};
  };
  const Status read = for_each_jsonl(testing::source_path(std::string("cases/") + file), on_row,
                                     [](std::size_t, const Error& error) -> Status { return error; });
  REQUIRE(read.ok());
  CHECK(rows > 0);
}

judges::PythonTask quick(std::string code, std::string name, std::vector<std::string> tests) {
  judges::PythonTask task{std::move(code), {std::move(name)}, "", "", std::move(tests), {}};
  task.limits.wall_seconds = 3;
  task.limits.cpu_seconds = 1;
  return task;
}

void check_outcome(const PythonTests& python, judges::PythonTask task, const std::string& expected) {
  // On a busy machine every other end may take a while, and more of the processor's time.
  if (expected != "timeout") task.limits.wall_seconds = task.limits.cpu_seconds = 60;
  const auto report = python.run(task);
  INFO((report.ok() ? report->detail : report.error().line()));
  REQUIRE(report.ok());
  CHECK(report->outcome == expected);
}

std::size_t entries(const char* folder) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++count;
  return count;
}

/// What sandboxes could have left among the temporary files: bubblewrap's own, or those of user 65534.
std::size_t leftovers() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/tmp")) {
    struct stat found {};
    const std::string name = entry.path().filename();
    const bool theirs = lstat(entry.path().c_str(), &found) == 0 && found.st_uid == 65534;
    count +=
        theirs || name.starts_with("bwrap") || name.starts_with("bindfile") || name.starts_with("sandbox.") ? 1 : 0;
  }
  return count;
}

/// Children of this process that nobody waited for, or that still run.
std::string children() {
  const auto list = read_file("/proc/thread-self/children");
  return list.ok() ? *list : "unknown";
}

}  // namespace

TEST_CASE("the sandbox keeps every promise on this machine", "[sandbox]") {
  if (!testing::namespaces_allowed()) SKIP_TEST("this machine lets nobody make namespaces");
  setenv("BAKEOFF_TEST_SECRET", "do not tell", 1);
  const auto checks = judges::check_promises(*sandboxed_python());
  CHECK(checks.size() > 20);
  for (const judges::PromiseCheck& check : checks) {
    INFO(check.promise << ": " << check.found);
    CHECK(check.kept);
  }
}

TEST_CASE("no known cheat forges a verdict, and each end is called by its name", "[sandbox]") {
  if (!testing::namespaces_allowed()) SKIP_TEST("this machine lets nobody make namespaces");
  const auto python = sandboxed_python();
  for_each_case("sandbox_cheats.jsonl", [&](const Json& row) {
    const std::vector<std::string> tests{"assert add(2, 3) == 5", "assert add(-1, 1) == 0", "assert add(10, 20) == 30"};
    check_outcome(*python, quick(row.at("code"), "add", tests), row.at("outcome"));
  });
}

TEST_CASE("values cross between sample and tests as what they are", "[sandbox]") {
  if (!testing::namespaces_allowed()) SKIP_TEST("this machine lets nobody make namespaces");
  const auto python = sandboxed_python();
  for_each_case("sandbox_values.jsonl", [&](const Json& row) {
    check_outcome(*python, quick(row.at("code"), "f", {row.at("test")}), row.at("outcome"));
  });
}

TEST_CASE("a program's streams, result, files and limits are as described", "[sandbox]") {
  if (!testing::namespaces_allowed()) SKIP_TEST("this machine lets nobody make namespaces");
  const auto sandbox = judges::Sandbox::open(judges::Protection::sandbox);
  REQUIRE(sandbox.ok());
  judges::SandboxedJob job;
  job.command = {"/usr/bin/cat", "/data/a", "-", "/data/b"};
  job.view = {"/usr/bin/cat", "/lib", "/lib64", "/usr/lib"};
  job.input = "input ";
  job.files = {{"/data/a", "first "}, {"/data/b", "last"}};
  const auto outcome = (*sandbox)->run(job);
  INFO((outcome.ok() ? outcome->errors : outcome.error().line()));
  REQUIRE(outcome.ok());
  CHECK(outcome->ending == judges::Ending::exited);
  CHECK(outcome->status == 0);
  CHECK(outcome->output == "first input last");
  job.command = {"/usr/bin/nothing"};
  const auto missing = (*sandbox)->run(job);
  REQUIRE(!missing.ok());
  CHECK(missing.error().line().find("start the program failed") != std::string::npos);
}

TEST_CASE("a missing guard or interpreter is an error that says what to do", "[sandbox]") {
  setenv("BAKEOFF_PYTHON", "/nowhere/python3", 1);
  const auto python = PythonTests::open(judges::Protection::sandbox);
  unsetenv("BAKEOFF_PYTHON");
  REQUIRE(!python.ok());
  CHECK(python.error().line().find("set BAKEOFF_PYTHON") != std::string::npos);
  setenv("BAKEOFF_GUARD", "/nowhere/guard", 1);
  const auto sandbox = judges::Sandbox::open(judges::Protection::sandbox);
  unsetenv("BAKEOFF_GUARD");
  REQUIRE(!sandbox.ok());
  CHECK(sandbox.error().line().find("/nowhere/guard") != std::string::npos);
}

TEST_CASE("without a sandbox, by request, every verdict says so", "[sandbox]") {
  if (!testing::namespaces_allowed()) SKIP_TEST("this machine lets nobody make namespaces");
  const auto python = PythonTests::open(judges::Protection::none);
  REQUIRE(python.ok());
  const Verdict verdict = (*python)->judge(quick("def f(): return 1\n", "f", {"assert f() == 1", "assert f() == 2"}));
  CHECK(verdict.score == 0.0);
  CHECK(verdict.metrics.at("tests") == 0.5);
  CHECK(verdict.evidence.at("warning") == "unsafe: no sandbox");
  CHECK(verdict.evidence.at("sandbox") != sandboxed_python()->identity().at("sandbox"));
}

TEST_CASE("many samples at once leave no process, descriptor or file behind", "[sandbox]") {
  if (!testing::namespaces_allowed()) SKIP_TEST("this machine lets nobody make namespaces");
  const auto python = sandboxed_python();
  const char* count = std::getenv("BAKEOFF_SANDBOX_SAMPLES");
  const int samples = count ? std::atoi(count) : 200;
  const std::size_t descriptors = entries("/proc/self/fd"), files = leftovers();
  std::atomic<int> passed = 0, next = 0;
  const auto work = [&] {
    for (int i = next++; i < samples; i = next++) {
      const std::string bad = i % 10 == 3 ? "import os\nos.fork()\n" : "";
      const auto report = python->run(quick(bad + "def f(x): return x + 1\n", "f", {"assert f(1) == 2"}));
      passed += report.ok() && report->passed() ? 1 : 0;
    }
  };
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; ++i) workers.emplace_back(work);
  for (std::thread& worker : workers) worker.join();
  CHECK(passed >= samples - samples / 10);
  CHECK(entries("/proc/self/fd") == descriptors);
  CHECK(leftovers() == files);
  CHECK(children().empty());
}

}  // namespace bakeoff
