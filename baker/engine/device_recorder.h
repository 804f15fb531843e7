// A sequence of operations on a device, recorded once and asked for again as one: a CUDA graph.
#pragma once

#include <functional>

#include <c10/core/Device.h>

namespace bakeoff::baker {

/// Does `work` at least once, and returns what does it again: the same operations on the same memory. `work` must not
/// wait for the device, nor depend on anything on the host that changes. What it allocates belongs to the recording.
/// Throws what `work` or the device threw; the device can be used as before then.
using Recorder = std::function<std::function<void()>(const std::function<void()>& work)>;

/// CUDA graphs on a CUDA device, where LibTorch is 2.13 or this program was built with a CUDA toolkit's headers. On the
/// CPU `work` itself, so that what depends on a recording can be tested there. Else nothing.
Recorder make_recorder(c10::Device device);

}  // namespace bakeoff::baker
