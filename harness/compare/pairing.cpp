// See pairing.h.
#include "harness/compare/pairing.h"

#include <algorithm>
#include <unordered_map>

#include "harness/stats/mean.h"
#include "harness/stats/noise.h"

namespace bakeoff::compare {
namespace {

bool is_primary(const SuiteResults& suite, const std::string& metric) {
  return !suite.metrics.empty() && suite.metrics.front().name == metric;
}

/// Replicates of one item always share a group.
const std::string& group_of(const ScoredItem& item) { return item.group.empty() ? item.id : item.group; }

class Joiner {
 public:
  explicit Joiner(const std::string& metric) : metric_(metric) {}

  void add(const SuiteResults& suite, ItemScore PairedItem::*side) {
    const bool primary = is_primary(suite, metric_);
    for (const ScoredItem& item : suite.items) {
      const auto value = value_of(item.verdict, metric_, primary);
      if (!value && item.verdict.score) continue;  // the metric is not about this item
      ItemScore& score = row_of(item).*side;
      if (!score.first) score.first = &item;
      if (!value) {
        ++score.unscored;
        continue;
      }
      ++score.scored;
      score.sum += *value;
      pairing_.is_share = pairing_.is_share && *value >= 0 && *value <= 1;
    }
  }

  Pairing finish() {
    const auto groups = stats::group_numbers(group_names_);
    for (std::size_t i = 0; i < groups.size(); ++i) {
      PairedItem& item = pairing_.items[i];
      item.group = groups[i];
      pairing_.gaps += item.has_gap();
      pairing_.common += item.base.first && item.candidate.first;
    }
    return std::move(pairing_);
  }

 private:
  PairedItem& row_of(const ScoredItem& item) {
    const auto [at, is_new] = places_.emplace(item.id, pairing_.items.size());
    if (is_new) {
      pairing_.items.push_back({item.id, 0, {}, {}});
      group_names_.push_back(group_of(item));
    }
    return pairing_.items[at->second];
  }

  const std::string& metric_;
  Pairing pairing_;
  std::unordered_map<std::string_view, std::size_t> places_;
  std::vector<std::string> group_names_;
};

std::optional<double> noise_floor_of(const SuiteResults& suite, const std::string& metric) {
  stats::Replicates rows;
  std::unordered_map<std::string_view, std::size_t> places;
  for (const ScoredItem& item : suite.items) {
    const auto value = value_of(item.verdict, metric, is_primary(suite, metric));
    if (!value) continue;
    const auto [at, is_new] = places.emplace(item.id, rows.size());
    if (is_new) rows.emplace_back();
    rows[at->second].push_back(*value);
  }
  const auto split = stats::split_variance(rows);
  if (!split.ok()) return std::nullopt;
  double replicates = 0;
  for (const auto& row : rows) replicates += static_cast<double>(row.size());
  return stats::noise_floor(*split, replicates / static_cast<double>(rows.size()));
}

}  // namespace

double ItemScore::imputed(double value) const {
  const int all = scored + unscored;
  return all == 0 ? value : (sum + unscored * value) / all;
}

std::vector<stats::Pair> Pairing::pairs() const {
  std::vector<stats::Pair> out;
  out.reserve(items.size());
  for (const PairedItem& item : items)
    if (item.scored_on_both()) out.push_back({item.base.mean(), item.candidate.mean(), item.group});
  return out;
}

std::vector<stats::Pair> Pairing::worst_case(bool higher_is_better) const {
  const double worst = higher_is_better ? 0 : 1;
  std::vector<stats::Pair> out;
  out.reserve(items.size());
  for (const PairedItem& item : items)
    out.push_back({item.base.imputed(1 - worst), item.candidate.imputed(worst), item.group});
  return out;
}

Pairing pair_items(const SuiteResults& base, const SuiteResults& candidate, const std::string& metric) {
  Joiner joiner(metric);
  joiner.add(base, &PairedItem::base);
  joiner.add(candidate, &PairedItem::candidate);
  return joiner.finish();
}

std::optional<double> value_of(const Verdict& verdict, const std::string& metric, bool is_primary) {
  if (!verdict.score) return std::nullopt;
  const auto found = verdict.metrics.find(metric);
  if (found != verdict.metrics.end()) return found->second;
  return is_primary && verdict.metrics.empty() ? verdict.score : std::nullopt;
}

std::optional<double> measured_noise_floor(const SuiteResults& base, const SuiteResults& candidate,
                                           const std::string& metric) {
  const auto left = noise_floor_of(base, metric), right = noise_floor_of(candidate, metric);
  if (left && right) return std::max(*left, *right);
  return left ? left : right;
}

}  // namespace bakeoff::compare
