// Is there a device beside this processor, and what computes there?
#pragma once

#include <string>

#include "harness/core/result.h"

namespace bakeoff::baker {

/// Ok where LibTorch was built with CUDA and a device answers; else an infrastructure error that says what is missing.
Status check_cuda();

/// "aten 2.13.0": what, beside the device itself, decides the bits of results there.
std::string device_library();

}  // namespace bakeoff::baker
