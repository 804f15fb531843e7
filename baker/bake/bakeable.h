// Which models the student of a bake can compute: student.h writes gradients out by hand, and not yet for everything
// that the engine runs.
#pragma once

#include "baker/models/model.h"

namespace bakeoff::baker {

/// An input error that names what the student lacks; to be asked before any work.
Status bakeable(const Model& model);

}  // namespace bakeoff::baker
