// The student in plain tensor operations with automatic gradients: one sequence at a time, nothing packed, nothing
// fused. The yardstick of student.h in the tests; also runs in double precision, for finite differences.
#pragma once

#include <span>
#include <vector>

#include <ATen/core/Tensor.h>

#include "baker/bake/lora_layout.h"
#include "baker/bake/packing.h"
#include "baker/models/model.h"

namespace bakeoff::baker {

/// Final-norm states that predict each counted answer token, [N, C], in the order of Packing::outputs. `parameters`:
/// the flat array of `layout` as a tensor [layout.size()], whose type is the type of the computation; gradients flow
/// into it.
at::Tensor reference_hidden(const Model& model, const LoraLayout& layout, const at::Tensor& parameters,
                            std::span<const AnswerGroup> groups, FirstToken first);

/// Forward KL in nats summed over tokens, with full logits in double precision: [N, C] states of teacher and student.
at::Tensor reference_kl(const Model& model, const at::Tensor& teacher_hidden, const at::Tensor& student_hidden);

}  // namespace bakeoff::baker
