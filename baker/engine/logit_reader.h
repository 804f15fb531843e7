// What scoring reads from one position's logits.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "harness/core/generator.h"

namespace bakeoff::baker {

struct TokenScore {
  double logprob;  ///< nats
  bool is_best;    ///< the most likely token, the smallest id among equals
};

/// The probability that `logits` [V] give to `id`; the sum over the vocabulary is taken in double.
TokenScore read_token(std::span<const float> logits, TokenId id);

/// The `count` most likely tokens with their log-probabilities, best first, smaller ids first among equals.
std::vector<std::pair<TokenId, double>> read_top(std::span<const float> logits, int count);

}  // namespace bakeoff::baker
