// See agreement.h.
#include "harness/stats/agreement.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "harness/stats/mean.h"
#include "harness/stats/paired_rates.h"

namespace bakeoff::stats {
namespace {

/// Shares of items by the labels of both raters.
struct Table {
  std::map<std::pair<int, int>, double> cells;
  std::map<int, double> rows, columns;
};

Table tabulate(std::span<const int> first, std::span<const int> second) {
  Table table;
  const double share = 1 / static_cast<double>(first.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    table.cells[{first[i], second[i]}] += share;
    table.rows[first[i]] += share;
    table.columns[second[i]] += share;
  }
  return table;
}

double share_of(const std::map<int, double>& shares, int label) {
  const auto found = shares.find(label);
  return found == shares.end() ? 0 : found->second;
}

double cohen_error(const Table& table, const Kappa& seen) {
  const double kappa = *seen.kappa, rest = 1 - kappa;
  double same = 0, other = 0;
  for (const auto& [labels, share] : table.cells) {
    const auto [i, j] = labels;
    if (i == j) {
      const double term = 1 - (share_of(table.rows, i) + share_of(table.columns, i)) * rest;
      same += share * term * term;
    } else {
      const double term = share_of(table.columns, i) + share_of(table.rows, j);
      other += share * term * term;
    }
  }
  const double last = kappa - seen.chance * rest;
  const double variance = (same + rest * rest * other - last * last) / static_cast<double>(seen.items);
  return std::sqrt(std::max(0.0, variance)) / (1 - seen.chance);
}

void set_kappa(Kappa& out) {
  constexpr double kRounding = 1e-12;
  if (out.chance < 1 - kRounding) out.kappa = (out.agreement - out.chance) / (1 - out.chance);
}

Result<std::int64_t> raters_of(const std::vector<std::vector<std::int64_t>>& counts) {
  if (counts.empty()) return input_error("no items, no agreement");
  std::int64_t raters = -1;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    std::int64_t here = 0;
    for (auto count : counts[i]) {
      if (count < 0) return input_error("item " + std::to_string(i) + " has a negative count");
      here += count;
    }
    if (raters < 0) raters = here;
    if (here != raters || here < 2 || counts[i].size() != counts[0].size())
      return input_error("item " + std::to_string(i) + " has " + std::to_string(here) + " ratings in " +
                             std::to_string(counts[i].size()) + " categories",
                         "", "Fleiss' kappa needs the same number of raters, two or more, for every item");
  }
  return raters;
}

Outcome other_place(Outcome place) {
  return place == Outcome::first ? Outcome::second : place == Outcome::second ? Outcome::first : Outcome::tie;
}

}  // namespace

Result<Kappa> cohen_kappa(std::span<const int> first, std::span<const int> second, double confidence) {
  if (first.empty() || first.size() != second.size())
    return input_error(
        "no agreement between " + std::to_string(first.size()) + " and " + std::to_string(second.size()) + " labels",
        "", "give both raters' labels for the same items");
  const Table table = tabulate(first, second);
  Kappa out;
  out.items = static_cast<std::int64_t>(first.size());
  for (const auto& [labels, share] : table.cells)
    if (labels.first == labels.second) out.agreement += share;
  for (const auto& [label, share] : table.rows) out.chance += share * share_of(table.columns, label);
  set_kappa(out);
  if (!out.kappa) return out;
  out.standard_error = cohen_error(table, out);
  const double reach = normal_quantile(0.5 + confidence / 2) * *out.standard_error;
  out.interval = Interval{std::max(-1.0, *out.kappa - reach), std::min(1.0, *out.kappa + reach)};
  return out;
}

Result<Kappa> fleiss_kappa(const std::vector<std::vector<std::int64_t>>& counts) {
  BAKEOFF_TRY(const auto raters, raters_of(counts));
  const double items = static_cast<double>(counts.size()), m = static_cast<double>(raters);
  std::vector<double> shares(counts[0].size(), 0);
  Kappa out;
  out.items = static_cast<std::int64_t>(counts.size());
  for (const auto& row : counts)
    for (std::size_t j = 0; j < row.size(); ++j) {
      const double count = static_cast<double>(row[j]);
      out.agreement += count * (count - 1) / (m * (m - 1)) / items;
      shares[j] += count / (m * items);
    }
  for (double share : shares) out.chance += share * share;
  set_kappa(out);
  return out;
}

Result<PositionBias> position_bias(std::span<const BothOrders> pairs) {
  if (pairs.empty()) return input_error("no pairs, no position bias");
  PositionBias out;
  std::int64_t consistent = 0;
  std::vector<int> shown, swapped;  // the answers chosen
  for (const BothOrders& pair : pairs) {
    shown.push_back(static_cast<int>(pair.shown));
    swapped.push_back(static_cast<int>(other_place(pair.swapped)));
    consistent += shown.back() == swapped.back();
    if (pair.shown != pair.swapped) continue;
    out.first_both += pair.shown == Outcome::first;
    out.second_both += pair.shown == Outcome::second;
  }
  out.consistent = *wilson(consistent, static_cast<std::int64_t>(pairs.size()));
  out.kappa = cohen_kappa(shown, swapped)->kappa;
  const auto biased = out.first_both + out.second_both;
  if (biased > 0) out.p = mcnemar_exact({out.first_both, out.second_both, biased});  // the same binomial test
  return out;
}

}  // namespace bakeoff::stats
