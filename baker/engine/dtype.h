// Which number format "auto" means here.
#pragma once

#include <string>

#include "baker/kernels/matmul.h"
#include "harness/core/result.h"

namespace bakeoff::baker {

/// "fp32" and "bf16" are themselves. "auto" is bf16 where the processor multiplies it at least a quarter faster than
/// fp32: measured on first use and kept in the cache folder, because results of the two differ and a machine must not
/// change its mind between runs.
Result<Dtype> resolve_dtype_name(const std::string& name);
/// On a device that is not this processor "auto" is bf16.
Result<Dtype> resolve_device_dtype_name(const std::string& name);
const char* dtype_name(Dtype dtype);

}  // namespace bakeoff::baker
