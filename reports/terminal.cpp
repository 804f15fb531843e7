// The terminal's report: scores of all arms side by side, what the bake changed, KL, cost, and what speaks against
// trusting it.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>

#include <unistd.h>

#include "harness/compare/ranking.h"
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

/// Did any of the arms from `first` to `last` answer something of it?
bool is_asked(const SuiteReport& suite, std::size_t first, std::size_t last) {
  for (const auto& metric : suite.metrics)
    for (std::size_t arm = first; arm < last; ++arm)
      if (metric.figures[arm].scored + metric.figures[arm].unscored > 0) return true;
  return false;
}

/// One line for all rows that would have no number.
std::string absent_line(const ReportModel& model, const std::vector<std::string>& suites, const TableOptions& options) {
  if (suites.empty()) return "";
  std::string text = model.run.status == "complete" ? "Not asked: " : "Not played yet: ";
  for (const auto& suite : suites) text += (&suite == &suites.front() ? "" : ", ") + printable(suite);
  return wrapped(text + ".", options.columns, "  ");
}

std::string scores(const ReportModel& model, const TableOptions& options) {
  std::string out;
  for (std::size_t first = 0, last = 0; first < model.arms.size(); first = last) {
    last = end_of_block(model, first, options);
    TextTable table;
    std::vector<TableCell> head = {{"Score, 95% interval", Ink::strong}};
    for (std::size_t arm = first; arm < last; ++arm) head.push_back({arm_name(model, arm), Ink::strong});
    table.add(std::move(head));
    std::vector<std::string> absent;
    for (const auto& suite : model.suites) {
      if (!is_asked(suite, first, last)) {
        absent.push_back(suite.label);
        continue;
      }
      for (const auto& metric : suite.metrics) add_scores(table, suite, metric, first, last);
    }
    out += "\n" + table.render(options.colour) + absent_line(model, absent, options);
  }
  return out;
}

std::vector<TableCell> difference_cells(const std::string& name, const MetricReport& metric, const Difference& one) {
  if (!one.comparison) return {{name}, {"no number", Ink::soft}, {""}, {""}, {one.words, Ink::soft}, {""}};
  const auto& seen = *one.comparison;
  return {{name},
          {difference_text(metric, seen.difference)},
          {difference_interval_text(metric, seen.interval)},
          {p_text(one.adjusted_p)},
          {one.words + (interval_note(one).empty() ? "" : "*"), finding_ink(one.finding)},
          {count_text(seen.wins) + "/" + count_text(seen.losses) + "/" + count_text(seen.ties)}};
}

/// Bakes of which every row is shown; of more, those that say something.
constexpr std::size_t kMostWholeBakes = 3;

/// What is no more than a number among many: neither found nor suspected, and not what the bake is for.
bool is_folded(const ReportModel& model, const BakedArm& arm, const SuiteReport& suite, const MetricReport& metric,
               const Difference& one) {
  if (baked_arms(model).size() <= kMostWholeBakes || !one.comparison) return false;
  if (&suite == leading_suite(model, arm) && metric.is_primary) return false;
  const bool is_found = one.finding == stats::Finding::better || one.finding == stats::Finding::worse;
  return !is_found && interval_note(one).empty();
}

/// "9 more rows: 8 not enough data, 1 same within 5 points. The page has them."
std::string folded_line(const std::map<std::string, std::int64_t>& folded, const TableOptions& options) {
  std::int64_t all = 0;
  std::string text;
  for (const auto& [words, count] : folded) {
    all += count;
    text += (text.empty() ? "" : ", ") + count_text(count) + " " + words;
  }
  if (all == 0) return "";
  if (folded.size() == 1) text = folded.begin()->first;
  return wrapped(counted(all, "more row") + ": " + text + ". The page has them.", options.columns, "  ");
}

/// One bake against one arm, as it is put together.
struct Changes {
  TextTable table;
  std::vector<std::string> absent;             ///< suites that a side has not answered
  std::map<std::string, std::int64_t> folded;  ///< rows that are only counted, by their words
  bool is_empty = true;

  void add(std::vector<TableCell> row, const TableOptions& options) {
    constexpr int kColumnsForCounts = 90;
    if (options.columns < kColumnsForCounts) row.pop_back();
    table.add(std::move(row));
  }
};

void add_changes(const ReportModel& model, const BakedArm& arm, std::size_t base, const SuiteReport& suite,
                 const TableOptions& options, Changes& out) {
  bool is_named = false;
  for (const auto& metric : suite.metrics) {
    const Difference* one = find_difference(metric, base, arm.baked);
    if (!one) continue;
    out.is_empty = false;
    if (is_folded(model, arm, suite, metric, *one)) {
      ++out.folded[one->words];
      continue;
    }
    is_named = is_named || metric.is_primary;
    const std::string whole = fitted(printable(suite.label + ", " + metric.name), kNameCells);
    out.add(difference_cells(is_named ? row_name(suite, metric) : whole, metric, *one), options);
  }
}

std::string changes_against(const ReportModel& model, const BakedArm& arm, std::size_t base,
                            const TableOptions& options) {
  Changes out;
  const std::string title = arm_name(model, arm.baked) + " \u2212 " + arm_name(model, base);
  out.add({{fitted(printable(title), kNameCells), Ink::strong},
           {"difference", Ink::soft},
           {"95% interval", Ink::soft},
           {"adj. p", Ink::soft},
           {"finding", Ink::soft},
           {"won/lost/tied", Ink::soft}},
          options);
  for (const auto& suite : model.suites) {
    if (is_asked(suite, base, base + 1) && is_asked(suite, arm.baked, arm.baked + 1))
      add_changes(model, arm, base, suite, options, out);
    else
      out.absent.push_back(suite.label);
  }
  if (out.is_empty) return "";
  return "\n" + out.table.render(options.colour) + folded_line(out.folded, options) +
         absent_line(model, out.absent, options);
}

/// What the sign behind a finding means.
std::string note_line(const ReportModel& model, const TableOptions& options) {
  for (const auto& suite : model.suites)
    for (const auto& metric : suite.metrics)
      for (const auto& one : metric.differences)
        if (!interval_note(one).empty() && model.arms[one.candidate].arm.kind == "baked")
          return "\n" + wrapped("* The interval excludes 0, yet among " + counted(one.comparisons, "comparison") +
                                    " that may be chance: the adjusted p decides.",
                                options.columns, "  ");
  return "";
}

std::string changes(const ReportModel& model, const TableOptions& options) {
  std::string out;
  for (const auto& arm : baked_arms(model)) {
    if (arm.base) out += changes_against(model, arm, *arm.base, options);
    if (arm.prompted) out += changes_against(model, arm, *arm.prompted, options);
  }
  return out + note_line(model, options);
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
  if (is_votes_alone(model)) return "";
  if (is_imported(model))
    return "\n" + wrapped("Cost: not known. Another tool played these answers, and its files do not say.",
                          options.columns, "  ");
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
    const auto each = [](const std::optional<double>& tokens) {
      return tokens ? fixed(*tokens, 1) + " each" : "not known";
    };
    table.add({{fitted(printable(arm_name(model, arm)), kNameCells)},
               {cost.run_seconds > 0 ? format_seconds(cost.run_seconds) : "kept"},
               {each(cost.prompt_tokens)},
               {each(cost.completion_tokens)},
               {"\u2013"}});
  }
  return "\n" + table.render(options.colour);
}

std::string ratings(const ReportModel& model, const TableOptions& options) {
  if (!has_votes(model)) return "";
  const std::string sentence = "\n" + wrapped(printable(votes_words(model)), options.columns, "");
  if (!model.ranking) return sentence;
  const compare::Ranking& ranking = *model.ranking;
  TextTable table;
  table.add({{"Rating, Bradley-Terry", Ink::strong},
             {"rating", Ink::soft},
             {"95% interval", Ink::soft},
             {"rank", Ink::soft},
             {"won/lost/tied", Ink::soft}});
  for (const auto& one : ranking.models) {
    const auto& interval = one.rating.interval;
    table.add({{fitted(printable(one.name), kNameCells)},
               {fixed(one.rating.rating, 0)},
               {ranking.separate_groups.empty() ? fixed(interval.low, 0) + " to " + fixed(interval.high, 0) : "\u2013"},
               {std::to_string(one.rating.rank)},
               {fixed(one.wins, 0) + "/" + fixed(one.losses, 0) + "/" + fixed(one.ties, 0)}});
  }
  return sentence + table.render(options.colour);
}

bool has_differences(const ReportModel& model) {
  for (const auto& suite : model.suites)
    for (const auto& metric : suite.metrics)
      for (const auto& one : metric.differences)
        if (one.comparison) return true;
  return false;
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
  const auto bakes_of_run = bake_blocks(model);
  for (const auto& [lead, others] : bakes_of_run) {
    const std::string rest =
        bakes_of_run.size() > kMostWholeBakes ? "" : " " + what_else_changed(model, lead).title + ".";
    out += wrapped(printable(did_it_take(model, lead).title + "." + rest), options.columns, "");
    for (const auto& other : others)
      out += "  " + wrapped(printable(did_it_take(model, other).title + "."), options.columns - 2, "  ");
  }
  for (const auto& suite : model.suites)
    if (suite.stopped) out += wrapped(printable(suite.label) + ": " + stopped_words(suite), options.columns, "  ");
  return out + scores(model, options) + changes(model, options) + ratings(model, options) + bakes(model, options) +
         costs(model, options) + doubts(model, options) +
         (has_differences(model) ? "\n" + wrapped("p adjusted by " + model.correction + ".", options.columns, "")
                                 : "") +
         (model.certificate ? wrapped("Certificate: " + certificate_words(model), options.columns, "  ") : "");
}

}  // namespace bakeoff::reports
