#include "baker/bake/losses.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "baker/bake/row_loops.h"
#include "baker/bake/thin_products.h"
#include "baker/kernels/variants.h"

namespace bakeoff::baker {
namespace {

constexpr std::int64_t kRows = 120;  ///< rows whose logits exist at once: at V = 49152 these are 24 MB
constexpr std::int64_t kColumns =
    2048;  ///< of the vocabulary, summed in one product; the blocks are summed after each other

/// The state as the head's product reads it: rounded where the product rounds, so that value and gradient are of one
/// function.
std::vector<float> as_multiplied(std::span<const float> hidden, Dtype dtype) {
  std::vector<float> rounded(hidden.begin(), hidden.end());
  if (dtype == Dtype::fp32) return rounded;
  std::vector<std::uint16_t> halves(hidden.size());
  kernels().round_bf16(hidden.data(), static_cast<std::int64_t>(hidden.size()), halves.data());
  for (std::size_t i = 0; i < rounded.size(); ++i) {
    const std::uint32_t bits = static_cast<std::uint32_t>(halves[i]) << 16;
    std::memcpy(&rounded[i], &bits, sizeof bits);
  }
  return rounded;
}

double dot(const float* a, const float* b, std::int64_t count) {
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

}  // namespace

/// Some rows on their way through the head. The buffers are reused between chunks.
struct HeadLoss::Chunk {
  const float* hidden = nullptr;  ///< [rows, C]
  std::int64_t rows = 0;
  std::vector<float> logits;          ///< [rows, V]
  std::vector<float> log_partition;   ///< [rows] A(h)
  std::vector<float> mean;            ///< [rows, C] m(h)
  std::vector<float> block, partial;  ///< [rows, kColumns], [rows, C]
};

HeadLoss::HeadLoss(const Model& model) : head_(model.head) {
  const std::int64_t vocabulary = head_.outputs(), width = head_.inputs();
  std::vector<float> rows(static_cast<std::size_t>(kColumns * width));
  std::vector<float> turned(rows.size());
  for (std::int64_t first = 0; first < vocabulary; first += kColumns) {
    const std::int64_t count = std::min(kColumns, vocabulary - first);
    for_rows(count, [&](std::int64_t v) { head_.read_row(first + v, rows.data() + v * width); });
    for_rows(width, [&](std::int64_t c) {
      for (std::int64_t v = 0; v < count; ++v)
        turned[static_cast<std::size_t>(c * count + v)] = rows[static_cast<std::size_t>(v * width + c)];
    });
    columns_.push_back(PackedMatrix::pack(std::span<const float>(turned).first(static_cast<std::size_t>(width * count)),
                                          width, count, Dtype::fp32));
  }
}

void HeadLoss::logits(Chunk& chunk) const {
  const std::int64_t vocabulary = head_.outputs();
  chunk.logits.resize(static_cast<std::size_t>(std::max(chunk.rows, std::int64_t{1}) * vocabulary));
  chunk.log_partition.resize(static_cast<std::size_t>(chunk.rows));
  multiply(head_, chunk.hidden, chunk.rows, chunk.logits.data());
  for_rows(chunk.rows, [&](std::int64_t row) {
    chunk.log_partition[static_cast<std::size_t>(row)] =
        kernels().log_sum_exp(chunk.logits.data() + row * vocabulary, vocabulary);
  });
}

/// The mean of W under each row's distribution, one block of the vocabulary after another.
void HeadLoss::expectation(Chunk& chunk) const {
  const std::int64_t vocabulary = head_.outputs(), width = head_.inputs();
  chunk.mean.assign(static_cast<std::size_t>(chunk.rows * width), 0.0f);
  chunk.partial.resize(chunk.mean.size());
  chunk.block.resize(static_cast<std::size_t>(chunk.rows * kColumns));
  for (std::size_t b = 0; b < columns_.size(); ++b) {
    const std::int64_t first = static_cast<std::int64_t>(b) * kColumns, count = columns_[b].inputs();
    for_rows(chunk.rows, [&](std::int64_t row) {
      thin_kernels().exponentials(chunk.logits.data() + row * vocabulary + first,
                                  chunk.log_partition[static_cast<std::size_t>(row)], count,
                                  chunk.block.data() + row * count);
    });
    multiply(columns_[b], chunk.block.data(), chunk.rows, chunk.partial.data());
    for_rows(chunk.rows, [&](std::int64_t row) {
      for (std::int64_t c = row * width; c < (row + 1) * width; ++c)
        chunk.mean[static_cast<std::size_t>(c)] += chunk.partial[static_cast<std::size_t>(c)];
    });
  }
}

HeadMoments HeadLoss::moments(std::span<const float> hidden) const {
  const std::int64_t width = head_.inputs(), tokens = static_cast<std::int64_t>(hidden.size()) / width;
  const std::vector<float> states = as_multiplied(hidden, head_.dtype());
  HeadMoments result;
  Chunk chunk;
  for (std::int64_t first = 0; first < tokens; first += kRows) {
    chunk.hidden = states.data() + first * width;
    chunk.rows = std::min(kRows, tokens - first);
    logits(chunk);
    expectation(chunk);
    result.mean.insert(result.mean.end(), chunk.mean.begin(), chunk.mean.end());
    for (std::int64_t row = 0; row < chunk.rows; ++row)
      result.constant.push_back(dot(chunk.mean.data() + row * width, chunk.hidden + row * width, width) -
                                static_cast<double>(chunk.log_partition[static_cast<std::size_t>(row)]));
  }
  return result;
}

Status HeadLoss::check(const HeadMoments& teacher, std::span<const float> student_hidden) const {
  if (teacher.constant.empty())
    return input_error("no answer token is left under the mask", "",
                       "a loss over nothing is no number: sample longer answers");
  if (teacher.mean.size() != student_hidden.size())
    return internal_error("teacher and student have different numbers of answer tokens");
  return {};
}

Result<KlResult> HeadLoss::kl(const HeadMoments& teacher, std::span<const float> student_hidden,
                              std::int64_t batch_tokens) const {
  BAKEOFF_CHECK(check(teacher, student_hidden));
  const std::int64_t width = head_.inputs(), tokens = static_cast<std::int64_t>(teacher.constant.size());
  const std::vector<float> states = as_multiplied(student_hidden, head_.dtype());
  const float share = 1.0f / static_cast<float>(batch_tokens);
  KlResult result;
  result.gradient.resize(student_hidden.size());
  Chunk chunk;
  for (std::int64_t first = 0; first < tokens; first += kRows) {
    chunk.hidden = states.data() + first * width;
    chunk.rows = std::min(kRows, tokens - first);
    logits(chunk);
    expectation(chunk);
    const float* target = teacher.mean.data() + first * width;
    for (std::int64_t row = 0; row < chunk.rows; ++row)
      result.sum_nats += static_cast<double>(chunk.log_partition[static_cast<std::size_t>(row)]) -
                         dot(target + row * width, chunk.hidden + row * width, width) +
                         teacher.constant[static_cast<std::size_t>(first + row)];
    for (std::int64_t i = 0; i < chunk.rows * width; ++i)
      result.gradient[static_cast<std::size_t>(first * width + i)] =
          (chunk.mean[static_cast<std::size_t>(i)] - target[i]) * share;
  }
  if (!std::isfinite(result.sum_nats))
    return infrastructure_error("the loss is not finite", "", "lower recipe.learning_rate or use dtype fp32");
  return result;
}

Result<std::vector<double>> HeadLoss::kl_values(const HeadMoments& teacher,
                                                std::span<const float> student_hidden) const {
  BAKEOFF_CHECK(check(teacher, student_hidden));
  const std::int64_t width = head_.inputs(), tokens = static_cast<std::int64_t>(teacher.constant.size());
  const std::vector<float> states = as_multiplied(student_hidden, head_.dtype());
  std::vector<double> values;
  Chunk chunk;
  for (std::int64_t first = 0; first < tokens; first += kRows) {
    chunk.hidden = states.data() + first * width;
    chunk.rows = std::min(kRows, tokens - first);
    logits(chunk);
    for (std::int64_t row = 0; row < chunk.rows; ++row) {
      const double value = static_cast<double>(chunk.log_partition[static_cast<std::size_t>(row)]) -
                           dot(teacher.mean.data() + (first + row) * width, chunk.hidden + row * width, width) +
                           teacher.constant[static_cast<std::size_t>(first + row)];
      if (!std::isfinite(value)) return infrastructure_error("the KL of an answer token is not finite");
      values.push_back(value);
    }
  }
  return values;
}

}  // namespace bakeoff::baker
