// Runs a program that nobody trusts: model-written code.
//
//   BAKEOFF_TRY(const auto sandbox, Sandbox::open({}));
//   BAKEOFF_TRY(const auto outcome, sandbox->run({.command = {"/usr/bin/python3", "-c", "print(6 * 7)"},
//                                                 .view = {"/usr/bin/python3", "/usr/lib", ...}}));
//   // outcome.ending == Ending::exited, outcome.status == 0, outcome.output == "42\n"
//
// Layers, each of them required: bubblewrap (namespaces of its own for users, processes, network, mounts, IPC and host
// name; a file system that holds the view read-only and nothing else, with one folder /box for writing; user 65534
// without capabilities; a new session), Landlock, a seccomp list of allowed system calls, resource limits. What it does
// not cover, and each promise with its test: docs/sandbox.md.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/core/files.h"
#include "harness/core/result.h"

namespace bakeoff::judges {

struct SandboxLimits {
  double wall_seconds = 12;               ///< then everything inside is killed
  int cpu_seconds = 3;                    ///< of one process
  std::size_t memory_bytes = 512u << 20;  ///< address space of one process
  int processes = 8;                      ///< and threads, at one time
  std::size_t file_bytes = 16u << 20;     ///< size of one file
  std::size_t scratch_bytes = 16u << 20;  ///< of all that is written to /box
  std::size_t output_bytes = 1u << 20;    ///< of standard output, errors and result, each
};

/// A file that the job finds inside, read-only.
struct SandboxFile {
  std::string path;  ///< absolute, inside
  std::string content;
};

struct SandboxedJob {
  std::vector<std::string> command;  ///< an absolute path that `view` covers, then arguments
  std::string input;                 ///< standard input
  std::vector<SandboxFile> files;
  std::vector<Path> view;                ///< files and folders that are seen read-only; links are followed
  std::vector<std::string> environment;  ///< "NAME=value"; nothing else is there but HOME, TMPDIR and LANG
  SandboxLimits limits;
};

/// How a job ended. Only `exited` says anything about what the program computed. A program that asks for more memory
/// than it may have is told so (ENOMEM; MemoryError in Python) and ends as it will; the kernel's own killer shows as
/// `killed`.
enum class Ending {
  exited,        ///< by itself; `status` is its exit status
  timeout,       ///< wall clock or CPU time
  killed,        ///< by the signal in `status`
  output_limit,  ///< it wrote more than it may
  refused_call,  ///< it made a system call that is not on the list
};
const char* name_of(Ending ending);

struct SandboxOutcome {
  Ending ending = Ending::exited;
  int status = 0;              ///< exit status or signal
  std::string output, errors;  ///< the standard streams
  std::string result;          ///< what was written to descriptor 3
  double wall_seconds = 0, cpu_seconds = 0;
  std::size_t peak_bytes = 0;  ///< resident, of the largest process
};

enum class Protection {
  sandbox,
  none,  ///< the user asked for it: limits on time, memory and output alone. For trusted code on a throw-away machine
};

/// Immutable after open(); run() may be called from any number of threads.
class Sandbox {
 public:
  /// Finds bubblewrap and the guard and compiles the system-call list. An infrastructure error names what is missing.
  static Result<std::shared_ptr<const Sandbox>> open(Protection protection);

  /// Runs the job to its end; when this returns, no process of it is left. An error is ours, never the program's: a
  /// layer that could not be set up, a descriptor that could not be made.
  Result<SandboxOutcome> run(const SandboxedJob& job) const;

  Protection protection() const { return protection_; }
  /// "bubblewrap, Landlock, seccomp, limits" or "NONE", for the record of a verdict.
  const char* description() const;

 private:
  Sandbox() = default;
  std::vector<std::string> words_of(const SandboxedJob& job) const;

  Protection protection_ = Protection::sandbox;
  Path guard_, bubblewrap_;
  std::string filter_;  ///< seccomp program
};

}  // namespace bakeoff::judges
