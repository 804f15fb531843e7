#include "baker/engine/decoder.h"

#include <algorithm>
#include <cmath>

namespace bakeoff::baker {
namespace {

void add(std::vector<float>& to, const std::vector<float>& from, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[static_cast<std::size_t>(i)] += from[static_cast<std::size_t>(i)];
}

/// Rotates halves: (x_i, x_{i+D/2}) by the angle of frequency i (Su et al. 2021, arXiv:2104.09864; pairing as in
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
    : model_(model), variants_(variants) {}

void Decoder::find_runs(std::span<const PassToken> tokens) {
  runs_.clear();
  for (std::size_t n = 0; n < tokens.size(); ++n) {
    if (runs_.empty() || runs_.back().variant != tokens[n].variant)
      runs_.push_back({tokens[n].variant, static_cast<std::int64_t>(n), 0});
    ++runs_.back().count;
  }
}

void Decoder::add_adapters(std::int64_t layer, LowRank LayerLowRank::*product, const float* x, float* y) const {
  for (const Run& run : runs_) {
    const std::vector<LayerLowRank>& layers = variants_[run.variant];
    if (layers.empty()) continue;
    const LowRank& term = layers[static_cast<std::size_t>(layer)].*product;
    if (term.empty()) continue;
    add_low_rank(term, x + run.first * term.a.inputs(), run.count, y + run.first * term.b.outputs());
  }
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
  grow(qkv_, (c.heads + 2 * c.kv_heads) * c.head_size);
  grow(attended_, c.heads * c.head_size);
  grow(gate_up_, 2 * c.mlp_width);
  grow(act_, c.mlp_width);
}

void Decoder::embed(std::span<const PassToken> tokens) {
  std::int64_t last = 0;
  for (const PassToken& token : tokens) last = std::max(last, token.position);
  rotary_.extend(model_.config, last + 1);
  const std::int64_t width = model_.config.width;
#pragma omp parallel for schedule(static)
  for (std::size_t n = 0; n < tokens.size(); ++n)
    model_.embedding.read_row(tokens[n].id, x_.data() + static_cast<std::int64_t>(n) * width);
}

void Decoder::normalize(const std::vector<float>& weight, std::int64_t rows) {
  const std::int64_t width = model_.config.width;
  const auto epsilon = static_cast<float>(model_.config.norm_epsilon);
#pragma omp parallel for schedule(static)
  for (std::int64_t n = 0; n < rows; ++n)
    kernels().rms_norm(x_.data() + n * width, weight.data(), width, epsilon, normed_.data() + n * width);
}

void Decoder::rotate_and_store(std::int64_t layer, std::span<const PassToken> tokens) {
  const ModelConfig& c = model_.config;
  const std::int64_t size = c.head_size, half = size / 2;
#pragma omp parallel for schedule(static)
  for (std::size_t n = 0; n < tokens.size(); ++n) {
    const PassToken& token = tokens[n];
    float* row = qkv_.data() + static_cast<std::int64_t>(n) * (c.heads + 2 * c.kv_heads) * size;
    const float* cosines = rotary_.cosines.data() + token.position * half;
    const float* sines = rotary_.sines.data() + token.position * half;
    for (std::int64_t h = 0; h < c.heads + c.kv_heads; ++h) rotate(row + h * size, cosines, sines, half);
    for (std::int64_t g = 0; g < c.kv_heads; ++g)
      token.path->own->store(layer, g, token.position - token.path->shared_tokens, row + (c.heads + g) * size,
                             row + (c.heads + c.kv_heads + g) * size);
  }
}

/// All query heads of one key-value head. Scores lie side by side by position, whatever segments they came from, so
/// that the softmax does not depend on how the past was shared.
void Decoder::attend_one(std::int64_t layer, const PassToken& token, std::int64_t head, const float* query,
                         float* out) const {
  const ModelConfig& c = model_.config;
  const std::int64_t group = c.heads / c.kv_heads, seen = token.position + 1;
  const std::int64_t stride = seen + kKeyBlock;
  thread_local std::vector<float> scores;
  scores.resize(static_cast<std::size_t>(group * stride));
  const float scale = 1.0f / std::sqrt(static_cast<float>(c.head_size));

  const KvPath& path = *token.path;
  const auto each_part = [&](auto&& visit) {
    std::int64_t first = 0;
    for (const SharedPart& part : path.shared) {
      visit(*part.segment, first, part.tokens);
      first += part.tokens;
    }
    visit(*path.own, first, seen - first);
  };
  each_part([&](const Segment& segment, std::int64_t first, std::int64_t count) {
    kernels().attention_scores(
        {query, group, c.head_size, segment.keys(layer, head), count, scale, scores.data() + first, stride});
  });
  std::fill_n(out, group * c.head_size, 0.0f);
  for (std::int64_t h = 0; h < group; ++h) {
    float* row = scores.data() + h * stride;
    const float factor = 1.0f / kernels().softmax_parts(row, seen);
    for (std::int64_t t = 0; t < seen; ++t) row[t] *= factor;
  }
  each_part([&](const Segment& segment, std::int64_t first, std::int64_t count) {
    kernels().attention_mix(
        {scores.data() + first, stride, group, c.head_size, segment.values(layer, head), count, out});
  });
}

void Decoder::attend(std::int64_t layer, std::span<const PassToken> tokens) {
  const ModelConfig& c = model_.config;
  const std::int64_t group = c.heads / c.kv_heads * c.head_size;
  const std::int64_t row = (c.heads + 2 * c.kv_heads) * c.head_size;
#pragma omp parallel for collapse(2) schedule(dynamic, 4)
  for (std::size_t n = 0; n < tokens.size(); ++n)
    for (std::int64_t g = 0; g < c.kv_heads; ++g) {
      const auto i = static_cast<std::int64_t>(n);
      attend_one(layer, tokens[n], g, qkv_.data() + i * row + g * group,
                 attended_.data() + i * c.heads * c.head_size + g * group);
    }
}

void Decoder::mlp(std::int64_t layer, std::int64_t rows) {
  const DecoderLayer& weights = model_.layers[static_cast<std::size_t>(layer)];
  const std::int64_t middle = model_.config.mlp_width;
  normalize(weights.mlp_norm, rows);
  multiply(weights.gate_up, normed_.data(), rows, gate_up_.data());
  add_adapters(layer, &LayerLowRank::gate_up, normed_.data(), gate_up_.data());
#pragma omp parallel for schedule(static)
  for (std::int64_t n = 0; n < rows; ++n)
    kernels().swiglu(gate_up_.data() + n * 2 * middle, gate_up_.data() + n * 2 * middle + middle, middle,
                     act_.data() + n * middle);
  multiply(weights.down, act_.data(), rows, delta_.data());
  add_adapters(layer, &LayerLowRank::down, act_.data(), delta_.data());
  add(x_, delta_, rows * model_.config.width);
}

void Decoder::forward(std::span<const PassToken> tokens, std::span<const std::size_t> wanted,
                      std::vector<float>& hidden) {
  const auto rows = static_cast<std::int64_t>(tokens.size());
  const std::int64_t width = model_.config.width;
  reserve(rows);
  find_runs(tokens);
  embed(tokens);
  for (std::int64_t i = 0; i < model_.config.layers; ++i) {
    const DecoderLayer& layer = model_.layers[static_cast<std::size_t>(i)];
    normalize(layer.attention_norm, rows);
    multiply(layer.qkv, normed_.data(), rows, qkv_.data());
    add_adapters(i, &LayerLowRank::qkv, normed_.data(), qkv_.data());
    rotate_and_store(i, tokens);
    attend(i, tokens);
    multiply(layer.o, attended_.data(), rows, delta_.data());
    add_adapters(i, &LayerLowRank::o, attended_.data(), delta_.data());
    add(x_, delta_, rows * width);
    mlp(i, rows);
  }
  const auto epsilon = static_cast<float>(model_.config.norm_epsilon);
  for (const std::size_t index : wanted) {
    const std::size_t at = hidden.size();
    hidden.resize(at + static_cast<std::size_t>(width));
    kernels().rms_norm(x_.data() + static_cast<std::int64_t>(index) * width, model_.final_norm.data(), width, epsilon,
                       hidden.data() + at);
  }
}

}  // namespace bakeoff::baker
