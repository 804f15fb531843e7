// Starting the guard inside bubblewrap, collecting what comes out, and saying how it ended; see sandbox.h.
#include "judges/sandbox/sandbox.h"

#include <csignal>

#include <sys/wait.h>

#include "harness/core/companion.h"
#include "judges/sandbox/child.h"
#include "judges/sandbox/guard_protocol.h"
#include "judges/sandbox/syscalls.h"

namespace bakeoff::judges {

namespace {

constexpr const char* kScratch = "/box";
constexpr const char* kGuardInside = "/guard";
constexpr const char* kBubblewrap[] = {"/usr/bin/bwrap", "/usr/local/bin/bwrap"};

Result<Path> find_bubblewrap() {
  std::error_code ignored;
  for (const char* place : kBubblewrap)
    if (std::filesystem::exists(place, ignored)) return Path(place);
  return infrastructure_error("bubblewrap is not installed", kBubblewrap[0],
                              "run tools/setup, or as root: apt-get install bubblewrap");
}

void add(std::vector<std::string>& words, std::initializer_list<std::string> more) {
  words.insert(words.end(), more.begin(), more.end());
}

/// What the guard is told about one job.
std::vector<std::string> guard_words(const SandboxedJob& job, Protection protection) {
  const SandboxLimits& limits = job.limits;
  std::vector<std::string> words{"run"};
  add(words, {"wall", std::to_string(limits.wall_seconds), "cpu", std::to_string(limits.cpu_seconds)});
  add(words, {"memory", std::to_string(limits.memory_bytes), "processes", std::to_string(limits.processes)});
  add(words, {"file", std::to_string(limits.file_bytes)});
  if (protection == Protection::none) {
    add(words, {"layers", "off"});
  } else {
    for (const Path& path : job.view) add(words, {"read", path.string()});
    for (const SandboxFile& file : job.files) add(words, {"read", file.path});
    add(words, {"write", kScratch});
  }
  words.emplace_back("--");
  words.insert(words.end(), job.command.begin(), job.command.end());
  return words;
}

/// Why unprivileged namespaces may be refused, and what helps.
std::string namespace_advice() {
  const auto setting = [](const char* file) {
    const auto text = read_file(file);
    return text.ok() ? text->substr(0, text->find('\n')) : std::string();
  };
  if (setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1")
    return "AppArmor refuses user namespaces (Ubuntu 23.10 and newer): docs/sandbox.md gives the profile for bwrap";
  if (setting("/proc/sys/user/max_user_namespaces") == "0") return "as root: sysctl user.max_user_namespaces=10000";
  if (setting("/proc/sys/kernel/unprivileged_userns_clone") == "0")
    return "as root: sysctl kernel.unprivileged_userns_clone=1";
  return "a container must allow user namespaces and mounts inside it; the kernel must be 5.13 or newer";
}

Error step_error(const GuardReport& report) {
  const auto step = static_cast<std::size_t>(report.failed_step);
  const std::string name = step < std::size(kGuardSteps) ? kGuardSteps[step] : "an unknown step";
  return infrastructure_error(name + " failed: " + std::generic_category().message(report.error_number), "sandbox",
                              "the kernel needs Landlock (5.13 or newer, in its lsm list) and seccomp filters");
}

/// Without a report the guard did not run: bubblewrap says why on its standard error.
Error start_error(const ChildOutcome& child) {
  std::string line = child.errors.substr(0, child.errors.find('\n'));
  if (line.empty()) line = "ended with status " + std::to_string(child.wait_status) + " before it began";
  return infrastructure_error(to_valid_utf8(line), "sandbox", namespace_advice());
}

void judge_ending(const SandboxedJob& job, const ChildOutcome& child, const GuardReport& report,
                  SandboxOutcome& outcome) {
  const bool signalled = WIFSIGNALED(report.wait_status);
  outcome.status = signalled ? WTERMSIG(report.wait_status) : WEXITSTATUS(report.wait_status);
  const bool cpu_spent = outcome.cpu_seconds >= job.limits.cpu_seconds;
  if (child.output_exceeded)
    outcome.ending = Ending::output_limit;
  else if (report.timed_out != 0 ||
           (signalled && (outcome.status == SIGXCPU || (outcome.status == SIGKILL && cpu_spent))))
    outcome.ending = Ending::timeout;
  else if (signalled)
    outcome.ending = outcome.status == SIGSYS ? Ending::refused_call : Ending::killed;
}

}  // namespace

const char* name_of(Ending ending) {
  switch (ending) {
    case Ending::exited:
      return "exited";
    case Ending::timeout:
      return "timeout";
    case Ending::killed:
      return "killed";
    case Ending::output_limit:
      return "output limit";
    case Ending::refused_call:
      return "refused system call";
  }
  return "unknown";
}

Result<std::shared_ptr<const Sandbox>> Sandbox::open(Protection protection) {
  std::shared_ptr<Sandbox> sandbox(new Sandbox);
  sandbox->protection_ = protection;
  BAKEOFF_TRY(sandbox->guard_, find_companion("bakeoff_guard", "BAKEOFF_GUARD"));
  if (protection == Protection::none) return std::shared_ptr<const Sandbox>(std::move(sandbox));
  BAKEOFF_TRY(sandbox->bubblewrap_, find_bubblewrap());
  BAKEOFF_TRY(sandbox->filter_, compile_system_call_filter());
  return std::shared_ptr<const Sandbox>(std::move(sandbox));
}

const char* Sandbox::description() const {
  return protection_ == Protection::none ? "NONE: unsafe, by request" : "bubblewrap, Landlock, seccomp, limits";
}

std::vector<std::string> Sandbox::words_of(const SandboxedJob& job) const {
  const std::vector<std::string> guard = guard_words(job, protection_);
  if (protection_ == Protection::none) {
    std::vector<std::string> words{guard_.string()};
    words.insert(words.end(), guard.begin(), guard.end());
    return words;
  }
  std::vector<std::string> words{guard_.string(), "enter", bubblewrap_.string()};
  add(words, {"--unshare-user", "--unshare-all", "--disable-userns", "--uid", "65534", "--gid", "65534"});
  add(words, {"--die-with-parent", "--new-session", "--as-pid-1", "--cap-drop", "ALL", "--hostname", "sandbox"});
  int descriptor = kFirstFileDescriptor;
  add(words, {"--perms", "0555", "--ro-bind-data", std::to_string(descriptor++), kGuardInside});
  for (const Path& path : job.view) add(words, {"--ro-bind", path.string(), path.string()});
  for (const SandboxFile& file : job.files)
    add(words, {"--perms", "0444", "--ro-bind-data", std::to_string(descriptor++), file.path});
  add(words, {"--size", std::to_string(job.limits.scratch_bytes), "--tmpfs", kScratch, "--symlink", "box", "/tmp"});
  add(words, {"--remount-ro", "/", "--chdir", kScratch, "--", kGuardInside});
  words.insert(words.end(), guard.begin(), guard.end());
  return words;
}

Result<SandboxOutcome> Sandbox::run(const SandboxedJob& job) const {
  ChildJob start;
  start.words = words_of(job);
  start.environment = {"HOME=/box", "TMPDIR=/box", "LANG=C.UTF-8"};
  start.environment.insert(start.environment.end(), job.environment.begin(), job.environment.end());
  start.input = job.input;
  start.filter = filter_;
  start.guard = guard_;
  for (const SandboxFile& file : job.files) start.files.push_back(file.content);
  start.output_bytes = job.limits.output_bytes;
  start.wall_seconds = job.limits.wall_seconds;
  BAKEOFF_TRY(ChildOutcome child, run_child(start));
  GuardReport report;
  if (child.report.size() < sizeof report) return start_error(child);
  child.report.copy(reinterpret_cast<char*>(&report), sizeof report);
  if (report.failed_step != 0) return step_error(report);

  SandboxOutcome outcome;
  outcome.wall_seconds = child.wall_seconds;
  outcome.cpu_seconds = static_cast<double>(report.cpu_microseconds) * 1e-6;
  outcome.peak_bytes = static_cast<std::size_t>(report.peak_kilobytes) * 1024;
  judge_ending(job, child, report, outcome);
  outcome.output = std::move(child.output);
  outcome.errors = std::move(child.errors);
  outcome.result = std::move(child.result);
  return outcome;
}

}  // namespace bakeoff::judges
