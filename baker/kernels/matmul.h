// Products with frozen weights: y = x W^T, where every output row has the same bits however many rows share the call.
//
// The weight is packed once into panels of 32 outputs. One output element is one chain of fused multiply-adds over k in
// ascending order (bf16: pairs of k), so its value depends on its own row of x and on W alone: not on the number of
// rows, their order, the threads or the position in a batch. That is what makes results invariant; and since a panel
// stays in cache while rows pass by, it is also faster than general libraries at 1 to 64 rows.
//
// Legend: R rows, N outputs, K inputs.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace bakeoff::baker {

enum class Dtype { fp32, bf16 };

/// A frozen matrix W [N, K]. Immutable after pack(); cheap to copy (shares memory); may be read from any thread.
class PackedMatrix {
 public:
  PackedMatrix() = default;
  /// `weight`: N x K fp32, row-major. bf16 rounds to nearest even.
  static PackedMatrix pack(std::span<const float> weight, std::int64_t outputs, std::int64_t inputs, Dtype dtype);
  /// W^T [K, N] packed the same way: for gradients with respect to x.
  PackedMatrix transposed() const;
  /// Row n of W, as fp32, into `row` (K values): an embedding look-up from the packed form.
  void read_row(std::int64_t n, float* row) const;

  std::int64_t outputs() const { return outputs_; }
  std::int64_t inputs() const { return inputs_; }
  Dtype dtype() const { return dtype_; }
  std::int64_t bytes() const;
  const void* data() const { return data_.get(); }

 private:
  std::int64_t outputs_ = 0, inputs_ = 0;
  Dtype dtype_ = Dtype::fp32;
  std::shared_ptr<void> data_;
};

/// y[R, N] = x[R, K] W^T. x, y: fp32, row-major and contiguous. With bf16 weights x is rounded to bf16 first, and sums
/// are kept in fp32. Parallel over panels with OpenMP; the result does not depend on the number of threads.
void multiply(const PackedMatrix& weight, const float* x, std::int64_t rows, float* y);

/// y += what multiply() would make.
void multiply_add(const PackedMatrix& weight, const float* x, std::int64_t rows, float* y);

/// multiply() in plain loops, for tests: bit-equal on machines with fused multiply-add in fp32, close in bf16.
void multiply_reference(const PackedMatrix& weight, const float* x, std::int64_t rows, float* y);

/// True where bf16 products are an instruction of this processor.
bool has_native_bf16();

}  // namespace bakeoff::baker
