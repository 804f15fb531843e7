// Many tests at once. Both return adjusted p-values in the order given: compare them with the level directly.
//
//   Holm (1979, Scandinavian Journal of Statistics 6:65-70): sorted p_(1) <= ... <= p_(m),
//     adjusted p_(i) = max over j <= i of min(1, (m - j + 1) p_(j)). Keeps the chance of any false claim; for gates.
//   Benjamini and Hochberg (1995, doi:10.1111/j.2517-6161.1995.tb02031.x):
//     adjusted p_(i) = min over j >= i of min(1, m p_(j) / j). Keeps the share of false claims; for exploring.
#pragma once

#include <span>
#include <vector>

namespace bakeoff::stats {

std::vector<double> holm(std::span<const double> p);
std::vector<double> benjamini_hochberg(std::span<const double> p);

}  // namespace bakeoff::stats
