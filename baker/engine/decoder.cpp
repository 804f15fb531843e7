#include "baker/engine/decoder.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bakeoff::baker {
namespace {

constexpr std::int64_t kFewTokens = 128;  ///< a pass of rows that write
constexpr std::int64_t kQueries = 12;     ///< that meet a block of keys together: a tile of the kernels

void add(std::vector<float>& to, const std::vector<float>& from, std::int64_t count) {
#pragma omp parallel for schedule(static)
  for (std::int64_t i = 0; i < count; ++i) to[static_cast<std::size_t>(i)] += from[static_cast<std::size_t>(i)];
}

void add_bias(const std::vector<float>& bias, std::int64_t rows, std::vector<float>& y) {
  if (bias.empty()) return;
  const auto width = static_cast<std::int64_t>(bias.size());
#pragma omp parallel for schedule(static)
  for (std::int64_t n = 0; n < rows; ++n)
    for (std::int64_t i = 0; i < width; ++i)
      y[static_cast<std::size_t>(n * width + i)] += bias[static_cast<std::size_t>(i)];
}

void norm_row(const ModelConfig& c, const float* x, const float* weight, const float* bias, float* y) {
  const auto epsilon = static_cast<float>(c.norm_epsilon);
  if (c.norm == NormKind::rms)
    kernels().rms_norm(x, weight, c.width, epsilon, y);
  else
    kernels().layer_norm({x, weight, bias, c.width, epsilon, y});
}

void gelu_erf(float* values, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) values[i] *= 0.5f * (1.0f + std::erf(values[i] * 0.70710678118654752f));
}

/// Rotates halves: (x_i, x_{i+half}) by the angle of frequency i (Su et al. 2021, arXiv:2104.09864; pairing as in
/// Hugging Face's Llama).
void rotate(float* head, const float* cosines, const float* sines, std::int64_t half) {
  for (std::int64_t i = 0; i < half; ++i) {
    const float low = head[i], high = head[i + half];
    head[i] = low * cosines[i] - high * sines[i];
    head[i + half] = high * cosines[i] + low * sines[i];
  }
}

}  // namespace

Decoder::Decoder(const Model& model, const std::vector<std::vector<LayerLowRank>>& variants)
    : model_(model), variants_(variants), rotary_(rotary_tables(model.config.rotary)) {}

/// Many short runs are shared among the threads; long ones share each product instead.
void Decoder::add_adapters(std::int64_t layer, LowRank LayerLowRank::*product, const float* x, float* y) const {
  const auto add_run = [&](const VariantRun& run) {
    const std::vector<LayerLowRank>& layers = variants_[run.variant];
    if (layers.empty()) return;
    const LowRank& term = layers[static_cast<std::size_t>(layer)].*product;
    if (term.empty()) return;
    add_low_rank(term, x + run.first * term.a.inputs(), run.count, y + run.first * term.b.outputs());
  };
  if (runs_.size() == 1 || runs_.back().first + runs_.back().count > kFewTokens) {
    for (const VariantRun& run : runs_) add_run(run);
    return;
  }
#pragma omp parallel for schedule(dynamic, 1)
  for (std::size_t i = 0; i < runs_.size(); ++i) add_run(runs_[i]);
}

void Decoder::reserve(std::int64_t rows) {
  const ModelConfig& c = model_.config;
  const auto grow = [rows](std::vector<float>& buffer, std::int64_t width) {
    const auto size = static_cast<std::size_t>(rows * width);
    if (buffer.size() < size) buffer.resize(size);
  };
  grow(x_, c.width);
  grow(normed_, c.width);
  grow(delta_, c.width);
  grow(qkv_, c.qkv_width());
  grow(attended_, c.heads * c.head_size);
  grow(gate_up_, c.gate_up_width());
  grow(act_, c.mlp_width);
}

void Decoder::embed(std::span<const PassToken> tokens) {
  const ModelConfig& c = model_.config;
  for (const bool is_long : {false, true}) {
    std::int64_t reach = 0;
    for (const PassToken& token : tokens)
      if (token.path->is_long == is_long) reach = std::max(reach, token.position + 1);
    for (std::size_t i = is_long ? 1 : 0; i < rotary_.size(); i += 2) rotary_[i].extend(reach);
  }
#pragma omp parallel for schedule(static)
  for (std::size_t n = 0; n < tokens.size(); ++n) {
    float* row = x_.data() + static_cast<std::int64_t>(n) * c.width;
    model_.embedding.read_row(tokens[n].id, row);
    if (c.embedding_scale != 1)
      for (std::int64_t i = 0; i < c.width; ++i) row[i] *= c.embedding_scale;
    if (c.learned_positions)
      for (std::int64_t i = 0; i < c.width; ++i)
        row[i] += model_.positions[static_cast<std::size_t>(tokens[n].position * c.width + i)];
  }
}

void Decoder::normalize(const std::vector<float>& weight, const std::vector<float>& bias, std::int64_t rows) {
  const std::int64_t width = model_.config.width;
#pragma omp parallel for schedule(static)
  for (std::int64_t n = 0; n < rows; ++n)
    norm_row(model_.config, x_.data() + n * width, weight.data(), bias.data(), normed_.data() + n * width);
}

/// x += delta, normalised first where the family does so.
void Decoder::add_to_stream(const std::vector<float>& post_norm, std::int64_t rows) {
  const std::int64_t width = model_.config.width;
  if (!post_norm.empty()) {
    const auto epsilon = static_cast<float>(model_.config.norm_epsilon);
#pragma omp parallel for schedule(static)
    for (std::int64_t n = 0; n < rows; ++n) {
      float* row = delta_.data() + n * width;
      kernels().rms_norm(row, post_norm.data(), width, epsilon, row);
    }
  }
  add(x_, delta_, rows * width);
}

/// Normalises and rotates the query and key heads of one row of the qkv product.
void Decoder::turn_heads(std::int64_t layer, const PassToken& token, float* row) const {
  const ModelConfig& c = model_.config;
  if (c.parts.head_norms) {
    const DecoderLayer& weights = model_.layers[static_cast<std::size_t>(layer)];
    const auto epsilon = static_cast<float>(c.norm_epsilon);
    for (std::int64_t h = 0; h < c.heads + c.kv_heads; ++h) {
      const std::vector<float>& norm = h < c.heads ? weights.q_norm : weights.k_norm;
      kernels().rms_norm(row + h * c.head_size, norm.data(), c.head_size, epsilon, row + h * c.head_size);
    }
  }
  const int rotary = c.attention[static_cast<std::size_t>(layer)].rotary;
  if (rotary == kNoRotary) return;
  const RotaryTable& table = rotary_[2 * static_cast<std::size_t>(rotary) + (token.path->is_long ? 1 : 0)];
  const float *cosines = table.cosines(token.position), *sines = table.sines(token.position);
  for (std::int64_t h = 0; h < c.heads + c.kv_heads; ++h) rotate(row + h * c.head_size, cosines, sines, table.pairs());
}

void Decoder::rotate_and_store(std::int64_t layer, std::span<const PassToken> tokens) {
  const ModelConfig& c = model_.config;
#pragma omp parallel for schedule(static)
  for (std::size_t n = 0; n < tokens.size(); ++n) {
    const PassToken& token = tokens[n];
    float* row = qkv_.data() + static_cast<std::int64_t>(n) * c.qkv_width();
    turn_heads(layer, token, row);
    for (std::int64_t g = 0; g < c.kv_heads; ++g)
      token.path->own->store(layer, g, token.position - token.path->shared_tokens, row + (c.heads + g) * c.head_size,
                             row + (c.heads + c.kv_heads + g) * c.head_size);
  }
}

/// Tokens of one path that lie side by side meet nearly the same keys: they attend together, as many as make up about a
/// dozen queries. Where a window hides a part of the past, each attends alone.
void Decoder::find_stretches(std::span<const PassToken> tokens) {
  const ModelConfig& c = model_.config;
  const std::size_t most = static_cast<std::size_t>(std::max(std::int64_t{1}, kQueries * c.kv_heads / c.heads));
  std::int64_t all_seen = std::numeric_limits<std::int64_t>::max();  // positions before: no window hides any
  for (const LayerAttention& layer : c.attention)
    if (layer.window > 0) all_seen = std::min(all_seen, layer.window);
  stretches_ = stretches_of(tokens, most, all_seen);
}

/// All query heads of one key-value head, of tokens that lie side by side on one path. Scores lie side by side by
/// position, whatever segments they came from, so that the softmax does not depend on how the past was shared.
/// Positions that a token does not see are left out of softmax and sum; scores are made from the beginning of the block
/// of keys in which the window begins. `queries` and `out`: [tokens, heads of the group, D].
void Decoder::attend_stretch(std::int64_t layer, std::span<const PassToken> tokens, std::int64_t head,
                             const float* queries, float* out) const {
  const ModelConfig& c = model_.config;
  const std::int64_t group = c.heads / c.kv_heads, count = static_cast<std::int64_t>(tokens.size());
  const std::int64_t first_seen = tokens.front().position + 1, seen = tokens.back().position + 1;
  const std::int64_t window = c.attention[static_cast<std::size_t>(layer)].window;
  const std::int64_t begin = window > 0 ? std::max(std::int64_t{0}, first_seen - window) : 0;
  const std::int64_t stride = seen + kKeyBlock;
  thread_local std::vector<float> scores;
  scores.resize(static_cast<std::size_t>(count * group * stride));
  const float scale = c.attention_scale > 0 ? c.attention_scale : 1.0f / std::sqrt(static_cast<float>(c.head_size));

  /// visit(segment, position of its first token, its tokens before the window, its tokens)
  const KvPath& path = *tokens.front().path;
  const auto each_part = [&](auto&& visit) {
    std::int64_t first = 0;
    const auto part = [&](const Segment& segment, std::int64_t size) {
      const std::int64_t skipped = std::max(std::int64_t{0}, begin - first);
      if (skipped < size) visit(segment, first, skipped, size);
      first += size;
    };
    for (const SharedPart& shared : path.shared) part(*shared.segment, shared.tokens);
    part(*path.own, seen - first);
  };
  each_part([&](const Segment& segment, std::int64_t first, std::int64_t skipped, std::int64_t size) {
    const std::int64_t from = skipped / kKeyBlock * kKeyBlock;
    kernels().attention_scores({queries, count * group, c.head_size, segment.keys(layer, head) + from * c.head_size,
                                size - from, scale, scores.data() + first + from, stride});
  });
  std::fill_n(out, count * group * c.head_size, 0.0f);
  for (std::int64_t q = 0; q < count * group; ++q) {
    float* row = scores.data() + q * stride;
    const std::int64_t end = first_seen + q / group;
    if (c.attention_soft_cap > 0) kernels().soft_cap(row + begin, end - begin, c.attention_soft_cap);
    const float factor = 1.0f / kernels().softmax_parts(row + begin, end - begin);
    for (std::int64_t t = begin; t < end; ++t) row[t] *= factor;
  }
  each_part([&](const Segment& segment, std::int64_t first, std::int64_t skipped, std::int64_t size) {
    const auto mix = [&](std::int64_t token, std::int64_t tokens_of, std::int64_t from, std::int64_t end) {
      if (from < end)
        kernels().attention_mix({scores.data() + token * group * stride + first + from, stride, tokens_of * group,
                                 c.head_size, segment.values(layer, head) + from * c.head_size, end - from,
                                 out + token * group * c.head_size});
    };
    const std::int64_t common = std::min(size, first_seen - first);  // what all tokens see
    mix(0, count, skipped, common);
    for (std::int64_t i = 1; i < count; ++i)
      mix(i, 1, std::max(skipped, common), std::min(size, first_seen + i - first));
  });
}

void Decoder::attend(std::int64_t layer) {
  const ModelConfig& c = model_.config;
  const std::int64_t group = c.heads / c.kv_heads * c.head_size, width = c.heads * c.head_size;
  const PassToken* const first = stretches_.front().data();
#pragma omp parallel for collapse(2) schedule(dynamic, 1)
  for (std::size_t s = 0; s < stretches_.size(); ++s)
    for (std::int64_t g = 0; g < c.kv_heads; ++g) {
      const std::span<const PassToken> tokens = stretches_[s];
      const std::int64_t at = tokens.data() - first, count = static_cast<std::int64_t>(tokens.size());
      thread_local std::vector<float> queries, out;
      queries.resize(static_cast<std::size_t>(count * group));
      out.resize(queries.size());
      for (std::int64_t i = 0; i < count; ++i)
        std::copy_n(qkv_.data() + (at + i) * c.qkv_width() + g * group, group, queries.data() + i * group);
      attend_stretch(layer, tokens, g, queries.data(), out.data());
      for (std::int64_t i = 0; i < count; ++i)
        std::copy_n(out.data() + i * group, group, attended_.data() + (at + i) * width + g * group);
    }
}

/// act = activation(gate) * up, or activation(up) without a gate.
void Decoder::activate(std::int64_t rows) {
  const ModelConfig& c = model_.config;
  const std::int64_t middle = c.mlp_width;
  const auto apply = c.activation == Activation::gelu_tanh ? kernels().gelu_tanh : gelu_erf;
#pragma omp parallel for schedule(static)
  for (std::int64_t n = 0; n < rows; ++n) {
    const float* from = gate_up_.data() + n * c.gate_up_width();
    float* to = act_.data() + n * middle;
    if (c.activation == Activation::silu) {
      kernels().swiglu(from, from + middle, middle, to);
      continue;
    }
    std::copy_n(from, middle, to);
    apply(to, middle);
    if (c.gated)
      for (std::int64_t i = 0; i < middle; ++i) to[i] *= from[middle + i];
  }
}

void Decoder::mlp(std::int64_t layer, std::int64_t rows) {
  const DecoderLayer& weights = model_.layers[static_cast<std::size_t>(layer)];
  normalize(weights.mlp_norm, weights.mlp_norm_bias, rows);
  multiply(weights.gate_up, normed_.data(), rows, gate_up_.data());
  add_bias(weights.gate_up_bias, rows, gate_up_);
  add_adapters(layer, &LayerLowRank::gate_up, normed_.data(), gate_up_.data());
  activate(rows);
  multiply(weights.down, act_.data(), rows, delta_.data());
  add_bias(weights.down_bias, rows, delta_);
  add_adapters(layer, &LayerLowRank::down, act_.data(), delta_.data());
  add_to_stream(weights.post_mlp_norm, rows);
}

void Decoder::forward(std::span<const PassToken> tokens, std::span<const std::size_t> wanted,
                      std::vector<float>& hidden) {
  const auto rows = static_cast<std::int64_t>(tokens.size());
  const std::int64_t width = model_.config.width;
  reserve(rows);
  runs_ = variant_runs(tokens);
  find_stretches(tokens);
  embed(tokens);
  for (std::int64_t i = 0; i < model_.config.layers; ++i) {
    const DecoderLayer& layer = model_.layers[static_cast<std::size_t>(i)];
    normalize(layer.attention_norm, layer.attention_norm_bias, rows);
    multiply(layer.qkv, normed_.data(), rows, qkv_.data());
    add_bias(layer.qkv_bias, rows, qkv_);
    add_adapters(i, &LayerLowRank::qkv, normed_.data(), qkv_.data());
    rotate_and_store(i, tokens);
    attend(i);
    multiply(layer.o, attended_.data(), rows, delta_.data());
    add_bias(layer.o_bias, rows, delta_);
    add_adapters(i, &LayerLowRank::o, attended_.data(), delta_.data());
    add_to_stream(layer.post_attention_norm, rows);
    mlp(i, rows);
  }
  for (const std::size_t index : wanted) {
    const std::size_t at = hidden.size();
    hidden.resize(at + static_cast<std::size_t>(width));
    norm_row(model_.config, x_.data() + static_cast<std::int64_t>(index) * width, model_.final_norm.data(),
             model_.final_norm_bias.data(), hidden.data() + at);
  }
}

}  // namespace bakeoff::baker
