// The baker's side of harness/core/adapter_tools.h.
#pragma once

#include <memory>

#include "harness/core/adapter_tools.h"

namespace bakeoff::baker {

std::unique_ptr<AdapterTools> make_adapter_tools();

}  // namespace bakeoff::baker
