// The packed student with its hand-written gradient against plain tensor operations with automatic gradients, and
// against finite differences in double precision.
#include "baker/bake/student.h"

#include <ATen/ATen.h>

#include "baker/bake/bakeable.h"
#include "baker/bake/losses.h"
#include "baker/bake/student_reference.h"
#include "tests/baker/tiny_model.h"
#include "tests/catch.h"

using namespace bakeoff;
using namespace bakeoff::baker;
using bakeoff::testing::tiny_model;
using bakeoff::testing::TinyShape;

namespace {

std::vector<TokenId> random_ids(Random& random, std::size_t count, std::uint64_t vocabulary) {
  std::vector<TokenId> ids(count);
  for (TokenId& id : ids) id = static_cast<TokenId>(random.below(vocabulary));
  return ids;
}

/// Groups of uneven sizes, with a one-token answer and a question with a single answer.
std::vector<AnswerGroup> uneven_groups(std::uint64_t seed) {
  Random random(seed);
  std::vector<AnswerGroup> groups(3);
  const std::vector<std::vector<std::size_t>> lengths = {{7, 1, 12, 5}, {20}, {3, 19}};
  const std::size_t contexts[] = {5, 18, 1};
  for (std::size_t g = 0; g < groups.size(); ++g) {
    groups[g].context = random_ids(random, contexts[g], 50);
    for (const std::size_t length : lengths[g]) groups[g].answers.push_back(random_ids(random, length, 50));
  }
  return groups;
}

std::vector<const AnswerGroup*> pointers(const std::vector<AnswerGroup>& groups) {
  std::vector<const AnswerGroup*> list;
  for (const AnswerGroup& group : groups) list.push_back(&group);
  return list;
}

/// A layout on every map with B filled too, so that every term acts.
struct Trainable {
  LoraLayout layout;
  std::vector<float> parameters;
};
Trainable trainable(const Model& model, int rank,
                    std::vector<std::string> targets = {kTargetNames.begin(), kTargetNames.end()}) {
  Trainable result = {LoraLayout::make(model.config, targets, rank, 2.0 * rank).value(), {}};
  result.parameters = result.layout.initial(5);
  Random random(6);
  for (float& value : result.parameters) value += static_cast<float>(0.05 * random.normal());
  return result;
}

at::Tensor tensor(std::span<const float> values, std::int64_t columns) {
  return at::from_blob(const_cast<float*>(values.data()), {static_cast<std::int64_t>(values.size()) / columns, columns})
      .clone();
}

double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

}  // namespace

TEST_CASE("packed rows of several questions give the states of each sequence alone") {
  const auto model = tiny_model(1);
  const auto groups = uneven_groups(2);
  for (const int rank : {3, 16}) {
    for (const FirstToken first : {FirstToken::include, FirstToken::skip}) {
      Trainable t = trainable(*model, rank);
      Student student(model, t.layout);
      const Packing packing = pack_groups(pointers(groups), first).value();
      const at::Tensor packed = tensor(student.forward(packing, t.parameters), model->config.width);
      const at::Tensor plain = reference_hidden(*model, t.layout, at::tensor(t.parameters), groups, first);
      REQUIRE(packed.sizes() == plain.sizes());
      CHECK(largest_difference(packed, plain) < 2e-5);
    }
  }
}

namespace {

/// What other families than Llama have and the student knows: biases everywhere, a layer that does not turn its heads,
/// one that turns part of them with an amplitude, scaled embeddings.
std::shared_ptr<const Model> model_with_everything() {
  auto model = std::make_shared<Model>(*tiny_model(3, {3, 24, 6, 2, 8, 40, 50}));
  testing::TinyModelMaker make(11);
  model->config.rotary.push_back(plain_rotary(500, 6));
  model->config.rotary.back().amplitude = 1.3f;
  model->config.attention[1].rotary = kNoRotary;
  model->config.attention[2].rotary = 1;
  model->config.embedding_scale = 1.7f;
  for (DecoderLayer& layer : model->layers) {
    layer.qkv_bias = make.values(layer.qkv.outputs(), 0.5);
    layer.o_bias = make.values(layer.o.outputs(), 0.5);
    layer.gate_up_bias = make.values(layer.gate_up.outputs(), 0.5);
    layer.down_bias = make.values(layer.down.outputs(), 0.5);
  }
  return model;
}

void check_gradients(const std::shared_ptr<const Model>& model) {
  const auto groups = uneven_groups(4);
  Trainable t = trainable(*model, 5);
  const at::Tensor parameters = at::tensor(t.parameters).to(at::kDouble).requires_grad_(true);
  const at::Tensor plain = reference_hidden(*model, t.layout, parameters, groups, FirstToken::include);
  const at::Tensor direction = at::sin(at::arange(plain.numel(), at::kDouble)).view(plain.sizes());
  (plain * direction).sum().backward();

  Student student(model, t.layout);
  const Packing packing = pack_groups(pointers(groups), FirstToken::include).value();
  const at::Tensor packed = tensor(student.forward(packing, t.parameters), model->config.width);
  CHECK(largest_difference(packed, plain.detach()) < 2e-5);
  const at::Tensor flat = direction.to(at::kFloat).contiguous();
  std::vector<float> gradient(t.parameters.size(), 0.0f);
  student.backward({flat.data_ptr<float>(), static_cast<std::size_t>(flat.numel())}, gradient);
  const double size = parameters.grad().abs().max().item<double>();
  CHECK(largest_difference(at::tensor(gradient), parameters.grad()) < 2e-5 * size);
}

}  // namespace

TEST_CASE("LoRA gradients of the packed student equal automatic gradients of the plain one") {
  const TinyShape shapes[] = {{}, {3, 64, 4, 4, 16, 96, 50}, {1, 128, 3, 1, 64, 70, 50}};
  for (const TinyShape& shape : shapes) check_gradients(tiny_model(3, shape));
}

TEST_CASE("they do so with biases, layers that do not turn, partial and amplified rotary positions") {
  check_gradients(model_with_everything());
}

TEST_CASE("what the student lacks is refused by name before any work") {
  const auto refused = [](auto&& change) {
    Model model = *tiny_model(1);
    change(model.config);
    const Status answer = bakeable(model);
    return answer.ok() ? std::string() : answer.error().line();
  };
  CHECK(refused([](ModelConfig&) {}).empty());
  CHECK(refused([](ModelConfig& c) { c.attention[1].window = 8; }).find("sliding windows") != std::string::npos);
  CHECK(refused([](ModelConfig& c) { c.logit_soft_cap = 30; }).find("soft caps") != std::string::npos);
  CHECK(refused([](ModelConfig& c) { c.parts.head_norms = true; }).find("norms on queries") != std::string::npos);
  CHECK(refused([](ModelConfig& c) { c.gated = false; }).find("SwiGLU") != std::string::npos);
  CHECK(refused([](ModelConfig& c) {
          c.family = "gpt2";
          c.norm = NormKind::layer;
        }).find("baking a gpt2 model is not supported yet") != std::string::npos);
}

TEST_CASE("a step along the gradient changes the KL as finite differences in double precision say") {
  const auto model = tiny_model(7);
  const auto groups = uneven_groups(8);
  Trainable t = trainable(*model, 4);
  Student student(model, t.layout);
  const HeadLoss loss(*model);
  const Packing packing = pack_groups(pointers(groups), FirstToken::include).value();
  const std::vector<float> untrained = t.layout.initial(9);
  const std::span<const float> teacher_states = student.forward(packing, untrained);
  const at::Tensor teacher = tensor(teacher_states, model->config.width);
  const HeadMoments moments = loss.moments(teacher_states);
  const KlResult kl = loss.kl(moments, student.forward(packing, t.parameters), packing.answer_tokens()).value();
  std::vector<float> gradient(t.parameters.size(), 0.0f);
  student.backward(kl.gradient, gradient);

  const at::Tensor centre = at::tensor(t.parameters).to(at::kDouble);
  const auto value = [&](const at::Tensor& parameters) {
    const at::Tensor states = reference_hidden(*model, t.layout, parameters, groups, FirstToken::include);
    return reference_kl(*model, teacher, states).item<double>() / static_cast<double>(packing.answer_tokens());
  };
  CHECK(kl.sum_nats / static_cast<double>(packing.answer_tokens()) == Approx(value(centre)).epsilon(1e-5));
  for (const std::int64_t place : {std::int64_t{3}, t.layout.size() / 3, t.layout.size() / 2, t.layout.size() - 2}) {
    at::Tensor step = at::zeros_like(centre);
    step[place] = 1e-5;
    const double slope = (value(centre + step) - value(centre - step)) / 2e-5;
    CHECK(gradient[static_cast<std::size_t>(place)] == Approx(slope).epsilon(2e-3).margin(1e-7));
  }
}

TEST_CASE("gradients add up over batches, and maps without an adapter take no part") {
  const auto model = tiny_model(1);
  const auto groups = uneven_groups(2);
  Trainable t = trainable(*model, 4, {"v_proj", "down_proj"});
  CHECK(t.layout.slots().size() == 4);
  Student student(model, t.layout);
  const Packing packing = pack_groups(pointers(groups), FirstToken::include).value();
  const std::size_t states = student.forward(packing, t.parameters).size();
  const std::vector<float> ones(states, 1.0f);
  std::vector<float> once(t.parameters.size(), 0.0f), twice(t.parameters.size(), 0.0f);
  student.backward(ones, once);
  for (int i = 0; i < 2; ++i) student.backward(ones, twice);
  for (std::size_t i = 0; i < once.size(); ++i) REQUIRE(twice[i] == Approx(2 * once[i]).epsilon(1e-4).margin(1e-5));
}

TEST_CASE("a smaller batch after a larger one gives the same bits as alone") {
  const auto model = tiny_model(1);
  const auto groups = uneven_groups(2);
  Trainable t = trainable(*model, 4);
  Student used(model, t.layout), fresh(model, t.layout);
  const std::vector<const AnswerGroup*> all = pointers(groups), one = {&groups[2]};
  used.forward(pack_groups(all, FirstToken::include).value(), t.parameters);
  const Packing small = pack_groups(one, FirstToken::include).value();
  const std::span<const float> a = used.forward(small, t.parameters), b = fresh.forward(small, t.parameters);
  CHECK(std::vector<float>(a.begin(), a.end()) == std::vector<float>(b.begin(), b.end()));
}

TEST_CASE("a batch without a counted token is an error") {
  AnswerGroup group;
  group.context = {1, 2};
  group.answers = {{3}, {4}};
  const std::vector<const AnswerGroup*> list = {&group};
  CHECK(pack_groups(list, FirstToken::include).ok());
  const auto skipped = pack_groups(list, FirstToken::skip);
  REQUIRE_FALSE(skipped.ok());
  CHECK(skipped.error().line().find("no answer token") != std::string::npos);
}

TEST_CASE("an untrained adapter starts as PEFT's does: B zero, A uniform within 1/sqrt(inputs)") {
  const auto model = tiny_model(1);
  const LoraLayout layout = LoraLayout::make(model->config, {"down_proj"}, 64, 64).value();
  const LoraWeights weights = layout.to_weights(layout.initial(1));
  const LoraPair& pair = *weights.find("model.layers.0.mlp.down_proj");
  const double bound = 1.0 / std::sqrt(40.0);
  CHECK(pair.b.abs().max().item<double>() == 0);
  CHECK(pair.a.abs().max().item<double>() <= bound);
  CHECK(pair.a.std().item<double>() == Approx(bound / std::sqrt(3.0)).epsilon(0.05));
  CHECK(pair.a.size(1) == 40);
  CHECK(pair.b.size(0) == 24);
  CHECK(weights.find("model.layers.0.self_attn.q_proj") == nullptr);
}

TEST_CASE("unknown, repeated and missing targets are errors that name them") {
  const ModelConfig config = tiny_model(1)->config;
  CHECK(LoraLayout::make(config, {"lm_head"}, 4, 4).error().line().find("lm_head") != std::string::npos);
  CHECK(LoraLayout::make(config, {"q_proj", "q_proj"}, 4, 4).error().line().find("twice") != std::string::npos);
  CHECK_FALSE(LoraLayout::make(config, {}, 4, 4).ok());
}
