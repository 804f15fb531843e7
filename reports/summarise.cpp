// The statistics of a report: figures per arm and metric, paired differences, adjustment for their number.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "harness/core/seed.h"
#include "harness/core/words.h"
#include "harness/stats/mean.h"
#include "harness/stats/multiplicity.h"
#include "harness/stats/rate.h"
#include "reports/collect.h"

namespace bakeoff::reports {
namespace {

/// A metric may be about some of a suite's items only: a scored verdict without it is no part of its numbers, and no
/// gap.
bool applies(const ScoredSample& sample, const MetricReport& metric) {
  const Verdict& verdict = sample.verdict;
  if (!verdict.score) return true;
  return verdict.metrics.empty() ? metric.is_primary : verdict.metrics.count(metric.name) > 0;
}

/// The sample's value of a metric that applies to it, absent where it is unscored.
std::optional<double> value_of(const ScoredSample& sample, const MetricReport& metric) {
  if (!sample.verdict.score || !applies(sample, metric)) return std::nullopt;
  const auto found = sample.verdict.metrics.find(metric.name);
  return found == sample.verdict.metrics.end() ? sample.verdict.score : std::optional(found->second);
}

/// Replicates of one item always share a group.
const std::string& group_of(const ScoredSample& sample) { return sample.group.empty() ? sample.item : sample.group; }

Figure figure(const std::vector<ScoredSample>& samples, const MetricReport& metric) {
  Figure out;
  std::vector<double> values;
  std::vector<std::string> names;
  for (const auto& sample : samples) {
    if (!applies(sample, metric)) continue;
    const auto value = value_of(sample, metric);
    ++(value ? out.scored : out.unscored);
    if (!value) continue;
    values.push_back(*value);
    names.push_back(group_of(sample));
  }
  if (values.empty()) {
    out.interval_method = "nothing is scored";
    return out;
  }
  const auto groups = stats::group_numbers(names);
  if (const auto rate = metric.is_share ? stats::clustered_rate(values, groups) : std::nullopt) {
    out.score = rate->rate;
    out.successes = static_cast<std::int64_t>(rate->successes);
    out.interval = rate->interval;
    out.interval_method = "Wilson";
    out.below = rate->rule_of_three;
    return out;
  }
  const auto mean = stats::clustered_mean(values, groups);
  out.score = mean->mean;
  out.interval = mean->interval;
  out.interval_method = mean->interval ? "Student's t" : "no interval: too few items, or all equal";
  if (out.interval && metric.is_share) out.interval = stats::clipped(*mean->interval, 0, 1);
  return out;
}

struct ItemMean {
  double sum = 0;
  int count = 0;
};

/// Mean over the scored replicates of each item; an item without any is listed with count 0.
std::unordered_map<std::string, ItemMean> item_means(const std::vector<ScoredSample>& samples,
                                                     const MetricReport& metric) {
  std::unordered_map<std::string, ItemMean> out;
  for (const auto& sample : samples) {
    if (!applies(sample, metric)) continue;
    ItemMean& mean = out[sample.item];
    const auto value = value_of(sample, metric);
    if (value) mean.sum += *value, ++mean.count;
  }
  return out;
}

Difference difference(const std::vector<ScoredSample>& base, const std::vector<ScoredSample>& candidate,
                      const MetricReport& metric, std::uint64_t seed) {
  Difference out;
  const auto left = item_means(base, metric), right = item_means(candidate, metric);
  std::vector<stats::Pair> pairs;
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const auto& sample : base) {
    if (!applies(sample, metric) || !seen.insert(sample.item).second) continue;
    const auto other = right.find(sample.item);
    const ItemMean& own = left.at(sample.item);
    if (own.count == 0 || other == right.end() || other->second.count == 0) {
      ++out.left_out;
      continue;
    }
    pairs.push_back({own.sum / own.count, other->second.sum / other->second.count, 0});
    names.push_back(group_of(sample));
  }
  for (const auto& [item, mean] : right) out.left_out += left.find(item) == left.end();
  const auto groups = stats::group_numbers(names);
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i].group = groups[i];
  out.comparison = stats::compare_paired(pairs, {.seed = seed});
  if (metric.is_share && out.comparison && out.comparison->interval)
    out.comparison->interval = stats::clipped(*out.comparison->interval, -1, 1);
  return out;
}

bool show_the_same(const std::vector<ScoredSample>& base, const std::vector<ScoredSample>& candidate) {
  return !base.empty() && !base.front().key.empty() &&
         std::ranges::equal(base, candidate, {}, &ScoredSample::key, &ScoredSample::key);
}

/// Per arm the first one that shows the same samples: as arms do that differ in their prompt alone where a suite asks
/// in raw text.
std::vector<std::size_t> shown_as(const std::vector<std::vector<ScoredSample>>& samples_by_arm) {
  std::vector<std::size_t> out;
  for (std::size_t arm = 0; arm < samples_by_arm.size(); ++arm) {
    std::size_t first = 0;
    while (first < arm && !show_the_same(samples_by_arm[first], samples_by_arm[arm])) ++first;
    out.push_back(first);
  }
  return out;
}

bool all_in_unit_range(const std::vector<std::vector<ScoredSample>>& samples_by_arm, const MetricReport& metric) {
  for (const auto& samples : samples_by_arm)
    for (const auto& sample : samples) {
      const auto value = value_of(sample, metric);
      if (value && (*value < 0 || *value > 1)) return false;
    }
  return true;
}

/// A share of passes. What is better the less there is of it (calls refused, nats per token) counts something else,
/// even where nothing of it was seen.
bool is_share(const std::vector<std::vector<ScoredSample>>& samples_by_arm, const MetricReport& metric) {
  return metric.higher_is_better && all_in_unit_range(samples_by_arm, metric);
}

/// The pairs of arms that a report compares: (base, candidate).
std::vector<std::pair<std::size_t, std::size_t>> compared_arms(const ReportModel& model) {
  std::vector<std::pair<std::size_t, std::size_t>> out;
  for (std::size_t i = 0; i < model.arms.size(); ++i) {
    const Arm& arm = model.arms[i].arm;
    const auto base = find_arm(model, "base", "");
    if (base && *base != i) out.emplace_back(*base, i);
    const auto prompted = find_arm(model, "prompted", arm.prompt);
    if (prompted && *prompted != i && (arm.kind == "baked" || arm.kind == "reprompted")) out.emplace_back(*prompted, i);
  }
  return out;
}

using Test = std::tuple<const MetricReport*, std::size_t, std::size_t>;

Test test_of(const SuiteReport& suite, const MetricReport& metric, const Difference& one) {
  const auto shown = [&](std::size_t arm) { return arm < suite.shown_as.size() ? suite.shown_as[arm] : arm; };
  return {&metric, shown(one.base), shown(one.candidate)};
}

/// Visits every comparison of the report that exists.
template <class Visit>
void for_each_difference(ReportModel& model, Visit visit) {
  for (auto& suite : model.suites)
    for (auto& metric : suite.metrics)
      for (auto& one : metric.differences)
        if (one.comparison) visit(suite, metric, one);
}

}  // namespace

void summarise(const ReportModel& model, const std::vector<std::vector<ScoredSample>>& samples_by_arm,
               SuiteReport& suite) {
  suite.shown_as = shown_as(samples_by_arm);
  for (auto& metric : suite.metrics) {
    metric.is_share = is_share(samples_by_arm, metric);
    for (const auto& samples : samples_by_arm) metric.figures.push_back(figure(samples, metric));
    for (const auto& [base, candidate] : compared_arms(model)) {
      const auto name = [&](std::size_t arm) { return model.arms[suite.shown_as[arm]].arm.name; };
      const auto seed = derive_seed(model.run.seed, {"report", suite.label, metric.name, name(base), name(candidate)});
      auto one = difference(samples_by_arm[base], samples_by_arm[candidate], metric, seed);
      one.base = base;
      one.candidate = candidate;
      one.shares_samples = suite.shown_as[base] == suite.shown_as[candidate];
      metric.differences.push_back(std::move(one));
    }
  }
}

void adjust(ReportModel& model) {
  std::vector<double> p;
  std::map<Test, std::size_t> places;  // in p; what compares the same samples is one test
  for_each_difference(model, [&](const SuiteReport& suite, const MetricReport& metric, const Difference& one) {
    if (!one.shares_samples && places.try_emplace(test_of(suite, metric, one), p.size()).second)
      p.push_back(one.comparison->p);
  });
  const auto adjusted = stats::benjamini_hochberg(p);
  for_each_difference(model, [&](const SuiteReport& suite, const MetricReport& metric, Difference& one) {
    if (one.shares_samples) {
      one.finding = stats::Finding::same;
      one.words = "as " + model.arms[one.base].arm.name;
      return;
    }
    one.adjusted_p = adjusted[places.at(test_of(suite, metric, one))];
    one.comparisons = static_cast<std::int64_t>(p.size());
    // A margin in points has no meaning for a metric with another scale: such a difference is never called the same.
    const double margin = metric.is_share ? model.margin : 0;
    one.finding =
        stats::find(*one.comparison, one.adjusted_p, {.margin = margin, .higher_is_better = metric.higher_is_better});
    one.words = stats::in_words(one.finding, margin);
  });
  for (auto& suite : model.suites)
    for (auto& metric : suite.metrics)
      for (auto& one : metric.differences)
        if (!one.comparison) one.words = "not enough data";
  model.correction = "Benjamini-Hochberg over " + counted(std::ssize(p), "comparison");
}

}  // namespace bakeoff::reports
