#include "baker/bake/student_reference.h"

#include <cmath>

#include <ATen/ATen.h>

namespace bakeoff::baker {
namespace {

at::Tensor dense(const PackedMatrix& packed, at::ScalarType type) {
  const at::Tensor rows = at::empty({packed.outputs(), packed.inputs()});
  for (std::int64_t n = 0; n < packed.outputs(); ++n) packed.read_row(n, rows.data_ptr<float>() + n * packed.inputs());
  return rows.to(type);
}

at::Tensor vector(const std::vector<float>& values, at::ScalarType type) { return at::tensor(values).to(type); }

/// One forward pass: the model's parts as tensors.
struct Pass {
  const Model& model;
  const LoraLayout& layout;
  const at::Tensor& parameters;
  at::ScalarType type = parameters.scalar_type();

  at::Tensor norm(const at::Tensor& x, const std::vector<float>& weight) const {
    return x * at::rsqrt(x.pow(2).mean(-1, true) + model.config.norm_epsilon) * vector(weight, type);
  }
  /// x A^T B^T alpha / r, or nothing.
  at::Tensor with_low_rank(at::Tensor y, const at::Tensor& x, std::int64_t layer, Target target) const {
    const LoraSlot* slot = layout.slot(layer, target);
    if (!slot) return y;
    const std::int64_t r = layout.rank();
    const at::Tensor a = parameters.narrow(0, slot->a, r * slot->module.inputs).view({r, slot->module.inputs});
    const at::Tensor b =
        parameters.narrow(0, slot->b_transposed, r * slot->module.outputs).view({r, slot->module.outputs});
    return y + at::mm(at::mm(x, a.t()), b) * static_cast<double>(layout.scale());
  }
  /// y = x W^T + bias
  at::Tensor frozen(const PackedMatrix& weight, const std::vector<float>& bias, const at::Tensor& x) const {
    const at::Tensor y = at::mm(x, dense(weight, type).t());
    return bias.empty() ? y : y + vector(bias, type);
  }
  /// x [T, heads, D]: (a, b) -> (a cos - b sin, b cos + a sin) on halves of the part that turns.
  at::Tensor rotate(const at::Tensor& x, std::int64_t index) const {
    const int which = model.config.attention[static_cast<std::size_t>(index)].rotary;
    if (which == kNoRotary) return x;
    const RotaryFrequencies& rotary = model.config.rotary[static_cast<std::size_t>(which)];
    const std::int64_t half = rotary.pairs();
    const at::Tensor angle = at::outer(at::arange(x.size(0), at::kDouble), vector(rotary.inverse, at::kDouble));
    const double amplitude = rotary.amplitude;
    const at::Tensor c = (angle.cos() * amplitude).to(type).unsqueeze(1),
                     s = (angle.sin() * amplitude).to(type).unsqueeze(1);
    const at::Tensor a = x.narrow(-1, 0, half), b = x.narrow(-1, half, half),
                     rest = x.narrow(-1, 2 * half, x.size(-1) - 2 * half);
    return at::cat({a * c - b * s, b * c + a * s, rest}, -1);
  }
  at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) const {
    const ModelConfig& config = model.config;
    const std::int64_t T = q.size(0), sharing = config.heads / config.kv_heads;
    const at::Tensor keys = k.repeat_interleave(sharing, 1).transpose(0, 1),
                     values = v.repeat_interleave(sharing, 1).transpose(0, 1);
    const at::Tensor scores =
        at::bmm(q.transpose(0, 1), keys.transpose(1, 2)) / std::sqrt(static_cast<double>(config.head_size));
    const at::Tensor hidden = at::triu(at::ones({T, T}, at::kBool), 1);
    return at::bmm(at::softmax(scores.masked_fill(hidden, -INFINITY), -1), values).transpose(0, 1).reshape({T, -1});
  }
  at::Tensor layer(const at::Tensor& x, std::int64_t index) const;
  at::Tensor hidden(const std::vector<TokenId>& ids) const;
};

at::Tensor Pass::layer(const at::Tensor& x, std::int64_t index) const {
  const ModelConfig& config = model.config;
  const DecoderLayer& w = model.layers[static_cast<std::size_t>(index)];
  const std::int64_t T = x.size(0), q = config.heads * config.head_size, kv = config.kv_heads * config.head_size,
                     mlp = config.mlp_width;
  const at::Tensor n1 = norm(x, w.attention_norm), qkv = frozen(w.qkv, w.qkv_bias, n1);
  const auto heads = [&](std::int64_t from, std::int64_t width, Target target) {
    return with_low_rank(qkv.narrow(1, from, width), n1, index, target).view({T, -1, config.head_size});
  };
  const at::Tensor attended = attend(rotate(heads(0, q, Target::q), index), rotate(heads(q, kv, Target::k), index),
                                     heads(q + kv, kv, Target::v));
  const at::Tensor middle = x + with_low_rank(frozen(w.o, w.o_bias, attended), attended, index, Target::o);
  const at::Tensor n2 = norm(middle, w.mlp_norm), gate_up = frozen(w.gate_up, w.gate_up_bias, n2);
  const at::Tensor gate = with_low_rank(gate_up.narrow(1, 0, mlp), n2, index, Target::gate);
  const at::Tensor up = with_low_rank(gate_up.narrow(1, mlp, mlp), n2, index, Target::up);
  const at::Tensor active = gate * at::sigmoid(gate) * up;
  return middle + with_low_rank(frozen(w.down, w.down_bias, active), active, index, Target::down);
}

at::Tensor Pass::hidden(const std::vector<TokenId>& ids) const {
  std::vector<std::int64_t> rows(ids.begin(), ids.end());
  at::Tensor x = at::index_select(dense(model.embedding, type), 0, at::tensor(rows)) * model.config.embedding_scale;
  for (std::int64_t i = 0; i < model.config.layers; ++i) x = layer(x, i);
  return norm(x, model.final_norm);
}

}  // namespace

at::Tensor reference_hidden(const Model& model, const LoraLayout& layout, const at::Tensor& parameters,
                            std::span<const AnswerGroup> groups, FirstToken first) {
  const Pass pass = {model, layout, parameters};
  std::vector<at::Tensor> parts;
  for (const AnswerGroup& group : groups)
    for (const std::vector<TokenId>& answer : group.answers) {
      std::vector<TokenId> ids = group.context;
      ids.insert(ids.end(), answer.begin(), answer.end());
      const std::int64_t skipped = first == FirstToken::skip ? 1 : 0;
      parts.push_back(pass.hidden(ids).narrow(0, static_cast<std::int64_t>(group.context.size()) - 1 + skipped,
                                              static_cast<std::int64_t>(answer.size()) - skipped));
    }
  return at::cat(parts);
}

at::Tensor reference_kl(const Model& model, const at::Tensor& teacher_hidden, const at::Tensor& student_hidden) {
  const at::Tensor head = dense(model.head, at::kDouble).t();
  const at::Tensor teacher = at::log_softmax(at::mm(teacher_hidden.to(at::kDouble), head), -1);
  const at::Tensor student = at::log_softmax(at::mm(student_hidden.to(at::kDouble), head), -1);
  return (teacher.exp() * (teacher - student)).sum();
}

}  // namespace bakeoff::baker
