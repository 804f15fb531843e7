// AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2) over one flat array:
//
//   m = b1 m + (1 - b1) g,   v = b2 v + (1 - b2) g^2,
//   x = x - lr decay x - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon)
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/core/recipe.h"

namespace bakeoff::baker {

/// Moments are public: they are what a checkpoint keeps.
struct AdamW {
  std::vector<float> first, second;  ///< as many as parameters
  std::int64_t steps = 0;            ///< taken so far

  explicit AdamW(std::size_t parameters = 0) : first(parameters, 0.0f), second(parameters, 0.0f) {}
  void step(std::span<float> parameters, std::span<const float> gradient, double learning_rate, const Recipe& recipe);
};

/// Scales the gradient so that its Euclidean norm is at most `limit`; returns the norm before.
double clip_gradient(std::span<float> gradient, double limit);

/// Linear warm-up to the peak, times a linear decay that would reach 0 after the last step. `step` from 0.
double learning_rate_at(const Recipe& recipe, std::int64_t step, std::int64_t steps);

}  // namespace bakeoff::baker
