// What a paired comparison at hand could have seen, and how many items would settle it. The power is that of the test
// that is used, in the direction of the difference; alpha is two-sided.
//
// Binary: McNemar's exact test, exactly. With a share psi of items on which the arms differ and a true difference d,
// the number M of differing items is binomial(n, psi); of M, the candidate wins B ~ binomial(M, (psi + d) / (2 psi)):
//
//   power = sum_m P(M = m) P(B >= m - k_m),     k_m the largest k with 2 P(binomial(m, 1/2) <= k) < alpha
//
// (the exact unconditional power of Duffy 1984, Biometrics 40:1005-1015). Above 5,000 items, Connor's formula (1987,
// doi:10.2307/2531961) gives the number needed: sqrt(n) d = z_{1-alpha/2} sqrt(psi) + z_power sqrt(psi - d^2).
//
// Graded: the t test of the mean of n independent differences with standard deviation sd, by the noncentral t
// distribution (Cohen 1988, Statistical Power Analysis, chapter 2); sign flips have the same power for large n (Lehmann
// and Romano 2005, Testing Statistical Hypotheses, chapter 15).
//
// Equivalence (the whole interval within the margin) when the true difference is d, |d| < margin: by the normal
// approximation n = ((z_{1-alpha/2} + z_{(1+power)/2}) sd / (margin - |d|))^2 (Chow, Shao, Wang and Lokhnygina 2017,
// Sample Size Calculations in Clinical Research, chapter 3; half the error goes to each side, which is too careful
// for d != 0).
#pragma once

#include <cstdint>
#include <optional>

namespace bakeoff::stats {

struct PowerOptions {
  double alpha = 0.05;
  double power = 0.8;
};

/// A true difference of rates `difference` in [-share, share] where the arms differ on a `differing_share` of items.
struct RateEffect {
  double difference = 0;
  double differing_share = 0;  ///< psi, in (0, 1]
};

/// The chance that McNemar's exact test finds the effect in its direction. Nothing for effects that can not be.
std::optional<double> mcnemar_power(const RateEffect& effect, std::int64_t items, double alpha = 0.05);

/// Smallest true difference of rates that would be found; nothing where even d = psi is too small to be found.
std::optional<double> detectable_rate_difference(std::int64_t items, double differing_share, PowerOptions options = {});

/// Items needed to find a difference of rates `difference` in (0, differing_share]; otherwise nothing. One item fewer
/// has less power than asked (power is not quite monotone in the items: a still smaller number may do, by chance).
std::optional<std::int64_t> items_for_rate_difference(double difference, double differing_share,
                                                      PowerOptions options = {});

/// The chance that the t test finds a true mean difference `effect` standard deviations from 0. Nothing below two
/// items.
std::optional<double> mean_power(double effect, std::int64_t items, double alpha = 0.05);

/// Smallest true mean difference that would be found; nothing with fewer than two items or without spread.
std::optional<double> detectable_mean_difference(std::int64_t items, double deviation, PowerOptions options = {});

/// Items needed to find a mean difference > 0 of values with that standard deviation.
std::optional<std::int64_t> items_for_mean_difference(double difference, double deviation, PowerOptions options = {});

struct Equivalence {
  double difference = 0;  ///< true difference, within the margin
  double deviation = 0;   ///< of one item's difference, > 0
  double margin = 0.05;
};

/// Items needed to show that the difference is within the margin; nothing where it is not.
std::optional<std::int64_t> items_for_equivalence(const Equivalence& aim, PowerOptions options = {});

}  // namespace bakeoff::stats
