// See compare.h.
#include "harness/compare/compare.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <span>

#include "harness/core/seed.h"
#include "harness/core/sha256.h"
#include "harness/core/words.h"
#include "harness/stats/mean.h"
#include "harness/stats/multiplicity.h"

namespace bakeoff::compare {
namespace {

/// Digests and long values by their beginning.
std::string shown(const Json& value) {
  constexpr std::size_t kDigest = 64, kDigits = 12, kLongest = 80;
  std::string text = value.is_string() ? value.get<std::string>() : dump(value);
  const bool is_digest = text.size() == kDigest && text.find_first_not_of("0123456789abcdef") == text.npos;
  std::size_t most = is_digest ? kDigits : kLongest;
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return text.substr(0, most) + "\u2026";
}

std::set<std::string> keys_of(const Json& left, const Json& right) {
  std::set<std::string> keys;
  for (const Json* side : {&left, &right})
    for (const auto& entry : side->items()) keys.insert(entry.key());
  return keys;
}

/// Keys that one side lacks.
void note_unknown(const SuiteResults& base, const SuiteResults& candidate, std::vector<std::string>& notes) {
  for (const auto& key : keys_of(base.protocol, candidate.protocol)) {
    if (base.protocol.contains(key) == candidate.protocol.contains(key)) continue;
    const bool base_lacks = candidate.protocol.contains(key);
    notes.push_back(base.name + ": " + key + " is not known of the " + (base_lacks ? "base" : "candidate"));
  }
}

void note_identity(const ResultSet& base, const ResultSet& candidate, std::vector<std::string>& notes) {
  if (base.source != candidate.source) notes.push_back("made by " + base.source + " against " + candidate.source);
  if (base.identity == candidate.identity) {
    if (!base.identity.empty()) notes.emplace_back("both sides are the same model, adapters and settings");
    return;
  }
  for (const auto& key : keys_of(base.identity, candidate.identity)) {
    const Json left = base.identity.value(key, Json()), right = candidate.identity.value(key, Json());
    if (left != right) notes.push_back(key + ": " + shown(left) + " against " + shown(right));
  }
}

void note_lonely_suites(const ResultSet& base, const ResultSet& candidate, std::vector<std::string>& notes) {
  for (const auto& suite : base.suites)
    if (!find_suite(candidate, suite.name)) notes.push_back(suite.name + ": only the base has this suite");
  for (const auto& suite : candidate.suites)
    if (!find_suite(base, suite.name)) notes.push_back(suite.name + ": only the candidate has this suite");
}

/// A side's figure: as stated, else from its items.
std::optional<SummaryFigure> figure_of(const SuiteResults& suite, const std::string& metric) {
  if (const auto found = suite.figures.find(metric); found != suite.figures.end()) return found->second;
  const bool primary = !suite.metrics.empty() && suite.metrics.front().name == metric;
  std::vector<double> values;
  std::vector<std::string> names;
  for (const auto& item : suite.items)
    if (const auto value = value_of(item.verdict, metric, primary)) {
      values.push_back(*value);
      names.push_back(item.group.empty() ? item.id : item.group);
    }
  const auto mean = stats::clustered_mean(values, stats::group_numbers(names));
  if (!mean) return std::nullopt;
  return SummaryFigure{mean->mean, mean->standard_error, mean->n};
}

/// From two means and their standard errors.
void compare_figures(const SuiteResults& base, const SuiteResults& candidate, MetricComparison& out) {
  const auto left = figure_of(base, out.info.name), right = figure_of(candidate, out.info.name);
  if (!left || !right) return;
  out.is_paired = false;
  out.is_seen = true;
  out.seen.items = std::min(left->n, right->n);
  out.seen.base = left->value;
  out.seen.candidate = right->value;
  out.seen.difference = right->value - left->value;
  out.is_share = std::min(left->value, right->value) >= 0 && std::max(left->value, right->value) <= 1;
  out.seen.test = "unpaired, from standard errors";
  out.seen.interval_method = "unpaired, from standard errors";
  if (!left->standard_error || !right->standard_error) {
    out.seen.test = "none: no standard error is stated";
    out.seen.interval_method = out.seen.test;
    return;
  }
  const double error = std::hypot(*left->standard_error, *right->standard_error);
  if (error <= 0) return;
  const double reach = stats::normal_quantile(0.5 + stats::kConfidence / 2) * error;
  out.seen.interval = stats::Interval{out.seen.difference - reach, out.seen.difference + reach};
  out.seen.p = 2 * stats::normal_cdf(-std::abs(out.seen.difference) / error);
}

MetricComparison compare_metric(const SuiteResults& base, const SuiteResults& candidate, const MetricInfo& info,
                                const CompareOptions& options) {
  MetricComparison out;
  out.info = info;
  const bool has_items = !base.items.empty() && !candidate.items.empty();
  const Pairing pairing = pair_items(base, candidate, info.name);
  if (!has_items || pairing.common == 0) {
    compare_figures(base, candidate, out);
    return out;
  }
  out.is_share = pairing.is_share;
  const auto seed = derive_seed(0, {"compare", base.name, info.name});
  if (const auto seen = stats::compare_paired(pairing.pairs(), {.seed = seed})) {
    out.is_seen = true;
    out.seen = *seen;
    if (out.is_share && out.seen.interval) out.seen.interval = stats::clipped(*out.seen.interval, -1, 1);
  }
  out.unscored = static_cast<std::int64_t>(
      std::count_if(pairing.items.begin(), pairing.items.end(), [](const auto& one) { return !one.scored_on_both(); }));
  out.noise_floor = measured_noise_floor(base, candidate, info.name);
  if (options.noise_floor > 0) out.noise_floor = std::max(options.noise_floor, out.noise_floor.value_or(0));
  return out;
}

std::vector<Flip> flips_of(const SuiteResults& base, const SuiteResults& candidate, const MetricInfo& primary) {
  std::vector<Flip> flips;
  for (const PairedItem& item : pair_items(base, candidate, primary.name).items) {
    if (!item.scored_on_both() || item.base.mean() == item.candidate.mean()) continue;
    const ScoredItem &left = *item.base.first, &right = *item.candidate.first;
    flips.push_back({item.id, item.base.mean(), item.candidate.mean(), left.sample_key, right.sample_key,
                     left.question.empty() ? right.question : left.question, left.answer, right.answer});
  }
  const double sign = primary.higher_is_better ? 1 : -1;
  std::stable_sort(flips.begin(), flips.end(), [sign](const Flip& a, const Flip& b) {
    const double left = sign * (a.candidate - a.base), right = sign * (b.candidate - b.base);
    if ((left < 0) != (right < 0)) return left < 0;
    return std::abs(left) > std::abs(right);
  });
  return flips;
}

/// The metrics of both sides, in the base's order.
std::vector<MetricInfo> common_metrics(const SuiteResults& base, const SuiteResults& candidate,
                                       const CompareOptions& options) {
  const auto metrics_of = [&](const SuiteResults& suite) {
    return std::span(suite.metrics)
        .first(options.only_primary ? std::min<std::size_t>(1, suite.metrics.size()) : suite.metrics.size());
  };
  std::vector<MetricInfo> out;
  for (const auto& info : metrics_of(base))
    if (std::ranges::any_of(metrics_of(candidate), [&](const MetricInfo& other) { return other.name == info.name; }))
      out.push_back(info);
  return out;
}

/// Which samples are compared: as arms that differ in their prompt alone show the same ones where a suite asks in raw
/// text.
void name_samples(const SuiteResults& base, const SuiteResults& candidate, SuiteComparison& out) {
  Sha256 hash;
  for (const SuiteResults* side : {&base, &candidate}) {
    for (const ScoredItem& item : side->items) {
      if (item.sample_key.empty()) return;
      hash.update(item.sample_key + "\n");
    }
    hash.update("\n");
  }
  out.samples = hash.hex();
  // A judge may have said something else of the same answer: that is a difference to be tested.
  const auto is_same = [](const ScoredItem& left, const ScoredItem& right) {
    return left.sample_key == right.sample_key && left.verdict.score == right.verdict.score &&
           left.verdict.metrics == right.verdict.metrics;
  };
  out.shares_samples = !base.items.empty() && std::ranges::equal(base.items, candidate.items, is_same);
}

bool is_wanted(const std::string& suite, const CompareOptions& options) {
  return options.suites.empty() ||
         std::find(options.suites.begin(), options.suites.end(), suite) != options.suites.end();
}

void compare_suite(const SuiteResults& base, const SuiteResults& candidate, const CompareOptions& options,
                   Comparison& out) {
  const auto metrics = common_metrics(base, candidate, options);
  for (auto& reason : protocol_differences(base, candidate)) out.reasons.push_back(std::move(reason));
  if (metrics.empty()) out.reasons.push_back(base.name + ": the sides have no metric in common");
  note_unknown(base, candidate, out.notes);
  SuiteComparison suite;
  suite.name = base.name;
  name_samples(base, candidate, suite);
  for (const auto& info : metrics) suite.metrics.push_back(compare_metric(base, candidate, info, options));
  if (!metrics.empty()) suite.flips = flips_of(base, candidate, metrics.front());
  out.suites.push_back(std::move(suite));
}

void word(MetricComparison& metric, bool shares_samples, double margin) {
  if (metric.is_seen && shares_samples) {
    metric.finding = stats::Finding::same;
    metric.words = "the same answers";
    return;
  }
  // A margin in points has no meaning for a metric with another scale: such a difference is never called the same.
  const double own_margin = metric.is_share ? margin : 0;
  if (metric.is_seen)
    metric.finding = stats::find(metric.seen, metric.adjusted_p,
                                 {.margin = own_margin,
                                  .noise_floor = metric.noise_floor.value_or(0),
                                  .higher_is_better = metric.info.higher_is_better});
  metric.words = stats::in_words(metric.finding, own_margin);
}

}  // namespace

std::vector<std::string> protocol_differences(const SuiteResults& base, const SuiteResults& candidate) {
  std::vector<std::string> reasons;
  for (const auto& key : keys_of(base.protocol, candidate.protocol)) {
    if (!base.protocol.contains(key) || !candidate.protocol.contains(key)) continue;
    const Json &left = base.protocol[key], &right = candidate.protocol[key];
    if (left != right)
      reasons.push_back(base.name + ": " + key + " differs: " + shown(left) + " against " + shown(right));
  }
  const bool has_items = !base.items.empty() && !candidate.items.empty();
  if (has_items && !base.metrics.empty() && pair_items(base, candidate, base.metrics.front().name).common == 0)
    reasons.push_back(base.name + ": the sides have no item in common");
  return reasons;
}

Comparison compare(const ResultSet& base, const ResultSet& candidate, const CompareOptions& options) {
  Comparison out;
  out.base = base.name;
  out.candidate = candidate.name;
  out.arm = candidate.arm;
  out.margin = options.margin;
  for (const auto& suite : base.suites) {
    const SuiteResults* other = is_wanted(suite.name, options) ? find_suite(candidate, suite.name) : nullptr;
    if (other) compare_suite(suite, *other, options, out);
  }
  if (out.suites.empty()) out.reasons.emplace_back("the sides have no suite in common");
  note_identity(base, candidate, out.notes);
  if (options.suites.empty()) note_lonely_suites(base, candidate, out.notes);
  for (const ResultSet* side : {&base, &candidate})
    for (const auto& caveat : side->caveats) out.caveats.push_back(side->name + ": " + caveat);
  return out;
}

std::string adjust(std::vector<Comparison>& comparisons, Correction correction) {
  std::vector<double> p;
  std::vector<std::pair<MetricComparison*, std::size_t>> places;  // of each in p
  std::map<std::string, std::size_t> counted_tests;
  for (auto& comparison : comparisons)
    for (auto& suite : comparison.suites)
      for (auto& metric : suite.metrics) {
        if (!metric.is_seen || suite.shares_samples) continue;
        const std::string test =
            dump(Json{suite.samples, suite.name, metric.info.name, metric.seen.p, metric.seen.difference});
        const bool is_new = suite.samples.empty() || counted_tests.try_emplace(test, p.size()).second;
        places.emplace_back(&metric, is_new ? p.size() : counted_tests.at(test));
        if (is_new) p.push_back(metric.seen.p);
      }
  const bool explores = correction == Correction::benjamini_hochberg;
  const auto adjusted = explores ? stats::benjamini_hochberg(p) : stats::holm(p);
  for (const auto& [metric, place] : places) metric->adjusted_p = adjusted[place];
  for (auto& comparison : comparisons)
    for (auto& suite : comparison.suites)
      for (auto& metric : suite.metrics) word(metric, suite.shares_samples, comparison.margin);
  return (explores ? "Benjamini-Hochberg over " : "Holm over ") + counted(std::ssize(p), "test");
}

}  // namespace bakeoff::compare
