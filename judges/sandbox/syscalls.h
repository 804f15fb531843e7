// The system calls that a sandboxed program may make.
#pragma once

#include <string>

#include "harness/core/result.h"

namespace bakeoff::judges {

/// The list as a program for the kernel's seccomp, made with libseccomp. Calls that libraries try and can do without
/// get an error number; all others that are not on the list kill the process with SIGSYS.
Result<std::string> compile_system_call_filter();

}  // namespace bakeoff::judges
