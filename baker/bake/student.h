// The student of a bake: the frozen model with trainable low-rank terms, forward and backward over packed rows.
//
// The gradient is written out by hand, because the weights never change: each frozen map is two products (with W, and
// with W^T for the gradient), both from packed matrices, and everything between them is one pass per row.
// student_reference.h says the same in plain tensor operations, one sequence at a time, and the tests hold the two
// together.
//
// Legend: R packed rows, N counted answer tokens, H query heads, G key-value heads, D head size, C width, M MLP width,
// L layers, r rank. A layer, with RMS norms n1 and n2:  m = x + o(attention(rope(qkv(n1 x)))),  y = m +
// down(silu(gate(n2 m)) * up(n2 m)).
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "baker/bake/lora_layout.h"
#include "baker/bake/packing.h"
#include "baker/bake/tree_attention.h"
#include "baker/models/model.h"

namespace bakeoff::baker {

/// Not thread-safe. Call order: forward, then backward with the same packing and parameters; any number of times.
class Student {
 public:
  /// Makes the transposed weights: as much memory as the model's layers. `parents`: low-rank terms of adapters that
  /// stay as they are, below the trainable ones; what else they change is in the model (adapted_model.h).
  Student(std::shared_ptr<const Model> model, LoraLayout layout, const AdapterList& parents = {});
  ~Student();

  /// Final-norm states that predict each counted answer token, [N, C], valid until the next call.
  std::span<const float> forward(const Packing& packing, std::span<const float> parameters);
  /// `gradient` [N, C] of the last forward's result; adds to `parameter_gradient` (layout().size() values).
  void backward(std::span<const float> gradient, std::span<float> parameter_gradient);

  const LoraLayout& layout() const { return layout_; }
  const Model& model() const { return *model_; }

 private:
  struct Work;
  std::shared_ptr<const Model> model_;
  LoraLayout layout_;
  std::unique_ptr<Work> work_;
};

}  // namespace bakeoff::baker
