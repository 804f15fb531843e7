// See history.h.
#include "harness/compare/history.h"

#include <algorithm>
#include <map>
#include <set>

#include "harness/compare/from_store.h"
#include "harness/store/place.h"

namespace bakeoff::compare {
namespace {

bool is_wanted(const std::string& name, const std::string& wanted) { return wanted.empty() || name == wanted; }

/// Every arm of one run against the arm of that name in the baseline: comparisons of primary metrics alone.
class Against {
 public:
  Against(store::Store& store, std::vector<ResultSet> baseline, const RegressionOptions& options)
      : store_(store), baseline_(std::move(baseline)), options_(options) {}

  /// Appends to `comparisons` one per arm and suite, each with the number of its run in `runs`.
  Status add(store::RunId run, Regressions& into) {
    auto sets = read_run(store_, run, std::to_string(run));
    if (!sets.ok()) {
      if (sets.error().kind == ErrorKind::infrastructure) return sets.error();
      into.skipped.push_back({run, sets.error().what});
      return {};
    }
    for (const ResultSet& set : *sets) add_arm(run, set, into);
    return {};
  }

  std::vector<Comparison> comparisons;
  std::vector<store::RunId> runs;

 private:
  void add_arm(store::RunId run, const ResultSet& set, Regressions& into) {
    const auto base =
        std::find_if(baseline_.begin(), baseline_.end(), [&](const auto& each) { return each.arm == set.arm; });
    if (base == baseline_.end()) return;
    // Suite by suite, so that one whose protocol changed does not hide the others.
    for (const SuiteResults& suite : base->suites)
      if (is_wanted(suite.name, options_.suite) && find_suite(set, suite.name))
        add_suite(run, *base, set, suite.name, into);
  }

  void add_suite(store::RunId run, const ResultSet& base, const ResultSet& set, const std::string& suite,
                 Regressions& into) {
    Comparison found = compare(base, set, {options_.margin, options_.noise_floor, {suite}, true});
    for (const std::string& reason : found.reasons) into.skipped.push_back({run, set.arm + ": " + reason});
    if (!found.reasons.empty()) return;
    found.suites.front().flips.clear();
    found.notes.clear();
    found.caveats.clear();
    comparisons.push_back(std::move(found));
    runs.push_back(run);
  }

  store::Store& store_;
  std::vector<ResultSet> baseline_;
  const RegressionOptions& options_;
};

/// An error where none of the sets has the suite.
Status check_suite(const std::vector<ResultSet>& sets, const std::string& suite, const std::string& name) {
  std::set<std::string> known;
  for (const ResultSet& set : sets)
    for (const SuiteResults& each : set.suites) known.insert(each.name);
  if (suite.empty() || known.contains(suite)) return {};
  std::string names;
  for (const std::string& each : known) names += (names.empty() ? "" : ", ") + each;
  return input_error("has no suite \"" + suite + "\"", name, "it has: " + names);
}

}  // namespace

Result<History> read_history(store::Store& store, const HistoryOptions& options) {
  History history;
  BAKEOFF_TRY(history.runs, store.newest_runs(options.last));
  std::map<std::pair<std::string, std::string>, std::vector<HistoryPoint>> series;
  for (const store::RunRow& run : history.runs) {
    BAKEOFF_TRY(auto scores, store.scores(run.id));
    for (store::ScoreRow& score : scores)
      if (is_wanted(score.arm, options.arm) && is_wanted(score.suite, options.suite))
        series[{score.suite, score.arm}].push_back({run.id, score});
  }
  for (auto& [name, points] : series) history.series.push_back({name.first, name.second, std::move(points)});
  return history;
}

std::vector<Worse> worse_measures(const std::vector<RegressionRow>& rows) {
  std::vector<Worse> list;
  for (const RegressionRow& row : rows) {
    if (row.metric.finding != stats::Finding::worse) continue;
    const auto known = std::find_if(list.begin(), list.end(),
                                    [&](const Worse& one) { return one.suite == row.suite && one.arm == row.arm; });
    if (known == list.end())
      list.push_back({row.suite, row.arm, row.metric.info.name, row.run, 1});
    else
      ++known->runs;
  }
  return list;
}

std::string adjust_against_baseline(std::vector<Comparison>& comparisons) {
  return adjust(comparisons, Correction::holm);
}

Result<Regressions> find_regressions(store::Store& store, const std::string& name, store::RunId baseline,
                                     const RegressionOptions& options) {
  Regressions found;
  found.baseline = baseline;
  const std::optional<std::string> arm = options.arm.empty() ? std::nullopt : std::optional(options.arm);
  const std::string baseline_name = name + "@" + std::to_string(baseline);
  BAKEOFF_TRY(auto sets, read_run(store, baseline, baseline_name, arm));
  BAKEOFF_CHECK(check_suite(sets, options.suite, baseline_name));
  Against against(store, std::move(sets), options);
  BAKEOFF_TRY(auto later, store.runs_after(baseline));
  if (const auto count = std::ssize(later); count > options.last)
    later.erase(later.begin(), later.end() - options.last);
  for (const store::RunId run : later) BAKEOFF_CHECK(against.add(run, found));
  found.correction = adjust_against_baseline(against.comparisons);
  for (std::size_t i = 0; i < against.comparisons.size(); ++i)
    for (const SuiteComparison& suite : against.comparisons[i].suites)
      for (const MetricComparison& metric : suite.metrics)
        found.rows.push_back({against.runs[i], against.comparisons[i].arm, suite.name, metric});
  store::RunId counted = baseline;
  for (const RegressionRow& row : found.rows) {
    if (row.run != counted) ++found.runs;
    counted = row.run;
  }
  found.worse = worse_measures(found.rows);
  for (const Worse& one : found.worse) found.first_bad = std::min(found.first_bad.value_or(one.first), one.first);
  return found;
}

Result<store::RunId> find_baseline(store::Store& store, const std::string& wanted) {
  if (!wanted.empty()) return store::find_execution(store, wanted);
  BAKEOFF_TRY(const auto pinned, store.run_of_tag(store::kBaselineTag));
  if (pinned) return *pinned;
  const std::string folder = store.folder().string();
  return input_error("no run is pinned as the baseline", folder,
                     "pin one: bakeoff runs tag " + folder + "@N baseline, or give --baseline N");
}

}  // namespace bakeoff::compare
