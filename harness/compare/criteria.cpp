// See criteria.h.
#include "harness/compare/criteria.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>

#include "harness/compare/compare.h"
#include "harness/core/words.h"
#include "harness/stats/mean.h"
#include "harness/stats/rate.h"
#include "harness/stats/sequential.h"
#include "harness/stats/threshold.h"

namespace bakeoff::compare {
namespace {

/// "+3.2", "-0.312".
std::string signed_number(double value, bool is_share) {
  char text[48];
  std::snprintf(text, sizeof text, is_share ? "%+.1f" : "%+.4g", is_share ? 100 * value : value);
  return text;
}

/// "+3.2 points", "-0.312".
std::string amount(double value, bool is_share) { return signed_number(value, is_share) + (is_share ? " points" : ""); }

std::string plain(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

/// NeMo's names for what a suite of any harness has.
std::string metric_of(const SuiteResults& suite, const std::string& wanted) {
  const auto has = [&](const std::string& name) {
    return std::any_of(suite.metrics.begin(), suite.metrics.end(), [&](const auto& info) { return info.name == name; });
  };
  if (suite.metrics.empty()) return "";
  const bool is_primary = wanted.empty() || (wanted == "mean_reward" && !has(wanted));
  if (is_primary) return suite.metrics.front().name;
  return has(wanted) ? wanted : "";
}

constexpr const char* kPassAt1 = "pass@1";

/// The suite with "pass@1" as its only metric: is the answer's primary score above 0?
SuiteResults passes_of(const SuiteResults& suite) {
  SuiteResults out = suite;
  const std::string primary = suite.metrics.empty() ? "" : suite.metrics.front().name;
  out.metrics = {{kPassAt1, true, "share of answers with a score above 0"}};
  for (ScoredItem& item : out.items)
    if (const auto value = value_of(item.verdict, primary, true)) {
      item.verdict.score = *value > 0 ? 1 : 0;
      item.verdict.metrics = {{kPassAt1, *item.verdict.score}};
    }
  return out;
}

/// The differences whose mean is held against `threshold`.
struct Question {
  double threshold = 0;
  double base_weight = 1;  ///< difference = candidate - base_weight * base
  bool above_is_good = true;
};

Question question_of(const ScoreCriterion& criterion, bool higher_is_better) {
  Question out;
  out.above_is_good = higher_is_better;
  const double sign = higher_is_better ? 1 : -1;
  if (criterion.rule == Rule::relative_drop)
    out.base_weight = 1 - sign * criterion.limit;
  else
    out.threshold = sign * (criterion.rule == Rule::min_gain ? criterion.limit : -criterion.limit);
  return out;
}

/// Pairs as the statistics take them.
struct Columns {
  explicit Columns(const std::vector<stats::Pair>& pairs) {
    for (const auto& pair : pairs) {
      base.push_back(pair.base);
      candidate.push_back(pair.candidate);
      groups.push_back(pair.group);
      counts.candidate_only += pair.candidate > pair.base;
      counts.base_only += pair.candidate < pair.base;
    }
    counts.items = static_cast<std::int64_t>(pairs.size());
    const std::set<int> different(groups.begin(), groups.end());
    group_count = static_cast<std::int64_t>(different.size());
    are_rates = group_count == counts.items && stats::is_binary(base) && stats::is_binary(candidate);
  }
  /// candidate - weight * base, item by item.
  std::vector<double> differences(double weight = 1) const {
    std::vector<double> out(base.size());
    for (std::size_t i = 0; i < base.size(); ++i) out[i] = candidate[i] - weight * base[i];
    return out;
  }

  std::vector<double> base, candidate;
  std::vector<int> groups;
  stats::PairedCounts counts;
  std::int64_t group_count = 0;
  bool are_rates = false;  ///< 0 or 1, every item its own group
};

/// The mean difference of each group, in the order in which the groups were seen; divided by `scale`.
std::vector<double> group_means(const std::vector<double>& differences, const std::vector<int>& groups, double scale) {
  std::vector<double> means;
  std::map<int, std::pair<std::size_t, int>> places;  // by group: where its mean stands, and of how many
  for (std::size_t i = 0; i < differences.size(); ++i) {
    auto& [place, count] = places.try_emplace(groups[i], means.size(), 0).first->second;
    if (count == 0) means.push_back(0);
    ++count;
    means[place] += (differences[i] / scale - means[place]) / count;
  }
  return means;
}

/// For a suite that was watched while it was played.
std::optional<stats::ThresholdTest> test_watched(const Columns& columns, const Question& question, double alpha) {
  const double scale = std::max(1.0, question.base_weight);  // differences lie in [-base_weight, 1]
  const auto means = group_means(columns.differences(question.base_weight), columns.groups, scale);
  return stats::test_sequence(means, question.threshold / scale, alpha);
}

std::optional<stats::ThresholdTest> test_columns(const Columns& columns, const Question& question, bool is_share) {
  if (question.base_weight == 1 && columns.are_rates) return stats::test_rates(columns.counts, question.threshold);
  return stats::test_mean(columns.differences(question.base_weight), columns.groups, question.threshold,
                          is_share ? stats::Scale::share : stats::Scale::other);
}

class ScoreMeasure {
 public:
  ScoreMeasure(const SidePair& pair, const ScoreCriterion& criterion, double alpha)
      : pair_(pair), criterion_(criterion), alpha_(alpha) {
    out_.arm = pair.candidate.arm;
    out_.suite = criterion.suite;
    out_.name = criterion.metric.empty() ? "primary metric" : criterion.metric;
    out_.tier = criterion.tier;
    out_.rule = name_of(criterion.rule);
    out_.limit = criterion.limit;
  }

  CriterionResult measure() {
    const SuiteResults* base = find_suite(pair_.base, criterion_.suite);
    const SuiteResults* candidate = find_suite(pair_.candidate, criterion_.suite);
    if (!base || !candidate) return missing(std::string("the ") + (base ? "candidate" : "base") + " has no such suite");
    if (criterion_.metric == kPassAt1 && metric_of(*base, kPassAt1).empty())
      return measure_suites(passes_of(*base), passes_of(*candidate));
    return measure_suites(*base, *candidate);
  }

 private:
  CriterionResult missing(const std::string& reason) {
    out_.status = CriterionStatus::missing;
    out_.reason = reason;
    return out_;
  }

  CriterionResult measure_suites(const SuiteResults& base, const SuiteResults& candidate) {
    const std::string metric = metric_of(base, criterion_.metric);
    if (metric.empty() || metric_of(candidate, metric).empty())
      return missing("no metric \"" + criterion_.metric + "\" on both sides");
    out_.name = metric;
    out_.status = CriterionStatus::insufficient_evidence;
    const auto info = std::find_if(base.metrics.begin(), base.metrics.end(),
                                   [&](const MetricInfo& one) { return one.name == metric; });
    higher_is_better_ = criterion_.higher_is_better.value_or(info->higher_is_better);
    const Pairing pairing = pair_items(base, candidate, metric);
    out_.is_share = pairing.is_share;
    out_.gaps = pairing.gaps;
    was_watched_ = base.was_watched || candidate.was_watched;
    const auto pairs = pairing.pairs();
    if (pairs.empty()) return measure_figures(base, candidate);
    measure_pairs(pairs, pairing);
    out_.noise_floor = measured_noise_floor(base, candidate, metric);
    if (criterion_.noise_floor > 0) out_.noise_floor = std::max(criterion_.noise_floor, out_.noise_floor.value_or(0));
    return out_;
  }

  void measure_pairs(const std::vector<stats::Pair>& pairs, const Pairing& pairing) {
    const Columns columns(pairs);
    out_.items = columns.counts.items;
    out_.groups = columns.group_count;
    out_.base = stats::clustered_mean(columns.base)->mean;
    out_.candidate = stats::clustered_mean(columns.candidate)->mean;
    const auto mean = stats::clustered_mean(columns.differences(), columns.groups);
    out_.difference = mean->mean;
    out_.interval = columns.are_rates ? stats::tango_interval(columns.counts) : mean->interval;
    if (criterion_.only_below && *out_.base >= *criterion_.only_below) {
      out_.p_pass = 0;
      out_.test = "none: the base does not score below " + plain(*criterion_.only_below);
      return;
    }
    const Question question = question_of(criterion_, higher_is_better_);
    const auto test = test_pairs(columns, question);
    if (!test) return;
    take(*test, question);
    if (out_.gaps == 0) return;
    const auto worst =
        out_.is_share ? test_pairs(Columns(pairing.worst_case(higher_is_better_)), question) : std::nullopt;
    const double p = worst ? (question.above_is_good ? worst->p_above : worst->p_below) : 1.0;
    out_.gaps_decide = *out_.p_pass < alpha_ && p >= alpha_;
    out_.p_pass = std::max(*out_.p_pass, p);
  }

  std::optional<stats::ThresholdTest> test_pairs(const Columns& columns, const Question& question) {
    if (!was_watched_) return test_columns(columns, question, out_.is_share);
    if (!out_.is_share) {
      out_.test = "none: the run stopped early, and no test of scores outside [0, 1] allows for that";
      return std::nullopt;
    }
    return test_watched(columns, question, alpha_);
  }

  CriterionResult measure_figures(const SuiteResults& base, const SuiteResults& candidate) {
    const Comparison both = compare(ResultSet{"", "", "", Json::object(), {base}, {}, {}},
                                    ResultSet{"", "", "", Json::object(), {candidate}, {}, {}});
    const auto& metrics = both.suites.front().metrics;
    const auto found =
        std::find_if(metrics.begin(), metrics.end(), [&](const auto& one) { return one.info.name == out_.name; });
    if (found == metrics.end() || !found->is_seen) return missing("nothing is scored on both sides");
    out_.items = out_.groups = found->seen.items;
    out_.base = found->seen.base;
    out_.candidate = found->seen.candidate;
    out_.difference = found->seen.difference;
    out_.interval = found->seen.interval;
    out_.test = found->seen.test;
    if (!found->seen.interval || criterion_.rule == Rule::relative_drop) return out_;
    const double width = found->seen.interval->high - found->seen.interval->low;
    const double error = width / (2 * stats::normal_quantile(0.5 + stats::kConfidence / 2));
    const Question question = question_of(criterion_, higher_is_better_);
    take(stats::test_figure(*out_.difference, error, question.threshold), question);
    out_.items_to_settle.reset();  // more figures do not make samples
    return out_;
  }

  void take(const stats::ThresholdTest& test, const Question& question) {
    out_.test = test.test;
    out_.p_pass = question.above_is_good ? test.p_above : test.p_below;
    out_.p_breach = question.above_is_good ? test.p_below : test.p_above;
    if (!was_watched_) out_.items_to_settle = stats::items_to_settle(test, {.alpha = alpha_});
  }

  const SidePair& pair_;
  const ScoreCriterion& criterion_;
  double alpha_;
  bool higher_is_better_ = true;
  bool was_watched_ = false;
  CriterionResult out_;
};

std::string seen_text(const CriterionResult& result) {
  if (!result.difference) return "nothing seen";
  std::string text = amount(*result.difference, result.is_share);
  if (result.interval)
    text += " (95% interval " + signed_number(result.interval->low, result.is_share) + " to " +
            signed_number(result.interval->high, result.is_share) + ")";
  return text;
}

std::string limit_text(const CriterionResult& result) {
  if (result.rule == name_of(Rule::relative_drop)) return result.rule + " " + plain(100 * result.limit) + "%";
  return result.rule + " " + (result.is_share ? plain(100 * result.limit) + " points" : plain(result.limit));
}

std::string open_reason(const CriterionResult& result) {
  if (result.gaps_decide)
    return "within " + limit_text(result) + " as scored, but " + counted(result.gaps, "item") +
           (result.gaps == 1 ? " is" : " are") + " unscored or lacking on a side and could undo that";
  std::string text = seen_text(result) + " does not settle " + limit_text(result);
  if (!result.p_breach) return text + ": " + (result.test.empty() ? "no spread to measure" : result.test);
  if (!result.items_to_settle) return text;
  const auto more = *result.items_to_settle - result.groups;
  return text + ": about " + counted(*result.items_to_settle, "item") + " in all" +
         (more > 0 ? " (" + count_text(more) + " more)" : "") + " would settle a difference like this";
}

/// The candidate's or base's measurement of that name. Several subjects have it: the one that is named.
const Measurement* find_measurement(const ResultSet& set, const LimitCriterion& limit, std::string& why) {
  const Measurement* found = nullptr;
  for (const auto& one : set.measurements) {
    if (one.name != limit.measurement || (!limit.subject.empty() && one.subject != limit.subject)) continue;
    if (found) {
      why = "several subjects have it: name one with subject (" + found->subject + ", " + one.subject + ", ...)";
      return nullptr;
    }
    found = &one;
  }
  if (!found) why = set.name + " has no such measurement";
  return found;
}

struct Bound {
  const char* rule;
  double limit;
  bool needs_base;
};

Bound bound_of(const LimitCriterion& limit) {
  if (limit.max) return {"max", *limit.max, false};
  if (limit.min) return {"min", *limit.min, false};
  if (limit.max_ratio) return {"max_ratio", *limit.max_ratio, true};
  return {"max_increase", limit.max_increase.value_or(0), true};
}

/// The value that the bound is about; nothing where it is no number.
std::optional<double> held_value(const CriterionResult& result) {
  double value = *result.candidate;
  if (result.rule == "max_ratio") value /= *result.base;
  if (result.rule == "max_increase") value -= *result.base;
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

}  // namespace

CriterionResult measure_score(const SidePair& pair, const ScoreCriterion& criterion, double alpha) {
  return ScoreMeasure(pair, criterion, alpha).measure();
}

CriterionResult check_limit(const SidePair& pair, const LimitCriterion& limit) {
  const Bound bound = bound_of(limit);
  CriterionResult out;
  out.arm = pair.candidate.arm;
  out.name = limit.measurement;
  out.tier = limit.tier;
  out.rule = bound.rule;
  out.limit = bound.limit;
  out.is_share = false;
  const Measurement* candidate = find_measurement(pair.candidate, limit, out.reason);
  const Measurement* base = candidate && bound.needs_base ? find_measurement(pair.base, limit, out.reason) : nullptr;
  if (!candidate || (bound.needs_base && !base)) return out;
  out.unit = candidate->unit;
  out.candidate = candidate->value;
  if (base) out.base = base->value;
  const auto value = held_value(out);
  if (!value) {
    out.reason = "is no number: " + plain(*out.candidate) + " against " + plain(out.base.value_or(0));
    return out;
  }
  const bool holds = out.rule == "min" ? *value >= out.limit : *value <= out.limit;
  out.status = holds ? CriterionStatus::pass : CriterionStatus::breach;
  out.reason = plain(*out.candidate) + " " + out.unit;
  if (base) out.reason += ", the base " + plain(*out.base);
  out.reason += std::string(holds ? ": meets " : ": breaks ") + out.rule + " " + plain(out.limit);
  return out;
}

void settle(CriterionResult& result, double alpha) {
  if (result.status != CriterionStatus::insufficient_evidence) return;
  const bool is_noise = result.noise_floor && std::abs(result.difference.value_or(0)) <= *result.noise_floor;
  const bool is_gain = result.rule == name_of(Rule::min_gain);
  if (result.p_pass && *result.p_pass < alpha && !(is_gain && is_noise)) {
    result.status = CriterionStatus::pass;
    result.reason = seen_text(result) + ": shown to be within " + limit_text(result);
    if (!result.p_breach) result.reason = result.test;
  } else if (result.p_breach_adjusted && *result.p_breach_adjusted < alpha && !is_noise) {
    result.status = CriterionStatus::breach;
    result.reason = seen_text(result) + ": shown to be beyond " + limit_text(result);
  } else {
    result.reason = open_reason(result);
    if (is_noise && *result.difference != 0)
      result.reason += "; within the noise floor of " + amount(*result.noise_floor, result.is_share);
  }
  if (result.status != CriterionStatus::insufficient_evidence) result.items_to_settle.reset();
}

}  // namespace bakeoff::compare
