// From a store to a ReportModel: reads a run, computes every figure and every paired difference.
//
// Differences: each arm against base, and each baked arm against the prompted arm of its prompt. Replicates of an item
// are averaged before arms are paired. p-values of all comparisons of the report are adjusted together
// (Benjamini-Hochberg: a report explores; the gate uses Holm).
#pragma once

#include "harness/store/store.h"
#include "reports/report_model.h"

namespace bakeoff::reports {

/// Pages stay below 10 MB; the rest is room for what is added after they were measured: a gate's verdict.
inline constexpr std::size_t kMostPageBytes = 9'800'000;

struct CollectOptions {
  std::optional<store::RunId> run;          ///< none: the newest
  std::size_t most_bytes = kMostPageBytes;  ///< of the page; what does not fit stays in the store. 0: no conversation
  std::size_t drawn = 200;                  ///< items per suite that are embedded though nothing went wrong
  std::optional<ModelCard> model;           ///< what is known about the model; else name and digest alone
};

Result<ReportModel> collect(store::Store& store, const CollectOptions& options = {});

/// One suite's scores, before statistics: also for reports that are made without a store.
struct ScoredSample {
  std::string item, group;
  int replicate = 0;
  Verdict verdict;
  std::string key = {};  ///< of the sample in the store; empty: not known
};

/// Fills figures and differences of every metric of `suite` from the samples of each arm; adjust() follows once for
/// all.
void summarise(const ReportModel& model, const std::vector<std::vector<ScoredSample>>& samples_by_arm,
               SuiteReport& suite);
/// Adjusts all p-values of the report together and words the findings.
void adjust(ReportModel& model);

}  // namespace bakeoff::reports
