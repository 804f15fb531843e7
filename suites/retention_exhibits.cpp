// From the scores of every state of a sequence to its matrix, curves and findings; see retention.h.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "harness/stats/continual.h"
#include "harness/stats/strata.h"
#include "suites/retention.h"
#include "suites/shown_mean.h"

namespace bakeoff::suites {

namespace {

using stats::Stratum;

/// One arm's scores on one suite, by (item, replicate).
struct Scores {
  std::map<std::pair<std::string, int>, std::pair<double, std::string>> by_item;  // score, group

  std::optional<double> mean() const {
    if (by_item.empty()) return std::nullopt;
    double sum = 0;
    for (const auto& [item, score] : by_item) sum += score.first;
    return sum / static_cast<double>(by_item.size());
  }
};

/// `later` minus `earlier` on the items that both have.
Stratum difference(const Scores& later, const Scores& earlier) {
  Stratum stratum;
  std::vector<std::string> groups;
  for (const auto& [item, score] : later.by_item)
    if (const auto other = earlier.by_item.find(item); other != earlier.by_item.end()) {
      stratum.values.push_back(score.first - other->second.first);
      groups.push_back(score.second);
    }
  stratum.groups = stats::group_numbers(groups);
  return stratum;
}

Stratum level(const Scores& scores) {
  Stratum stratum;
  std::vector<std::string> groups;
  for (const auto& [item, score] : scores.by_item) {
    stratum.values.push_back(score.first);
    groups.push_back(score.second);
  }
  stratum.groups = stats::group_numbers(groups);
  return stratum;
}

class Exhibitor {
 public:
  Exhibitor(const SequenceOfArms& sequence, const Results& results) : sequence_(sequence), results_(results) {}

  Result<std::vector<Exhibit>> make() {
    BAKEOFF_CHECK(read());
    std::vector<Exhibit> exhibits{matrix(), kept()};
    if (Exhibit drift = drift_curve(); !drift.curves.empty()) exhibits.push_back(std::move(drift));
    if (!sequence_.removals.empty() && sequence_.base) exhibits.push_back(residue());
    return exhibits;
  }

 private:
  Status read() {
    std::vector<const Arm*> arms;
    if (sequence_.base) arms.push_back(&*sequence_.base);
    for (const Arm& state : sequence_.states) arms.push_back(&state);
    for (const Arm& removal : sequence_.removals) arms.push_back(&removal);
    for (const Arm* arm : arms)
      for (const auto* labels : {&sequence_.tasks, &sequence_.others})
        for (const std::string& label : *labels) {
          BAKEOFF_TRY(const auto played, results_.played(arm->name, label));
          Scores& scores = scores_[{arm->name, label}];
          for (const auto& one : played)
            if (one.verdict.score)
              scores.by_item[{one.item->id, one.sample.replicate}] = {*one.verdict.score, one.item->group};
        }
    return {};
  }

  const Scores& scores(const Arm& arm, const std::string& label) const { return scores_.at({arm.name, label}); }

  Exhibit matrix() const {
    Exhibit exhibit{.name = "scores",
                    .title = "Scores after each bake",
                    .finding = summary(),
                    .x_title = "suite",
                    .y_title = "after the bake",
                    .unit = "share",
                    .curves = {},
                    .matrix = Matrix{}};
    Matrix& matrix = *exhibit.matrix;
    matrix.columns = sequence_.tasks;
    matrix.columns.insert(matrix.columns.end(), sequence_.others.begin(), sequence_.others.end());
    const auto add = [&](const std::string& name, const Arm& arm) {
      matrix.rows.push_back(name);
      auto& row = matrix.cells.emplace_back();
      for (const std::string& label : matrix.columns) row.push_back(scores(arm, label).mean());
    };
    if (sequence_.base) add("(none)", *sequence_.base);
    for (const Arm& state : sequence_.states) add(state.bake, state);
    return exhibit;
  }

  /// One stratum for each task from `first` on, but not the last `but` ones.
  template <typename Of>
  std::optional<stats::Mean> over_tasks(std::size_t first, std::size_t but, const Of& of) const {
    std::vector<Stratum> strata;
    for (std::size_t task = first; task + but < sequence_.tasks.size(); ++task) strata.push_back(of(task));
    return stats::mean_of_means(strata);
  }

  std::string summary() const {
    const auto& tasks = sequence_.tasks;
    const auto& states = sequence_.states;
    const Arm& last = states.back();
    const auto accuracy = over_tasks(0, 0, [&](std::size_t j) { return level(scores(last, tasks[j])); });
    std::string text = "Accuracy over all tasks after the last bake " + text_of(accuracy);
    if (tasks.size() < 2) return text + ".";
    const auto backward = over_tasks(
        0, 1, [&](std::size_t j) { return difference(scores(last, tasks[j]), scores(states[j], tasks[j])); });
    const auto forgetting = over_tasks(
        0, 1, [&](std::size_t j) { return difference(scores(best_before_last(j), tasks[j]), scores(last, tasks[j])); });
    text += ", backward transfer " + text_of(backward) + ", forgetting " + text_of(forgetting);
    if (sequence_.base) {
      const auto forward = over_tasks(1, 0, [&](std::size_t j) {
        return difference(scores(states[j - 1], tasks[j]), scores(*sequence_.base, tasks[j]));
      });
      text += ", forward transfer " + text_of(forward);
    }
    return text + first_loss() + ".";
  }

  /// The state before the last that was best on a task.
  const Arm& best_before_last(std::size_t task) const {
    const auto value = [&](const Arm& state) { return scores(state, sequence_.tasks[task]).mean().value_or(-1); };
    return *std::max_element(sequence_.states.begin(), sequence_.states.end() - 1,
                             [&](const Arm& a, const Arm& b) { return value(a) < value(b); });
  }

  /// The first bake after which the suites that no bake is about are clearly below the base. Every state is looked at,
  /// so each interval is Bonferroni's for as many looks.
  std::string first_loss() const {
    if (!sequence_.base || sequence_.others.empty()) return "";
    const auto looks = static_cast<double>(sequence_.states.size());
    for (const Arm& state : sequence_.states) {
      const auto lost = others_against_base(state, looks);
      if (lost && lost->interval && lost->interval->high < 0)
        return "; suites that no bake is about first clearly lose after " + state.bake + ": " + text_of(lost);
    }
    return "; suites that no bake is about show no clear loss after any bake, " +
           text_of(others_against_base(sequence_.states.back(), looks)) + " after the last";
  }

  std::optional<stats::Mean> others_against_base(const Arm& state, double looks) const {
    std::vector<Stratum> strata;
    for (const std::string& label : sequence_.others)
      if (auto one = difference(scores(state, label), scores(*sequence_.base, label)); !one.values.empty())
        strata.push_back(std::move(one));
    return stats::mean_of_means(strata, 1 - (1 - stats::kConfidence) / looks);
  }

  Exhibit kept() const {
    Exhibit exhibit{.name = "kept",
                    .title = "What is kept while bakes are added",
                    .finding = "",
                    .x_title = "bakes so far",
                    .y_title = "mean score",
                    .unit = "share",
                    .curves = {{"tasks baked so far", {}}, {"suites that no bake is about", {}}},
                    .matrix = {}};
    const auto add = [&](Curve& curve, double x, const Arm& arm, std::span<const std::string> labels) {
      std::vector<Stratum> strata;
      for (const std::string& label : labels)
        if (auto one = level(scores(arm, label)); !one.values.empty()) strata.push_back(std::move(one));
      if (const auto mean = stats::mean_of_means(strata)) curve.points.push_back(point_of(x, *mean, kShare));
    };
    if (sequence_.base) add(exhibit.curves[1], 0, *sequence_.base, sequence_.others);
    for (std::size_t i = 0; i < sequence_.states.size(); ++i) {
      const auto x = static_cast<double>(i + 1);
      add(exhibit.curves[0], x, sequence_.states[i], std::span(sequence_.tasks).first(i + 1));
      add(exhibit.curves[1], x, sequence_.states[i], sequence_.others);
    }
    return exhibit;
  }

  Exhibit drift_curve() const {
    Exhibit exhibit{.name = "drift",
                    .title = "Drift on unrelated questions",
                    .finding = "",
                    .x_title = "bakes so far",
                    .y_title = "KL(state || base) on the base's answers",
                    .unit = "nats/token",
                    .curves = {},
                    .matrix = {}};
    Curve curve{"baked", {}};
    for (std::size_t i = 0; i < sequence_.states.size(); ++i) {
      Stratum values;
      for (const auto& value : results_.contrast(drift_name(sequence_.states[i])))
        if (value) values.values.push_back(*value);
      if (const auto mean = stats::clustered_mean(values.values))
        curve.points.push_back(point_of(static_cast<double>(i + 1), *mean));
    }
    if (curve.points.empty()) return exhibit;
    exhibit.finding = fmt::format("From {:.3f} nats per token after the first bake to {:.3f} after the last.",
                                  curve.points.front().value, curve.points.back().value);
    exhibit.curves.push_back(std::move(curve));
    return exhibit;
  }

  Exhibit residue() const {
    Exhibit exhibit{.name = "residue",
                    .title = "What is left of a bake that is taken out again",
                    .finding = "",
                    .x_title = "state",
                    .y_title = "task",
                    .unit = "share",
                    .curves = {},
                    .matrix = Matrix{{}, {"base", "with all bakes", "without it"}, {}}};
    std::vector<Stratum> strata;
    for (const Arm& removal : sequence_.removals) {
      const std::string& task = removal.without.front();
      const Scores &base = scores(*sequence_.base, task), &without = scores(removal, task);
      exhibit.matrix->rows.push_back(task);
      exhibit.matrix->cells.push_back({base.mean(), scores(sequence_.states.back(), task).mean(), without.mean()});
      strata.push_back(difference(without, base));
    }
    exhibit.finding = "Without its adapter a task's score differs from the base's by " +
                      text_of(stats::mean_of_means(strata)) + " on average.";
    return exhibit;
  }

  const SequenceOfArms& sequence_;
  const Results& results_;
  std::map<std::pair<std::string, std::string>, Scores> scores_;  // by (arm, label)
};

}  // namespace

std::string drift_name(const Arm& state) { return "drift/" + state.bake; }

Result<std::vector<Exhibit>> retention_exhibits(const SequenceOfArms& sequence, const Results& results) {
  return Exhibitor(sequence, results).make();
}

}  // namespace bakeoff::suites
