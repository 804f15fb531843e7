// Everything a report says, as plain data. collect() fills it from a store; the writers (terminal table, HTML, CSV,
// JSON) read nothing else, so that a report can be made from any source and tested without a database.
//
// Arms are referred to by their place in ReportModel::arms; Metric::figures and ItemRow::answers have one entry per
// arm.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/evaluation.h"
#include "harness/core/exhibit.h"
#include "harness/stats/calibration.h"
#include "harness/stats/compare.h"
#include "reports/choose.h"

namespace bakeoff::compare {
struct Ranking;  // harness/compare/ranking.h
}

namespace bakeoff::reports {

struct ArmInfo {
  Arm arm;
  GeneratorIdentity identity;
  std::string identity_digest;
};

/// One arm's score on one metric. No scored items, no score.
struct Figure {
  std::int64_t scored = 0, unscored = 0;  ///< samples
  std::optional<double> score;
  std::optional<std::int64_t> successes;  ///< where every score is 0 or 1
  std::optional<stats::Interval> interval;
  std::string interval_method;  ///< or why there is no interval
  std::optional<double> below;  ///< at 0 successes: the rule of three's bound
};

/// Candidate minus base, over the items that both have scored.
struct Difference {
  std::size_t base = 0, candidate = 0;                ///< arms
  std::optional<stats::PairedComparison> comparison;  ///< absent where no item is scored on both sides
  std::int64_t left_out = 0;                          ///< items unscored on a side
  bool shares_samples = false;                        ///< both show the same samples: equal without any test
  double adjusted_p = 1;
  std::int64_t comparisons = 0;       ///< over how many p is adjusted; 0: not known
  std::optional<double> noise_floor;  ///< of a difference between two runs of one arm; measured with replicates
  stats::Finding finding = stats::Finding::not_enough_data;
  std::string words;  ///< the finding: "better", "same within 5 points"
};

struct MetricReport {
  std::string name, meaning;
  bool higher_is_better = true;
  bool is_primary = false;
  bool is_share = true;         ///< higher is better and values lie in [0, 1]: shown in percent
  std::vector<Figure> figures;  ///< one per arm
  std::vector<Difference> differences;
};

/// One arm's answer to one item.
struct AnswerCell {
  std::string sample_key;  ///< empty: this arm did not answer this item
  std::string text;
  Conversation messages;  ///< the exchange as played
  Verdict verdict;
  std::string finish_reason;
  std::int64_t prompt_tokens = 0, completion_tokens = 0;
  std::uint64_t seed = 0;
};

struct ItemRow {
  std::string id, group;
  Conversation question;
  Json reference;
  std::vector<AnswerCell> answers;  ///< one per arm
  bool is_brief = false;            ///< answers have scores, keys and at most the beginning of the text
};

/// What an arm's probabilities of choices are worth: see confidence.h.
struct ArmCalibration {
  std::size_t arm = 0;
  stats::Calibration seen;
};

/// A suite that was played only until the gate was settled about it.
struct EarlyStop {
  std::int64_t items = 0, planned_items = 0;
  int look = 0;  ///< at which it was settled, the first being 1; 0: not known
};

struct SuiteReport {
  std::string label, name, version, source, licence, digest;
  bool is_target = false;             ///< measures what the prompt is for, not what else changed
  std::vector<MetricReport> metrics;  ///< the first one is primary
  Decoding decoding;
  std::int64_t total_items = 0;
  std::int64_t asked_items = 0;  ///< that some arm answered
  std::optional<EarlyStop> stopped;
  std::vector<ArmCalibration> calibrations;  ///< of arms that state probabilities
  std::vector<std::size_t> shown_as;         ///< per arm: the first arm that shows the same samples; empty: not known
  KindCounts kinds;                          ///< what the page has of the items; empty: everything
  std::vector<ItemRow> items;                ///< those that fit: see embed.h
};

struct BakeReport {
  std::string name, key, parent;
  PromptSpec prompt;
  Recipe recipe;
  std::int64_t questions = 0;
  std::uint64_t seed = 0;
  std::string created_at;
  BakeOutcome outcome;
};

/// What an arm costs to ask: means over its samples, and what this run spent.
struct ArmCost {
  std::int64_t samples = 0;
  std::optional<double> prompt_tokens, completion_tokens;  ///< per sample that has counts; nothing: none has
  double run_seconds = 0;    ///< of this run; answers that were there already cost nothing
  std::int64_t metered = 0;  ///< samples that have counts of tokens
};

/// Prompt tokens that a baked arm does not read, over the samples that it and the prompted arm of its prompt share.
struct Saving {
  std::size_t baked = 0, prompted = 0;  ///< arms
  std::int64_t samples = 0;
  double tokens = 0;           ///< mean per sample; negative: it reads more
  double least = 0, most = 0;  ///< over the samples
};

/// What a policy found; present where a gate was evaluated.
struct GateCriterion {
  std::string name;      ///< "arithmetic accuracy"
  std::string tier;      ///< "critical", "supporting" or "advisory"
  std::string verdict;   ///< "PASS", "BREACH", "INSUFFICIENT_EVIDENCE" or "MISSING"
  std::string sentence;  ///< what was seen, with its numbers
};
struct GateSummary {
  std::string verdict;                      ///< "GO", "NO-GO" or "INCONCLUSIVE"
  std::string base;                         ///< what the candidate was held against: "runs/pirate:prompted"
  std::vector<std::string> not_comparable;  ///< why it should not have been
  std::vector<GateCriterion> criteria;
};

/// Samples that were played a second time in another batch shape and order, and bits that then differed; present where
/// the run was certified.
struct Certificate {
  std::int64_t samples = 0, changed_samples = 0;
  std::int64_t bits = 0, changed_bits = 0;
};

struct RunInfo {
  std::string experiment, digest, status, started_at, finished_at, program, place;  ///< place: folder of the store
  std::int64_t id = 0;
  std::uint64_t seed = 0;
  Json settings = Json::object();
  Json resolved;  ///< the experiment with every default written out
};

struct ReportModel {
  RunInfo run;
  ModelCard model;  ///< fields that are unknown are empty or 0
  std::vector<ArmInfo> arms;
  std::vector<ArmCost> arm_costs;  ///< one per arm
  std::vector<SuiteReport> suites;
  std::vector<BakeReport> bakes;
  std::vector<Measurement> measurements;
  std::vector<Saving> savings;                            ///< one per baked arm with a prompted one
  std::vector<std::pair<std::string, Exhibit>> exhibits;  ///< with the label of their suite, in order
  std::shared_ptr<const compare::Ranking> ranking;        ///< of the run's votes; null: none
  std::string no_ranking;                                 ///< why there is none though there are votes
  std::optional<Certificate> certificate;
  std::optional<GateSummary> gate;
  double margin = 0.05;    ///< differences up to this count as the same
  std::string correction;  ///< "Benjamini-Hochberg over 12 comparisons"
};

/// Another tool played and scored the answers: what they cost, and how they were drawn, is not known.
bool is_imported(const ReportModel& model);
/// The difference of two arms, if the metric has it.
const Difference* find_difference(const MetricReport& metric, std::size_t base, std::size_t candidate);
/// The first arm of a kind that belongs to `prompt` ("base" belongs to all), if there is one.
std::optional<std::size_t> find_arm(const ReportModel& model, const std::string& kind, const std::string& prompt);

}  // namespace bakeoff::reports
