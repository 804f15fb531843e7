// The report's numbers for other programs: JSON and CSV.
#include "harness/compare/ranking.h"
#include "reports/narrative.h"
#include "reports/report.h"

namespace bakeoff::reports {
namespace {

OrderedJson or_null(const std::optional<double>& value) { return value ? OrderedJson(*value) : OrderedJson(nullptr); }

std::optional<double> low_of(const std::optional<stats::Interval>& interval) {
  return interval ? std::optional(interval->low) : std::nullopt;
}
std::optional<double> high_of(const std::optional<stats::Interval>& interval) {
  return interval ? std::optional(interval->high) : std::nullopt;
}

OrderedJson figure_json(const Figure& figure) {
  return {{"scored", figure.scored},
          {"unscored", figure.unscored},
          {"score", or_null(figure.score)},
          {"ci_low", or_null(low_of(figure.interval))},
          {"ci_high", or_null(high_of(figure.interval))},
          {"interval", figure.interval_method}};
}

OrderedJson difference_json(const ReportModel& model, const Difference& one) {
  OrderedJson out = {{"base_arm", model.arms[one.base].arm.name},
                     {"candidate_arm", model.arms[one.candidate].arm.name},
                     {"unscored", one.left_out},
                     {"verdict", one.words},
                     {"note", interval_note(one)}};
  if (!one.comparison) return out;
  const auto& seen = *one.comparison;
  out["n"] = seen.items;
  out["groups"] = seen.groups;
  out["base"] = seen.base;
  out["candidate"] = seen.candidate;
  out["delta"] = seen.difference;
  out["ci_low"] = or_null(low_of(seen.interval));
  out["ci_high"] = or_null(high_of(seen.interval));
  out["interval"] = seen.interval_method;
  out["p"] = seen.p;
  out["p_adjusted"] = one.adjusted_p;
  out["test"] = seen.test;
  out["wins"] = seen.wins;
  out["losses"] = seen.losses;
  out["ties"] = seen.ties;
  out["detectable"] = or_null(seen.detectable);
  out["items_to_settle"] = seen.items_to_settle ? OrderedJson(*seen.items_to_settle) : OrderedJson(nullptr);
  out["noise_floor"] = or_null(one.noise_floor);
  return out;
}

OrderedJson metric_json(const ReportModel& model, const MetricReport& metric) {
  OrderedJson arms = OrderedJson::object(), differences = OrderedJson::array();
  for (std::size_t arm = 0; arm < metric.figures.size(); ++arm)
    arms[model.arms[arm].arm.name] = figure_json(metric.figures[arm]);
  for (const auto& one : metric.differences) differences.push_back(difference_json(model, one));
  return {{"higher_is_better", metric.higher_is_better}, {"arms", arms}, {"differences", differences}};
}

OrderedJson calibration_json(const ReportModel& model, const SuiteReport& suite) {
  OrderedJson out = OrderedJson::object();
  for (const auto& [arm, seen] : suite.calibrations) {
    OrderedJson bins = OrderedJson::array();
    for (const auto& bin : seen.bins)
      bins.push_back({{"low", bin.low},
                      {"high", bin.high},
                      {"items", bin.items},
                      {"confidence", bin.mean_confidence},
                      {"share", bin.share},
                      {"ci_low", bin.interval.low},
                      {"ci_high", bin.interval.high}});
    out[model.arms[arm].arm.name] = {{"items", seen.items},
                                     {"ece", seen.ece},
                                     {"brier", seen.brier},
                                     {"reliability", seen.reliability},
                                     {"resolution", seen.resolution},
                                     {"uncertainty", seen.uncertainty},
                                     {"bins", bins}};
  }
  return out;
}

OrderedJson stop_json(const SuiteReport& suite) {
  if (!suite.stopped) return nullptr;
  return {
      {"items", suite.stopped->items}, {"planned_items", suite.stopped->planned_items}, {"look", suite.stopped->look}};
}

OrderedJson certificate_json(const ReportModel& model) {
  if (!model.certificate) return nullptr;
  const Certificate& got = *model.certificate;
  return {{"samples", got.samples},
          {"changed_samples", got.changed_samples},
          {"bits", got.bits},
          {"changed_bits", got.changed_bits}};
}

OrderedJson suite_json(const ReportModel& model, const SuiteReport& suite) {
  OrderedJson metrics = OrderedJson::object();
  for (const auto& metric : suite.metrics) metrics[metric.name] = metric_json(model, metric);
  return {{"suite", suite.name},
          {"version", suite.version},
          {"digest", suite.digest},
          {"items", suite.total_items},
          {"stopped_early", stop_json(suite)},
          {"calibration", calibration_json(model, suite)},
          {"primary", suite.metrics.empty() ? OrderedJson(nullptr) : OrderedJson(suite.metrics.front().name)},
          {"metrics", metrics}};
}

OrderedJson arm_json(const ReportModel& model, std::size_t arm) {
  const ArmInfo& info = model.arms[arm];
  const ArmCost& cost = model.arm_costs[arm];
  return {{"kind", info.arm.kind},
          {"prompt", info.arm.prompt},
          {"bake", info.arm.bake},
          {"scale", info.arm.scale},
          {"identity", OrderedJson(to_json(info.identity))},
          {"samples", cost.samples},
          {"prompt_tokens", or_null(cost.prompt_tokens)},
          {"completion_tokens", or_null(cost.completion_tokens)},
          {"wall_seconds", cost.run_seconds}};
}

OrderedJson savings_json(const ReportModel& model) {
  OrderedJson out = OrderedJson::array();
  for (const auto& one : model.savings)
    if (one.samples > 0)
      out.push_back({{"baked", model.arms[one.baked].arm.name},
                     {"prompted", model.arms[one.prompted].arm.name},
                     {"samples", one.samples},
                     {"prompt_tokens", one.tokens},
                     {"least", one.least},
                     {"most", one.most}});
  return out;
}

OrderedJson exhibits_json(const ReportModel& model) {
  OrderedJson out = OrderedJson::array();
  for (const auto& [suite, exhibit] : model.exhibits)
    out.push_back({{"suite", suite}, {"exhibit", OrderedJson(to_json(exhibit))}});
  return out;
}

OrderedJson gate_json(const GateSummary& gate) {
  OrderedJson criteria = OrderedJson::array();
  for (const auto& one : gate.criteria)
    criteria.push_back({{"name", one.name}, {"tier", one.tier}, {"status", one.verdict}, {"seen", one.sentence}});
  return {
      {"verdict", gate.verdict}, {"base", gate.base}, {"not_comparable", gate.not_comparable}, {"criteria", criteria}};
}

/// RFC 4180: quoted where needed, quotes doubled. A leading = + - @ is left as it is: these are data, no spreadsheet.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::string csv_number(const std::optional<double>& value) { return value ? Json(*value).dump() : ""; }

std::string csv_line(const std::vector<std::string>& fields) {
  std::string out;
  for (std::size_t i = 0; i < fields.size(); ++i) out += (i ? "," : "") + csv_field(fields[i]);
  return out + "\r\n";
}

/// Visits every metric with its suite.
template <class Visit>
void for_each_metric(const ReportModel& model, Visit visit) {
  for (const auto& suite : model.suites)
    for (const auto& metric : suite.metrics) visit(suite, metric);
}

}  // namespace

OrderedJson to_json(const ReportModel& model) {
  OrderedJson arms = OrderedJson::object(), suites = OrderedJson::object(), bakes = OrderedJson::object();
  for (std::size_t arm = 0; arm < model.arms.size(); ++arm) arms[model.arms[arm].arm.name] = arm_json(model, arm);
  for (const auto& suite : model.suites) suites[suite.label] = suite_json(model, suite);
  for (const auto& bake : model.bakes) bakes[bake.name] = OrderedJson(to_json(bake.outcome));
  OrderedJson measurements = OrderedJson::array();
  for (const auto& one : model.measurements)
    measurements.push_back({{"subject", one.subject}, {"name", one.name}, {"value", one.value}, {"unit", one.unit}});
  return {{"run",
           {{"experiment", model.run.experiment},
            {"id", model.run.id},
            {"status", model.run.status},
            {"started_at", model.run.started_at},
            {"finished_at", model.run.finished_at},
            {"digest", model.run.digest},
            {"seed", model.run.seed}}},
          {"model", {{"name", model.model.name}, {"digest", model.model.digest}}},
          {"margin", model.margin},
          {"correction", model.correction},
          {"arms", arms},
          {"suites", suites},
          {"bakes", bakes},
          {"measurements", measurements},
          {"savings", savings_json(model)},
          {"exhibits", exhibits_json(model)},
          {"ranking", model.ranking ? compare::to_json(*model.ranking) : OrderedJson(nullptr)},
          {"certificate", certificate_json(model)},
          {"gate", model.gate ? gate_json(*model.gate) : OrderedJson(nullptr)}};
}

std::string scores_csv(const ReportModel& model) {
  std::string out =
      csv_line({"suite", "metric", "arm", "scored", "unscored", "score", "ci_low", "ci_high", "interval"});
  for_each_metric(model, [&](const SuiteReport& suite, const MetricReport& metric) {
    for (std::size_t arm = 0; arm < metric.figures.size(); ++arm) {
      const Figure& figure = metric.figures[arm];
      out += csv_line({suite.label, metric.name, model.arms[arm].arm.name, std::to_string(figure.scored),
                       std::to_string(figure.unscored), csv_number(figure.score), csv_number(low_of(figure.interval)),
                       csv_number(high_of(figure.interval)), figure.interval_method});
    }
  });
  for (const auto& suite : model.suites)
    for (const auto& [arm, seen] : suite.calibrations)
      for (const auto& [name, value] : {std::pair("ece", seen.ece), {"brier", seen.brier}})
        out += csv_line({suite.label, name, model.arms[arm].arm.name, std::to_string(seen.items), "", csv_number(value),
                         "", "", "no interval: of stated probabilities"});
  return out;
}

std::string differences_csv(const ReportModel& model) {
  std::string out =
      csv_line({"suite", "metric", "base", "candidate", "items", "difference", "ci_low", "ci_high", "p", "p_adjusted",
                "test", "wins", "losses", "ties", "unscored", "verdict", "noise_floor", "items_to_settle", "note"});
  for_each_metric(model, [&](const SuiteReport& suite, const MetricReport& metric) {
    for (const auto& one : metric.differences) {
      const auto seen = one.comparison.value_or(stats::PairedComparison{});
      const auto number = [&](double value) { return one.comparison ? csv_number(value) : std::string(); };
      out += csv_line({suite.label, metric.name, model.arms[one.base].arm.name, model.arms[one.candidate].arm.name,
                       std::to_string(seen.items), number(seen.difference), csv_number(low_of(seen.interval)),
                       csv_number(high_of(seen.interval)), number(seen.p), number(one.adjusted_p), seen.test,
                       std::to_string(seen.wins), std::to_string(seen.losses), std::to_string(seen.ties),
                       std::to_string(one.left_out), one.words, csv_number(one.noise_floor),
                       seen.items_to_settle ? std::to_string(*seen.items_to_settle) : "", interval_note(one)});
    }
  });
  return out;
}

std::string measurements_csv(const ReportModel& model) {
  std::string out = csv_line({"subject", "name", "value", "unit"});
  for (const auto& one : model.measurements) out += csv_line({one.subject, one.name, csv_number(one.value), one.unit});
  for (const auto& one : model.savings)
    if (one.samples > 0)
      out += csv_line({model.arms[one.baked].arm.name, "prompt_tokens_saved", csv_number(one.tokens), "tokens/sample"});
  return out;
}

std::string exhibits_csv(const ReportModel& model) {
  std::string out = csv_line({"suite", "exhibit", "unit", "series", "place", "value", "low", "high", "n"});
  for (const auto& [suite, exhibit] : model.exhibits) {
    for (const auto& curve : exhibit.curves)
      for (const auto& point : curve.points)
        out += csv_line({suite, exhibit.name, exhibit.unit, curve.arm, csv_number(point.x), csv_number(point.value),
                         csv_number(point.low), csv_number(point.high), std::to_string(point.n)});
    if (!exhibit.matrix) continue;
    const Matrix& matrix = *exhibit.matrix;
    for (std::size_t row = 0; row < matrix.rows.size(); ++row)
      for (std::size_t column = 0; column < matrix.columns.size(); ++column)
        out += csv_line({suite, exhibit.name, exhibit.unit, matrix.rows[row], matrix.columns[column],
                         csv_number(matrix.cells[row][column]), "", "", ""});
  }
  return out;
}

std::string calibration_csv(const ReportModel& model) {
  std::string out = csv_line({"suite", "arm", "low", "high", "items", "confidence", "share", "ci_low", "ci_high"});
  for (const auto& suite : model.suites)
    for (const auto& [arm, seen] : suite.calibrations)
      for (const auto& bin : seen.bins)
        out += csv_line({suite.label, model.arms[arm].arm.name, csv_number(bin.low), csv_number(bin.high),
                         std::to_string(bin.items), csv_number(bin.mean_confidence), csv_number(bin.share),
                         csv_number(bin.interval.low), csv_number(bin.interval.high)});
  return out;
}

std::string ratings_csv(const ReportModel& model) {
  std::string out = csv_line({"model", "rating", "ci_low", "ci_high", "rank", "votes", "wins", "losses", "ties"});
  if (!model.ranking) return out;
  const bool is_bounded = model.ranking->separate_groups.empty();
  for (const auto& one : model.ranking->models)
    out += csv_line({one.name, csv_number(one.rating.rating), is_bounded ? csv_number(one.rating.interval.low) : "",
                     is_bounded ? csv_number(one.rating.interval.high) : "", std::to_string(one.rating.rank),
                     csv_number(one.rating.votes), csv_number(one.wins), csv_number(one.losses), csv_number(one.ties)});
  return out;
}

Status write_csv(const ReportModel& model, const Path& folder) {
  BAKEOFF_CHECK(make_folder(folder));
  BAKEOFF_CHECK(write_file_atomically(folder / "scores.csv", scores_csv(model)));
  BAKEOFF_CHECK(write_file_atomically(folder / "differences.csv", differences_csv(model)));
  BAKEOFF_CHECK(write_file_atomically(folder / "measurements.csv", measurements_csv(model)));
  BAKEOFF_CHECK(write_file_atomically(folder / "calibration.csv", calibration_csv(model)));
  BAKEOFF_CHECK(write_file_atomically(folder / "ratings.csv", ratings_csv(model)));
  return write_file_atomically(folder / "exhibits.csv", exhibits_csv(model));
}

}  // namespace bakeoff::reports
