// How far two models' next-token distributions are apart on one text, exactly: over the whole vocabulary, at every
// position. KL(p || q) = sum over the vocabulary of p (log p - log q), in nats, summed in double.
#pragma once

#include <span>
#include <vector>

#include "baker/engine/generator.h"

namespace bakeoff::baker {

/// One side of a comparison: a model and what it reads. Distributions after ids[from..] are compared.
struct ReadText {
  Engine& engine;
  std::span<const TokenId> ids;
  std::size_t from = 0;
};

/// KL(one || other) after each token from `from` on. Both sides compare the same number of positions and have the same
/// vocabulary; else an internal error.
Result<std::vector<double>> divergences(const ReadText& one, const ReadText& other);

/// KL(one || other) averaged over the tokens of the last message, an assistant's: each side reads the messages before
/// it after its own context and through its own template, then the same answer. The end of the turn is no token of it.
/// Errors (input): no such message, an answer without tokens, a text too long for a model.
Result<double> answer_divergence(LocalGenerator& one, LocalGenerator& other, const Conversation& conversation);

}  // namespace bakeoff::baker
