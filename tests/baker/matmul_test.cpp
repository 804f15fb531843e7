// Products with frozen weights: beside plain loops, beside sums in double precision, and row by row beside themselves.
#include "baker/kernels/matmul.h"

#include <bit>
#include <cmath>
#include <string_view>

#include <ATen/Parallel.h>

#include "baker/kernels/variants.h"
#include "harness/core/seed.h"
#include "tests/catch.h"

using namespace bakeoff;
using namespace bakeoff::baker;

namespace {

struct Shape {
  std::int64_t rows, outputs, inputs;
};

/// Around every size at which a loop changes: tiles of rows, blocks of rows, panels of outputs, pairs and tiles of
/// depth.
const Shape kShapes[] = {{1, 1, 1},    {1, 32, 2},   {3, 33, 31},   {4, 5, 32},     {12, 64, 33},
                         {15, 31, 64}, {16, 32, 96}, {17, 40, 63},  {32, 96, 65},   {33, 16, 80},
                         {47, 48, 7},  {49, 16, 96}, {97, 300, 40}, {192, 290, 16}, {193, 257, 48}};

std::vector<float> random_values(std::int64_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = static_cast<float>(random.normal());
  return values;
}

struct Case {
  Case(const Shape& shape_in, Dtype dtype)
      : shape(shape_in),
        weight(PackedMatrix::pack(random_values(shape.outputs * shape.inputs, 1), shape.outputs, shape.inputs, dtype)),
        x(random_values(shape.rows * shape.inputs, 2)) {}

  std::vector<float> product() const {
    std::vector<float> y(static_cast<std::size_t>(shape.rows * shape.outputs));
    multiply(weight, x.data(), shape.rows, y.data());
    return y;
  }
  std::vector<float> row_of_weight(std::int64_t n) const {
    std::vector<float> row(static_cast<std::size_t>(shape.inputs));
    weight.read_row(n, row.data());
    return row;
  }
  /// Row r of x as the product sees it.
  std::vector<float> row_of_x(std::int64_t r) const {
    std::vector<float> row(x.begin() + r * shape.inputs, x.begin() + (r + 1) * shape.inputs);
    if (weight.dtype() == Dtype::bf16) PackedMatrix::pack(row, 1, shape.inputs, Dtype::bf16).read_row(0, row.data());
    return row;
  }

  Shape shape;
  PackedMatrix weight;
  std::vector<float> x;
};

/// Calls check(row of x, row of the weight, what the product made of them).
template <class Check>
void for_each_output(const Case& one, const Check& check) {
  const std::vector<float> y = one.product();
  for (std::int64_t n = 0; n < one.shape.outputs; ++n) {
    const std::vector<float> w = one.row_of_weight(n);
    for (std::int64_t r = 0; r < one.shape.rows; ++r)
      check(one.row_of_x(r), w, y[static_cast<std::size_t>(r * one.shape.outputs + n)]);
  }
}

/// One output of TDPBF16PS after another (Intel 64 and IA-32 manual, volume 2): even and odd places apart over 16
/// pairs.
float by_the_manual(const std::vector<float>& x, const std::vector<float>& w) {
  float sum = 0;
  for (std::size_t first = 0; first < x.size(); first += 32) {
    float even = 0, odd = 0;
    for (std::size_t k = first; k < std::min(first + 32, x.size()); ++k) {
      float& chain = k % 2 == 0 ? even : odd;
      chain = std::fma(x[k], w[k], chain);
    }
    sum += even + odd;
  }
  return sum;
}

}  // namespace

TEST_CASE("products are the sums of their terms, within what single precision can lose") {
  for (const Dtype dtype : {Dtype::fp32, Dtype::bf16})
    for (const Shape& shape : kShapes) {
      CAPTURE(shape.rows, shape.outputs, shape.inputs, dtype == Dtype::bf16);
      double worst = 0;
      for_each_output(Case(shape, dtype), [&](const std::vector<float>& x, const std::vector<float>& w, float y) {
        double sum = 0, size = 0;
        for (std::size_t k = 0; k < x.size(); ++k) {
          sum += static_cast<double>(x[k]) * static_cast<double>(w[k]);
          size += std::abs(static_cast<double>(x[k]) * static_cast<double>(w[k]));
        }
        worst = std::max(worst, std::abs(static_cast<double>(y) - sum) / size);
      });
      CHECK(worst < static_cast<double>(shape.inputs + 1) * 0x1p-24);
    }
}

TEST_CASE("products in single precision have the bits of the plain loops") {
  if (kernels().name == std::string_view("generic")) SKIP_TEST("this processor has no fused multiply-add");
  for (const Shape& shape : kShapes) {
    const Case one(shape, Dtype::fp32);
    std::vector<float> plain(one.x.size() / static_cast<std::size_t>(shape.inputs) *
                             static_cast<std::size_t>(shape.outputs));
    multiply_reference(one.weight, one.x.data(), shape.rows, plain.data());
    CAPTURE(shape.rows, shape.outputs, shape.inputs);
    CHECK(one.product() == plain);
  }
}

TEST_CASE("products by AMX have the bits that the processor's manual says") {
  if (kernels().name != std::string_view("amx")) SKIP_TEST("this processor or system has no AMX");
  for (const Shape& shape : kShapes) {
    bool same = true;
    for_each_output(Case(shape, Dtype::bf16), [&](const std::vector<float>& x, const std::vector<float>& w, float y) {
      same = same && std::bit_cast<std::uint32_t>(y) == std::bit_cast<std::uint32_t>(by_the_manual(x, w));
    });
    CAPTURE(shape.rows, shape.outputs, shape.inputs);
    CHECK(same);
  }
}

TEST_CASE("a product that is added has the bits of the product, then the sum") {
  for (const Shape& shape : kShapes) {
    const Case one(shape, Dtype::fp32);
    std::vector<float> sums = random_values(shape.rows * shape.outputs, 3), expected = one.product();
    for (std::size_t i = 0; i < sums.size(); ++i) expected[i] = sums[i] + expected[i];
    multiply_add(one.weight, one.x.data(), shape.rows, sums.data());
    CAPTURE(shape.rows, shape.outputs, shape.inputs);
    CHECK(sums == expected);
  }
}

TEST_CASE("a row of a product has the same bits alone, in company and on any number of threads") {
  for (const Dtype dtype : {Dtype::fp32, Dtype::bf16})
    for (const Shape& shape : kShapes) {
      CAPTURE(shape.rows, shape.outputs, shape.inputs, dtype == Dtype::bf16);
      const Case one(shape, dtype);
      const std::vector<float> together = one.product();
      std::vector<float> alone(together.size());
      for (std::int64_t r = 0; r < shape.rows; ++r)
        multiply(one.weight, one.x.data() + r * shape.inputs, 1, alone.data() + r * shape.outputs);
      CHECK(alone == together);
      const int threads = at::get_num_threads();
      at::set_num_threads(3);
      CHECK(one.product() == together);
      at::set_num_threads(threads);
    }
}
