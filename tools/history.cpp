// `bakeoff history`: scores over the runs of a folder, and the first run that is worse than a pinned baseline.
#include "harness/compare/history.h"

#include <cstdio>

#include <CLI/CLI.hpp>

#include "harness/core/words.h"
#include "harness/store/place.h"
#include "reports/format.h"
#include "reports/report.h"
#include "reports/table.h"
#include "tools/commands.h"

namespace bakeoff::tools {

namespace {

using compare::History;
using compare::Regressions;
using reports::fixed;
using reports::Ink;
using reports::TextTable;

struct HistoryFlags {
  std::string run, baseline;
  compare::HistoryOptions history;
  compare::RegressionOptions regressions;
  bool find = false, json = false;
};

/// The folder named, or the only one below runs/.
Result<Path> folder_of(const HistoryFlags& flags) {
  if (!flags.run.empty()) return store::run_folder(flags.run);
  const auto folders = store::stores_below("runs");
  if (folders.size() == 1) return folders.front();
  if (folders.empty()) return input_error("no runs here", "runs/", "name a run's folder");
  std::string names;
  for (const Path& folder : folders) names += (names.empty() ? "" : ", ") + folder.string();
  return input_error("there are several folders of runs", "runs/", "name one: " + names);
}

std::string percent(double share) { return fixed(100 * share, 1) + "%"; }
std::string points(double share) { return (share > 0 ? "+" : "") + fixed(100 * share, 1); }
std::string name_of(const std::string& name) { return reports::fitted(reports::printable(name), 28); }

std::string history_text(const History& history, bool colour) {
  if (history.series.empty()) return "no scores yet\n";
  TextTable table;
  table.add({{"suite / arm", Ink::soft},
             {"run", Ink::soft},
             {"started", Ink::soft},
             {"score", Ink::soft},
             {"change", Ink::soft},
             {"scored", Ink::soft},
             {"unscored", Ink::soft}});
  for (const compare::Series& series : history.series) {
    std::optional<double> before;
    std::string title = name_of(series.suite) + " / " + name_of(series.arm);
    for (const compare::HistoryPoint& point : series.points) {
      const auto run = std::find_if(history.runs.begin(), history.runs.end(),
                                    [&](const auto& each) { return each.id == point.run; });
      const store::ScoreRow& score = point.score;
      table.add({{std::exchange(title, "")},
                 {std::to_string(point.run)},
                 {reports::time_text(run->started_at), Ink::soft},
                 {score.mean ? percent(*score.mean) : "no number", Ink::strong},
                 {score.mean && before ? points(*score.mean - *before) : ""},
                 {count_text(score.scored)},
                 {count_text(score.unscored)}});
      if (score.mean) before = score.mean;
    }
  }
  return table.render(colour);
}

std::string regressions_text(const Regressions& found, bool colour) {
  TextTable table;
  std::vector<reports::TableCell> head;
  for (const char* title :
       {"suite / arm", "run", "baseline", "run has", "difference", "95% interval", "adj. p", "finding"})
    head.push_back({title, Ink::soft});
  table.add(head);
  constexpr std::size_t kMost = 40;
  std::size_t shown = 0, hidden = 0;
  for (const compare::RegressionRow& row : found.rows) {
    const auto& metric = row.metric;
    const bool is_worse = metric.finding == stats::Finding::worse;
    // What changed is always shown; of the rest as much as fits.
    if (!is_worse && shown >= kMost) {
      ++hidden;
      continue;
    }
    ++shown;
    const auto& seen = metric.seen;
    table.add({{name_of(row.suite) + " / " + name_of(row.arm)},
               {std::to_string(row.run)},
               {metric.is_seen ? percent(seen.base) : "no number"},
               {metric.is_seen ? percent(seen.candidate) : "no number"},
               {metric.is_seen ? points(seen.difference) : ""},
               {seen.interval ? points(seen.interval->low) + " to " + points(seen.interval->high) : "-"},
               {metric.is_seen ? reports::p_text(metric.adjusted_p) : "-"},
               {metric.words, is_worse ? Ink::bad : Ink::plain}});
  }
  std::string text = found.rows.empty() ? "" : table.render(colour) + "\n";
  if (hidden > 0) text += "  " + counted(static_cast<std::int64_t>(hidden), "more row") + ": --json has all.\n";
  for (std::size_t i = 0; i < std::min<std::size_t>(10, found.skipped.size()); ++i)
    text += reports::wrapped("run " + std::to_string(found.skipped[i].run) +
                                 " not held against the baseline: " + reports::printable(found.skipped[i].reason),
                             96, "  ");
  if (found.skipped.size() > 10) text += "  " + std::to_string(found.skipped.size() - 10) + " more of these.\n";
  // Where nothing was held against the baseline, nothing is known to be as good.
  if (found.rows.empty()) return text + "nothing to hold against run " + std::to_string(found.baseline) + " yet\n";
  text += reports::wrapped(counted(found.runs, "run") + " against run " + std::to_string(found.baseline) +
                               "; p adjusted by " + found.correction + ".",
                           96, "  ");
  return text +
         reports::inked(found.first_bad ? "first bad run: " + std::to_string(*found.first_bad)
                                        : "no run is shown to be worse than the baseline",
                        found.first_bad ? Ink::bad : Ink::good, colour) +
         "\n";
}

/// Filters that leave nothing: an error that names what there is. Ok where no run has scores at all.
Status nothing_of(const compare::HistoryOptions& wanted, store::Store& store) {
  BAKEOFF_TRY(const History all, compare::read_history(store, {wanted.last, "", ""}));
  std::string known;
  for (const compare::Series& series : all.series)
    known += (known.empty() ? "" : ", ") + series.suite + " / " + series.arm;
  if (known.empty()) return {};
  const std::string arm = wanted.arm.empty() ? "" : " by arm \"" + wanted.arm + "\"";
  const std::string suite = wanted.suite.empty() ? "" : " on suite \"" + wanted.suite + "\"";
  return input_error("there are no scores" + arm + suite, store.folder().string(), "there are: " + known);
}

OrderedJson number(bool known, double value) { return known ? OrderedJson(value) : OrderedJson(); }

OrderedJson json_of(const History& history) {
  OrderedJson runs = OrderedJson::array(), all = OrderedJson::array();
  for (const store::RunRow& run : history.runs)
    runs.push_back({{"run", run.id}, {"status", run.status}, {"started_at", run.started_at}});
  for (const compare::Series& series : history.series) {
    OrderedJson points = OrderedJson::array();
    for (const compare::HistoryPoint& point : series.points)
      points.push_back({{"run", point.run},
                        {"mean", number(point.score.mean.has_value(), point.score.mean.value_or(0))},
                        {"scored", point.score.scored},
                        {"unscored", point.score.unscored}});
    all.push_back({{"suite", series.suite}, {"arm", series.arm}, {"points", std::move(points)}});
  }
  return {{"runs", std::move(runs)}, {"series", std::move(all)}};
}

OrderedJson json_of(const compare::RegressionRow& row) {
  const auto& metric = row.metric;
  const auto& seen = metric.seen;
  const bool has_interval = seen.interval.has_value();
  return {{"run", row.run},
          {"suite", row.suite},
          {"arm", row.arm},
          {"metric", metric.info.name},
          {"n", seen.items},
          {"baseline", number(metric.is_seen, seen.base)},
          {"mean", number(metric.is_seen, seen.candidate)},
          {"delta", number(metric.is_seen, seen.difference)},
          {"ci_low", number(has_interval, has_interval ? seen.interval->low : 0)},
          {"ci_high", number(has_interval, has_interval ? seen.interval->high : 0)},
          {"p", number(metric.is_seen, seen.p)},
          {"p_adjusted", number(metric.is_seen, metric.adjusted_p)},
          {"test", seen.test},
          {"verdict", metric.words}};
}

OrderedJson json_of(const Regressions& found) {
  OrderedJson rows = OrderedJson::array(), skipped = OrderedJson::array(), worse = OrderedJson::array();
  for (const compare::RegressionRow& row : found.rows) rows.push_back(json_of(row));
  for (const compare::Worse& each : found.worse)
    worse.push_back({{"suite", each.suite},
                     {"arm", each.arm},
                     {"metric", each.metric},
                     {"first", each.first},
                     {"runs", each.runs}});
  for (const compare::Skipped& each : found.skipped) skipped.push_back({{"run", each.run}, {"reason", each.reason}});
  return {
      {"baseline", found.baseline},     {"runs", found.runs},
      {"correction", found.correction}, {"first_bad", found.first_bad ? OrderedJson(*found.first_bad) : OrderedJson()},
      {"worse", std::move(worse)},      {"rows", std::move(rows)},
      {"skipped", std::move(skipped)}};
}

Result<int> history(const HistoryFlags& flags) {
  BAKEOFF_TRY(const Path folder, folder_of(flags));
  BAKEOFF_TRY(const auto store, store::Store::open(folder, store::Access::read));
  const bool colour = reports::wants_colour();
  if (flags.find || !flags.baseline.empty()) {
    compare::RegressionOptions options = flags.regressions;
    options.arm = flags.history.arm;
    options.suite = flags.history.suite;
    BAKEOFF_TRY(const store::RunId baseline, compare::find_baseline(*store, flags.baseline));
    BAKEOFF_TRY(const Regressions found, compare::find_regressions(*store, folder.string(), baseline, options));
    std::fputs(flags.json ? (dump(json_of(found)) + "\n").c_str() : regressions_text(found, colour).c_str(), stdout);
    return 0;
  }
  BAKEOFF_TRY(const History scores, compare::read_history(*store, flags.history));
  if (scores.series.empty() && !(flags.history.arm + flags.history.suite).empty())
    BAKEOFF_CHECK(nothing_of(flags.history, *store));
  std::fputs(flags.json ? (dump(json_of(scores)) + "\n").c_str() : history_text(scores, colour).c_str(), stdout);
  return 0;
}

}  // namespace

Action declare_history(CLI::App& app) {
  auto flags = std::make_shared<HistoryFlags>();
  app.add_option("run", flags->run, "A run's folder, or its name below runs/; default: the only one there");
  app.add_option("--arm", flags->history.arm, "Only this arm");
  app.add_option("--suite", flags->history.suite, "Only this suite");
  const CLI::Option* last =
      app.add_option("--last", flags->history.last,
                     "At most so many runs, the newest ones; with --regressions all, unless this is given")
          ->check(CLI::Range(1, 1'000'000'000))
          ->capture_default_str();
  app.add_flag("--regressions", flags->find,
               "Hold every run after the baseline against it, and name the first bad one");
  app.add_option("--baseline", flags->baseline, "Number or name of the baseline; default: the run tagged `baseline`");
  app.add_option("--margin", flags->regressions.margin, "Differences up to this count as the same; a share")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--noise-floor", flags->regressions.noise_floor, "Differences up to this are noise; a share")
      ->check(CLI::Range(0.0, 1.0));
  app.add_flag("--json", flags->json, "Print one JSON object");
  return [flags, last] {
    if (last->count() > 0) flags->regressions.last = flags->history.last;
    return history(*flags);
  };
}

}  // namespace bakeoff::tools
