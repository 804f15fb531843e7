// posix_spawn alone: all that is needed here is one child with one exit status, and the headers of Boost.Process 1.81
// want the compiled Boost.Filesystem.
#include "tools/process.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bakeoff::tools {

namespace {

Result<int> wait_for(pid_t child, const std::string& name) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      return infrastructure_error(std::string("could not be waited for: ") + std::strerror(errno), name);
  constexpr int kSignalBase = 128;  // as shells count
  return WIFEXITED(status) ? WEXITSTATUS(status) : kSignalBase + WTERMSIG(status);
}

}  // namespace

Result<int> run_process(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));  // the call copies them
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int code = ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (code == ENOENT) return infrastructure_error("is not installed", words[0], "install it, or put it in PATH");
  if (code != 0) return infrastructure_error(std::string("could not be run: ") + std::strerror(code), words[0]);
  return wait_for(child, words[0]);
}

}  // namespace bakeoff::tools
