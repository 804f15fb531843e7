#include "baker/kernels/kl_reference.h"

#include <algorithm>
#include <cmath>

namespace bakeoff::baker {
namespace {

double log_sum_exp(const float* logits, std::int64_t count) {
  const double largest = *std::max_element(logits, logits + count);
  double sum = 0;
  for (std::int64_t v = 0; v < count; ++v) sum += std::exp(logits[v] - largest);
  return largest + std::log(sum);
}

float kl_of_row(const float* teacher, const float* student, std::int64_t count, float* gradient) {
  const double teacher_norm = log_sum_exp(teacher, count);
  const double student_norm = log_sum_exp(student, count);
  double kl = 0;
  for (std::int64_t v = 0; v < count; ++v) {
    const double log_p = teacher[v] - teacher_norm;
    const double log_q = student[v] - student_norm;
    const double p = std::exp(log_p);
    if (p > 0) kl += p * (log_p - log_q);  // the limit of p log p at 0 is 0
    gradient[v] = static_cast<float>(std::exp(log_q) - p);
  }
  return static_cast<float>(kl);
}

}  // namespace

void kl_rows_reference(const KlRows& batch) {
  for (std::int64_t row = 0; row < batch.rows; ++row) {
    const std::int64_t start = row * batch.vocabulary;
    batch.kl_nats[row] =
        kl_of_row(batch.teacher + start, batch.student + start, batch.vocabulary, batch.gradient + start);
  }
}

}  // namespace bakeoff::baker
