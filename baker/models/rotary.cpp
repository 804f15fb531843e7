#include "baker/models/rotary.h"

#include <cmath>

namespace bakeoff::baker {

void RotaryTable::extend(std::int64_t positions) {
  for (; reach_ < positions; ++reach_)
    for (const float frequency : inverse_) {
      const float angle = static_cast<float>(reach_) * frequency;
      cosines_.push_back(static_cast<float>(std::cos(static_cast<double>(angle))) * amplitude_);
      sines_.push_back(static_cast<float>(std::sin(static_cast<double>(angle))) * amplitude_);
    }
}

std::vector<RotaryTable> rotary_tables(const std::vector<RotaryFrequencies>& rotary) {
  std::vector<RotaryTable> tables;
  for (const RotaryFrequencies& one : rotary) {
    tables.emplace_back(one.inverse, one.amplitude);
    tables.emplace_back(one.long_inverse.empty() ? one.inverse : one.long_inverse, one.amplitude);
  }
  return tables;
}

RotaryFrequencies plain_rotary(double base, std::int64_t turned) {
  RotaryFrequencies rotary;
  for (std::int64_t i = 0; 2 * i < turned; ++i)
    rotary.inverse.push_back(
        1.0f / std::pow(static_cast<float>(base), static_cast<float>(2 * i) / static_cast<float>(turned)));
  return rotary;
}

}  // namespace bakeoff::baker
