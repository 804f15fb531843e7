// Grouped causal attention over packed rows (packing.h): a context row sees the context up to itself, an answer row
// sees the whole context and its own answer up to itself. Forward and backward, probabilities kept between the two.
//
// Legend: R rows, H query heads, G key-value heads, D head size. One row of `qkv` is [H D | G D | G D].
#pragma once

#include <cstdint>
#include <vector>

#include "baker/bake/packing.h"

namespace bakeoff::baker {

struct AttentionShape {
  std::int64_t heads = 0, kv_heads = 0, head_size = 0;
  std::int64_t row_width() const { return (heads + 2 * kv_heads) * head_size; }
  std::int64_t out_width() const { return heads * head_size; }
};

/// Where the probabilities of each group lie in the kept array. For a head of a group with n context and m answer rows:
/// [n + m, n] against the context, then [c, c] for each answer of c rows, each row padded to whole vectors.
class AttentionPlan {
 public:
  AttentionPlan(const Packing& packing, const AttentionShape& shape);
  std::int64_t size() const { return size_; }
  std::int64_t offset(std::size_t group, std::int64_t head) const;
  const Packing& packing() const { return packing_; }
  const AttentionShape& shape() const { return shape_; }

 private:
  const Packing& packing_;
  AttentionShape shape_;
  std::vector<std::int64_t> begin_, per_head_;
  std::int64_t size_ = 0;
};

/// out [R, H D]; `probabilities` has plan.size() values.
void attention_forward(const AttentionPlan& plan, const float* qkv, float* probabilities, float* out);

struct AttentionGradient {
  const float* qkv;
  const float* probabilities;
  const float* dout;  ///< [R, H D]
  float* dqkv;        ///< [R, (H + 2 G) D], overwritten
};
void attention_backward(const AttentionPlan& plan, const AttentionGradient& arrays);

}  // namespace bakeoff::baker
