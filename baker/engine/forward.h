// The arithmetic behind the engine, as its scheduler sees it: tokens in, states and what is read from logits out.
//
// Two implementations. On this processor: Decoder's products, whose bits do not depend on the batch. On any device of
// ATen's: DeviceForward (device_forward.h), whose bits may. Rows, shared prefixes, sampling and the memory budget are
// the engine's and the same for both.
//
// Legend: N tokens of a pass, R states, C width, V vocabulary.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <c10/core/Device.h>

#include "baker/engine/decoder.h"
#include "baker/engine/reading.h"

namespace bakeoff::baker {

/// Not thread-safe. On a device any method may throw c10::Error (out of memory, device lost).
class Forward {
 public:
  virtual ~Forward() = default;
  /// Room for keys and values of `capacity` tokens: Segment::bytes_for bytes, counted in `reserved` where given.
  virtual std::shared_ptr<Segment> make_segment(std::int64_t capacity, std::shared_ptr<std::int64_t> reserved) = 0;
  /// As Decoder::forward: appends the final-norm state [C] of each index in `wanted` (ascending) to `hidden`. Tokens of
  /// one path lie side by side.
  virtual void forward(std::span<const PassToken> tokens, std::span<const std::size_t> wanted,
                       std::vector<float>& hidden) = 0;
  /// Logits [R, V] at states [R, C].
  virtual void project(std::span<const float> hidden, std::vector<float>& logits) = 0;
  /// Answers one reading for each state [C] of `hidden`.
  virtual void read_states(std::span<const float> hidden, std::span<Reading*> readings) = 0;
};

struct ForwardOptions {
  std::optional<c10::Device> device;  ///< nothing: Decoder on this processor
  std::int64_t kv_bytes = 0;          ///< what the segments of the engine take at most
};

/// `model` and `variants` (as for Decoder) must outlive it.
std::unique_ptr<Forward> make_forward(const Model& model, const std::vector<std::vector<LayerLowRank>>& variants,
                                      const ForwardOptions& options);

}  // namespace bakeoff::baker
