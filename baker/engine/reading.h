// What a row wants to know of the distribution at one of its positions, and what came of it.
#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "baker/engine/logit_reader.h"
#include "harness/core/conversation.h"
#include "harness/core/seed.h"

namespace bakeoff::baker {

/// One of three: a token drawn, a given token scored, or the most likely tokens listed.
struct Reading {
  const Decoding* decoding = nullptr;  ///< to draw: how, and from what
  Random* random = nullptr;
  std::optional<TokenId> id;  ///< to score
  int top = 0;                ///< to list

  TokenId drawn = 0;
  TokenScore scored = {};
  std::vector<std::pair<TokenId, double>> listed;

  bool draws() const { return decoding != nullptr; }
};

/// Answers a reading from the position's logits [V], which are overwritten.
void read(std::span<float> logits, Reading& reading);

}  // namespace bakeoff::baker
