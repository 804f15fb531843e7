// The forward KL through moments of the head against full logits in double precision.
#include "baker/bake/losses.h"

#include <ATen/ATen.h>

#include "baker/bake/student_reference.h"
#include "tests/baker/tiny_model.h"
#include "tests/catch.h"

using namespace bakeoff;
using namespace bakeoff::baker;
using bakeoff::testing::tiny_model;
using bakeoff::testing::TinyModelMaker;

namespace {

constexpr std::int64_t kWidth = 24;

at::Tensor tensor(const std::vector<float>& values) {
  return at::tensor(values).view({static_cast<std::int64_t>(values.size()) / kWidth, kWidth});
}

std::shared_ptr<const Model> with_vocabulary(std::int64_t vocabulary, Dtype dtype = Dtype::fp32) {
  testing::TinyShape shape;
  shape.layers = 0;
  shape.vocabulary = vocabulary;
  return tiny_model(11, shape, dtype);
}

}  // namespace

TEST_CASE("KL and its gradient equal those of full logits in double precision") {
  for (const std::int64_t vocabulary : {50, 2048, 5000}) {  // less than, exactly and more than a block of columns
    const auto model = with_vocabulary(vocabulary);
    TinyModelMaker make(12);
    const std::vector<float> teacher = make.values(300 * kWidth, 1.5), student = make.values(300 * kWidth, 1.5);
    const HeadLoss loss(*model);
    const KlResult ours = loss.kl(loss.moments(teacher), student, 300).value();

    const at::Tensor states = tensor(student).to(at::kDouble).requires_grad_(true);
    const at::Tensor value = reference_kl(*model, tensor(teacher), states);
    (value / 300).backward();
    CHECK(ours.sum_nats == Approx(value.item<double>()).epsilon(1e-6));
    const at::Tensor difference = tensor(ours.gradient).to(at::kDouble) - states.grad();
    CHECK(difference.abs().max().item<double>() < 1e-5 * states.grad().abs().max().item<double>());
  }
}

TEST_CASE("the KL of two Bernoulli-like states is the textbook value") {
  // V = 2, C = 1, W = (1, 0): p_h = (sigma(h), 1 - sigma(h)). KL(.75 || .5) = .75 ln 1.5 + .25 ln .5 = .130812 nats.
  auto model = std::make_shared<Model>();
  model->head = PackedMatrix::pack(std::vector<float>{1.0f, 0.0f}, 2, 1, Dtype::fp32);
  const HeadLoss loss(*model);
  const std::vector<float> teacher = {std::log(3.0f)}, student = {0.0f};
  CHECK(loss.kl(loss.moments(teacher), student, 1).value().sum_nats == Approx(0.130812036).epsilon(1e-5));
  CHECK(loss.kl(loss.moments(teacher), student, 1).value().gradient[0] == Approx(0.5 - 0.75).epsilon(1e-5));
}

TEST_CASE("KL is exactly zero, and so is its gradient, when student equals teacher") {
  for (const Dtype dtype : {Dtype::fp32, Dtype::bf16}) {
    const auto model = with_vocabulary(5000, dtype);
    TinyModelMaker make(13);
    const std::vector<float> states = make.values(130 * kWidth, 2);
    const HeadLoss loss(*model);
    const KlResult same = loss.kl(loss.moments(states), states, 130).value();
    CHECK(same.sum_nats == 0.0);
    for (const float value : same.gradient) REQUIRE(value == 0.0f);
  }
}

TEST_CASE("KL is near its exact value where almost all probability is on one token") {
  const auto model = with_vocabulary(5000);
  TinyModelMaker make(14);
  const std::vector<float> teacher = make.values(40 * kWidth, 12);
  std::vector<float> student = teacher;
  const std::vector<float> noise = make.values(40 * kWidth, 0.05);
  for (std::size_t i = 0; i < student.size(); ++i) student[i] += noise[i];
  const HeadLoss loss(*model);
  const double exact = reference_kl(*model, tensor(teacher), tensor(student)).item<double>();
  CHECK(loss.kl(loss.moments(teacher), student, 40).value().sum_nats == Approx(exact).margin(40 * 2e-5));
}

TEST_CASE("the values of single tokens sum to the loss") {
  const auto model = with_vocabulary(300);
  TinyModelMaker make(15);
  const std::vector<float> teacher = make.values(20 * kWidth, 1), student = make.values(20 * kWidth, 1);
  const HeadLoss loss(*model);
  const HeadMoments moments = loss.moments(teacher);
  double sum = 0;
  const std::vector<double> values = loss.kl_values(moments, student).value();
  for (const double value : values) {
    CHECK(value >= 0);
    sum += value;
  }
  CHECK(sum == Approx(loss.kl(moments, student, 20).value().sum_nats));
}

TEST_CASE("a loss over no token, over unequal counts or over a value that is not finite is an error") {
  const auto model = with_vocabulary(50);
  const HeadLoss loss(*model);
  CHECK(loss.kl({}, {}, 1).error().line().find("no answer token") != std::string::npos);
  const std::vector<float> one(kWidth, 0.1f), two(2 * kWidth, 0.1f);
  CHECK_FALSE(loss.kl(loss.moments(one), two, 1).ok());
  std::vector<float> broken = one;
  broken[3] = std::nanf("");
  CHECK(loss.kl(loss.moments(one), broken, 1).error().line().find("not finite") != std::string::npos);
}
