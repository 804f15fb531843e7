// The terminal's report: scores of all arms side by side, what the bake changed, KL, cost, and what speaks against
// trusting it.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include <unistd.h>

#include "harness/core/progress.h"
#include "reports/format.h"
#include "reports/narrative.h"
#include "reports/report.h"
#include "reports/table.h"

namespace bakeoff::reports {
namespace {

constexpr int kNameCells = 26;

Ink finding_ink(stats::Finding finding) {
  switch (finding) {
    case stats::Finding::better:
      return Ink::good;
    case stats::Finding::worse:
      return Ink::bad;
    case stats::Finding::same:
      return Ink::plain;
    case stats::Finding::not_enough_data:
      break;
  }
  return Ink::soft;
}

/// The primary metric goes by its suite's name, the others stand below it.
std::string row_name(const SuiteReport& suite, const MetricReport& metric) {
  return fitted(printable(metric.is_primary ? suite.label : "  " + metric.name), kNameCells);
}

std::string heading(const std::string& text, const TableOptions& options) {
  return "\n" + inked(text, Ink::strong, options.colour) + "\n";
}

std::string under_score(const MetricReport& metric, const Figure& figure) {
  std::string text = figure.interval ? interval_text(metric, figure.interval) : "";
  if (figure.unscored > 0) text += (text.empty() ? "" : ", ") + count_text(figure.unscored) + " unscored";
  return text;
}

/// Score above, interval below, for the arms from `first` to `last`.
void add_scores(TextTable& table, const SuiteReport& suite, const MetricReport& metric, std::size_t first,
                std::size_t last) {
  std::vector<TableCell> scores = {{row_name(suite, metric)}}, intervals = {{""}};
  for (std::size_t arm = first; arm < last; ++arm) {
    const Figure& figure = metric.figures[arm];
    scores.push_back({figure_text(metric, figure), figure.score ? Ink::plain : Ink::soft});
    intervals.push_back({under_score(metric, figure), Ink::soft});
  }
  table.add(std::move(scores));
  table.add(std::move(intervals));
}

int arm_cells(const ReportModel& model, std::size_t arm) {
  int widest = display_width(arm_name(model, arm));
  for (const auto& suite : model.suites)
    for (const auto& metric : suite.metrics) {
      widest = std::max(widest, display_width(figure_text(metric, metric.figures[arm])));
      widest = std::max(widest, display_width(under_score(metric, metric.figures[arm])));
    }
  return widest;
}

/// The arms from `first` that fit beside each other; at least one. Returns the end.
std::size_t end_of_block(const ReportModel& model, std::size_t first, const TableOptions& options) {
  int used = kNameCells;
  std::size_t last = first;
  while (last < model.arms.size()) {
    used += 2 + arm_cells(model, last);
    if (used > options.columns && last > first) break;
    ++last;
  }
  return last;
}

std::string scores(const ReportModel& model, const TableOptions& options) {
  std::string out;
  for (std::size_t first = 0, last = 0; first < model.arms.size(); first = last) {
    last = end_of_block(model, first, options);
    TextTable table;
    std::vector<TableCell> head = {{"Score, 95% interval", Ink::strong}};
    for (std::size_t arm = first; arm < last; ++arm) head.push_back({arm_name(model, arm), Ink::strong});
    table.add(std::move(head));
    for (const auto& suite : model.suites)
      for (const auto& metric : suite.metrics) add_scores(table, suite, metric, first, last);
    out += "\n" + table.render(options.colour);
  }
  return out;
}

std::vector<TableCell> difference_cells(const SuiteReport& suite, const MetricReport& metric, const Difference& one) {
  if (!one.comparison)
    return {{row_name(suite, metric)}, {"no number", Ink::soft}, {""}, {""}, {one.words, Ink::soft}, {""}};
  const auto& seen = *one.comparison;
  return {{row_name(suite, metric)},
          {difference_text(metric, seen.difference)},
          {difference_interval_text(metric, seen.interval)},
          {p_text(one.adjusted_p)},
          {one.words, finding_ink(one.finding)},
          {count_text(seen.wins) + "/" + count_text(seen.losses) + "/" + count_text(seen.ties)}};
}

std::string changes_against(const ReportModel& model, std::size_t base, std::size_t candidate,
                            const TableOptions& options) {
  constexpr int kColumnsForCounts = 90;
  TextTable table;
  const auto add = [&](std::vector<TableCell> row) {
    if (options.columns < kColumnsForCounts) row.pop_back();
    table.add(std::move(row));
  };
  const std::string title = arm_name(model, candidate) + " \u2212 " + arm_name(model, base);
  add({{fitted(printable(title), kNameCells), Ink::strong},
       {"difference", Ink::soft},
       {"95% interval", Ink::soft},
       {"adj. p", Ink::soft},
       {"finding", Ink::soft},
       {"won/lost/tied", Ink::soft}});
  bool is_empty = true;
  for (const auto& suite : model.suites)
    for (const auto& metric : suite.metrics)
      if (const Difference* one = find_difference(metric, base, candidate)) {
        add(difference_cells(suite, metric, *one));
        is_empty = false;
      }
  return is_empty ? "" : "\n" + table.render(options.colour);
}

std::string changes(const ReportModel& model, const TableOptions& options) {
  std::string out;
  for (const auto& arm : baked_arms(model)) {
    if (arm.base) out += changes_against(model, *arm.base, arm.baked, options);
    if (arm.prompted) out += changes_against(model, *arm.prompted, arm.baked, options);
  }
  return out;
}

std::string kl_cell(double kl) { return kl < 0 ? "\u2013" : fixed(kl, 3); }

std::string bakes(const ReportModel& model, const TableOptions& options) {
  if (model.bakes.empty()) return "";
  TextTable table;
  table.add({{"KL, nats per token", Ink::strong},
             {"first epoch", Ink::soft},
             {"last", Ink::soft},
             {"held-out before", Ink::soft},
             {"after", Ink::soft},
             {"effect", Ink::soft}});
  for (const auto& bake : model.bakes) {
    const auto& outcome = bake.outcome;
    table.add({{fitted(printable(bake.name), kNameCells)},
               {kl_cell(outcome.kl_first)},
               {kl_cell(outcome.kl_last)},
               {kl_cell(outcome.kl_held_out_before)},
               {kl_cell(outcome.kl_held_out)},
               {kl_cell(outcome.effect_kl)}});
  }
  return "\n" + table.render(options.colour);
}

std::string costs(const ReportModel& model, const TableOptions& options) {
  TextTable table;
  table.add({{"Cost", Ink::strong},
             {"time", Ink::soft},
             {"prompt tokens", Ink::soft},
             {"answer tokens", Ink::soft},
             {"memory", Ink::soft}});
  for (const auto& bake : model.bakes) {
    double total = 0;
    for (const auto& [phase, seconds] : bake.outcome.seconds) total += seconds;
    const auto memory = bake.outcome.peak_resident_bytes;
    table.add({{fitted(printable("bake " + bake.name), kNameCells)},
               {format_seconds(total)},
               {"\u2013"},
               {count_text(bake.outcome.answer_tokens)},
               {memory > 0 ? bytes_text(memory) : "\u2013"}});
  }
  for (std::size_t arm = 0; arm < model.arms.size(); ++arm) {
    const ArmCost& cost = model.arm_costs[arm];
    if (cost.samples == 0) continue;
    table.add({{fitted(printable(arm_name(model, arm)), kNameCells)},
               {cost.run_seconds > 0 ? format_seconds(cost.run_seconds) : "kept"},
               {fixed(cost.prompt_tokens, 1) + " each"},
               {fixed(cost.completion_tokens, 1) + " each"},
               {"\u2013"}});
  }
  return "\n" + table.render(options.colour);
}

std::string doubts(const ReportModel& model, const TableOptions& options) {
  std::string out;
  for (const auto& check : trust_checks(model))
    if (!check.holds) out += wrapped("! " + printable(check.text), options.columns, "  ");
  return out.empty() ? "" : heading("To be kept in mind", options) + out;
}

}  // namespace

bool wants_colour() {
  const char* refused = std::getenv("NO_COLOR");
  if (refused && *refused) return false;
  const char* terminal = std::getenv("TERM");
  if (terminal && std::strcmp(terminal, "dumb") == 0) return false;
  return isatty(STDOUT_FILENO) == 1;
}

std::string terminal_table(const ReportModel& model, const TableOptions& options) {
  std::string out = inked(printable(model.run.experiment), Ink::strong, options.colour) + "  run " +
                    count_text(model.run.id) + ", " + printable(model.run.status) + "\n";
  for (const auto& arm : baked_arms(model))
    out += wrapped(printable(did_it_take(model, arm).title + ". " + what_else_changed(model, arm).title + "."),
                   options.columns, "");
  return out + scores(model, options) + changes(model, options) + bakes(model, options) + costs(model, options) +
         doubts(model, options) + "\n" + wrapped("p adjusted by " + model.correction + ".", options.columns, "");
}

}  // namespace bakeoff::reports
