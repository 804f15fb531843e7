#include "baker/adapters/algebra.h"

#include <algorithm>
#include <cmath>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

namespace bakeoff::baker {
namespace {

at::Tensor scaled(const at::Tensor& factor, double scale) {
  return (factor.to(at::kDouble) * scale).to(at::kFloat).contiguous();
}

LoraTerm joined(const LoraTerm& one, const LoraTerm& other) {
  LoraTerm both = one;
  both.pair.a = at::cat({one.pair.a, other.pair.a}, 0);
  both.pair.b = at::cat({one.pair.b, other.pair.b}, 1);
  return both;
}

/// The term with its whole scale in B, so that terms of different scales can stand side by side.
LoraTerm unit_scale(LoraTerm term, double scale) {
  term.pair.b = scaled(term.pair.b, term.pair.scale * scale);
  term.pair.scale = 1;
  return term;
}

/// The terms of one summand alone: PEFT's alpha is positive, so that a sign goes into B.
LoraWeights scaled_alone(const Summand& summand) {
  LoraWeights weights = *summand.weights;
  for (LoraTerm& term : weights.terms) {
    term.pair.scale *= std::abs(summand.scale);
    if (summand.scale < 0) term.pair.b = -term.pair.b;
  }
  return weights;
}

Result<LoraTerm> fitting(const LoraTerm& sum, LoraTerm term, const Path& folder) {
  const bool same = sum.module.outputs == term.module.outputs && sum.module.inputs == term.module.inputs;
  if (!same)
    return input_error(term.module.name + " has another size than in the adapters before it", folder.string(),
                       "only adapters of one model can be summed");
  return joined(sum, term);
}

}  // namespace

Status check_low_rank(const LoraWeights& weights, const std::vector<std::string>& whole, const Path& folder) {
  const auto refuse = [&](const std::string& what) {
    return input_error(what + " is no low-rank term", folder.string(), "merge the adapter instead");
  };
  if (!whole.empty()) return refuse("the whole weight " + whole.front());
  for (const LoraTerm& term : weights.terms)
    if (term.magnitude.defined()) return refuse("the magnitude of " + term.module.name + " (DoRA)");
  return weights.terms.empty() ? Status(input_error("the adapter has no tensors", folder.string())) : Status();
}

Result<LoraWeights> sum_terms(const std::vector<Summand>& summands) {
  if (summands.size() == 1) return scaled_alone(summands[0]);
  LoraWeights sum;
  for (const Summand& summand : summands)
    for (const LoraTerm& term : summand.weights->terms) {
      LoraTerm unit = unit_scale(term, summand.scale);
      const auto found = std::find_if(sum.terms.begin(), sum.terms.end(),
                                      [&](const LoraTerm& known) { return known.module.name == term.module.name; });
      if (found == sum.terms.end()) {
        sum.terms.push_back(std::move(unit));
      } else {
        BAKEOFF_TRY(*found, fitting(*found, std::move(unit), summand.folder));
      }
    }
  return sum;
}

Truncated truncate_terms(const LoraWeights& weights, std::int64_t rank) {
  Truncated result;
  double all = 0, kept = 0;
  for (LoraTerm term : weights.terms) {
    const auto [qb, rb] = at::linalg_qr(term.pair.b.to(at::kDouble));
    const auto [qa, ra] = at::linalg_qr(term.pair.a.to(at::kDouble).t());
    const auto [u, s, vt] = at::linalg_svd(at::mm(rb, ra.t()), false);
    const std::int64_t most = std::min(rank, s.size(0));
    const at::Tensor squares = s.pow(2);
    const double total = squares.sum().item<double>(), first = squares.narrow(0, 0, most).sum().item<double>();
    all += total * term.pair.scale * term.pair.scale;
    kept += first * term.pair.scale * term.pair.scale;
    result.kept_of_module[term.module.name] = total > 0 ? first / total : 1.0;
    if (rank < term.pair.a.size(0)) {
      const at::Tensor roots = s.narrow(0, 0, most).sqrt();
      term.pair.b = (at::mm(qb, u.narrow(1, 0, most)) * roots).to(at::kFloat).contiguous();
      term.pair.a = (roots.unsqueeze(1) * at::mm(vt.narrow(0, 0, most), qa.t())).to(at::kFloat).contiguous();
    }
    result.weights.terms.push_back(std::move(term));
  }
  result.kept = all > 0 ? kept / all : 1.0;
  return result;
}

double frobenius_norm(const LoraPair& pair) {
  const at::Tensor a = pair.a.to(at::kDouble), b = pair.b.to(at::kDouble);
  const double squares = (at::mm(b.t(), b) * at::mm(a, a.t())).sum().item<double>();
  return std::abs(pair.scale) * std::sqrt(std::max(0.0, squares));
}

}  // namespace bakeoff::baker
