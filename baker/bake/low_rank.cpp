#include "baker/bake/low_rank.h"

#include <algorithm>

#include "baker/bake/row_loops.h"

namespace bakeoff::baker {
namespace {

/// [rank, width] -> scaled [width, padded].
void turn(const float* from, std::int64_t rank, std::int64_t width, MutableMatrix to, float scale) {
  for (std::int64_t i = 0; i < width; ++i)
    for (std::int64_t j = 0; j < rank; ++j) to.data[i * to.stride + j] = scale * from[j * width + i];
}

/// g [rank, width] += left^T right over all rows: columns in parallel, rows in order.
void add_outer_columns(float* g, ConstMatrix left, ConstMatrix right, const ProductShape& shape) {
  constexpr std::int64_t kColumns = 64;
  const std::int64_t blocks = (shape.columns + kColumns - 1) / kColumns;
#pragma omp parallel for schedule(static)
  for (std::int64_t block = 0; block < blocks; ++block) {
    const std::int64_t column = block * kColumns;
    thin_kernels().add_outer({g + column, shape.columns}, left, {right.data + column, right.stride},
                             {shape.rows, std::min(kColumns, shape.columns - column), shape.depth});
  }
}

}  // namespace

LowRankTerms::LowRankTerms(const LoraLayout& layout)
    : slots_(layout.slots()), rank_(layout.rank()), padded_((layout.rank() + 15) / 16 * 16), scale_(layout.scale()) {
  turned_.assign(static_cast<std::size_t>(layout.size() / rank_ * padded_), 0.0f);
}

void LowRankTerms::load(std::span<const float> parameters) {
  parameters_ = parameters;
  const auto count = static_cast<std::int64_t>(slots_.size());
#pragma omp parallel for schedule(static)
  for (std::int64_t i = 0; i < count; ++i) {
    const LoraSlot& slot = slots_[static_cast<std::size_t>(i)];
    float* to = turned_.data() + turned_offset(slot);
    turn(parameters.data() + slot.a, rank_, slot.module.inputs, {to, padded_}, scale_);
    turn(parameters.data() + slot.b_transposed, rank_, slot.module.outputs,
         {to + slot.module.inputs * padded_, padded_}, scale_);
  }
}

void LowRankTerms::forward(const LoraSlot& slot, ConstMatrix x, std::int64_t rows, float* u, MutableMatrix y) const {
  const float* b = parameters_.data() + slot.b_transposed;
  for_row_blocks(rows, [&](std::int64_t row, std::int64_t count) {
    float* part = u + row * padded_;
    std::fill_n(part, count * padded_, 0.0f);
    thin_kernels().add_product({part, padded_}, {x.data + row * x.stride, x.stride}, {a_turned(slot), padded_},
                               {count, padded_, slot.module.inputs});
    thin_kernels().add_product({y.data + row * y.stride, y.stride}, {part, padded_}, {b, slot.module.outputs},
                               {count, slot.module.outputs, rank_});
  });
}

void LowRankTerms::backward(const LoraSlot& slot, const LowRankGradient& g, std::span<float> parameter_gradient) {
  v_.resize(static_cast<std::size_t>(g.rows * padded_));
  const float* a = parameters_.data() + slot.a;
  for_row_blocks(g.rows, [&](std::int64_t row, std::int64_t count) {
    float* part = v_.data() + row * padded_;
    std::fill_n(part, count * padded_, 0.0f);
    thin_kernels().add_product({part, padded_}, {g.dy.data + row * g.dy.stride, g.dy.stride}, {b_turned(slot), padded_},
                               {count, padded_, slot.module.outputs});
    thin_kernels().add_product({g.dx.data + row * g.dx.stride, g.dx.stride}, {part, padded_}, {a, slot.module.inputs},
                               {count, slot.module.inputs, rank_});
  });
  add_outer_columns(parameter_gradient.data() + slot.a, {v_.data(), padded_}, g.x, {rank_, slot.module.inputs, g.rows});
  add_outer_columns(parameter_gradient.data() + slot.b_transposed, {g.u, padded_}, g.dy,
                    {rank_, slot.module.outputs, g.rows});
}

}  // namespace bakeoff::baker
