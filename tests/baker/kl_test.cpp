// Forward KL from rows of logits: the plain loops against scipy and autograd, the CUDA kernel against the plain loops.
#include <cmath>
#include <fstream>
#include <random>
#include <vector>

#include <nlohmann/json.hpp>

#include "baker/kernels/kl_reference.h"
#include "tests/catch.h"
#include "tests/support.h"
#ifdef BAKEOFF_CUDA_KERNELS
#include "baker/kernels/cuda/kl.h"
#endif

namespace {
using bakeoff::baker::KlRows;

struct Rows {
  std::vector<float> teacher, student, kl_nats, gradient;
  std::int64_t vocabulary = 0;

  KlRows batch() {
    const auto rows = static_cast<std::int64_t>(teacher.size()) / vocabulary;
    kl_nats.assign(static_cast<std::size_t>(rows), -1.0f);
    gradient.assign(teacher.size(), -9.0f);
    return {teacher.data(), student.data(), rows, vocabulary, kl_nats.data(), gradient.data()};
  }
};

Rows computed(std::vector<float> teacher, std::vector<float> student) {
  Rows rows{std::move(teacher), std::move(student), {}, {}, 0};
  rows.vocabulary = static_cast<std::int64_t>(rows.teacher.size());
  kl_rows_reference(rows.batch());
  return rows;
}

#ifdef BAKEOFF_CUDA_KERNELS
Rows random_rows(std::int64_t count, std::int64_t vocabulary) {
  std::mt19937 random(11);
  std::normal_distribution<float> normal(0.0f, 4.0f);
  Rows rows;
  rows.vocabulary = vocabulary;
  for (std::int64_t i = 0; i < count * vocabulary; ++i) {
    rows.teacher.push_back(normal(random));
    rows.student.push_back(rows.teacher.back() + 0.3f * normal(random));
  }
  rows.teacher[3] = -INFINITY;
  return rows;
}
#endif
}  // namespace

TEST_CASE("the KL of logits (0, 0) against (ln 3, 0) is ln 2 - ln(3) / 2 and its gradient (1/4, -1/4)") {
  const Rows rows = computed({0.0f, 0.0f}, {std::log(3.0f), 0.0f});
  CHECK(rows.kl_nats[0] == Approx(std::log(2.0) - std::log(3.0) / 2));
  CHECK(rows.gradient[0] == Approx(0.25));
  CHECK(rows.gradient[1] == Approx(-0.25));
}

TEST_CASE("the KL of equal logits is exactly 0, and so is its gradient") {
  const Rows rows = computed({1.5f, -2.0f, 30.0f, -INFINITY}, {1.5f, -2.0f, 30.0f, -INFINITY});
  CHECK(rows.kl_nats[0] == 0.0f);
  for (float value : rows.gradient) CHECK(value == 0.0f);
}

TEST_CASE("KL and gradient of rows of logits are those of scipy and autograd") {
  std::ifstream file(bakeoff::testing::source_path("golden/kl_rows.json"));
  for (const auto& row : nlohmann::json::parse(file)) {
    const Rows rows = computed(row["teacher"], row["student"]);
    CHECK(rows.kl_nats[0] == Approx(row["kl_nats"].get<double>()).epsilon(1e-5));
    for (std::size_t v = 0; v < rows.gradient.size(); ++v)
      CHECK(rows.gradient[v] == Approx(row["gradient"][v].get<double>()).margin(1e-6));
  }
}

TEST_CASE("the CUDA kernel's KL and gradient agree with the plain loops") {
#ifndef BAKEOFF_CUDA_KERNELS
  SKIP_TEST("built without a CUDA compiler");
#else
  if (bakeoff::baker::cuda::device_count() == 0) SKIP_TEST("no CUDA device answers");
  for (std::int64_t vocabulary : {5, 33, 512, 49152}) {
    Rows expected = random_rows(6, vocabulary), actual = expected;
    kl_rows_reference(expected.batch());
    REQUIRE(bakeoff::baker::cuda::kl_rows_from_host(actual.batch()).ok());
    for (std::size_t row = 0; row < expected.kl_nats.size(); ++row)
      CHECK(actual.kl_nats[row] == Approx(expected.kl_nats[row]).epsilon(1e-4).margin(1e-5));
    double worst = 0;
    for (std::size_t i = 0; i < expected.gradient.size(); ++i)
      worst = std::max<double>(worst, std::abs(actual.gradient[i] - expected.gradient[i]));
    CHECK(worst < 1e-5);
  }
#endif
}
