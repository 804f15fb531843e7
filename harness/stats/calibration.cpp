// See calibration.h.
#include "harness/stats/calibration.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "harness/stats/rate.h"

namespace bakeoff::stats {
namespace {

constexpr int kMostBins = 1000;

Status check(std::span<const double> confidences, std::span<const double> outcomes, int bins) {
  if (bins < 1 || bins > kMostBins) return input_error("can not make " + std::to_string(bins) + " bins");
  if (confidences.empty()) return input_error("no items, no calibration");
  if (confidences.size() != outcomes.size())
    return input_error(std::to_string(confidences.size()) + " confidences for " + std::to_string(outcomes.size()) +
                       " outcomes");
  for (std::size_t i = 0; i < confidences.size(); ++i) {
    if (!(confidences[i] >= 0 && confidences[i] <= 1))
      return input_error("the confidence of item " + std::to_string(i) + " is outside [0, 1]");
    if (outcomes[i] != 0 && outcomes[i] != 1)
      return input_error("the outcome of item " + std::to_string(i) + " is neither 0 nor 1");
  }
  return {};
}

using Members = std::vector<std::vector<std::size_t>>;

Members by_width(std::span<const double> confidences, int bins) {
  Members members(static_cast<std::size_t>(bins));
  for (std::size_t i = 0; i < confidences.size(); ++i) {
    const auto bin = static_cast<std::ptrdiff_t>(std::ceil(confidences[i] * bins)) - 1;
    members[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(bin, 0, bins - 1))].push_back(i);
  }
  return members;
}

Members by_mass(std::span<const double> confidences, int bins) {
  std::vector<std::size_t> order(confidences.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return confidences[a] < confidences[b]; });
  Members members(static_cast<std::size_t>(bins));
  std::size_t bin = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const bool same_as_before = i > 0 && confidences[order[i]] == confidences[order[i - 1]];
    if (!same_as_before) bin = i * members.size() / order.size();
    members[bin].push_back(order[i]);
  }
  return members;
}

/// Adds one bin to the sums, as shares of all items.
void add_bin(Calibration& out, const std::vector<std::size_t>& members, std::span<const double> confidences,
             std::span<const double> outcomes) {
  ReliabilityBin bin;
  bin.items = static_cast<std::int64_t>(members.size());
  const double size = static_cast<double>(members.size()), weight = size / static_cast<double>(out.items);
  double ones = 0;
  bin.low = 1, bin.high = 0;
  for (auto i : members) {
    bin.mean_confidence += confidences[i] / size, ones += outcomes[i];
    bin.low = std::min(bin.low, confidences[i]), bin.high = std::max(bin.high, confidences[i]);
  }
  bin.share = ones / size;
  const double gap = bin.mean_confidence - bin.share;
  out.ece += weight * std::abs(gap);
  if (bin.items > 1) out.squared_error += weight * (gap * gap - bin.share * (1 - bin.share) / (size - 1));
  out.reliability += weight * gap * gap;
  for (auto i : members) {
    const double d = confidences[i] - bin.mean_confidence;
    out.within += (d * d - 2 * d * (outcomes[i] - bin.share)) / static_cast<double>(out.items);
  }
  out.bins.push_back(bin);
}

}  // namespace

Result<Calibration> calibrate(std::span<const double> confidences, std::span<const double> outcomes,
                              const CalibrationOptions& options) {
  BAKEOFF_CHECK(check(confidences, outcomes, options.bins));
  Calibration out;
  out.items = static_cast<std::int64_t>(confidences.size());
  const bool has_width = options.binning == Binning::equal_width;
  const Members members = has_width ? by_width(confidences, options.bins) : by_mass(confidences, options.bins);
  for (std::size_t b = 0; b < members.size(); ++b) {
    if (members[b].empty()) continue;
    add_bin(out, members[b], confidences, outcomes);
    if (has_width) out.bins.back().low = static_cast<double>(b) / options.bins;
    if (has_width) out.bins.back().high = static_cast<double>(b + 1) / options.bins;
  }
  double ones = 0;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    out.brier += (confidences[i] - outcomes[i]) * (confidences[i] - outcomes[i]) / static_cast<double>(out.items);
    ones += outcomes[i];
  }
  const double share = ones / static_cast<double>(out.items);
  out.uncertainty = share * (1 - share);
  for (ReliabilityBin& bin : out.bins) {
    const double size = static_cast<double>(bin.items);
    out.resolution += size / static_cast<double>(out.items) * (bin.share - share) * (bin.share - share);
    bin.interval = wilson(std::llround(bin.share * size), bin.items, options.confidence)->interval;
  }
  return out;
}

}  // namespace bakeoff::stats
