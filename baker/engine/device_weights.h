// A model's weights and adapters as tensors of a device: unpacked once, in the type in which they are packed.
//
// Legend: as in model.h; R rank.
#pragma once

#include <memory>
#include <vector>

#include <ATen/core/Tensor.h>

#include "baker/engine/lora_pack.h"
#include "baker/models/model.h"

namespace bakeoff::baker {

/// A frozen matrix W [N, K] on a device, fp32 or bf16. Who places the same matrix while another of its users lives
/// shares the tensor with it: arms of one model hold its weights once. May be used from any thread.
class DeviceMatrix {
 public:
  static std::shared_ptr<const DeviceMatrix> place(const PackedMatrix& matrix, c10::Device device);

  const at::Tensor& values() const { return values_; }
  /// y [rows, N] = x [rows, K] W^T in fp32. With bf16 weights x is rounded to bf16 first and sums are kept in fp32, as
  /// in multiply() (kernels/matmul.h); their order is the device library's.
  at::Tensor multiply(const at::Tensor& x) const;

 private:
  explicit DeviceMatrix(const PackedMatrix& matrix, c10::Device device);
  PackedMatrix packed_;  ///< keeps the address, by which it is known, from being used again
  at::Tensor values_;
};
using SharedMatrix = std::shared_ptr<const DeviceMatrix>;

/// Low-rank factors of one product; no tensors where there is no term.
struct DeviceLowRank {
  SharedMatrix a;  ///< [R, K]
  SharedMatrix b;  ///< [N, R]
};

/// A product with its bias; undefined where the family has none.
struct DeviceProduct {
  SharedMatrix weight;
  at::Tensor bias;                      ///< [N]
  std::vector<DeviceLowRank> variants;  ///< by variant
};

struct DeviceNorm {
  at::Tensor weight, bias;  ///< [C] or [D]; undefined where the family has none
};

struct DeviceLayer {
  DeviceNorm attention_norm, mlp_norm, q_norm, k_norm, post_attention_norm, post_mlp_norm;
  DeviceProduct qkv, o, gate_up, down;
};

struct DeviceWeights {
  SharedMatrix embedding, head;
  at::Tensor positions;  ///< [context, C], undefined without learned positions
  DeviceNorm final_norm;
  std::vector<DeviceLayer> layers;

  /// May throw c10::Error.
  static DeviceWeights place(const Model& model, const std::vector<std::vector<LayerLowRank>>& variants,
                             c10::Device device);
};

}  // namespace bakeoff::baker
