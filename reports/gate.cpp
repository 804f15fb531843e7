// See gate.h.
#include "reports/gate.h"

#include "reports/comparison.h"
#include "reports/format.h"
#include "reports/table.h"

namespace bakeoff::reports {
namespace {

using compare::CriterionResult;
using compare::CriterionStatus;
using compare::Decision;
using compare::GateReport;

std::string plain(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

MetricReport scale_of(const CriterionResult& one) {
  MetricReport out;
  out.is_share = one.is_share;
  return out;
}

std::string subject_of(const CriterionResult& one, bool with_arm) {
  std::string text = one.suite.empty() ? one.name : one.suite;
  if (!one.suite.empty() && one.name != one.suite && !one.name.empty()) text += ", " + one.name;
  return with_arm ? one.arm + ": " + text : text;
}

bool has_several_arms(const GateReport& report) {
  for (const auto& one : report.criteria)
    if (one.arm != report.criteria.front().arm) return true;
  return false;
}

std::string rule_of(const CriterionResult& one) {
  if (one.rule == "max_relative_drop") return one.rule + " " + plain(100 * one.limit) + "%";
  return one.rule + " " + (one.is_share ? plain(100 * one.limit) : plain(one.limit));
}

std::string value_of(const CriterionResult& one, const std::optional<double>& value) {
  if (!value) return "\u2013";
  return one.suite.empty() ? plain(*value) : score_text(scale_of(one), *value, one.items);
}

std::string change_of(const CriterionResult& one) {
  return one.difference ? difference_text(scale_of(one), *one.difference) : "\u2013";
}

std::string interval_of(const CriterionResult& one) { return difference_interval_text(scale_of(one), one.interval); }

Ink ink_of(CriterionStatus status) {
  if (status == CriterionStatus::pass) return Ink::good;
  return status == CriterionStatus::breach ? Ink::bad : Ink::soft;
}

std::string short_name(CriterionStatus status) {
  return status == CriterionStatus::insufficient_evidence ? "NOT SETTLED" : name_of(status);
}

Ink ink_of(Decision decision) {
  if (decision == Decision::go) return Ink::good;
  return decision == Decision::no_go ? Ink::bad : Ink::strong;
}

std::string bullets(const std::vector<std::string>& lines, const TableOptions& options) {
  std::string out;
  for (const auto& line : lines) out += wrapped("- " + printable(line), options.columns, "  ");
  return out;
}

std::string section(const std::string& title, const std::vector<std::string>& lines, const TableOptions& options) {
  if (lines.empty()) return "";
  return "\n" + inked(title, Ink::strong, options.colour) + "\n" + bullets(lines, options);
}

std::string criteria_table(const GateReport& report, const TableOptions& options) {
  constexpr int kNameCells = 30;
  const bool with_arm = has_several_arms(report);
  TextTable table;
  table.add({{"Criterion", Ink::strong},
             {"tier", Ink::soft},
             {"rule", Ink::soft},
             {"base", Ink::soft},
             {"cand.", Ink::soft},
             {"difference", Ink::soft},
             {"95% interval", Ink::soft},
             {"status", Ink::soft}});
  for (const auto& one : report.criteria)
    table.add({{fitted(printable(subject_of(one, with_arm)), kNameCells)},
               {name_of(one.tier)},
               {rule_of(one)},
               {value_of(one, one.base)},
               {value_of(one, one.candidate)},
               {change_of(one)},
               {interval_of(one)},
               {short_name(one.status), ink_of(one.status)}});
  return table.render(options.colour);
}

/// One line per criterion that is not met, then the others.
std::vector<std::string> explanations(const GateReport& report) {
  std::vector<std::string> out;
  const bool with_arm = has_several_arms(report);
  for (const bool met : {false, true})
    for (const auto& one : report.criteria)
      if ((one.status == CriterionStatus::pass) == met)
        out.push_back(subject_of(one, with_arm) + ": " + name_of(one.status) + ", " + one.reason);
  return out;
}

std::string promise(const GateReport& report) {
  return "Chance of a wrong NO-GO, over all criteria: at most " + plain(100 * report.alpha) +
         "%; of a wrong GO: at most " + plain(100 * report.alpha) + "%.";
}

std::string markdown_section(const std::string& title, const std::vector<std::string>& lines) {
  if (lines.empty()) return "";
  std::string out = "\n### " + title + "\n\n";
  for (const auto& line : lines) out += "- " + markdown_text(line) + "\n";
  return out;
}

std::string cut_lines(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  const auto end = text.rfind('\n', most);
  text.resize(end == text.npos ? 0 : end + 1);
  return text + "\n**Cut here:** the summary would be larger than a step may write. `--json` has all of it.\n";
}

OrderedJson or_null(const std::optional<double>& value) { return value ? OrderedJson(*value) : OrderedJson(nullptr); }

OrderedJson criterion_json(const CriterionResult& one) {
  return {{"arm", one.arm},
          {"suite", one.suite.empty() ? OrderedJson(nullptr) : OrderedJson(one.suite)},
          {"name", one.name},
          {"tier", name_of(one.tier)},
          {"rule", one.rule},
          {"limit", one.limit},
          {"status", name_of(one.status)},
          {"reason", one.reason},
          {"n", one.items},
          {"unscored", one.gaps},
          {"unscored_decide", one.gaps_decide},
          {"base", or_null(one.base)},
          {"candidate", or_null(one.candidate)},
          {"delta", or_null(one.difference)},
          {"ci_low", one.interval ? OrderedJson(one.interval->low) : OrderedJson(nullptr)},
          {"ci_high", one.interval ? OrderedJson(one.interval->high) : OrderedJson(nullptr)},
          {"test", one.test},
          {"p_pass", or_null(one.p_pass)},
          {"p_breach", or_null(one.p_breach)},
          {"p_breach_adjusted", or_null(one.p_breach_adjusted)},
          {"noise_floor", or_null(one.noise_floor)},
          {"items_to_settle", one.items_to_settle ? OrderedJson(*one.items_to_settle) : OrderedJson(nullptr)},
          {"unit", one.unit}};
}

}  // namespace

std::string gate_table(const GateReport& report, const TableOptions& options) {
  std::string out = inked(name_of(report.decision), ink_of(report.decision), options.colour) + "  " +
                    printable(report.candidate) + " against " + printable(report.base) + "\n" +
                    bullets(report.reasons, options);
  out += section("NOT COMPARABLE, forced", report.not_comparable, options);
  out += "\n" + criteria_table(report, options);
  out += section("Why", explanations(report), options);
  out += section("What differs", report.notes, options);
  out += section("To be kept in mind", report.caveats, options);
  return out + "\n" + wrapped(promise(report), options.columns, "");
}

GateSummary gate_summary(const GateReport& report) {
  GateSummary out{name_of(report.decision), report.base, report.not_comparable, {}};
  const bool with_arm = has_several_arms(report);
  for (const auto& one : report.criteria)
    out.criteria.push_back({subject_of(one, with_arm), name_of(one.tier), name_of(one.status), one.reason});
  return out;
}

std::string gate_markdown(const GateReport& report, std::size_t most_bytes) {
  std::string out = std::string("## ") + name_of(report.decision) + ": " + markdown_text(report.candidate) +
                    " against " + markdown_text(report.base) + "\n\n";
  for (const auto& reason : report.reasons) out += "- " + markdown_text(reason) + "\n";
  out += markdown_section("NOT COMPARABLE, forced", report.not_comparable);
  out += "\n| criterion | tier | rule | base | candidate | difference | 95% interval | status |\n";
  out += "| --- | --- | --- | ---: | ---: | ---: | ---: | --- |\n";
  const bool with_arm = has_several_arms(report);
  for (const auto& one : report.criteria) {
    const bool is_met = one.status == CriterionStatus::pass;
    out += "| " + markdown_text(subject_of(one, with_arm)) + " | " + name_of(one.tier) + " | " +
           markdown_text(rule_of(one)) + " | " + value_of(one, one.base) + " | " + value_of(one, one.candidate) +
           " | " + change_of(one) + " | " + interval_of(one) + " | " + (is_met ? "" : "**") +
           markdown_text(name_of(one.status)) + (is_met ? "" : "**") + " |\n";
  }
  out += markdown_section("Why", explanations(report));
  out += markdown_section("What differs", report.notes);
  out += markdown_section("To be kept in mind", report.caveats);
  return cut_lines(out + "\n" + promise(report) + "\n", most_bytes);
}

OrderedJson gate_json(const GateReport& report) {
  OrderedJson criteria = OrderedJson::array();
  for (const auto& one : report.criteria) criteria.push_back(criterion_json(one));
  return {{"verdict", name_of(report.decision)},
          {"exit", exit_status(report.decision)},
          {"reasons", report.reasons},
          {"base", report.base},
          {"candidate", report.candidate},
          {"alpha", report.alpha},
          {"correction", "Holm"},
          {"criteria", std::move(criteria)},
          {"comparable", report.not_comparable.empty() ? OrderedJson(true) : OrderedJson(report.not_comparable)},
          {"notes", report.notes},
          {"caveats", report.caveats}};
}

}  // namespace bakeoff::reports
