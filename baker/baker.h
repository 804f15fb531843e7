// The baker's implementation of the seam in harness/core/baker_api.h.
#pragma once

#include <memory>

#include "harness/core/baker_api.h"

namespace bakeoff::baker {

std::unique_ptr<Baker> make_local_baker();

}  // namespace bakeoff::baker
