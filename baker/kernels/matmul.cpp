#include "baker/kernels/matmul.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

#include "baker/kernels/variants.h"

namespace bakeoff::baker {
namespace {

/// Rows of a block: a multiple of every tile height; x of a block stays in the second-level cache.
constexpr std::int64_t kBlockRows = 192;
constexpr std::int64_t kFewPanels = 8;  ///< a low-rank factor
constexpr std::int64_t kFewRows = 48;   ///< of a block there: a multiple of the tile heights too

std::int64_t panels(std::int64_t outputs) { return (outputs + kPanel - 1) / kPanel; }
/// A multiple of 16: the pairs of a tile (variant_amx.cpp).
std::int64_t pairs(std::int64_t inputs) { return (inputs + 31) / 32 * 16; }

std::shared_ptr<void> allocate(std::int64_t bytes) {
  void* memory = std::aligned_alloc(64, static_cast<std::size_t>((bytes + 63) / 64 * 64));
  if (!memory) throw std::bad_alloc();
  std::memset(memory, 0, static_cast<std::size_t>(bytes));
  return {memory, std::free};
}

/// Words of one panel: floats, or pairs of bf16.
std::int64_t panel_words(std::int64_t inputs, Dtype dtype) {
  return kPanel * (dtype == Dtype::fp32 ? inputs : pairs(inputs));
}

float widen(std::uint16_t half) {
  const std::uint32_t bits = static_cast<std::uint32_t>(half) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// Where W[n, k] lies in bf16: pair k/2 of its panel, lane n, half k%2.
std::int64_t bf16_place(std::int64_t n, std::int64_t k, std::int64_t inputs) {
  return n / kPanel * panel_words(inputs, Dtype::bf16) * 2 + (k / 2 * kPanel + n % kPanel) * 2 + k % 2;
}
std::int64_t fp32_place(std::int64_t n, std::int64_t k, std::int64_t inputs) {
  return n / kPanel * panel_words(inputs, Dtype::fp32) + k * kPanel + n % kPanel;
}

/// Rows of x as bf16 pairs with zeros after the last, then rows of zeros up to a multiple of 16. Every row begins on a
/// line of the cache.
const std::uint32_t* round_rows(const float* x, std::int64_t rows, std::int64_t inputs) {
  thread_local std::shared_ptr<void> memory;
  thread_local std::int64_t size = 0;
  const std::int64_t width = 2 * pairs(inputs), padded = (rows + 15) / 16 * 16;
  if (size < padded * width) {
    memory = allocate(2 * padded * width);
    size = padded * width;
  }
  auto* const to = static_cast<std::uint16_t*>(memory.get());  // the other threads have a `memory` of their own
#pragma omp parallel for schedule(static) if (rows >= 16)
  for (std::int64_t r = 0; r < padded; ++r) {
    const std::int64_t count = r < rows ? inputs : 0;
    kernels().round_bf16(x + r * inputs, count, to + r * width);
    std::fill(to + r * width + count, to + (r + 1) * width, std::uint16_t{0});
  }
  return reinterpret_cast<const std::uint32_t*>(to);
}

}  // namespace

PackedMatrix PackedMatrix::pack(std::span<const float> weight, std::int64_t outputs, std::int64_t inputs, Dtype dtype) {
  PackedMatrix packed;
  packed.outputs_ = outputs;
  packed.inputs_ = inputs;
  packed.dtype_ = dtype;
  packed.data_ = allocate(packed.bytes());
  auto* floats = static_cast<float*>(packed.data_.get());
  auto* halves = static_cast<std::uint16_t*>(packed.data_.get());
#pragma omp parallel
  {
    std::vector<std::uint16_t> rounded(static_cast<std::size_t>(inputs));
#pragma omp for schedule(static)
    for (std::int64_t n = 0; n < outputs; ++n) {
      const float* row = weight.data() + n * inputs;
      if (dtype == Dtype::fp32) {
        for (std::int64_t k = 0; k < inputs; ++k) floats[fp32_place(n, k, inputs)] = row[k];
      } else {
        kernels().round_bf16(row, inputs, rounded.data());
        for (std::int64_t k = 0; k < inputs; ++k)
          halves[bf16_place(n, k, inputs)] = rounded[static_cast<std::size_t>(k)];
      }
    }
  }
  return packed;
}

void PackedMatrix::read_row(std::int64_t n, float* row) const {
  if (dtype_ == Dtype::fp32) {
    const auto* from = static_cast<const float*>(data_.get());
    for (std::int64_t k = 0; k < inputs_; ++k) row[k] = from[fp32_place(n, k, inputs_)];
  } else {
    const auto* from = static_cast<const std::uint16_t*>(data_.get());
    for (std::int64_t k = 0; k < inputs_; ++k) row[k] = widen(from[bf16_place(n, k, inputs_)]);
  }
}

PackedMatrix PackedMatrix::transposed() const {
  std::vector<float> turned(static_cast<std::size_t>(outputs_ * inputs_));
#pragma omp parallel
  {
    std::vector<float> row(static_cast<std::size_t>(inputs_));
#pragma omp for schedule(static)
    for (std::int64_t n = 0; n < outputs_; ++n) {
      read_row(n, row.data());
      for (std::int64_t k = 0; k < inputs_; ++k)
        turned[static_cast<std::size_t>(k * outputs_ + n)] = row[static_cast<std::size_t>(k)];
    }
  }
  return pack(turned, inputs_, outputs_, dtype_);
}

std::int64_t PackedMatrix::bytes() const {
  return outputs_ == 0 ? 0 : panels(outputs_) * panel_words(inputs_, dtype_) * 4;
}

namespace {

/// A part of y += x W^T: the sums are made beside y first, so that they have the bits of y = x W^T.
void add_part(void (*run)(const PanelProduct&), PanelProduct product) {
  alignas(64) float sums[kBlockRows * kPanel];
  float* const y = std::exchange(product.y, sums);
  const std::int64_t stride = std::exchange(product.y_stride, kPanel);
  run(product);
  for (std::int64_t r = 0; r < product.rows; ++r)
    for (std::int64_t n = 0; n < product.width; ++n) y[r * stride + n] += sums[r * kPanel + n];
}

void multiply_into(const PackedMatrix& weight, const float* x, std::int64_t rows, float* y, bool adds) {
  const std::int64_t outputs = weight.outputs(), inputs = weight.inputs();
  const bool bf16 = weight.dtype() == Dtype::bf16;
  const std::int64_t depth = bf16 ? pairs(inputs) : inputs;
  const void* from = bf16 ? static_cast<const void*>(round_rows(x, rows, inputs)) : x;
  const std::int64_t panel_count = panels(outputs);
  const auto* words = static_cast<const float*>(weight.data());
  const auto run = bf16 ? kernels().panel_bf16 : kernels().panel_fp32;
  const auto part = [&](std::int64_t panel, std::int64_t row, std::int64_t most_rows) {
    PanelProduct product;
    product.panel = words + panel * panel_words(inputs, weight.dtype());
    product.x = static_cast<const float*>(from) + row * depth;  // floats and pairs are both four bytes
    product.x_stride = depth;
    product.depth = depth;
    product.rows = std::min(most_rows, rows - row);
    product.y = y + row * outputs + panel * kPanel;
    product.y_stride = outputs;
    product.width = std::min(kPanel, outputs - panel * kPanel);
    if (adds)
      add_part(run, product);
    else
      run(product);
  };
  if (panel_count < kFewPanels) {  // too few to share: rows are shared too
    const std::int64_t blocks = (rows + kFewRows - 1) / kFewRows;
#pragma omp parallel for schedule(static) if (blocks > 1)
    for (std::int64_t i = 0; i < blocks * panel_count; ++i) part(i % panel_count, i / panel_count * kFewRows, kFewRows);
    return;
  }
#pragma omp parallel
  for (std::int64_t row = 0; row < rows; row += kBlockRows) {
#pragma omp for schedule(static) nowait  // a thread has the same panels for all blocks of rows: an even share
    for (std::int64_t panel = 0; panel < panel_count; ++panel) part(panel, row, kBlockRows);
  }
}

}  // namespace

void multiply(const PackedMatrix& weight, const float* x, std::int64_t rows, float* y) {
  multiply_into(weight, x, rows, y, false);
}

void multiply_add(const PackedMatrix& weight, const float* x, std::int64_t rows, float* y) {
  multiply_into(weight, x, rows, y, true);
}

void multiply_reference(const PackedMatrix& weight, const float* x, std::int64_t rows, float* y) {
  const std::int64_t outputs = weight.outputs(), inputs = weight.inputs();
  std::vector<float> row(static_cast<std::size_t>(inputs)), input(static_cast<std::size_t>(inputs));
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t k = 0; k < inputs; ++k) {
      std::uint16_t half = 0;
      kernels().round_bf16(x + r * inputs + k, 1, &half);
      input[static_cast<std::size_t>(k)] = weight.dtype() == Dtype::bf16 ? widen(half) : x[r * inputs + k];
    }
    for (std::int64_t n = 0; n < outputs; ++n) {
      weight.read_row(n, row.data());
      float sum = 0;
      for (std::size_t k = 0; k < row.size(); ++k) sum = std::fma(row[k], input[k], sum);
      y[r * outputs + n] = sum;
    }
  }
}

bool has_native_bf16() { return kernels().native_bf16; }

}  // namespace bakeoff::baker
