// See comparison.h.
#include "reports/comparison.h"

#include <algorithm>
#include <cmath>

#include "reports/format.h"
#include "reports/table.h"

namespace bakeoff::reports {
namespace {

using compare::Comparison;
using compare::Flip;
using compare::MetricComparison;
using compare::SuiteComparison;

/// What the formats of format.h ask about a metric.
MetricReport scale_of(const MetricComparison& metric) {
  MetricReport out;
  out.is_share = metric.is_share;
  return out;
}

OrderedJson or_null(const std::optional<double>& value) { return value ? OrderedJson(*value) : OrderedJson(nullptr); }

Ink ink_of(stats::Finding finding) {
  if (finding == stats::Finding::better) return Ink::good;
  if (finding == stats::Finding::worse) return Ink::bad;
  return finding == stats::Finding::same ? Ink::plain : Ink::soft;
}

std::string name_of(const SuiteComparison& suite, const MetricComparison& metric) {
  if (&metric != &suite.metrics.front()) return "  " + metric.info.name;
  return metric.info.name == suite.name ? suite.name : suite.name + ", " + metric.info.name;
}

std::string floor_text(const MetricComparison& metric) {
  if (!metric.noise_floor) return "";
  return metric.is_share ? fixed(100 * *metric.noise_floor, 1) + " points" : fixed(*metric.noise_floor, 3);
}

/// What would settle an open question: "about 420 items in all would settle a difference as large as the one seen".
std::string way_on(const MetricComparison& metric) {
  if (!metric.is_seen) return "nothing is scored on both sides";
  if (!metric.is_paired) return "only figures are known: give the samples for a paired comparison";
  const auto& seen = metric.seen;
  std::string text;
  if (seen.items_to_settle && *seen.items_to_settle > seen.groups)
    text = "about " + counted(*seen.items_to_settle, "item") + " in all would settle a difference like the one seen";
  if (seen.detectable)
    text += (text.empty() ? "" : "; ") + std::string("these could show ") +
            (metric.is_share ? fixed(100 * *seen.detectable, 1) + " points" : fixed(*seen.detectable, 3)) + " or more";
  if (metric.noise_floor && std::abs(seen.difference) <= *metric.noise_floor && seen.difference != 0)
    text += (text.empty() ? "" : "; ") + std::string("the difference is within the noise of ") + floor_text(metric);
  return text;
}

std::vector<TableCell> row_of(const SuiteComparison& suite, const MetricComparison& metric) {
  constexpr int kNameCells = 28;
  const std::string name = fitted(printable(name_of(suite, metric)), kNameCells);
  if (!metric.is_seen) return {{name}, {"0"}, {"no number", Ink::soft}, {}, {}, {}, {}, {}, {metric.words, Ink::soft}};
  const auto& seen = metric.seen;
  const MetricReport scale = scale_of(metric);
  return {{name},
          {count_text(seen.items)},
          {score_text(scale, seen.base, seen.items)},
          {score_text(scale, seen.candidate, seen.items)},
          {difference_text(scale, seen.difference)},
          {difference_interval_text(scale, seen.interval)},
          {p_text(metric.adjusted_p)},
          {metric.is_paired ? count_text(seen.wins) + "/" + count_text(seen.losses) + "/" + count_text(seen.ties)
                            : "unpaired"},
          {metric.words, ink_of(metric.finding)}};
}

std::string scores_table(const Comparison& comparison, const TableOptions& options) {
  TextTable table;
  table.add({{"", Ink::strong},
             {"n", Ink::soft},
             {"base", Ink::soft},
             {"cand.", Ink::soft},
             {"difference", Ink::soft},
             {"95% interval", Ink::soft},
             {"adj. p", Ink::soft},
             {"won/lost/tied", Ink::soft},
             {"finding", Ink::soft}});
  for (const auto& suite : comparison.suites)
    for (const auto& metric : suite.metrics) table.add(row_of(suite, metric));
  return table.render(options.colour);
}

/// "style: 3 unscored", "style: noise floor 2.1 points", and what would settle it.
std::vector<std::string> remarks_of(const Comparison& comparison) {
  std::vector<std::string> out;
  for (const auto& suite : comparison.suites)
    for (const auto& metric : suite.metrics) {
      const std::string name = suite.name + (&metric == &suite.metrics.front() ? "" : ", " + metric.info.name) + ": ";
      if (metric.unscored > 0)
        out.push_back(name + counted(metric.unscored, "item") + " unscored or lacking on a side");
      if (metric.finding == stats::Finding::not_enough_data && !way_on(metric).empty())
        out.push_back(name + way_on(metric));
      else if (metric.noise_floor)
        out.push_back(name + "noise floor " + floor_text(metric));
    }
  return out;
}

std::string value_text(double value) { return value == std::round(value) ? fixed(value, 0) : fixed(value, 2); }

/// The two samples, as `bakeoff show` takes them.
std::string keys_text(const Flip& flip) {
  constexpr std::size_t kDigits = 12;
  if (flip.base_key.empty() || flip.candidate_key.empty()) return "";
  return flip.base_key.substr(0, kDigits) + " " + flip.candidate_key.substr(0, kDigits);
}

std::int64_t losses_of(const SuiteComparison& suite) {
  const bool higher = suite.metrics.empty() || suite.metrics.front().info.higher_is_better;
  return std::count_if(suite.flips.begin(), suite.flips.end(),
                       [higher](const Flip& flip) { return (flip.candidate < flip.base) == higher; });
}

std::string flips_title(const SuiteComparison& suite) {
  const auto worse = losses_of(suite), all = static_cast<std::int64_t>(suite.flips.size());
  return counted(all, "item") + " of " + suite.name + " changed: " + count_text(worse) + " worse, " +
         count_text(all - worse) + " better" + (suite.flips.front().base_key.empty() ? "" : " (bakeoff show KEY)");
}

std::string flips_text(const SuiteComparison& suite, const ComparisonOptions& options) {
  if (suite.flips.empty() || options.most_flips == 0) return "";
  constexpr int kItemCells = 40;
  TextTable table;
  const std::size_t count = std::min(options.most_flips, suite.flips.size());
  for (std::size_t i = 0; i < count; ++i) {
    const Flip& flip = suite.flips[i];
    table.add({{"  " + fitted(printable(flip.item), kItemCells)},
               {value_text(flip.base) + " \u2192 " + value_text(flip.candidate)},
               {keys_text(flip), Ink::soft}});
  }
  std::string out = "\n" + inked(printable(flips_title(suite)), Ink::strong, options.table.colour) + "\n" +
                    table.render(options.table.colour);
  if (count < suite.flips.size())
    out += "  and " + count_text(static_cast<std::int64_t>(suite.flips.size() - count)) + " more (--flips)\n";
  return out;
}

std::string list_text(const std::string& title, const std::vector<std::string>& lines, const TableOptions& options) {
  if (lines.empty()) return "";
  std::string out = "\n" + inked(title, Ink::strong, options.colour) + "\n";
  for (const auto& line : lines) out += wrapped("- " + printable(line), options.columns, "  ");
  return out;
}

std::string one_table(const Comparison& one, const ComparisonOptions& options) {
  const TableOptions& table = options.table;
  std::string out = inked(printable(one.candidate), Ink::strong, table.colour) + " against " +
                    inked(printable(one.base), Ink::strong, table.colour) + "\n";
  out += list_text("NOT COMPARABLE, forced: the figures below mix what differs", one.reasons, table);
  out += "\n" + scores_table(one, table);
  out += list_text("Remarks", remarks_of(one), table);
  for (const auto& suite : one.suites) out += flips_text(suite, options);
  out += list_text("What differs", one.notes, table);
  out += list_text("To be kept in mind", one.caveats, table);
  return out;
}

std::string markdown_row(const std::vector<std::string>& cells) {
  std::string out = "|";
  for (const auto& cell : cells) out += " " + cell + " |";
  return out + "\n";
}

std::string markdown_list(const std::string& title, const std::vector<std::string>& lines) {
  if (lines.empty()) return "";
  std::string out = "\n**" + title + "**\n\n";
  for (const auto& line : lines) out += "- " + markdown_text(line) + "\n";
  return out;
}

std::string markdown_flips(const SuiteComparison& suite, const ComparisonOptions& options) {
  if (suite.flips.empty() || options.most_flips == 0) return "";
  std::string out = "\n<details><summary>" + markdown_text(flips_title(suite)) + "</summary>\n\n";
  out += markdown_row({"item", "base", "candidate", "samples"}) + markdown_row({"---", "---:", "---:", "---"});
  const std::size_t count = std::min(options.most_flips, suite.flips.size());
  for (std::size_t i = 0; i < count; ++i) {
    const Flip& flip = suite.flips[i];
    const std::string keys = keys_text(flip);
    out += markdown_row({markdown_text(flip.item), value_text(flip.base), value_text(flip.candidate),
                         keys.empty() ? "" : "`" + keys + "`"});
  }
  return out + "\n</details>\n";
}

std::string one_markdown(const Comparison& one, const ComparisonOptions& options) {
  std::string out = "## " + markdown_text(one.candidate) + " against " + markdown_text(one.base) + "\n";
  out += markdown_list("NOT COMPARABLE, forced: the figures below mix what differs", one.reasons);
  out += "\n" + markdown_row({"suite", "n", "base", "candidate", "difference", "95% interval", "adj. p",
                              "won/lost/tied", "finding"});
  out += markdown_row({"---", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---"});
  for (const auto& suite : one.suites)
    for (const auto& metric : suite.metrics) {
      std::vector<std::string> cells;
      for (const auto& cell : row_of(suite, metric)) cells.push_back(markdown_text(cell.text));
      if (cells.back() == "better" || cells.back() == "worse") cells.back() = "**" + cells.back() + "**";
      out += markdown_row(cells);
    }
  out += markdown_list("Remarks", remarks_of(one));
  for (const auto& suite : one.suites) out += markdown_flips(suite, options);
  out += markdown_list("What differs", one.notes);
  return out + markdown_list("To be kept in mind", one.caveats);
}

OrderedJson metric_json(const MetricComparison& metric) {
  const auto& seen = metric.seen;
  const auto number = [&](double value) { return metric.is_seen ? OrderedJson(value) : OrderedJson(nullptr); };
  return {{"n", seen.items},
          {"base", number(seen.base)},
          {"candidate", number(seen.candidate)},
          {"delta", number(seen.difference)},
          {"ci_low", seen.interval ? OrderedJson(seen.interval->low) : OrderedJson(nullptr)},
          {"ci_high", seen.interval ? OrderedJson(seen.interval->high) : OrderedJson(nullptr)},
          {"p", number(seen.p)},
          {"p_adjusted", number(metric.adjusted_p)},
          {"test", seen.test},
          {"interval", seen.interval_method},
          {"wins", seen.wins},
          {"losses", seen.losses},
          {"ties", seen.ties},
          {"unscored", metric.unscored},
          {"noise_floor", or_null(metric.noise_floor)},
          {"verdict", metric.words},
          {"higher_is_better", metric.info.higher_is_better},
          {"paired", metric.is_paired},
          {"detectable", or_null(seen.detectable)},
          {"items_to_settle", seen.items_to_settle ? OrderedJson(*seen.items_to_settle) : OrderedJson(nullptr)}};
}

OrderedJson suite_json(const SuiteComparison& suite) {
  OrderedJson metrics = OrderedJson::object(), flips = OrderedJson::array();
  for (const auto& metric : suite.metrics) metrics[metric.info.name] = metric_json(metric);
  for (const Flip& flip : suite.flips)
    flips.push_back({{"item", flip.item},
                     {"base", flip.base},
                     {"candidate", flip.candidate},
                     {"base_sample", flip.base_key},
                     {"candidate_sample", flip.candidate_key}});
  return {{"primary", suite.metrics.empty() ? OrderedJson(nullptr) : OrderedJson(suite.metrics.front().info.name)},
          {"metrics", std::move(metrics)},
          {"flips", std::move(flips)}};
}

}  // namespace

std::string markdown_text(std::string_view text) {
  constexpr std::string_view kSpecial = "\\`*_{}[]<>#|~";
  std::string out;
  for (const char c : printable(text)) {
    if (kSpecial.find(c) != kSpecial.npos) out += '\\';
    out += c;
  }
  return out;
}

std::vector<std::string> not_comparable(const std::vector<Comparison>& comparisons) {
  std::vector<std::string> out;
  for (const auto& one : comparisons)
    for (const auto& reason : one.reasons) {
      const std::string line = comparisons.size() > 1 ? one.arm + ": " + reason : reason;
      if (std::find(out.begin(), out.end(), line) == out.end()) out.push_back(line);
    }
  return out;
}

std::string comparison_table(const std::vector<Comparison>& comparisons, const ComparisonOptions& options) {
  std::string out;
  for (const auto& one : comparisons) out += (out.empty() ? "" : "\n\n") + one_table(one, options);
  return out + "\np adjusted by " + options.correction + ".\n";
}

std::string comparison_markdown(const std::vector<Comparison>& comparisons, const ComparisonOptions& options) {
  std::string out;
  for (const auto& one : comparisons) out += one_markdown(one, options) + "\n";
  return out + "p adjusted by " + markdown_text(options.correction) + ".\n";
}

OrderedJson comparison_json(const std::vector<Comparison>& comparisons, const ComparisonOptions& options) {
  OrderedJson suites = OrderedJson::object(), sides = OrderedJson::array();
  OrderedJson notes = OrderedJson::array(), caveats = OrderedJson::array();
  for (const auto& one : comparisons) {
    for (const auto& suite : one.suites)
      suites[comparisons.size() > 1 ? one.arm + "/" + suite.name : suite.name] = suite_json(suite);
    sides.push_back({{"base", one.base}, {"candidate", one.candidate}, {"arm", one.arm}});
    for (const auto& note : one.notes) notes.push_back(note);
    for (const auto& caveat : one.caveats) caveats.push_back(caveat);
  }
  const auto reasons = not_comparable(comparisons);
  return {{"suites", std::move(suites)}, {"comparable", reasons.empty() ? OrderedJson(true) : OrderedJson(reasons)},
          {"sides", std::move(sides)},   {"correction", options.correction},
          {"notes", std::move(notes)},   {"caveats", std::move(caveats)}};
}

}  // namespace bakeoff::reports
