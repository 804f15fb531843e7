// Rotary position tables, shared by the engine and by training.
#pragma once

#include <vector>

#include "baker/models/model.h"

namespace bakeoff::baker {

/// Cosines and sines of position p and pair i at [p, i], times the amplitude. Angles are in single precision, as
/// transformers computes them: at position 2,000 the rounding shows in the scores.
class RotaryTable {
 public:
  RotaryTable(std::vector<float> inverse, float amplitude) : inverse_(std::move(inverse)), amplitude_(amplitude) {}

  /// Makes the table reach `positions`.
  void extend(std::int64_t positions);
  std::int64_t pairs() const { return static_cast<std::int64_t>(inverse_.size()); }
  const float* cosines(std::int64_t position) const { return cosines_.data() + position * pairs(); }
  const float* sines(std::int64_t position) const { return sines_.data() + position * pairs(); }

 private:
  std::vector<float> inverse_;
  float amplitude_;
  std::int64_t reach_ = 0;
  std::vector<float> cosines_, sines_;
};

/// Two tables for each entry of `rotary`: at 2 i for sequences of usual length, at 2 i + 1 for long ones.
std::vector<RotaryTable> rotary_tables(const std::vector<RotaryFrequencies>& rotary);

}  // namespace bakeoff::baker
