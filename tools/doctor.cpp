// `bakeoff doctor`: what this machine has, what is missing, and how to get it. One line each, OK or MISSING.
#include <cstdio>
#include <sstream>
#include <thread>

#include <CLI/CLI.hpp>
#include <sqlite3.h>
#include <sys/utsname.h>

#include "harness/core/baker_api.h"
#include "judges/sandbox/selftest.h"
#include "tools/commands.h"
#include "tools/known_models.h"
#include "tools/model_options.h"

namespace bakeoff::tools {

namespace {

struct Finding {
  bool ok;
  std::string subject;
  std::string text;    ///< what is there, or what is wrong
  std::string advice;  ///< empty when ok
};

std::string gibibytes(double bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f GiB", bytes / 0x1p30);
  return text;
}

/// The value of the first line "NAME<spaces>: VALUE" of a file in /proc.
std::string proc_value(const char* file, const std::string& name) {
  std::string value;
  const auto look = [&](std::size_t, std::string_view line) -> Status {
    const auto colon = line.find(':');
    if (!value.empty() || !line.starts_with(name) || colon == line.npos) return {};
    const auto begin = line.find_first_not_of(" \t", colon + 1);
    if (begin != line.npos) value = line.substr(begin);
    return {};
  };
  return for_each_line(file, look).ok() ? value : "";
}

Finding machine() {
  utsname system{};
  if (uname(&system) != 0) return {false, "machine", "unknown", "Bakeoff runs on Linux"};
  return {true, "machine", std::string(system.sysname) + " " + system.release + ", " + system.machine, ""};
}

/// Only what changes which kernels run.
Finding processor() {
  std::istringstream flags(proc_value("/proc/cpuinfo", "flags") + " " + proc_value("/proc/cpuinfo", "Features"));
  std::string found, flag;
  while (flags >> flag)
    for (const char* useful : {"avx2", "fma", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "bf16"})
      if (flag == useful) found += (found.empty() ? "" : " ") + flag;
  const std::string cores = std::to_string(std::thread::hardware_concurrency()) + " cores";
  return {true, "processor",
          proc_value("/proc/cpuinfo", "model name") + ", " + cores + ", " +
              (found.empty() ? "no vector units known" : found),
          ""};
}

Finding memory() {
  constexpr double kNeeded = 2.0 * 0x1p30;  // the default model in fp32, a bake's activations, the teacher's states
  const double free_bytes = std::strtod(proc_value("/proc/meminfo", "MemAvailable").c_str(), nullptr) * 1024;
  const std::string text = gibibytes(free_bytes) + " available";
  if (free_bytes >= kNeeded) return {true, "memory", text, ""};
  return {false, "memory", text, "a bake of the default model needs about 2 GiB: end other programs"};
}

Finding disk() {
  constexpr double kNeeded = 0x1p30;
  Path folder = cache_folder();
  std::error_code code;
  while (!std::filesystem::exists(folder, code) && folder.has_parent_path() && folder != folder.parent_path())
    folder = folder.parent_path();
  const auto space = std::filesystem::space(folder, code);
  if (code)
    return {false, "disk", folder.string() + ": " + code.message(), "set BAKEOFF_HOME to a folder that can be written"};
  const std::string text = gibibytes(static_cast<double>(space.available)) + " free at " + cache_folder().string();
  if (static_cast<double>(space.available) >= kNeeded) return {true, "disk", text, ""};
  return {false, "disk", text, "free some space, or set BAKEOFF_HOME to another disk"};
}

Finding database() { return {true, "SQLite", sqlite3_libversion(), ""}; }

Finding failed(const char* subject, const Error& error) {
  const std::string what = error.where.empty() ? error.what : error.where + ": " + error.what;
  return {false, subject, what, error.hint.empty() ? "see above" : error.hint};
}

Finding baker_module() {
  const auto baker = load_baker();
  return baker.ok() ? Finding{true, "baker", "module loaded", ""} : failed("baker", baker.error());
}

Finding dtype() {
  const auto baker = load_baker();
  if (!baker.ok()) return {false, "dtype", "unknown without the baker module", "see the line \"baker\""};
  const auto resolved = (*baker)->resolve_dtype({});
  return resolved.ok() ? Finding{true, "dtype", "auto means " + *resolved + " here", ""}
                       : failed("dtype", resolved.error());
}

Finding default_model() {
  const KnownModel* model = find_known_model(kDefaultModel);
  const Status verified = verify_model(*model);
  if (!verified.ok()) return failed("model", verified.error());
  return {true, "model", std::string(model->name) + " verified, " + model_file(*model).string(), ""};
}

Finding sandbox() {
  const auto python = judges::PythonTests::open(judges::Protection::sandbox);
  if (!python.ok()) return failed("sandbox", python.error());
  return {true, "sandbox", "Python " + (*python)->version() + " behind bubblewrap, Landlock, seccomp, limits", ""};
}

void show(const Finding& finding) {
  std::printf("%-8s %-10s %s%s%s\n", finding.ok ? "OK" : "MISSING", finding.subject.c_str(), finding.text.c_str(),
              finding.ok ? "" : "; ", finding.advice.c_str());
  std::fflush(stdout);
}

/// One line for each promise of the sandbox, where there is one. True: all are kept.
bool promises() {
  const auto python = judges::PythonTests::open(judges::Protection::sandbox);
  bool all = true;
  if (!python.ok()) return all;  // the line before says why
  for (const judges::PromiseCheck& check : judges::check_promises(**python)) {
    const char* advice = "do not run coding suites here; docs/sandbox.md says which layer keeps this promise";
    if (check.kept)
      show({true, "sandbox", check.promise, ""});
    else
      show({false, "sandbox", check.promise + ": " + check.found, advice});
    all = all && check.kept;
  }
  return all;
}

Result<int> doctor() {
  bool healthy = true;
  for (const auto check : {machine, processor, memory, disk, database, baker_module, dtype, default_model, sandbox}) {
    const Finding finding = check();
    show(finding);
    healthy = healthy && finding.ok;
  }
  healthy = promises() && healthy;
  return healthy ? 0 : exit_status(ErrorKind::infrastructure);
}

}  // namespace

Action declare_doctor(CLI::App&) {
  return [] { return doctor(); };
}

}  // namespace bakeoff::tools
