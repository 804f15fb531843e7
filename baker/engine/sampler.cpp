#include "baker/engine/sampler.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "baker/kernels/variants.h"

namespace bakeoff::baker {
namespace {

TokenId greedy(std::span<const float> logits) {
  return static_cast<TokenId>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

/// The first index whose running sum exceeds u * total.
TokenId draw(std::span<const float> weights, double total, double u) {
  const double goal = u * total;
  double sum = 0;
  std::size_t last = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0) continue;
    sum += static_cast<double>(weights[i]);
    last = i;
    if (sum > goal) break;
  }
  return static_cast<TokenId>(last);
}

/// Zeroes the weights outside top_k and top_p; ties keep the smaller id.
void truncate(std::span<float> weights, const Decoding& decoding) {
  std::vector<std::int32_t> order(weights.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    const float wa = weights[static_cast<std::size_t>(a)], wb = weights[static_cast<std::size_t>(b)];
    return wa != wb ? wa > wb : a < b;
  });
  std::size_t keep = order.size();
  if (decoding.top_k > 0) keep = std::min(keep, static_cast<std::size_t>(decoding.top_k));
  double total = 0;
  for (std::size_t i = 0; i < keep; ++i) total += static_cast<double>(weights[static_cast<std::size_t>(order[i])]);
  double sum = 0;
  for (std::size_t i = 0; i < keep; ++i) {
    sum += static_cast<double>(weights[static_cast<std::size_t>(order[i])]);
    if (sum >= decoding.top_p * total) keep = i + 1;
  }
  for (std::size_t i = keep; i < order.size(); ++i) weights[static_cast<std::size_t>(order[i])] = 0;
}

}  // namespace

TokenId choose_token(std::span<float> logits, const Decoding& decoding, Random& random) {
  if (decoding.temperature <= 0) return greedy(logits);
  const auto inverse = static_cast<float>(1.0 / decoding.temperature);
  for (float& value : logits) value *= inverse;
  kernels().softmax_parts(logits.data(), static_cast<std::int64_t>(logits.size()));
  if (decoding.top_k > 0 || decoding.top_p < 1) truncate(logits, decoding);
  double total = 0;
  for (const float weight : logits) total += static_cast<double>(weight);
  return draw(logits, total, random.uniform());
}

}  // namespace bakeoff::baker
