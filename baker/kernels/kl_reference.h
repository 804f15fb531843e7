// Forward KL between two rows of logits and its gradient, in plain loops: what the fast kernels are held to.
//
// For teacher logits t and student logits s over a vocabulary, with p = softmax(t) and q = softmax(s):
//   KL(p || q) = sum_v p_v (log p_v - log q_v)   in nats,      d KL / d s_v = q_v - p_v
// (Kullback & Leibler 1951; the gradient follows from d log q_w / d s_v = [v = w] - q_v.)
//
// Example: t = (0, 0), s = (ln 3, 0): p = (1/2, 1/2), q = (3/4, 1/4), KL = ln 2 - ln(3) / 2 = .1438, gradient (1/4,
// -1/4). Not covered: rows without any finite logit. Their KL is not a number.
#pragma once

#include <cstdint>

namespace bakeoff::baker {

/// Rows of logits and where the results go. All row-major and contiguous; R rows, V vocabulary.
struct KlRows {
  const float* teacher = nullptr;  ///< [R, V] logits; -inf is probability 0
  const float* student = nullptr;  ///< [R, V]
  std::int64_t rows = 0;
  std::int64_t vocabulary = 0;
  float* kl_nats = nullptr;   ///< [R], out
  float* gradient = nullptr;  ///< [R, V], out: of each row's KL with respect to its student logits
};

/// Sums in double. May be called from any thread.
void kl_rows_reference(const KlRows& batch);

}  // namespace bakeoff::baker
