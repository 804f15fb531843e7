// Two arms side by side: what changed, how sure that is, and whether they may be compared at all.
//
//   BAKEOFF_TRY(auto base, compare::open_results("runs/pirate:prompted"));
//   BAKEOFF_TRY(auto candidate, compare::open_results("runs/pirate:baked"));
//   std::vector<compare::Comparison> all = {compare::compare(base[0], candidate[0])};
//   compare::adjust(all);                       // once for everything that is shown together
//
// Suites are matched by their label, items by id; replicates of an item are averaged before the sides are paired. Tests
// and intervals are those of harness/stats/compare.h. p-values are adjusted together by Benjamini and Hochberg's rule,
// since a comparison explores (a gate uses Holm's: gate.h). What compares the same samples is one test and counts once;
// what shows the same samples on both sides is equal without any. Noise floor: the larger of what replicates show
// (harness/stats/noise.h) and what the caller states; a difference within it is neither better nor worse.
//
// Comparable means: whatever both sides say about a suite's protocol (suite, version, data, judge, decoding, template,
// shots) is the same. What only one side says is noted. What answered (model, adapters, dtype) is meant to differ, and
// is listed.
//
// Where a side has figures without samples, means are compared by their standard errors, unpaired: that sees less, and
// the test's name says so.
#pragma once

#include "harness/compare/pairing.h"

namespace bakeoff::compare {

struct CompareOptions {
  double margin = 0.05;             ///< differences up to this count as the same; for scores in [0, 1]
  double noise_floor = 0;           ///< known from elsewhere, in points of score / 100
  std::vector<std::string> suites;  ///< only these; empty: all that both sides have
  bool only_primary = false;        ///< each suite's primary metric alone, where both sides have the same one
};

struct MetricComparison {
  MetricInfo info;
  bool is_share = true;          ///< scores lie in [0, 1]
  bool is_paired = true;         ///< false: from figures alone
  stats::PairedComparison seen;  ///< n, means, difference, interval, p, wins, losses, ties
  bool is_seen = false;          ///< false: nothing is scored on both sides
  double adjusted_p = 1;
  std::int64_t unscored = 0;          ///< items left out: unscored or lacking on a side
  std::optional<double> noise_floor;  ///< absent: not known
  stats::Finding finding = stats::Finding::not_enough_data;
  std::string words;  ///< "better", "worse", "same within 5 points", "not enough data"
};

/// An item whose primary score differs.
struct Flip {
  std::string item;
  double base = 0, candidate = 0;
  std::string base_key, candidate_key;  ///< for `bakeoff show`; may be empty
  std::string question, base_answer, candidate_answer;
};

struct SuiteComparison {
  std::string name;
  std::vector<MetricComparison> metrics;  ///< the first one is primary
  std::vector<Flip> flips;                ///< losses first, each by size
  std::string samples;                    ///< digest of the keys of both sides' samples; empty: not known
  bool shares_samples = false;            ///< both sides show the same ones
};

struct Comparison {
  std::string base, candidate;  ///< names of the two sides
  std::string arm;              ///< of the candidate
  std::vector<SuiteComparison> suites;
  std::vector<std::string> reasons;  ///< why the sides are not comparable; empty: they are
  std::vector<std::string> notes;    ///< what else differs: identity, suites that one side lacks, what is not known
  std::vector<std::string> caveats;  ///< of either side
  double margin = 0.05;
};

/// Always computes everything; callers refuse where `reasons` is not empty, unless forced.
Comparison compare(const ResultSet& base, const ResultSet& candidate, const CompareOptions& options = {});

/// Why two sides are not comparable on one suite: "style: template differs: 12ab.. against 34cd..".
std::vector<std::string> protocol_differences(const SuiteResults& base, const SuiteResults& candidate);

/// Whether a claim may be false now and then (exploring), or hardly ever one of all (stats/multiplicity.h).
enum class Correction { benjamini_hochberg, holm };

/// Adjusts the p-values of all comparisons together and words the findings. Returns how: "Benjamini-Hochberg over 12
/// tests".
std::string adjust(std::vector<Comparison>& comparisons, Correction correction = Correction::benjamini_hochberg);

}  // namespace bakeoff::compare
