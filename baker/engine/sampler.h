// From logits to a token.
#pragma once

#include <span>

#include "harness/core/conversation.h"
#include "harness/core/generator.h"
#include "harness/core/seed.h"

namespace bakeoff::baker {

/// Greedy at temperature 0 (the smallest id among equals, `random` untouched); else one draw from
/// softmax(logits / temperature), cut to top_k and then to the smallest set with mass >= top_p (Holtzman et al. 2019,
/// arXiv:1904.09751). `logits` [V] is overwritten.
TokenId choose_token(std::span<float> logits, const Decoding& decoding, Random& random);

}  // namespace bakeoff::baker
