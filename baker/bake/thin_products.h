// Products with a short side: low-rank terms, attention within one answer, and the element-wise parts of the backward
// pass. The frozen matrices go through kernels/matmul.h; these are the small, changing operands beside them.
//
// Every function works on the rows it is given, in ascending order, so that results do not depend on threads.
// Legend: R rows, N columns, K the summed index. All matrices row-major with a stride between rows.
#pragma once

#include <cstdint>

namespace bakeoff::baker {

struct ConstMatrix {
  const float* data;
  std::int64_t stride;
};
struct MutableMatrix {
  float* data;
  std::int64_t stride;
};
struct ProductShape {
  std::int64_t rows;     ///< of the result
  std::int64_t columns;  ///< of the result
  std::int64_t depth;    ///< summed
};

/// Element-wise arguments of one row of the gated unit, y = silu(gate) * up.
struct GatedRow {
  const float* gate;
  const float* up;
  const float* dy;
  std::int64_t width;
};

struct NormRow {
  const float* x;
  const float* weight;
  const float* dy;
  std::int64_t width;
  float epsilon;
};

struct ThinKernels {
  /// y[R, N] += u[R, K] b[K, N].
  void (*add_product)(MutableMatrix y, ConstMatrix u, ConstMatrix b, const ProductShape& shape);
  /// g[R, N] += u[K, R]^T y[K, N].
  void (*add_outer)(MutableMatrix g, ConstMatrix u, ConstMatrix y, const ProductShape& shape);
  /// Derivatives of y = silu(gate) * up, silu(z) = z s(z) with s the logistic function: dgate = dy up s (1 + gate (1 -
  /// s)), dup = dy gate s.
  void (*gated_backward)(const GatedRow& row, float* dgate, float* dup);
  /// Adds to dx the derivative of y = x / sqrt(mean(x^2) + epsilon) * weight.
  void (*norm_backward)(const NormRow& row, float* dx);
  /// out[i] = exp(z[i] - shift).
  void (*exponentials)(const float* z, float shift, std::int64_t count, float* out);
  /// z[i] *= factor.
  void (*scale)(float* z, float factor, std::int64_t count);
  /// Sum of a[i] b[i].
  float (*dot)(const float* a, const float* b, std::int64_t count);
};

/// The fastest table that this processor runs.
const ThinKernels& thin_kernels();

}  // namespace bakeoff::baker
