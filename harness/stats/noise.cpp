// See noise.h.
#include "harness/stats/noise.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "harness/stats/mean.h"
#include "harness/stats/plain_mean.h"

namespace bakeoff::stats {
namespace {

struct Row {
  double mean = 0;
  double variance = 0;  ///< between replicates
  double count = 0;
};

/// Of two values or more.
double variance_of(std::span<const double> values) {
  const double mean = plain_mean(values);
  double squares = 0;
  for (double value : values) squares += (value - mean) * (value - mean);
  return squares / static_cast<double>(values.size() - 1);
}

Result<std::vector<Row>> rows_of(const Replicates& items) {
  if (items.size() < 2) return input_error("no noise from fewer than two items", "", "score more items");
  std::vector<Row> rows;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].size() < 2)
      return input_error("item " + std::to_string(i) + " has fewer than two replicates", "",
                         "answer every item at least twice");
    Row row;
    row.count = static_cast<double>(items[i].size());
    row.mean = plain_mean(items[i]);
    row.variance = variance_of(items[i]);
    rows.push_back(row);
  }
  return rows;
}

/// Adds one arm's replicate noise; what it leaves in the items' means is taken from `split.item`.
void add_arm(VarianceSplit& split, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    split.prediction += row.variance / static_cast<double>(rows.size());
    split.item -= row.variance / row.count / static_cast<double>(rows.size());
    split.degrees += static_cast<std::int64_t>(row.count) - 1;
  }
}

std::optional<std::int64_t> whole(double count) {
  constexpr double kBeyondReach = 1e9;
  if (!(count < kBeyondReach)) return std::nullopt;
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(count - 1e-9)));
}

}  // namespace

double VarianceSplit::standard_error(double n, double replicates) const {
  return std::sqrt((std::max(0.0, item) + prediction / replicates) / n);
}

Result<VarianceSplit> split_variance(const Replicates& items) {
  BAKEOFF_TRY(const auto rows, rows_of(items));
  VarianceSplit out;
  out.items = static_cast<std::int64_t>(rows.size());
  std::vector<double> means;
  means.reserve(rows.size());
  for (const Row& row : rows) means.push_back(row.mean);
  out.item = variance_of(means);
  add_arm(out, rows);
  return out;
}

Result<VarianceSplit> split_variance(const Replicates& base, const Replicates& candidate) {
  if (base.size() != candidate.size())
    return input_error(
        "the arms answered " + std::to_string(base.size()) + " and " + std::to_string(candidate.size()) + " items", "",
        "give both arms' rows for the same items in the same order");
  BAKEOFF_TRY(const auto from, rows_of(base));
  BAKEOFF_TRY(const auto to, rows_of(candidate));
  VarianceSplit out;
  out.items = static_cast<std::int64_t>(from.size());
  std::vector<double> differences;
  for (std::size_t i = 0; i < from.size(); ++i) differences.push_back(to[i].mean - from[i].mean);
  out.item = variance_of(differences);
  add_arm(out, from);
  add_arm(out, to);
  return out;
}

std::optional<double> noise_floor(std::span<const double> run_scores, double confidence) {
  if (run_scores.size() < 2) return std::nullopt;
  const double variance = variance_of(run_scores);
  return student_quantile(static_cast<double>(run_scores.size() - 1), 0.5 + confidence / 2) * std::sqrt(2 * variance);
}

std::optional<double> noise_floor(const VarianceSplit& arm, double replicates, double confidence) {
  if (arm.items < 1 || arm.degrees < 1 || !(replicates >= 1)) return std::nullopt;
  const double variance = arm.prediction / replicates / static_cast<double>(arm.items);
  return student_quantile(static_cast<double>(arm.degrees), 0.5 + confidence / 2) * std::sqrt(2 * variance);
}

MoreNeeded more_needed(const VarianceSplit& paired, double difference, double replicates, PowerOptions options) {
  const double z = normal_quantile(1 - options.alpha / 2) + normal_quantile(options.power);
  const double allowed = difference * difference / (z * z);  // squared error of the mean
  const double item = std::max(0.0, paired.item), n = static_cast<double>(paired.items);
  MoreNeeded out;
  if (!(allowed > 0) || !(replicates >= 1)) return out;
  out.items = whole((item + paired.prediction / replicates) / allowed);
  const double left = allowed * n - item;  // what prediction noise may take of one item's variance
  if (left > 0) out.replicates = whole(paired.prediction / left);
  return out;
}

}  // namespace bakeoff::stats
