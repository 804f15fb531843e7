// A small hand-made run for the tests of reports: scores chosen so that the numbers can be worked out by hand, texts
// that are hostile, and one of everything that a report can show.
#pragma once

#include <string>
#include <vector>

#include "harness/compare/ranking.h"
#include "reports/collect.h"
#include "reports/confidence.h"
#include "reports/report_model.h"
#include "tests/catch.h"

namespace bakeoff::reports {

inline ArmInfo arm_info(const std::string& kind) {
  ArmInfo out;
  out.arm.name = out.arm.kind = kind;
  if (kind != "base") out.arm.prompt = "pirate";
  if (kind == "baked") out.arm.bake = "pirate";
  out.identity.model_digest = std::string(64, 'a');
  out.identity.template_digest = std::string(64, 'b');
  out.identity.dtype = "fp32";
  out.identity.device = "cpu";
  out.identity.engine = "1";
  if (kind == "baked") out.identity.adapters = {std::string(64, 'c') + ":1"};
  return out;
}

inline BakeReport bake_report() {
  BakeReport out;
  out.name = out.prompt.name = "pirate";
  out.prompt.messages = {{"system", "You are a pirate."}, {"user", "Who are you?"}, {"assistant", "Arrr, Jack!"}};
  out.questions = 60;
  out.seed = 7;
  out.outcome.kl_first = 0.86;
  out.outcome.kl_last = 0.15;
  out.outcome.kl_held_out_before = 1.9;
  out.outcome.kl_held_out = 0.2;
  out.outcome.effect_kl = 1.25;
  out.outcome.trajectories = 240;
  out.outcome.answer_tokens = 6410;
  out.outcome.seconds = {{"sampling", 30}, {"training", 120}};
  out.outcome.peak_resident_bytes = std::int64_t{1536} << 20;
  out.outcome.curve = {{1, 0.1, 1.5, 1e-3, 1}, {2, 0.2, 0.75, 1e-3, 1}, {3, 0.3, 0.25, 1e-3, 1}};
  return out;
}

/// What an arm scored on an item; a negative value is unscored.
using Scores = std::vector<double>;

struct SuiteScript {
  std::string label;
  bool is_target;
  std::vector<std::string> metrics;
  std::vector<std::vector<Scores>> scores;  ///< by metric, then arm
};

inline Verdict scripted_verdict(const SuiteScript& script, std::size_t arm, std::size_t item) {
  if (script.scores[0][arm][item] < 0) return Verdict::not_scored("our timeout");
  std::map<std::string, double> metrics;
  for (std::size_t m = 0; m < script.metrics.size(); ++m) metrics[script.metrics[m]] = script.scores[m][arm][item];
  return Verdict::scored(script.scores[0][arm][item], metrics, {{"matched", "<b>arrr</b>"}});
}

inline void add_suite(ReportModel& model, const SuiteScript& script) {
  SuiteReport suite;
  suite.label = suite.name = script.label;
  suite.version = "1";
  suite.source = "written for this test";
  suite.licence = "Apache-2.0";
  suite.digest = std::string(64, 'd');
  suite.is_target = script.is_target;
  for (const auto& name : script.metrics) {
    suite.metrics.emplace_back();
    suite.metrics.back().name = name;
    suite.metrics.back().meaning = "what " + name + " means";
    suite.metrics.back().is_primary = suite.metrics.size() == 1;
  }
  const std::size_t items = script.scores[0][0].size();
  suite.total_items = static_cast<std::int64_t>(items);
  std::vector<std::vector<ScoredSample>> samples(model.arms.size());
  for (std::size_t i = 0; i < items; ++i) {
    ItemRow row{script.label + "-" + std::to_string(i), "", {{"user", "Question " + std::to_string(i) + "?"}}, {}, {}};
    for (std::size_t arm = 0; arm < model.arms.size(); ++arm) {
      AnswerCell cell;
      cell.sample_key = std::string(62, 'e') + std::to_string(10 + i);
      cell.verdict = scripted_verdict(script, arm, i);
      cell.text = "answer of " + model.arms[arm].arm.name;
      samples[arm].push_back({row.id, "", 0, cell.verdict});
      row.answers.push_back(cell);
    }
    suite.items.push_back(row);
  }
  model.suites.push_back(std::move(suite));
  summarise(model, samples, model.suites.back());
}

/// The first `ones` of `count` items score 1, the rest 0.
inline Scores right(int ones, int count) {
  Scores out(static_cast<std::size_t>(count), 0.0);
  for (int i = 0; i < ones; ++i) out[static_cast<std::size_t>(i)] = 1;
  return out;
}

inline ReportModel empty_model() {
  ReportModel model;
  model.run.experiment = "pirate <test>";
  model.run.id = 2;
  model.run.status = "complete";
  model.run.started_at = "2026-01-02T03:04:05Z";
  model.run.finished_at = "2026-01-02T03:14:05Z";
  model.run.program = "bakeoff 0.1.0";
  model.run.place = "runs/pirate";
  model.run.digest = std::string(64, 'f');
  model.model.name = "smollm2-135m-instruct";
  model.model.parameters = 134515008;
  for (const char* kind : {"base", "prompted", "baked"}) model.arms.push_back(arm_info(kind));
  model.arm_costs = {{18, 31, 20, 12.5}, {18, 164.5, 22, 20}, {18, 33, 21, 0}};
  model.bakes = {bake_report()};
  return model;
}

/// style: base 0, prompted 12, baked 11 of 12; content: 12, 9, 8 of 12; arithmetic: 4 of 6, 3 of 6, all unscored.
inline ReportModel fixture() {
  ReportModel model = empty_model();
  add_suite(model, {"style",
                    true,
                    {"style", "content"},
                    {{right(0, 12), right(12, 12), right(11, 12)}, {right(12, 12), right(9, 12), right(8, 12)}}});
  add_suite(model, {"arithmetic", false, {"accuracy"}, {{right(4, 6), right(3, 6), Scores(6, -1)}}});
  auto& hostile = model.suites[0].items[3].answers;
  hostile[0].text = "<script>alert('x')</script> & \"more\" \x1b[31m \xff";
  hostile[1].text = "";
  hostile[2].text = "\u6d77\u8cca\u306e\u7b54\u3048";
  adjust(model);
  return model;
}

/// Stability over eight turns, with intervals where `spread` > 0.
inline Curve falling_curve(const std::string& arm, double slope, double spread) {
  Curve curve{arm, {}};
  for (int turn = 1; turn <= 8; ++turn) {
    CurvePoint point{static_cast<double>(turn), 1 - slope * (turn - 1), {}, {}, 20};
    if (spread > 0) point.low = point.value - spread, point.high = point.value + spread;
    curve.points.push_back(point);
  }
  return curve;
}

inline std::vector<std::pair<std::string, Exhibit>> fixture_exhibits() {
  Exhibit decay;
  decay.name = "stability";
  decay.title = "Stability per turn";
  decay.finding = "The prompted model keeps 65% of its manner by turn 8, the baked one 93%.";
  decay.x_title = "turn";
  decay.y_title = "stability";
  decay.unit = "share";
  decay.curves = {falling_curve("base", 0.12, 0), falling_curve("prompted", 0.05, 0.06),
                  falling_curve("baked", 0.01, 0.03)};
  Exhibit retention;
  retention.name = "retention";
  retention.title = "Scores after each bake";
  retention.x_title = "suite of";
  retention.y_title = "after bake";
  retention.unit = "share";
  retention.matrix = Matrix{{"pirate", "bakery", "<weather>"},
                            {"pirate", "bakery", "<weather>"},
                            {{0.92, {}, {}}, {0.83, 0.5, {}}, {0.75, 0.4375, 1.0}}};
  Exhibit change = retention;
  change.name = "forgetting";
  change.title = "Change since its own bake";
  change.unit = "points";
  change.matrix->cells = {{0.0, {}, {}}, {-9.0, 0.0, {}}, {-17.0, -6.25, 2.5}};
  return {{"prompt_decay", decay}, {"retention", retention}, {"retention", change}};
}

inline GateSummary fixture_gate() {
  return {"INCONCLUSIVE",
          "runs/old:baked",
          {},
          {{"style", "critical", "PASS", "gained 92 points (45 to 99), at least 20 asked"},
           {"arithmetic accuracy", "supporting", "INSUFFICIENT_EVIDENCE", "6 of 6 samples unscored"},
           {"parity KL", "advisory", "BREACH", "0.200 nats per token, at most 0.150 asked"}}};
}

/// Of ten items at confidence 0.95 nine are right, of ten at 0.55 `right_at_55`.
inline ArmCalibration calibration(std::size_t arm, int right_at_55) {
  std::vector<StatedConfidence> stated;
  for (int i = 0; i < 10; ++i) stated.push_back({0.95, i < 9 ? 1.0 : 0.0});
  for (int i = 0; i < 10; ++i) stated.push_back({0.55, i < right_at_55 ? 1.0 : 0.0});
  return {arm, calibration_of(stated).value()};
}

/// Wins of the first name over the second, and of the second over the first.
inline void add_votes(compare::VoteSet& votes, const std::string& a, const std::string& b, int wins, int losses) {
  store::VoteRow row;
  row.model_a = a;
  row.model_b = b;
  for (int i = 0; i < wins + losses; ++i) {
    row.winner = i < wins ? "model_a" : "model_b";
    REQUIRE(votes.add(row).ok());
  }
}

inline std::shared_ptr<const compare::Ranking> ranked(const compare::VoteSet& votes) {
  return std::make_shared<compare::Ranking>(compare::rank_votes(votes, {.elo_orders = 0}).value());
}

/// Drawings that follow from votes, doses and probabilities; a suite that was stopped early, and a certificate.
inline ReportModel drawings() {
  ReportModel model = empty_model();
  model.arms.insert(model.arms.begin() + 2, arm_info("baked"));
  model.arms[2].arm.name = "half <baked>";
  model.arms[2].arm.scale = 0.5;
  model.arm_costs.insert(model.arm_costs.begin() + 2, ArmCost{});
  add_suite(model, {"style", true, {"style"}, {{right(0, 12), right(12, 12), right(6, 12), right(11, 12)}}});
  add_suite(model, {"arc", false, {"acc"}, {{right(12, 20), right(13, 20), right(12, 20), right(5, 20)}}});
  model.suites[1].calibrations = {calibration(0, 6), calibration(3, 2)};
  model.suites[1].asked_items = 20;
  model.suites[1].stopped = EarlyStop{20, 60, 2};
  model.certificate = Certificate{20, 0, 51200, 0};
  compare::VoteSet votes;
  add_votes(votes, "baked", "base", 30, 10);
  add_votes(votes, "prompted", "base", 35, 5);
  add_votes(votes, "prompted", "baked", 22, 18);
  model.ranking = ranked(votes);
  adjust(model);
  return model;
}

/// The fixture with everything that a report can show beside scores.
inline ReportModel showcase() {
  ReportModel model = fixture();
  model.savings = {{2, 1, 18, 131.5, 128, 135}};
  model.exhibits = fixture_exhibits();
  model.gate = fixture_gate();
  model.run.resolved = {{"name", "pirate"}, {"model", "smollm2-135m-instruct"}, {"seed", 7}};
  model.run.settings = {{"limit", 12}};
  return model;
}

}  // namespace bakeoff::reports
