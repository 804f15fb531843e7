// All trainable numbers of a bake as one flat fp32 array: where each factor lies in it, how it starts, and how it
// becomes an adapter. A flat array makes the optimiser, the gradient norm, the checkpoint and an exchange of gradients
// one loop each.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "baker/models/lora.h"
#include "harness/core/result.h"

namespace bakeoff::baker {

struct LoraSlot {
  Target target = Target::q;
  Module module;
  std::int64_t a = 0;             ///< offset of A [r, inputs]
  std::int64_t b_transposed = 0;  ///< offset of B^T [r, outputs]
};

/// Immutable after make().
class LoraLayout {
 public:
  /// `targets`: names of kTargetNames; an unknown or repeated one, or none, is an input error.
  static Result<LoraLayout> make(const ModelConfig& config, const std::vector<std::string>& targets, int rank,
                                 double alpha);

  int rank() const { return rank_; }
  float scale() const { return static_cast<float>(scale_); }  ///< alpha / r
  std::int64_t size() const { return size_; }                 ///< numbers in the flat array
  const std::vector<LoraSlot>& slots() const { return slots_; }
  /// Null where the map has no adapter.
  const LoraSlot* slot(std::int64_t layer, Target target) const;

  /// A ~ U(-1/sqrt(inputs), 1/sqrt(inputs)), B = 0: what PEFT's reset_lora_parameters draws
  /// (kaiming_uniform_ with a = sqrt(5)), from a generator of our own.
  std::vector<float> initial(std::uint64_t seed) const;
  LoraWeights to_weights(std::span<const float> parameters) const;

 private:
  int rank_ = 0;
  double scale_ = 1;
  std::int64_t size_ = 0;
  std::vector<LoraSlot> slots_;
  std::vector<std::array<int, kTargets>> index_;  ///< into slots_, -1: none
};

}  // namespace bakeoff::baker
