#include "baker/engine/reading.h"

#include "baker/engine/sampler.h"

namespace bakeoff::baker {

void read(std::span<float> logits, Reading& reading) {
  if (reading.draws())
    reading.drawn = choose_token(logits, *reading.decoding, *reading.random);
  else if (reading.id)
    reading.scored = read_token(logits, *reading.id);
  else
    reading.listed = read_top(logits, reading.top);
}

}  // namespace bakeoff::baker
