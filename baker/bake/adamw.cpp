#include "baker/bake/adamw.h"

#include <algorithm>
#include <cmath>

namespace bakeoff::baker {

void AdamW::step(std::span<float> parameters, std::span<const float> gradient, double learning_rate,
                 const Recipe& recipe) {
  ++steps;
  const double count = static_cast<double>(steps);
  const auto b1 = static_cast<float>(recipe.adam_beta1), b2 = static_cast<float>(recipe.adam_beta2);
  const auto rate = static_cast<float>(learning_rate / (1 - std::pow(recipe.adam_beta1, count)));
  const auto unbias = static_cast<float>(1 / std::sqrt(1 - std::pow(recipe.adam_beta2, count)));
  const auto keep = static_cast<float>(1 - learning_rate * recipe.weight_decay);
  const auto epsilon = static_cast<float>(recipe.adam_epsilon);
  const auto size = static_cast<std::int64_t>(parameters.size());
  float *x = parameters.data(), *m = first.data(), *v = second.data();
  const float* g = gradient.data();
#pragma omp parallel for simd schedule(static)
  for (std::int64_t i = 0; i < size; ++i) {
    m[i] = b1 * m[i] + (1 - b1) * g[i];
    v[i] = b2 * v[i] + (1 - b2) * g[i] * g[i];
    x[i] = keep * x[i] - rate * m[i] / (std::sqrt(v[i]) * unbias + epsilon);
  }
}

double clip_gradient(std::span<float> gradient, double limit) {
  double squares = 0;
  for (const float value : gradient) squares += static_cast<double>(value) * static_cast<double>(value);
  const double norm = std::sqrt(squares);
  if (norm > limit) {
    const auto factor = static_cast<float>(limit / norm);
    for (float& value : gradient) value *= factor;
  }
  return norm;
}

double learning_rate_at(const Recipe& recipe, std::int64_t step, std::int64_t steps) {
  const double warmup = std::max(1, recipe.warmup_steps), at = static_cast<double>(step);
  return recipe.learning_rate * std::min(1.0, (at + 1) / warmup) * (1 - at / static_cast<double>(steps));
}

}  // namespace bakeoff::baker
