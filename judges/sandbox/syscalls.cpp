// An allow-list. Left out on purpose, so that they kill: ptrace, process_vm_*, pidfd_getfd, mount and its newer forms,
// unshare, setns, chroot, pivot_root, bpf, perf_event_open, userfaultfd, io_uring_*, keyctl, kexec, module loading,
// socket and all that goes with it, kill and pidfd_send_signal, memfd_create, name_to_handle_at, personality, quotactl.
#include "judges/sandbox/syscalls.h"

#include <cerrno>
#include <memory>

#include <fcntl.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace bakeoff::judges {

namespace {

// Names, since not every architecture has every call; those it does not have are passed over.
constexpr const char* kAllowed[] = {
    // memory
    "brk", "mmap", "munmap", "mprotect", "mremap", "madvise", "membarrier",
    // files below the view
    "read", "readv", "pread64", "preadv", "write", "writev", "pwrite64", "pwritev", "open", "openat", "creat", "close",
    "close_range", "lseek", "stat", "lstat", "fstat", "newfstatat", "statx", "statfs", "fstatfs", "access", "faccessat",
    "faccessat2", "readlink", "readlinkat", "getdents", "getdents64", "getcwd", "chdir", "fchdir", "mkdir", "mkdirat",
    "rmdir", "unlink", "unlinkat", "rename", "renameat", "renameat2", "symlink", "symlinkat", "link", "linkat",
    "truncate", "ftruncate", "fallocate", "fsync", "fdatasync", "flock", "fcntl", "dup", "dup2", "dup3", "umask",
    "chmod", "fchmod", "fchmodat", "utimensat", "fadvise64", "copy_file_range", "sendfile",
    // waiting
    "pipe", "pipe2", "poll", "ppoll", "select", "pselect6", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait",
    "epoll_pwait", "epoll_pwait2", "eventfd2", "futex", "futex_waitv", "nanosleep", "clock_nanosleep",
    // processes and threads of one's own
    "fork", "vfork", "execve", "exit", "exit_group", "wait4", "waitid", "tgkill", "set_tid_address", "set_robust_list",
    "get_robust_list", "rseq", "arch_prctl", "sched_yield", "sched_getaffinity", "sched_getparam", "sched_getscheduler",
    "sched_get_priority_max", "sched_get_priority_min", "getpriority", "getcpu",
    // signals
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend", "rt_sigpending", "rt_sigtimedwait",
    "sigaltstack", "restart_syscall", "pause", "alarm", "setitimer", "getitimer", "signalfd4", "timerfd_create",
    "timerfd_settime", "timerfd_gettime", "timer_create", "timer_settime", "timer_gettime", "timer_delete",
    // questions
    "getpid", "getppid", "gettid", "getuid", "geteuid", "getgid", "getegid", "getresuid", "getresgid", "getgroups",
    "getpgrp", "getpgid", "getsid", "getrlimit", "getrusage", "times", "time", "gettimeofday", "clock_gettime",
    "clock_getres", "uname", "sysinfo", "getrandom", "capget"};

/// Tried by the C library or Python, which go on without them.
struct Denied {
  const char* name;
  int error_number;
};
constexpr Denied kDenied[] = {
    {"clone3", ENOSYS},  // its flags lie in memory, where a filter can not see them; clone is used instead
    {"prlimit64", EPERM},     {"setrlimit", EPERM}, {"setpriority", EPERM},   {"sched_setaffinity", EPERM},
    {"mlock", EPERM},         {"mknod", EPERM},     {"mknodat", EPERM},       {"chown", EPERM},
    {"fchown", EPERM},        {"lchown", EPERM},    {"fchownat", EPERM},      {"getxattr", EPERM},
    {"lgetxattr", EPERM},     {"fgetxattr", EPERM}, {"listxattr", EPERM},     {"setxattr", EPERM},
    {"pidfd_open", ENOSYS},   {"openat2", ENOSYS},  {"set_mempolicy", EPERM}, {"get_mempolicy", EPERM},
    {"inotify_init1", EPERM}, {"setsid", EPERM},    {"setpgid", EPERM},       {"sched_setscheduler", EPERM},
    {"setuid", EPERM},        {"setgid", EPERM},    {"setgroups", EPERM},     {"setresuid", EPERM},
    {"setresgid", EPERM},     {"setreuid", EPERM},  {"setregid", EPERM},
};

// TIOCSTI, which types into a terminal, and TIOCLINUX are not among them.
constexpr unsigned long kTerminalRequests[] = {TCGETS, TIOCGWINSZ, TIOCGPGRP, FIONREAD, FIONBIO, FIOCLEX, FIONCLEX};
constexpr unsigned long kProcessOptions[] = {PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, 0x53564d41 /* PR_SET_VMA */};
constexpr std::uint64_t kNamespaceFlags =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

/// One entry of libseccomp's table, or why not. A call that this architecture does not have needs none.
class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_KILL_PROCESS), &seccomp_release) {
    // The same for calls made in another way (32-bit code on a 64-bit machine).
    failure_ = -seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  }

  template <class... Conditions>
  void add(std::uint32_t action, const char* name, Conditions... conditions) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR || failure_ != 0) return;
    const int code = seccomp_rule_add(context_.get(), action, number, sizeof...(conditions), conditions...);
    if (code != 0 && code != -EDOM) failure_ = -code;
  }

  Result<std::string> compile() {
    const int file = memfd_create("filter", MFD_CLOEXEC);
    if (!context_ || failure_ != 0 || file < 0 || seccomp_export_bpf(context_.get(), file) != 0) {
      if (file >= 0) close(file);
      return infrastructure_error("the list of system calls could not be compiled", "seccomp",
                                  "update libseccomp; the kernel needs CONFIG_SECCOMP_FILTER");
    }
    std::string code(static_cast<std::size_t>(lseek(file, 0, SEEK_END)), '\0');
    const ssize_t size = pread(file, code.data(), code.size(), 0);
    close(file);
    if (size != static_cast<ssize_t>(code.size())) return infrastructure_error("could not be read back", "seccomp");
    return code;
  }

 private:
  std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
  int failure_ = 0;  ///< the first errno
};

}  // namespace

Result<std::string> compile_system_call_filter() {
  Filter filter;
  for (const char* name : kAllowed) filter.add(SCMP_ACT_ALLOW, name);
  for (const Denied& denied : kDenied)
    filter.add(SCMP_ACT_ERRNO(static_cast<std::uint32_t>(denied.error_number)), denied.name);
  filter.add(SCMP_ACT_ALLOW, "clone", SCMP_A0(SCMP_CMP_MASKED_EQ, kNamespaceFlags, 0));
  for (const unsigned long request : kTerminalRequests)
    filter.add(SCMP_ACT_ALLOW, "ioctl", SCMP_A1(SCMP_CMP_EQ, request));
  for (const unsigned long option : kProcessOptions) filter.add(SCMP_ACT_ALLOW, "prctl", SCMP_A0(SCMP_CMP_EQ, option));
  return filter.compile();
}

}  // namespace bakeoff::judges
