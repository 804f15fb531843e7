// The low-rank terms of one step: factors turned into the forms that the products read, their use forward and backward.
//
//   forward   u = s x A^T,      y += u B^T
//   backward  v = s dy B,       dx += v A,      dA += v^T x,      dB^T += u^T dy
#pragma once

#include <span>
#include <vector>

#include "baker/bake/lora_layout.h"
#include "baker/bake/thin_products.h"

namespace bakeoff::baker {

/// What one term needs in the backward pass.
struct LowRankGradient {
  ConstMatrix x;     ///< [R, inputs] of the forward pass
  const float* u;    ///< [R, padded r] of the forward pass
  ConstMatrix dy;    ///< [R, outputs]
  MutableMatrix dx;  ///< [R, inputs], added to
  std::int64_t rows;
};

/// Not thread-safe; each call works in parallel inside.
class LowRankTerms {
 public:
  explicit LowRankTerms(const LoraLayout& layout);
  /// Once per optimiser step, before forward. The span must stay alive until backward is done.
  void load(std::span<const float> parameters);
  std::int64_t padded_rank() const { return padded_; }

  /// u [rows, padded r] is kept by the caller for the backward pass.
  void forward(const LoraSlot& slot, ConstMatrix x, std::int64_t rows, float* u, MutableMatrix y) const;
  void backward(const LoraSlot& slot, const LowRankGradient& arrays, std::span<float> parameter_gradient);

 private:
  const float* a_turned(const LoraSlot& slot) const { return turned_.data() + turned_offset(slot); }
  const float* b_turned(const LoraSlot& slot) const { return a_turned(slot) + slot.module.inputs * padded_; }
  std::int64_t turned_offset(const LoraSlot& slot) const { return slot.a / rank_ * padded_; }

  std::vector<LoraSlot> slots_;
  std::int64_t rank_, padded_;
  float scale_;
  std::span<const float> parameters_;
  std::vector<float> turned_;  ///< per slot: s A^T [inputs, padded r], s B [outputs, padded r]; padding is zero
  std::vector<float> v_;       ///< [R, padded r]
};

}  // namespace bakeoff::baker
