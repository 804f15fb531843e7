// Forward KL from teacher to student through the frozen head, in nats, exact over the whole vocabulary, without ever
// holding logits of more than a few rows.
//
// Teacher and student share the head W, so a state h gives the distribution p_h(v) = exp(W_v . h - A(h)) with
// A(h) = log sum_v exp(W_v . h): an exponential family with natural parameter h and sufficient statistic W_v. Hence,
// with the mean m(h) = E_{v ~ p_h}[W_v] (Wainwright and Jordan 2008, doi:10.1561/2200000001, section 3 and
// equation 5.19):
//
//   KL(p_t || p_s) = A(h_s) - A(h_t) - m(h_t) . (h_s - h_t)        gradient with respect to h_s:  m(h_s) - m(h_t)
//
// All that a step needs of the teacher is m(h_t) and one number a position, computed once per bake; the usual way
// projects the teacher's states to logits again in every epoch. Where the student's state equals the teacher's the
// value is exactly 0.
//
// Legend: N answer tokens, C width, V vocabulary.
#pragma once

#include <span>
#include <vector>

#include "baker/models/model.h"

namespace bakeoff::baker {

/// What the distribution at each state is, in the form that the loss reads.
struct HeadMoments {
  std::vector<float> mean;       ///< [N, C] E[W_v]
  std::vector<double> constant;  ///< [N] m(h) . h - A(h): minus the entropy, nats
};

struct KlResult {
  double sum_nats = 0;          ///< over the N tokens
  std::vector<float> gradient;  ///< [N, C] of sum / batch tokens, with respect to the student's states
};

/// The frozen head with what gradients through it need: W^T as blocks of columns, in fp32 also where the model computes
/// in bf16, because rounded probabilities would not sum to one. Immutable; not for concurrent use.
class HeadLoss {
 public:
  explicit HeadLoss(const Model& model);

  /// `hidden` [N, C].
  HeadMoments moments(std::span<const float> hidden) const;
  /// `batch_tokens`: tokens of the whole optimiser step, of which these N may be a part. Errors: no token at all, sizes
  /// that differ, a value that is not finite.
  Result<KlResult> kl(const HeadMoments& teacher, std::span<const float> student_hidden,
                      std::int64_t batch_tokens) const;
  /// The value of each token only, nats: half the work.
  Result<std::vector<double>> kl_values(const HeadMoments& teacher, std::span<const float> student_hidden) const;

 private:
  struct Chunk;
  void logits(Chunk& chunk) const;
  void expectation(Chunk& chunk) const;
  Status check(const HeadMoments& teacher, std::span<const float> student_hidden) const;

  PackedMatrix head_;                  ///< [V, C]
  std::vector<PackedMatrix> columns_;  ///< W^T, blocks of [C, kColumns]
};

}  // namespace bakeoff::baker
