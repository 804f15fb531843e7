// What a paired comparison at hand could have seen, and how many items would settle it.
//
// Binary (Connor 1987, doi:10.2307/2531961, after Miettinen 1968, doi:10.2307/2528321): with a share psi of items on
// which the arms differ, a difference d is found at level alpha with the power given when
//
//   sqrt(n) d = z_{1-alpha/2} sqrt(psi) + z_power sqrt(psi - d^2)                 d <= psi
//
// Graded: d = (z_{1-alpha/2} + z_power) sd / sqrt(n), sd of the items' differences.
// These are normal approximations: McNemar's exact test needs some items more when few differ.
#pragma once

#include <cstdint>
#include <optional>

namespace bakeoff::stats {

struct PowerOptions {
  double alpha = 0.05;
  double power = 0.8;
};

/// Smallest true difference of rates that would be found; nothing where even d = psi is too small to be found.
std::optional<double> detectable_rate_difference(std::int64_t items, double differing_share, PowerOptions options = {});

/// Smallest true mean difference that would be found; nothing without items.
std::optional<double> detectable_mean_difference(std::int64_t items, double deviation, PowerOptions options = {});

/// Items needed to find a difference of rates `difference` in (0, differing_share]; otherwise nothing.
std::optional<std::int64_t> items_for_rate_difference(double difference, double differing_share,
                                                      PowerOptions options = {});

}  // namespace bakeoff::stats
