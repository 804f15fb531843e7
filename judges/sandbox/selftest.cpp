// One attack for each promise. A script prints "kept" where it was held back; some must end in a certain way.
#include "judges/sandbox/selftest.h"

#include <filesystem>

#include <unistd.h>

namespace bakeoff::judges {

namespace {

struct Attack {
  const char* promise;
  const char* script;
  Ending ending = Ending::exited;  ///< how it must end; `exited`: by printing "kept"
  SandboxLimits limits = {};
};

SandboxLimits with(double wall_seconds, int cpu_seconds) {
  SandboxLimits limits;
  limits.wall_seconds = wall_seconds;
  limits.cpu_seconds = cpu_seconds;
  return limits;
}

/// Run before every script.
constexpr const char* kHelpers = R"(
import os
def fails(action, *arguments):
    try:
        action(*arguments)
    except OSError:
        return True
    return False
def kept(*facts):
    print('kept' if all(facts) else 'broken: ' + repr(facts))
def libc():
    import ctypes
    return ctypes.CDLL(None)
)";

std::vector<Attack> attacks() {
  return {
      {"no network", "import _socket\n_socket.socket()", Ending::refused_call},
      {"no files but the view",
       "kept(*[fails(open, f) for f in ('/etc/passwd', '/etc/hostname', '/root/.profile', '/proc/self/environ', "
       "'/proc/1/cmdline', '/sys/kernel/version', '/dev/null', '/usr/bin/sh')],\n"
       "     *[fails(os.listdir, d) for d in ('/', '/home', '/root', '/proc', '/etc', '/dev')])"},
      {"Landlock holds where the file system would not", "kept(os.path.exists('/guard'), fails(open, '/guard'))"},
      {"links lead nowhere",
       "os.symlink('/etc/passwd', 'a')\nos.symlink('/proc/1/root/etc', 'b')\nos.symlink('/box/../../etc', 'c')\n"
       "kept(fails(open, 'a'), fails(os.listdir, 'b'), fails(os.listdir, 'c'), fails(os.link, '/guard', 'd'))"},
      {"the view is read-only",
       "kept(fails(open, '/usr/lib/x', 'w'), fails(open, '/x', 'w'), fails(os.mkdir, '/lib/x'), "
       "fails(os.chmod, '/usr/lib', 0o777), fails(os.rename, '/usr/lib', '/box/lib'))"},
      {"what is written is capped",
       "def fill():\n    for i in range(40): open('f%d' % i, 'wb').write(bytes(1 << 20))\nkept(fails(fill))"},
      {"one file is capped", "def fill():\n    open('f', 'wb').truncate(1 << 30)\nkept(fails(fill))"},
      {"user 65534 without capabilities",
       "import ctypes\nheader = (ctypes.c_uint32 * 2)(0x20080522, 0)\nsets = (ctypes.c_uint32 * 6)(*[7] * 6)\n"
       "kept(os.getresuid() == (65534,) * 3, os.getresgid() == (65534,) * 3, libc().capget(header, sets) == 0, "
       "not any(sets), fails(os.setuid, 0))"},
      {"a clean environment",
       "kept(set(os.environ) <= {'HOME', 'TMPDIR', 'LANG', 'PWD', 'PYTHONHASHSEED', 'LC_CTYPE'})"},
      {"no descriptors but its own", "kept(*[fails(os.fstat, fd) for fd in range(4, 256)])"},
      {"no ptrace", "libc().ptrace(0, 0, 0, 0)", Ending::refused_call},
      {"no further namespace", "libc().unshare(0x10000000)", Ending::refused_call},
      {"no namespace by clone", "libc().syscall(56 if os.uname().machine == 'x86_64' else 220, 0x10000011, 0, 0, 0, 0)",
       Ending::refused_call},
      {"no mounting", "libc().mount(b'none', b'/box', b'tmpfs', 0, 0)", Ending::refused_call},
      {"no typing into a terminal (TIOCSTI)", "import fcntl\nfcntl.ioctl(0, 0x5412, b'x')", Ending::refused_call},
      {"no signals to others", "os.kill(1, 9)", Ending::refused_call},
      {"a session without terminal", "kept(fails(open, '/dev/tty'), fails(os.tcgetpgrp, 0))"},
      {"the wall clock is capped", "import time\ntime.sleep(60)", Ending::timeout, with(0.3, 3)},
      {"SIGTERM and SIGXCPU ignored do not help",
       "import signal\nfor s in (1, 2, 3, 15, 24): signal.signal(s, signal.SIG_IGN)\nwhile True: pass", Ending::timeout,
       with(10, 1)},
      {"memory is capped",
       "try:\n    x = bytearray(2 << 30)\nexcept MemoryError:\n    kept(True)\nelse:\n    kept(False)"},
      {"a fork bomb is stopped",
       "children = 0\ntry:\n    while children < 100:\n        if os.fork() == 0:\n            import time\n"
       "            time.sleep(60)\n        children += 1\nexcept OSError:\n    pass\nkept(children < 10)"},
      {"output is capped", "while True: print('x' * 100000)", Ending::output_limit},
  };
}

PromiseCheck check(const PythonTests& python, const Attack& attack) {
  PromiseCheck result{attack.promise, false, ""};
  const auto outcome = python.run_script(std::string(kHelpers) + attack.script, attack.limits);
  if (!outcome.ok()) {
    result.found = outcome.error().line();
    return result;
  }
  result.kept = outcome->ending == attack.ending && (attack.ending != Ending::exited || outcome->output == "kept\n");
  if (!result.kept)
    result.found =
        std::string(name_of(outcome->ending)) + ", " + outcome->output.substr(0, 200) + outcome->errors.substr(0, 300);
  return result;
}

/// Does a process run whose arguments hold this text?
bool is_running(const std::string& marker) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const auto arguments = read_file(entry.path() / "cmdline");
    if (arguments.ok() && arguments->find(marker) != arguments->npos) return true;
  }
  return false;
}

PromiseCheck check_orphans(const PythonTests& python) {
  const std::string marker = "bakeoff-orphan-" + std::to_string(getpid()) + "-" + std::to_string(random());
  const Attack attack{"no process outlives its job",
                      "import sys, time\nif os.fork() == 0:\n    if os.fork() == 0:\n        time.sleep(60)\n"
                      "    os._exit(0)\nos.wait()\nkept(True)"};
  const std::string script = "# " + marker + "\n" + attack.script;
  PromiseCheck result = check(python, {attack.promise, script.c_str()});
  if (result.kept && is_running(marker)) return {attack.promise, false, "a process is left"};
  return result;
}

}  // namespace

std::vector<PromiseCheck> check_promises(const PythonTests& python) {
  std::vector<PromiseCheck> results;
  for (const Attack& attack : attacks()) results.push_back(check(python, attack));
  results.push_back(check_orphans(python));
  return results;
}

}  // namespace bakeoff::judges
