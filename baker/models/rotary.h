// Rotary position tables (Su et al. 2021, arXiv:2104.09864), shared by the engine and by training.
#pragma once

#include <vector>

#include "baker/models/model.h"

namespace bakeoff::baker {

/// Cosines and sines of position p and frequency i at [p, i], i < D/2. Dimension i of a head rotates with i + D/2.
struct RotaryTable {
  std::vector<float> cosines, sines;

  /// Makes the table reach `positions`. Angles are in single precision, as transformers computes them: at position
  /// 2,000 the rounding shows in the scores.
  void extend(const ModelConfig& config, std::int64_t positions);
};

}  // namespace bakeoff::baker
