// The guard: a small static program that is the first process inside every sandbox.
//
//   guard enter PROGRAM ARGUMENT...          gives up root, if it has it, and runs bubblewrap
//   guard run LIMITS... -- PROGRAM ARGUMENT...   inside: starts the program behind the last layers and watches it
//
// `run` sets resource limits, Landlock and seccomp for the program alone, ends everything at the wall-clock limit or
// when the other side lets go of the control descriptor, and reports how the program ended on a descriptor that the
// program does not have. As process 1 of its namespace it takes every other process with it when it ends. A layer that
// can not be set up is reported, and the program is not started. No allocation, no C++ library.
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "judges/sandbox/guard_protocol.h"
#include "judges/sandbox/landlock.h"

extern char** environ;

namespace {

using namespace bakeoff::judges;

constexpr uid_t kNobody = 65534;
constexpr int kMostPaths = 32;

enum Step : int { kFork = 1, kLimits, kLandlock, kSeccomp, kExec };

struct Settings {
  double wall_seconds = 10;
  rlim_t cpu_seconds = 3, memory_bytes = 0, processes = 0, file_bytes = 0;
  bool layers = true;                ///< Landlock and seccomp; off only where the user asked for no sandbox
  const char* readable[kMostPaths];  ///< what the program may read and execute
  int readable_count = 0;
  const char* scratch = nullptr;  ///< where it may write
  char** program = nullptr;
};

bool read_settings(char** words, Settings& settings) {
  for (; *words; words += 2) {
    const char* name = words[0];
    if (std::strcmp(name, "--") == 0) {
      settings.program = words + 1;
      return words[1] != nullptr;
    }
    const char* value = words[1];
    if (!value) return false;
    if (std::strcmp(name, "wall") == 0)
      settings.wall_seconds = std::atof(value);
    else if (std::strcmp(name, "cpu") == 0)
      settings.cpu_seconds = std::strtoull(value, nullptr, 10);
    else if (std::strcmp(name, "memory") == 0)
      settings.memory_bytes = std::strtoull(value, nullptr, 10);
    else if (std::strcmp(name, "processes") == 0)
      settings.processes = std::strtoull(value, nullptr, 10);
    else if (std::strcmp(name, "file") == 0)
      settings.file_bytes = std::strtoull(value, nullptr, 10);
    else if (std::strcmp(name, "layers") == 0)
      settings.layers = std::strcmp(value, "off") != 0;
    else if (std::strcmp(name, "write") == 0)
      settings.scratch = value;
    else if (std::strcmp(name, "read") == 0 && settings.readable_count < kMostPaths)
      settings.readable[settings.readable_count++] = value;
    else
      return false;
  }
  return false;
}

void send(const GuardReport& report) {
  ssize_t written;
  do written = write(kReportDescriptor, &report, sizeof report);
  while (written < 0 && errno == EINTR);
}

[[noreturn]] void give_up(Step step) {
  GuardReport report;
  report.failed_step = step;
  report.error_number = errno;
  send(report);
  _exit(127);
}

bool limit(int resource, rlim_t soft, rlim_t hard) {
  const rlimit both{soft, hard};
  return setrlimit(static_cast<__rlimit_resource>(resource), &both) == 0;
}

/// CPU time: SIGXCPU at the limit, SIGKILL a second later where that is ignored.
bool set_limits(const Settings& settings) {
  return limit(RLIMIT_CPU, settings.cpu_seconds, settings.cpu_seconds + 1) &&
         limit(RLIMIT_AS, settings.memory_bytes, settings.memory_bytes) &&
         limit(RLIMIT_FSIZE, settings.file_bytes, settings.file_bytes) && limit(RLIMIT_CORE, 0, 0) &&
         limit(RLIMIT_NOFILE, 256, 256) && limit(RLIMIT_MEMLOCK, 0, 0) && limit(RLIMIT_MSGQUEUE, 0, 0) &&
         (!settings.layers || limit(RLIMIT_NPROC, settings.processes, settings.processes));
}

bool add_path(int rules, const char* path, std::uint64_t access) {
  const int parent = open(path, O_PATH | O_CLOEXEC);
  struct stat found;
  if (parent < 0 || fstat(parent, &found) != 0) return false;
  const landlock::PathRule rule{S_ISDIR(found.st_mode) ? access : access & landlock::kFileRights, parent};
  const bool added = syscall(landlock::kAddRule, rules, landlock::kPathBeneath, &rule, 0) == 0;
  close(parent);
  return added;
}

bool set_landlock(const Settings& settings) {
  const int abi = static_cast<int>(syscall(landlock::kCreateRuleset, nullptr, 0, landlock::kAskVersion));
  if (abi < 1) return false;
  const landlock::Ruleset set{landlock::handled_files(abi), landlock::handled_network(abi), landlock::scopes(abi)};
  const int rules = static_cast<int>(syscall(landlock::kCreateRuleset, &set, landlock::ruleset_size(abi), 0));
  if (rules < 0) return false;
  for (int i = 0; i < settings.readable_count; ++i)
    if (!add_path(rules, settings.readable[i], landlock::kReadAndExecute)) return false;
  if (settings.scratch && !add_path(rules, settings.scratch, landlock::scratch(abi))) return false;
  const bool restricted = syscall(landlock::kRestrictSelf, rules, 0) == 0;
  close(rules);
  return restricted;
}

bool set_seccomp() {
  static sock_filter code[4096];
  const ssize_t size = pread(kFilterDescriptor, code, sizeof code, 0);
  if (size <= 0 || size % static_cast<ssize_t>(sizeof code[0]) != 0) return false;
  const sock_fprog program{static_cast<unsigned short>(size / static_cast<ssize_t>(sizeof code[0])), code};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

[[noreturn]] void become_program(const Settings& settings) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  fcntl(kReportDescriptor, F_SETFD, FD_CLOEXEC);
  if (!set_limits(settings)) give_up(kLimits);
  if (settings.layers) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !set_landlock(settings)) give_up(kLandlock);
    if (!set_seccomp()) give_up(kSeccomp);
  }
  syscall(SYS_close_range, kControlDescriptor, ~0U, 0);
  execve(settings.program[0], settings.program, environ);
  give_up(kExec);
}

std::int64_t microseconds(const timeval& time) { return time.tv_sec * 1000000LL + time.tv_usec; }

/// Without a namespace of its own the guard must find who is left: orphans are handed to it (PR_SET_CHILD_SUBREAPER).
void kill_orphans() {
  for (int round = 0; round < 1000; ++round) {
    const int list = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    char text[4096];
    const ssize_t size = list < 0 ? 0 : read(list, text, sizeof text - 1);
    if (list >= 0) close(list);
    if (size <= 0) return;
    text[size] = 0;
    for (char* at = text; *at;) {
      const long child = std::strtol(at, &at, 10);
      if (child > 1) kill(static_cast<pid_t>(child), SIGKILL);
      while (*at == ' ') ++at;
    }
    while (waitpid(-1, nullptr, 0) > 0) {
    }
  }
}

/// Waits for the program, the clock or the other side. True: the program ended, and `report` says how.
bool watch(pid_t program, int signals, double wall_seconds, GuardReport& report) {
  timespec began;
  clock_gettime(CLOCK_MONOTONIC, &began);
  for (;;) {
    rusage used;
    for (pid_t ended; (ended = wait4(-1, &report.wait_status, WNOHANG, &used)) > 0;) {
      if (ended != program) continue;
      report.cpu_microseconds = microseconds(used.ru_utime) + microseconds(used.ru_stime);
      report.peak_kilobytes = used.ru_maxrss;
      return true;
    }
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const double spent =
        static_cast<double>(now.tv_sec - began.tv_sec) + static_cast<double>(now.tv_nsec - began.tv_nsec) * 1e-9;
    if (spent >= wall_seconds) {
      report.timed_out = 1;
      return false;
    }
    pollfd events[] = {{signals, POLLIN, 0}, {kControlDescriptor, 0, 0}};
    poll(events, 2, static_cast<int>((wall_seconds - spent) * 1000) + 1);
    if (events[1].revents) return false;
    signalfd_siginfo dropped;
    if (events[0].revents && read(signals, &dropped, sizeof dropped) < 0) return false;
  }
}

int run(char** words) {
  Settings settings;
  if (!read_settings(words, settings)) return 126;
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);  // nobody inside may look into this process
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, nullptr);
  const int signals = signalfd(-1, &child, SFD_CLOEXEC);
  const pid_t program = fork();
  if (program < 0 || signals < 0) give_up(kFork);
  if (program == 0) become_program(settings);
  close(kResultDescriptor);
  close(kOutputDescriptor);
  GuardReport report;
  if (!watch(program, signals, settings.wall_seconds, report)) kill(program, SIGKILL);
  if (getpid() != 1) kill_orphans();
  send(report);
  return 0;
}

/// As root: become nobody first, so that the sandbox is not root's child by another name, and limits on processes hold.
int enter(char** words) {
  const int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (score >= 0) {
    if (write(score, "1000", 4) < 0) errno = 0;  // only a preference
    close(score);
  }
  if (geteuid() == 0 && (setgroups(0, nullptr) != 0 || setresgid(kNobody, kNobody, kNobody) != 0 ||
                         setresuid(kNobody, kNobody, kNobody) != 0))
    return 126;
  execve(words[0], words, environ);
  return 127;
}

}  // namespace

int main(int count, char** words) {
  if (count < 3) return 126;
  if (std::strcmp(words[1], "enter") == 0) return enter(words + 2);
  if (std::strcmp(words[1], "run") == 0) return run(words + 2);
  return 126;
}
