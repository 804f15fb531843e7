#include "baker/bake/student.h"

#include <algorithm>
#include <cmath>

#include "baker/bake/low_rank.h"
#include "baker/bake/row_loops.h"
#include "baker/engine/lora_pack.h"
#include "baker/kernels/variants.h"
#include "baker/models/rotary.h"

namespace bakeoff::baker {
namespace {

using Floats = std::vector<float>;

void grow(Floats& buffer, std::int64_t values) {
  if (static_cast<std::int64_t>(buffer.size()) < values) buffer.resize(static_cast<std::size_t>(values));
}

/// W^T of one layer.
struct TransposedLayer {
  PackedMatrix qkv, o, gate_up, down;
};

/// The gradient of y += (x A^T) B^T with respect to x is dy B A: the same with the factors' transposes in other places.
LowRank backwards(const LowRank& term) {
  if (term.empty()) return {};
  return {term.b.transposed(), term.a.transposed()};
}

/// What the backward pass needs of one layer's forward.
struct Kept {
  Floats input;                    ///< [R, C]
  Floats qkv;                      ///< [R, (H + 2 G) D], q and k rotated
  Floats probabilities;            ///< tree_attention.h
  Floats attended;                 ///< [R, H D]
  Floats middle;                   ///< [R, C]
  Floats gate_up;                  ///< [R, 2 M]
  std::array<Floats, kTargets> u;  ///< low_rank.h
};

void add(const float* from, std::int64_t count, float* to) {
  for (std::int64_t i = 0; i < count; ++i) to[i] += from[i];
}

}  // namespace

struct Student::Work {
  const Model& model;
  const ModelConfig& config;
  const LoraLayout& layout;
  LowRankTerms terms;
  AttentionShape attention;
  std::vector<TransposedLayer> transposed;
  std::vector<LayerLowRank> parents, parents_turned;  ///< one a layer, or none at all
  std::vector<Kept> kept;
  Floats last, normed, wide, hidden;  ///< forward: [R, C], [R, C], [R, M], [N, C]
  Floats dx, dnormed, dwide, dgate_up, dqkv, dattended;
  std::vector<RotaryTable> rotary;  ///< rotary_tables()
  const Packing* packing = nullptr;
  std::unique_ptr<AttentionPlan> plan;
  std::int64_t rows = 0;

  Work(const Model& m, const LoraLayout& l, const AdapterList& below)
      : model(m),
        config(m.config),
        layout(l),
        terms(l),
        parents(pack_adapters(m.config, below)),
        rotary(rotary_tables(m.config.rotary)) {
    attention = {config.heads, config.kv_heads, config.head_size};
    kept.resize(static_cast<std::size_t>(config.layers));
    for (const DecoderLayer& layer : model.layers)
      transposed.push_back(
          {layer.qkv.transposed(), layer.o.transposed(), layer.gate_up.transposed(), layer.down.transposed()});
    for (const LayerLowRank& layer : parents)
      parents_turned.push_back(
          {backwards(layer.qkv), backwards(layer.o), backwards(layer.gate_up), backwards(layer.down)});
  }

  void begin(const Packing& next);
  void embed(float* x) const;
  void norm(const float* x, const std::vector<float>& weight, float* y) const;
  void norm_backward(const float* x, const std::vector<float>& weight, float* dx_out) const;
  void rotate(std::int64_t layer, float* qkv, float direction) const;
  void frozen_product(const PackedMatrix& weight, const Floats& bias, const Floats& x, float* y) const;
  /// Adds what the parents' terms of one product make of x, forward or, with the turned ones, backward.
  void add_parents(const std::vector<LayerLowRank>& layers, std::int64_t layer, LowRank LayerLowRank::*product,
                   const float* x, float* y) const;
  void activate(const float* gate_up, float* y) const;
  void low_rank(std::int64_t layer, Target target, ConstMatrix x, MutableMatrix y);
  void low_rank_backward(std::int64_t layer, Target target, LowRankGradient arrays, std::span<float> gradient);
  void attention_part(std::int64_t layer, Kept& k);
  void mlp_part(std::int64_t layer, Kept& k, float* out);
  void mlp_backward(std::int64_t layer, Kept& k, std::span<float> gradient);
  void attention_part_backward(std::int64_t layer, Kept& k, std::span<float> gradient);
  void gather();
  void scatter(std::span<const float> gradient);
  std::int64_t width() const { return config.width; }
};

void Student::Work::begin(const Packing& next) {
  packing = &next;
  rows = next.rows();
  plan = std::make_unique<AttentionPlan>(next, attention);
  const std::int64_t mlp = config.mlp_width;
  for (Floats* buffer : {&last, &normed, &dx, &dnormed}) grow(*buffer, rows * std::max(width(), attention.out_width()));
  for (Floats* buffer : {&wide, &dwide}) grow(*buffer, rows * mlp);
  grow(dgate_up, rows * 2 * mlp);
  grow(dqkv, rows * attention.row_width());
  grow(dattended, rows * attention.out_width());
  for (Kept& k : kept) {
    grow(k.input, rows * width());
    grow(k.middle, rows * width());
    grow(k.qkv, rows * attention.row_width());
    grow(k.attended, rows * attention.out_width());
    grow(k.gate_up, rows * 2 * mlp);
    grow(k.probabilities, plan->size());
    for (Floats& u : k.u) grow(u, rows * terms.padded_rank());
  }
  const auto reach = 1 + *std::max_element(packing->positions.begin(), packing->positions.end());
  for (RotaryTable& table : rotary) table.extend(reach);
}

void Student::Work::embed(float* x) const {
  for_rows(rows, [&](std::int64_t row) {
    float* to = x + row * width();
    model.embedding.read_row(packing->ids[static_cast<std::size_t>(row)], to);
    for (std::int64_t i = 0; i < width(); ++i) to[i] *= config.embedding_scale;
  });
}

void Student::Work::norm(const float* x, const std::vector<float>& weight, float* y) const {
  const auto epsilon = static_cast<float>(config.norm_epsilon);
  for_rows(rows, [&](std::int64_t row) {
    kernels().rms_norm(x + row * width(), weight.data(), width(), epsilon, y + row * width());
  });
}

void Student::Work::norm_backward(const float* x, const std::vector<float>& weight, float* dx_out) const {
  const auto epsilon = static_cast<float>(config.norm_epsilon);
  for_rows(rows, [&](std::int64_t row) {
    const std::int64_t at = row * width();
    thin_kernels().norm_backward({x + at, weight.data(), dnormed.data() + at, width(), epsilon}, dx_out + at);
  });
}

/// y = x W^T + bias; the bias leaves no trace in the gradient.
void Student::Work::frozen_product(const PackedMatrix& weight, const Floats& bias, const Floats& x, float* y) const {
  multiply(weight, x.data(), rows, y);
  if (bias.empty()) return;
  const auto outputs = static_cast<std::int64_t>(bias.size());
  for_rows(rows, [&](std::int64_t row) { add(bias.data(), outputs, y + row * outputs); });
}

void Student::Work::add_parents(const std::vector<LayerLowRank>& layers, std::int64_t layer,
                                LowRank LayerLowRank::*product, const float* x, float* y) const {
  if (layers.empty()) return;
  const LowRank& term = layers[static_cast<std::size_t>(layer)].*product;
  if (!term.empty()) add_low_rank(term, x, rows, y);
}

/// Turns the first dimensions of every query and key by their position, i with i + pairs; direction -1 is the inverse,
/// which is the transpose (the amplitude scales both).
void Student::Work::rotate(std::int64_t layer, float* qkv, float direction) const {
  const int which = config.attention[static_cast<std::size_t>(layer)].rotary;
  if (which == kNoRotary) return;
  const RotaryTable& table = rotary[static_cast<std::size_t>(2 * which)];
  const std::int64_t half = table.pairs(), heads = config.heads + config.kv_heads;
  for_rows(rows, [&](std::int64_t row) {
    const std::int64_t position = packing->positions[static_cast<std::size_t>(row)];
    const float *c = table.cosines(position), *s = table.sines(position);
    for (std::int64_t head = 0; head < heads; ++head) {
      float* low = qkv + row * attention.row_width() + head * config.head_size;
      float* high = low + half;
      for (std::int64_t i = 0; i < half; ++i) {
        const float a = low[i], b = high[i], turn = direction * s[i];
        low[i] = a * c[i] - b * turn;
        high[i] = b * c[i] + a * turn;
      }
    }
  });
}

void Student::Work::activate(const float* gate_up, float* y) const {
  const std::int64_t mlp = config.mlp_width;
  for_rows(rows, [&](std::int64_t row) {
    const float* gate = gate_up + row * 2 * mlp;
    kernels().swiglu(gate, gate + mlp, mlp, y + row * mlp);
  });
}

void Student::Work::low_rank(std::int64_t layer, Target target, ConstMatrix x, MutableMatrix y) {
  const LoraSlot* slot = layout.slot(layer, target);
  if (!slot) return;
  float* u = kept[static_cast<std::size_t>(layer)].u[static_cast<std::size_t>(target)].data();
  terms.forward(*slot, x, rows, u, y);
}

void Student::Work::low_rank_backward(std::int64_t layer, Target target, LowRankGradient arrays,
                                      std::span<float> gradient) {
  const LoraSlot* slot = layout.slot(layer, target);
  if (!slot) return;
  arrays.u = kept[static_cast<std::size_t>(layer)].u[static_cast<std::size_t>(target)].data();
  arrays.rows = rows;
  terms.backward(*slot, arrays, gradient);
}

/// middle = input + o(attention(...)).
void Student::Work::attention_part(std::int64_t layer, Kept& k) {
  const DecoderLayer& frozen = model.layers[static_cast<std::size_t>(layer)];
  const std::int64_t stride = attention.row_width(), out = attention.out_width();
  norm(k.input.data(), frozen.attention_norm, normed.data());
  frozen_product(frozen.qkv, frozen.qkv_bias, normed, k.qkv.data());
  add_parents(parents, layer, &LayerLowRank::qkv, normed.data(), k.qkv.data());
  const ConstMatrix x = {normed.data(), width()};
  low_rank(layer, Target::q, x, {k.qkv.data(), stride});
  low_rank(layer, Target::k, x, {k.qkv.data() + out, stride});
  low_rank(layer, Target::v, x, {k.qkv.data() + out + config.kv_heads * config.head_size, stride});
  rotate(layer, k.qkv.data(), 1.0f);
  attention_forward(*plan, k.qkv.data(), k.probabilities.data(), k.attended.data());
  frozen_product(frozen.o, frozen.o_bias, k.attended, k.middle.data());
  add_parents(parents, layer, &LayerLowRank::o, k.attended.data(), k.middle.data());
  low_rank(layer, Target::o, {k.attended.data(), out}, {k.middle.data(), width()});
  for_rows(rows,
           [&](std::int64_t row) { add(k.input.data() + row * width(), width(), k.middle.data() + row * width()); });
}

/// out = middle + down(silu(gate) * up).
void Student::Work::mlp_part(std::int64_t layer, Kept& k, float* out) {
  const DecoderLayer& frozen = model.layers[static_cast<std::size_t>(layer)];
  const std::int64_t mlp = config.mlp_width;
  norm(k.middle.data(), frozen.mlp_norm, normed.data());
  frozen_product(frozen.gate_up, frozen.gate_up_bias, normed, k.gate_up.data());
  add_parents(parents, layer, &LayerLowRank::gate_up, normed.data(), k.gate_up.data());
  low_rank(layer, Target::gate, {normed.data(), width()}, {k.gate_up.data(), 2 * mlp});
  low_rank(layer, Target::up, {normed.data(), width()}, {k.gate_up.data() + mlp, 2 * mlp});
  activate(k.gate_up.data(), wide.data());
  frozen_product(frozen.down, frozen.down_bias, wide, out);
  add_parents(parents, layer, &LayerLowRank::down, wide.data(), out);
  low_rank(layer, Target::down, {wide.data(), mlp}, {out, width()});
  for_rows(rows, [&](std::int64_t row) { add(k.middle.data() + row * width(), width(), out + row * width()); });
}

/// dx is the gradient of the layer's output and becomes that of `middle`.
void Student::Work::mlp_backward(std::int64_t layer, Kept& k, std::span<float> gradient) {
  const DecoderLayer& frozen = model.layers[static_cast<std::size_t>(layer)];
  const TransposedLayer& turned = transposed[static_cast<std::size_t>(layer)];
  const std::int64_t mlp = config.mlp_width;
  activate(k.gate_up.data(), wide.data());
  multiply(turned.down, dx.data(), rows, dwide.data());
  add_parents(parents_turned, layer, &LayerLowRank::down, dx.data(), dwide.data());
  low_rank_backward(layer, Target::down, {{wide.data(), mlp}, nullptr, {dx.data(), width()}, {dwide.data(), mlp}, 0},
                    gradient);
  for_rows(rows, [&](std::int64_t row) {
    const float* gate = k.gate_up.data() + row * 2 * mlp;
    float* dgate = dgate_up.data() + row * 2 * mlp;
    thin_kernels().gated_backward({gate, gate + mlp, dwide.data() + row * mlp, mlp}, dgate, dgate + mlp);
  });
  norm(k.middle.data(), frozen.mlp_norm, normed.data());
  multiply(turned.gate_up, dgate_up.data(), rows, dnormed.data());
  add_parents(parents_turned, layer, &LayerLowRank::gate_up, dgate_up.data(), dnormed.data());
  const ConstMatrix x = {normed.data(), width()};
  const MutableMatrix to = {dnormed.data(), width()};
  low_rank_backward(layer, Target::gate, {x, nullptr, {dgate_up.data(), 2 * mlp}, to, 0}, gradient);
  low_rank_backward(layer, Target::up, {x, nullptr, {dgate_up.data() + mlp, 2 * mlp}, to, 0}, gradient);
  norm_backward(k.middle.data(), frozen.mlp_norm, dx.data());
}

/// dx is the gradient of `middle` and becomes that of the layer's input.
void Student::Work::attention_part_backward(std::int64_t layer, Kept& k, std::span<float> gradient) {
  const DecoderLayer& frozen = model.layers[static_cast<std::size_t>(layer)];
  const TransposedLayer& turned = transposed[static_cast<std::size_t>(layer)];
  const std::int64_t stride = attention.row_width(), out = attention.out_width();
  multiply(turned.o, dx.data(), rows, dattended.data());
  add_parents(parents_turned, layer, &LayerLowRank::o, dx.data(), dattended.data());
  low_rank_backward(layer, Target::o,
                    {{k.attended.data(), out}, nullptr, {dx.data(), width()}, {dattended.data(), out}, 0}, gradient);
  attention_backward(*plan, {k.qkv.data(), k.probabilities.data(), dattended.data(), dqkv.data()});
  rotate(layer, dqkv.data(), -1.0f);
  norm(k.input.data(), frozen.attention_norm, normed.data());
  multiply(turned.qkv, dqkv.data(), rows, dnormed.data());
  add_parents(parents_turned, layer, &LayerLowRank::qkv, dqkv.data(), dnormed.data());
  const ConstMatrix x = {normed.data(), width()};
  const MutableMatrix to = {dnormed.data(), width()};
  low_rank_backward(layer, Target::q, {x, nullptr, {dqkv.data(), stride}, to, 0}, gradient);
  low_rank_backward(layer, Target::k, {x, nullptr, {dqkv.data() + out, stride}, to, 0}, gradient);
  low_rank_backward(layer, Target::v,
                    {x, nullptr, {dqkv.data() + out + config.kv_heads * config.head_size, stride}, to, 0}, gradient);
  norm_backward(k.input.data(), frozen.attention_norm, dx.data());
}

/// hidden[n] = final norm of the row that predicts answer token n.
void Student::Work::gather() {
  grow(hidden, packing->answer_tokens() * width());
  norm(last.data(), model.final_norm, normed.data());
  for_rows(packing->answer_tokens(), [&](std::int64_t n) {
    std::copy_n(normed.data() + packing->outputs[static_cast<std::size_t>(n)] * width(), width(),
                hidden.data() + n * width());
  });
}

/// The adjoint of gather: answers of one question share the row that predicts their first token.
void Student::Work::scatter(std::span<const float> gradient) {
  std::fill_n(dnormed.data(), rows * width(), 0.0f);
  std::fill_n(dx.data(), rows * width(), 0.0f);
  for (std::int64_t n = 0; n < packing->answer_tokens(); ++n)
    add(gradient.data() + n * width(), width(),
        dnormed.data() + packing->outputs[static_cast<std::size_t>(n)] * width());
  norm_backward(last.data(), model.final_norm, dx.data());
}

Student::Student(std::shared_ptr<const Model> model, LoraLayout layout, const AdapterList& parents)
    : model_(std::move(model)), layout_(std::move(layout)) {
  work_ = std::make_unique<Work>(*model_, layout_, parents);
}
Student::~Student() = default;

std::span<const float> Student::forward(const Packing& packing, std::span<const float> parameters) {
  Work& w = *work_;
  w.begin(packing);
  w.terms.load(parameters);
  w.embed(w.kept.empty() ? w.last.data() : w.kept.front().input.data());
  for (std::size_t layer = 0; layer < w.kept.size(); ++layer) {
    float* out = layer + 1 < w.kept.size() ? w.kept[layer + 1].input.data() : w.last.data();
    w.attention_part(static_cast<std::int64_t>(layer), w.kept[layer]);
    w.mlp_part(static_cast<std::int64_t>(layer), w.kept[layer], out);
  }
  w.gather();
  return std::span<const float>(w.hidden).first(static_cast<std::size_t>(packing.answer_tokens() * w.width()));
}

void Student::backward(std::span<const float> gradient, std::span<float> parameter_gradient) {
  Work& w = *work_;
  w.scatter(gradient);
  for (std::size_t layer = w.kept.size(); layer-- > 0;) {
    w.mlp_backward(static_cast<std::int64_t>(layer), w.kept[layer], parameter_gradient);
    w.attention_part_backward(static_cast<std::int64_t>(layer), w.kept[layer], parameter_gradient);
  }
}

}  // namespace bakeoff::baker
