// See from_store.h.
#include "harness/compare/from_store.h"

#include <algorithm>
#include <set>

#include "harness/compare/imported.h"
#include "harness/core/play_order.h"
#include "harness/store/place.h"

namespace bakeoff::compare {
namespace {

/// What the answers of an arm cost, summed over suites.
struct Cost {
  std::int64_t samples = 0, prompt_tokens = 0, answer_tokens = 0;
  double seconds = 0;
};

class StoreReader {
 public:
  StoreReader(store::Store& store, store::RunRow run, std::string name)
      : store_(store), run_(std::move(run)), name_(std::move(name)) {}

  Result<std::vector<ResultSet>> read(const std::optional<std::string>& arm) {
    BAKEOFF_TRY(suites_, store_.suites(run_.id));
    BAKEOFF_TRY(measurements_, store_.measurements(run_.id));
    BAKEOFF_TRY(const auto arms, store_.arms(run_.id));
    std::vector<ResultSet> sets;
    for (const auto& row : arms) {
      if (arm && row.arm.name != *arm) continue;
      BAKEOFF_TRY(auto set, read_arm(row));
      sets.push_back(std::move(set));
    }
    if (sets.empty()) return no_arm(arms, arm);
    return sets;
  }

 private:
  Error no_arm(const std::vector<store::ArmRow>& arms, const std::optional<std::string>& wanted) const {
    if (arms.empty() && run_.status == "complete")
      return input_error("run " + std::to_string(run_.id) + " has no arms, only votes", name_, "bakeoff rank reads it");
    if (arms.empty())
      return input_error("run " + std::to_string(run_.id) + " has no arms yet: it is " + run_.status, name_,
                         "let it finish first");
    std::string known;
    for (const auto& row : arms) known += (known.empty() ? "" : ", ") + row.arm.name;
    return input_error("has no arm \"" + wanted.value_or("") + "\"", name_, "it has: " + known);
  }

  Result<ResultSet> read_arm(const store::ArmRow& row) {
    ResultSet set;
    set.name = name_ + ":" + row.arm.name;
    set.source = "bakeoff";
    set.arm = row.arm.name;
    set.identity = row.identity;
    Cost cost;
    warnings_.clear();
    for (const auto& suite : suites_) {
      BAKEOFF_TRY(auto results, read_suite(suite, row, cost));
      if (!results.items.empty()) set.suites.push_back(std::move(results));
    }
    add_measurements(row, cost, set);
    if (was_watched())
      set.caveats.push_back("run " + std::to_string(run_.id) +
                            " stopped early where its gate was settled: only the gate's tests allow for that");
    if (run_.status != "complete") set.caveats.push_back("run " + std::to_string(run_.id) + " is " + run_.status);
    set.caveats.insert(set.caveats.end(), warnings_.begin(), warnings_.end());
    if (const Json* note = find_imported_note(run_.settings, set.arm))
      BAKEOFF_CHECK(add_imported_note(*note, name_ + ": runs.settings", set));
    return set;
  }

  Result<SuiteResults> read_suite(const store::SuiteRow& suite, const store::ArmRow& arm, Cost& cost) {
    SuiteResults out;
    out.name = suite.label;
    for (const auto& metric : suite.metrics)
      out.metrics.push_back({metric.name, metric.higher_is_better, metric.meaning});
    BAKEOFF_TRY(auto rows, store_.verdicts(run_.id, arm.arm.name, suite.label));
    out.items.reserve(rows.size());
    for (auto& row : rows) {
      ++cost.samples;
      cost.prompt_tokens += row.prompt_tokens;
      cost.answer_tokens += row.completion_tokens;
      cost.seconds += row.wall_seconds;
      if (const auto warning = row.verdict.evidence.find("warning");
          warning != row.verdict.evidence.end() && warning->is_string())
        warnings_.insert(suite.label + ": " + warning->get<std::string>());
      out.items.push_back({std::move(row.item), std::move(row.group), row.replicate, std::move(row.verdict), "", "",
                           std::move(row.sample_key)});
    }
    BAKEOFF_TRY(out.protocol, protocol_of(suite, arm, out));
    if (was_watched()) put_in_play_order(out);
    return out;
  }

  bool was_watched() const { return run_.settings.value("stop_early", false); }

  void put_in_play_order(SuiteResults& suite) const {
    const auto seed = run_.resolved.value("seed", std::uint64_t{0});
    std::vector<std::pair<std::uint64_t, std::size_t>> order;
    for (std::size_t i = 0; i < suite.items.size(); ++i) order.emplace_back(play_rank(seed, suite.items[i].group), i);
    std::sort(order.begin(), order.end());
    std::vector<ScoredItem> items;
    for (const auto& [rank, index] : order) items.push_back(std::move(suite.items[index]));
    suite.items = std::move(items);
    suite.was_watched = true;
  }

  Result<Json> protocol_of(const store::SuiteRow& suite, const store::ArmRow& arm, const SuiteResults& results) {
    Json out = {{"suite", suite.name}, {"version", suite.version}, {"data", suite.digest}};
    if (arm.identity.contains("template_digest")) out["template"] = arm.identity["template_digest"];
    if (results.items.empty()) return out;
    BAKEOFF_TRY(const auto sample, store_.sample(results.items.front().sample_key));
    out["decoding"] = to_json(sample.sample.decoding);
    return out;
  }

  /// A bake's measurements go by their own names: a policy speaks of "kl_held_out", whatever the bake is called.
  void add_measurements(const store::ArmRow& row, const Cost& cost, ResultSet& set) const {
    for (const auto& one : measurements_)
      if (one.subject == "run" || one.subject == row.arm.name || (!row.arm.bake.empty() && one.subject == row.arm.bake))
        set.measurements.push_back(one);
    if (cost.samples == 0 || find_imported_note(run_.settings, row.arm.name))
      return;  // others' files do not say what answers cost
    const auto each = [&](const char* name, double total, const char* unit) {
      set.measurements.push_back({row.arm.name, name, total / static_cast<double>(cost.samples), unit});
    };
    each("prompt_tokens_per_sample", static_cast<double>(cost.prompt_tokens), "tokens");
    each("answer_tokens_per_sample", static_cast<double>(cost.answer_tokens), "tokens");
    each("seconds_per_sample", cost.seconds, "s");
  }

  store::Store& store_;
  store::RunRow run_;
  std::string name_;
  std::vector<store::SuiteRow> suites_;
  std::vector<Measurement> measurements_;
  std::set<std::string> warnings_;  // of the arm being read
};

}  // namespace

Result<std::vector<ResultSet>> read_run(store::Store& store, store::RunId run, const std::string& name,
                                        const std::optional<std::string>& arm) {
  BAKEOFF_TRY(auto row, store.run(run));
  return StoreReader(store, std::move(row), name).read(arm);
}

Result<std::vector<ResultSet>> read_store(const Path& folder, const std::string& name, const StoreChoice& choice) {
  BAKEOFF_TRY(const auto store, store::Store::open(folder, store::Access::read));
  BAKEOFF_TRY(const store::RunId run, store::find_execution(*store, choice.execution));
  const std::string shown = choice.execution.empty() ? name : name + "@" + choice.execution;
  return read_run(*store, run, shown, choice.arm);
}

}  // namespace bakeoff::compare
