#include "baker/models/rotary.h"

#include <cmath>

namespace bakeoff::baker {

void RotaryTable::extend(const ModelConfig& config, std::int64_t positions) {
  const std::int64_t half = config.head_size / 2;
  const auto base = static_cast<float>(config.rope_base);
  for (auto p = static_cast<std::int64_t>(cosines.size()) / half; p < positions; ++p)
    for (std::int64_t i = 0; i < half; ++i) {
      const float frequency = 1.0f / std::pow(base, static_cast<float>(2 * i) / static_cast<float>(config.head_size));
      const float angle = static_cast<float>(p) * frequency;
      cosines.push_back(static_cast<float>(std::cos(static_cast<double>(angle))));
      sines.push_back(static_cast<float>(std::sin(static_cast<double>(angle))));
    }
}

}  // namespace bakeoff::baker
