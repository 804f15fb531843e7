#include "baker/engine/logit_reader.h"

#include <algorithm>
#include <numeric>

#include "baker/kernels/variants.h"

namespace bakeoff::baker {
namespace {

double log_total(std::span<const float> logits) {
  return kernels().log_sum_exp(logits.data(), static_cast<std::int64_t>(logits.size()));
}

}  // namespace

TokenScore read_token(std::span<const float> logits, TokenId id) {
  const float own = logits[static_cast<std::size_t>(id)];
  const bool is_best = std::max_element(logits.begin(), logits.end()) - logits.begin() == id;
  return {static_cast<double>(own) - log_total(logits), is_best};
}

std::vector<std::pair<TokenId, double>> read_top(std::span<const float> logits, int count) {
  std::vector<TokenId> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  const auto kept = static_cast<std::ptrdiff_t>(std::min(static_cast<std::size_t>(std::max(count, 0)), order.size()));
  std::partial_sort(order.begin(), order.begin() + kept, order.end(), [&](TokenId a, TokenId b) {
    const float la = logits[static_cast<std::size_t>(a)], lb = logits[static_cast<std::size_t>(b)];
    return la != lb ? la > lb : a < b;
  });
  const double total = log_total(logits);
  std::vector<std::pair<TokenId, double>> top;
  for (std::ptrdiff_t k = 0; k < kept; ++k) {
    const TokenId id = order[static_cast<std::size_t>(k)];
    top.emplace_back(id, static_cast<double>(logits[static_cast<std::size_t>(id)]) - total);
  }
  return top;
}

}  // namespace bakeoff::baker
