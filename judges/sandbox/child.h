// One child process with the descriptors of guard_protocol.h: started without copying this process's memory map,
// watched, always waited for.
#pragma once

#include <string>
#include <vector>

#include "harness/core/files.h"
#include "harness/core/result.h"

namespace bakeoff::judges {

struct ChildJob {
  std::vector<std::string> words;  ///< an absolute path and arguments
  std::vector<std::string> environment;
  std::string input;               ///< standard input, as a file in memory: nobody can be blocked by a full pipe
  std::string filter;              ///< kFilterDescriptor
  Path guard;                      ///< kFirstFileDescriptor
  std::vector<std::string> files;  ///< the descriptors after it
  std::size_t output_bytes = 0;    ///< of output, errors and result, each
  double wall_seconds = 0;         ///< the guard's own limit; this side waits somewhat longer before it kills the guard
};

struct ChildOutcome {
  std::string output, errors, result, report;
  bool output_exceeded = false;  ///< a stream grew beyond its limit and everything was ended
  int wait_status = 0;
  double wall_seconds = 0;
};

/// Runs it to its end. An error is ours: no process, no descriptor, or a guard that does not end. Any thread.
Result<ChildOutcome> run_child(const ChildJob& job);

}  // namespace bakeoff::judges
