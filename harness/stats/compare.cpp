// See compare.h.
#include "harness/stats/compare.h"

#include <cmath>
#include <cstdio>
#include <unordered_set>
#include <vector>

#include "harness/stats/mean.h"
#include "harness/stats/paired_rates.h"
#include "harness/stats/power.h"
#include "harness/stats/rate.h"
#include "harness/stats/resampling.h"

namespace bakeoff::stats {
namespace {

struct Columns {
  std::vector<double> base, candidate, differences;
  std::vector<int> groups;
};

Columns columns_of(std::span<const Pair> pairs) {
  Columns out;
  for (const auto& pair : pairs) {
    out.base.push_back(pair.base);
    out.candidate.push_back(pair.candidate);
    out.differences.push_back(pair.candidate - pair.base);
    out.groups.push_back(pair.group);
  }
  return out;
}

PairedComparison count(const Columns& columns) {
  PairedComparison out;
  out.items = static_cast<std::int64_t>(columns.base.size());
  out.groups = static_cast<std::int64_t>(std::unordered_set<int>(columns.groups.begin(), columns.groups.end()).size());
  for (std::size_t i = 0; i < columns.base.size(); ++i) {
    out.base += columns.base[i];
    out.candidate += columns.candidate[i];
    ++(columns.differences[i] > 0 ? out.wins : columns.differences[i] < 0 ? out.losses : out.ties);
  }
  // Summed before divided: each of n quotients rounds, while a sum of n values of at most 1 never exceeds n.
  out.base /= static_cast<double>(out.items);
  out.candidate /= static_cast<double>(out.items);
  out.difference = out.candidate - out.base;
  return out;
}

void compare_rates(PairedComparison& out, const CompareOptions& options) {
  const PairedCounts counts{out.wins, out.losses, out.items};
  out.difference = static_cast<double>(out.wins - out.losses) / static_cast<double>(out.items);
  out.p = *mcnemar_exact(counts);
  out.test = "McNemar exact";
  out.interval = tango_interval(counts, options.confidence);
  out.interval_method = "Tango score";
  const double differing = static_cast<double>(out.wins + out.losses) / static_cast<double>(out.items);
  out.detectable = detectable_rate_difference(out.items, differing);
  out.items_to_settle = items_for_rate_difference(std::abs(out.difference), differing);
}

void compare_grades(PairedComparison& out, const Columns& columns, const CompareOptions& options) {
  const ResamplingOptions resampling{options.seed, ResamplingOptions{}.draws, options.confidence};
  out.p = *sign_flip_p(columns.differences, columns.groups, resampling);
  out.test = "sign flips";
  const auto mean = clustered_mean(columns.differences, columns.groups, options.confidence);
  if (mean->standard_error) {
    const double deviation = *mean->standard_error * std::sqrt(static_cast<double>(out.groups));
    out.detectable = detectable_mean_difference(out.groups, deviation);
    out.items_to_settle = items_for_mean_difference(std::abs(out.difference), deviation);
  }
  if (out.groups < kBootstrapMinimum) {
    out.interval = mean->interval;
    out.interval_method = mean->interval ? "Student's t" : "no interval: all differences are equal";
    return;
  }
  auto interval = bca_interval(columns.differences, columns.groups, resampling);
  if (interval.ok()) out.interval = *interval;
  out.interval_method = interval.ok() ? "BCa bootstrap" : interval.error().what;
}

}  // namespace

std::optional<PairedComparison> compare_paired(std::span<const Pair> pairs, const CompareOptions& options) {
  if (pairs.empty()) return std::nullopt;
  const Columns columns = columns_of(pairs);
  PairedComparison out = count(columns);
  if (out.groups == out.items && is_binary(columns.base) && is_binary(columns.candidate))
    compare_rates(out, options);
  else
    compare_grades(out, columns, options);
  return out;
}

Finding find(const PairedComparison& comparison, double adjusted_p, const FindingOptions& options) {
  const bool is_signal = adjusted_p < options.alpha && std::abs(comparison.difference) > options.noise_floor;
  if (is_signal) return (comparison.difference > 0) == options.higher_is_better ? Finding::better : Finding::worse;
  const auto& interval = comparison.interval;
  if (interval && interval->low >= -options.margin && interval->high <= options.margin) return Finding::same;
  return Finding::not_enough_data;
}

std::string in_words(Finding finding, double margin) {
  switch (finding) {
    case Finding::better:
      return "better";
    case Finding::worse:
      return "worse";
    case Finding::same:
      break;
    case Finding::not_enough_data:
      return "not enough data";
  }
  char text[64];
  std::snprintf(text, sizeof text, "same within %.3g points", 100 * margin);
  return text;
}

}  // namespace bakeoff::stats
