// What the guard (guard.cpp, the first process inside a sandbox) and the program say to each other.
//
// Descriptors that the guard is started with; the guarded program keeps the first four alone.
#pragma once

#include <cstdint>

namespace bakeoff::judges {

enum GuardDescriptor : int {
  kInputDescriptor = 0,
  kOutputDescriptor = 1,
  kErrorsDescriptor = 2,
  kResultDescriptor = 3,   ///< what the guarded program writes here is the job's result
  kReportDescriptor = 4,   ///< one GuardReport
  kControlDescriptor = 5,  ///< its other end closed: everything inside is to die
  kFilterDescriptor = 6,   ///< the seccomp program, as the kernel reads it
  kFirstFileDescriptor = 7,
};

/// Names of the steps before the guarded program runs; `failed_step` is an index, 0 where none failed.
inline constexpr const char* kGuardSteps[] = {"",         "fork",    "resource limits",
                                              "Landlock", "seccomp", "start the program"};

struct GuardReport {
  std::int32_t failed_step = 0;
  std::int32_t error_number = 0;  ///< errno of the failed step
  std::int32_t wait_status = 0;   ///< as waitpid gives it
  std::int32_t timed_out = 0;
  std::int64_t cpu_microseconds = 0;  ///< of the program and of the children it waited for
  std::int64_t peak_kilobytes = 0;    ///< resident, of the largest process
};

}  // namespace bakeoff::judges
