#include "baker/engine/device_forward.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/core/InferenceMode.h>

namespace bakeoff::baker {
namespace {

constexpr std::size_t kProjectedRows = 128;  ///< positions projected to the vocabulary at a time

at::Tensor indices(std::span<const std::size_t> values, c10::Device device) {
  const std::vector<std::int64_t> signed_values(values.begin(), values.end());
  return at::tensor(at::ArrayRef<std::int64_t>(signed_values), at::kLong).to(device);
}

/// Floats of a tensor of any device, at the end of `to`.
void append(const at::Tensor& from, std::vector<float>& to) {
  const at::Tensor here = from.to(at::kCPU).contiguous();
  const float* values = here.const_data_ptr<float>();
  to.insert(to.end(), values, values + here.numel());
}

void soft_cap(at::Tensor& values, float cap) {
  if (cap > 0) values.div_(cap).tanh_().mul_(cap);
}

/// (x_i, x_{i+p}) of every head turned by the angle of pair i (baker/engine/decoder.cpp): heads [N, heads, D].
void rotate(const at::Tensor& heads, const at::Tensor& cosines, const at::Tensor& sines) {
  const std::int64_t pairs = cosines.size(-1);
  at::Tensor low = heads.narrow(-1, 0, pairs), high = heads.narrow(-1, pairs, pairs);
  const at::Tensor turned_low = at::addcmul(low * cosines, high, sines, -1);
  const at::Tensor turned_high = at::addcmul(high * cosines, low, sines);
  low.copy_(turned_low);
  high.copy_(turned_high);
}

/// Is what the reading asks for a number or two, which can be made where the logits are?
bool is_small(const Reading& reading) {
  return reading.draws() ? reading.decoding->temperature <= 0 : reading.id.has_value();
}

/// The most likely token of each position (the smallest id among equals) and the log-probability of the given one.
void read_small(const at::Tensor& logits, std::span<Reading*> readings) {
  std::vector<std::int64_t> ids;
  for (const Reading* reading : readings) ids.push_back(reading->id.value_or(0));
  const at::Tensor asked = at::tensor(at::ArrayRef<std::int64_t>(ids), at::kLong).to(logits.device()).unsqueeze(1);
  const at::Tensor logprobs =
      logits.gather(1, asked).squeeze(1).to(at::kDouble) - at::logsumexp(logits, 1).to(at::kDouble);
  const at::Tensor found = at::stack({at::argmax(logits, 1).to(at::kDouble), logprobs}).to(at::kCPU).contiguous();
  const double* best = found.const_data_ptr<double>();
  const double* logprob = best + readings.size();
  for (std::size_t i = 0; i < readings.size(); ++i) {
    readings[i]->drawn = static_cast<TokenId>(best[i]);
    readings[i]->scored = {logprob[i], readings[i]->drawn == readings[i]->id};
  }
}

/// The others, from their logits on the host.
void read_large(const at::Tensor& logits, std::span<Reading*> readings) {
  const auto vocabulary = static_cast<std::size_t>(logits.size(1));
  std::vector<float> here;
  append(logits, here);
#pragma omp parallel for schedule(dynamic, 1)
  for (std::size_t i = 0; i < readings.size(); ++i) read({here.data() + i * vocabulary, vocabulary}, *readings[i]);
}

void read_block(const at::Tensor& logits, std::span<Reading*> readings) {
  for (const bool small : {true, false}) {
    std::vector<std::size_t> places;
    std::vector<Reading*> chosen;
    for (std::size_t i = 0; i < readings.size(); ++i) {
      if (is_small(*readings[i]) != small) continue;
      places.push_back(i);
      chosen.push_back(readings[i]);
    }
    if (chosen.empty()) continue;
    const at::Tensor rows =
        chosen.size() == readings.size() ? logits : logits.index_select(0, indices(places, logits.device()));
    if (small)
      read_small(rows, chosen);
    else
      read_large(rows, chosen);
  }
}

/// Does every token belong to another row?
bool is_step(std::span<const PassToken> tokens) {
  return std::adjacent_find(tokens.begin(), tokens.end(),
                            [](const PassToken& a, const PassToken& b) { return a.path == b.path; }) == tokens.end();
}

/// A power of two up to 8, then a multiple of 8.
std::size_t padded_rows(std::size_t rows) { return rows <= 8 ? std::bit_ceil(rows) : (rows + 7) / 8 * 8; }

}  // namespace

DeviceForward::DeviceForward(const Model& model, const std::vector<std::vector<LayerLowRank>>& variants,
                             c10::Device device, std::int64_t kv_bytes)
    : model_(model),
      variants_(variants),
      device_(device),
      pool_(std::make_shared<PagePool>(model.config, device, kv_bytes)),
      rotary_(rotary_tables(model.config.rotary)),
      graphs_(device, make_recorder(device)) {}

const DeviceWeights& DeviceForward::weights() {
  if (!weights_) weights_ = DeviceWeights::place(model_, variants_, device_);
  return *weights_;
}

std::shared_ptr<Segment> DeviceForward::make_segment(std::int64_t capacity, std::shared_ptr<std::int64_t> reserved) {
  const c10::InferenceMode guard;
  return std::make_shared<PagedSegment>(model_.config, capacity, std::move(reserved), pool_);
}

at::Tensor DeviceForward::product(const DeviceProduct& product, const DevicePass& pass, const at::Tensor& x) const {
  at::Tensor y = product.weight->multiply(x);
  if (product.bias.defined()) y.add_(product.bias);
  for (const VariantRun& run : pass.layout().runs) {
    const DeviceLowRank& term = product.variants[run.variant];
    if (term.a)
      y.narrow(0, run.first, run.count).add_(term.b->multiply(term.a->multiply(x.narrow(0, run.first, run.count))));
  }
  return y;
}

at::Tensor DeviceForward::rms_norm(const DeviceNorm& norm, const at::Tensor& x) const {
  return at::rms_norm(x, {x.size(-1)}, norm.weight, model_.config.norm_epsilon);
}

at::Tensor DeviceForward::norm(const DeviceNorm& norm, const at::Tensor& x) const {
  if (model_.config.norm == NormKind::rms) return rms_norm(norm, x);
  return at::layer_norm(x, {x.size(-1)}, norm.weight, norm.bias, model_.config.norm_epsilon);
}

/// stream += delta, normalised first where the family does so.
void DeviceForward::add_to_stream(const DeviceNorm& post_norm, const at::Tensor& delta, at::Tensor& stream) const {
  stream.add_(post_norm.weight.defined() ? rms_norm(post_norm, delta) : delta);
}

at::Tensor DeviceForward::embed(const DevicePass& pass) {
  at::Tensor x = weights().embedding->values().index_select(0, pass.list(pass.layout().ids)).to(at::kFloat);
  if (model_.config.embedding_scale != 1) x.mul_(model_.config.embedding_scale);
  if (model_.config.learned_positions) x.add_(weights().positions.index_select(0, pass.list(pass.layout().positions)));
  return x;
}

/// Normalises and turns query and key heads [N, H + G, D] in place.
void DeviceForward::turn_heads(std::int64_t layer, const DevicePass& pass, const at::Tensor& heads) {
  const ModelConfig& c = model_.config;
  if (c.parts.head_norms) {
    const DeviceLayer& weights = weights_->layers[static_cast<std::size_t>(layer)];
    at::Tensor queries = heads.narrow(1, 0, c.heads), keys = heads.narrow(1, c.heads, c.kv_heads);
    queries.copy_(rms_norm(weights.q_norm, queries));
    keys.copy_(rms_norm(weights.k_norm, keys));
  }
  const int rotary = c.attention[static_cast<std::size_t>(layer)].rotary;
  if (rotary == kNoRotary) return;
  const Turn& turn = pass.layout().turns[static_cast<std::size_t>(rotary)];
  rotate(heads, pass.angles(turn, turn.cosines), pass.angles(turn, turn.sines));
}

/// queries [N, H, D] -> [B n, H D] of the group's tokens. The heads of one key-value head and the tokens of one row
/// meet the same keys: they are one matrix.
at::Tensor DeviceForward::attend_group(std::int64_t layer, const DevicePass& pass, std::size_t which,
                                       const at::Tensor& queries) {
  const ModelConfig& c = model_.config;
  const AttentionGroup& group = pass.layout().groups[which];
  const std::int64_t window = c.attention[static_cast<std::size_t>(layer)].window;
  const SeenKeys& seen = group.seen.at(window);
  const std::int64_t share = c.heads / c.kv_heads, rows = group.rows, n = group.tokens, d = c.head_size;
  const double scale =
      c.attention_scale > 0 ? static_cast<double>(c.attention_scale) : 1.0 / std::sqrt(static_cast<double>(d));
  const auto gather = [&](const at::Tensor& pool) {
    return pool.index_select(1, pass.list(seen.slots)).view({c.kv_heads * rows, seen.count, d});
  };
  const at::Tensor asked = queries.index_select(0, pass.list(group.places))
                               .mul_(scale)
                               .view({rows, n, c.kv_heads, share, d})
                               .permute({2, 0, 1, 3, 4})
                               .reshape({c.kv_heads * rows, n * share, d});
  at::Tensor scores = at::bmm(asked, gather(pool_->keys(layer)).transpose(1, 2));
  soft_cap(scores, c.attention_soft_cap);
  scores.view({c.kv_heads, rows, n, share, seen.count})
      .masked_fill_(pass.unseen(which, window), -std::numeric_limits<float>::infinity());
  const at::Tensor mixed = at::bmm(at::softmax(scores, -1), gather(pool_->values(layer)));
  return mixed.view({c.kv_heads, rows, n, share, d}).permute({1, 2, 0, 3, 4}).reshape({rows * n, c.heads * d});
}

at::Tensor DeviceForward::attend(std::int64_t layer, const DevicePass& pass, const at::Tensor& queries) {
  at::Tensor attended = at::empty({queries.size(0), queries.size(1) * queries.size(2)}, queries.options());
  const auto& groups = pass.layout().groups;
  for (std::size_t i = 0; i < groups.size(); ++i)
    attended.index_copy_(0, pass.list(groups[i].places), attend_group(layer, pass, i, queries));
  return attended;
}

at::Tensor DeviceForward::attention(std::int64_t layer, const DevicePass& pass, const at::Tensor& normed) {
  const ModelConfig& c = model_.config;
  const DeviceLayer& weights = weights_->layers[static_cast<std::size_t>(layer)];
  const at::Tensor heads = product(weights.qkv, pass, normed).view({-1, c.heads + 2 * c.kv_heads, c.head_size});
  turn_heads(layer, pass, heads.narrow(1, 0, c.heads + c.kv_heads));
  const auto by_head = [&](std::int64_t first) { return heads.narrow(1, first, c.kv_heads).transpose(0, 1); };
  const at::Tensor slots = pass.list(pass.layout().slots);
  pool_->keys(layer).index_copy_(1, slots, by_head(c.heads));
  pool_->values(layer).index_copy_(1, slots, by_head(c.heads + c.kv_heads));
  return product(weights.o, pass, attend(layer, pass, heads.narrow(1, 0, c.heads)));
}

/// activation(gate) * up, or activation(up) without a gate: [N, 2 M] or [N, M] -> [N, M].
at::Tensor DeviceForward::activate(const at::Tensor& gate_up) const {
  const ModelConfig& c = model_.config;
  const at::Tensor gate = gate_up.narrow(1, 0, c.mlp_width);
  at::Tensor active = c.activation == Activation::silu
                          ? at::silu(gate)
                          : at::gelu(gate, c.activation == Activation::gelu_tanh ? "tanh" : "none");
  if (c.gated) active.mul_(gate_up.narrow(1, c.mlp_width, c.mlp_width));
  return active;
}

at::Tensor DeviceForward::compute(DevicePass& pass) {
  pass.find_unseen();
  at::Tensor x = embed(pass);
  for (std::int64_t i = 0; i < model_.config.layers; ++i) {
    const DeviceLayer& layer = weights_->layers[static_cast<std::size_t>(i)];
    add_to_stream(layer.post_attention_norm, attention(i, pass, norm(layer.attention_norm, x)), x);
    const at::Tensor active = activate(product(layer.gate_up, pass, norm(layer.mlp_norm, x)));
    add_to_stream(layer.post_mlp_norm, product(layer.down, pass, active), x);
  }
  return x;
}

/// One token of each row: from a recording where there is one of such a step.
at::Tensor DeviceForward::compute_step(std::span<const PassToken> tokens) {
  std::vector<PassToken> padded(tokens.begin(), tokens.end());
  if (!nowhere_.own) nowhere_.own = make_segment(1, nullptr);
  padded.resize(padded_rows(tokens.size()), {0, 0, &nowhere_, tokens.back().variant});
  if (std::exchange(recorded_pages_, pool_->pages()) != pool_->pages()) graphs_.clear();
  return graphs_.run(plan_pass(model_.config, padded, rotary_, true),
                     [this](DevicePass& pass) { return compute(pass); });
}

void DeviceForward::forward(std::span<const PassToken> tokens, std::span<const std::size_t> wanted,
                            std::vector<float>& hidden) {
  const c10::InferenceMode guard;
  if (tokens.empty()) return;
  const DeviceWeights& all = weights();
  at::Tensor x;
  if (graphs_.can_record() && is_step(tokens)) {
    x = compute_step(tokens);
  } else {
    DevicePass pass(plan_pass(model_.config, tokens, rotary_), device_);
    x = compute(pass);
  }
  if (!wanted.empty()) append(norm(all.final_norm, x.index_select(0, indices(wanted, device_))), hidden);
}

at::Tensor DeviceForward::logits_at(std::span<const float> hidden) {
  const std::int64_t width = model_.config.width, count = static_cast<std::int64_t>(hidden.size()) / width;
  const at::Tensor states = at::empty({count, width}, at::kFloat);
  std::copy(hidden.begin(), hidden.end(), states.mutable_data_ptr<float>());
  at::Tensor logits = weights().head->multiply(states.to(device_));
  soft_cap(logits, model_.config.logit_soft_cap);
  return logits;
}

void DeviceForward::project(std::span<const float> hidden, std::vector<float>& logits) {
  const c10::InferenceMode guard;
  logits.clear();
  append(logits_at(hidden), logits);
}

void DeviceForward::read_states(std::span<const float> hidden, std::span<Reading*> readings) {
  const c10::InferenceMode guard;
  const auto width = static_cast<std::size_t>(model_.config.width);
  for (std::size_t at = 0; at < readings.size(); at += kProjectedRows) {
    const std::size_t count = std::min(kProjectedRows, readings.size() - at);
    read_block(logits_at(hidden.subspan(at * width, count * width)), readings.subspan(at, count));
  }
}

}  // namespace bakeoff::baker
