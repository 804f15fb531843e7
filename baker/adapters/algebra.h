// Sums of adapters and their best approximations of lower rank. Low-rank terms only: DoRA's magnitudes and weights
// brought whole do not add, and are refused by name.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "baker/models/lora.h"

namespace bakeoff::baker {

/// An input error that names the module where the weights are anything but low-rank terms.
Status check_low_rank(const LoraWeights& weights, const std::vector<std::string>& whole, const Path& folder);

struct Summand {
  const LoraWeights* weights;
  double scale = 1.0;  ///< finite, not 0
  Path folder;         ///< for messages
};
/// sum of scale_i * s_i B_i A_i by module. One summand keeps its tensors (a negative scale turns B's sign); several are
/// concatenated along the rank, each scale in its B. Modules of two sizes are an input error.
Result<LoraWeights> sum_terms(const std::vector<Summand>& summands);

struct Truncated {
  LoraWeights weights;
  double kept = 1;                               ///< share of the sum over modules of ||s B A||^2
  std::map<std::string, double> kept_of_module;  ///< that share by module
};
/// The nearest B A of at most `rank` in the Frobenius norm (Eckart and Young 1936): B A = Q_b (R_b R_a^T) Q_a^T through
/// QR of both factors, then the largest singular values of the small middle. Modules of no higher rank stay as they
/// are.
Truncated truncate_terms(const LoraWeights& weights, std::int64_t rank);

/// ||s B A|| without forming the product: trace((B^T B)(A A^T)).
double frobenius_norm(const LoraPair& pair);

}  // namespace bakeoff::baker
