// Use of a tokenizer that came from hostile bytes.
#pragma once

#include "baker/text/tokenizer.h"

namespace bakeoff::testing {

/// Encodes a few texts in every way and decodes what came out, and every id of a small vocabulary.
void exercise(const baker::Tokenizer& tokenizer);

}  // namespace bakeoff::testing
