// From a store to a ReportModel: reads a run, computes every figure and every paired difference.
//
// Differences: each arm against base, and each baked arm against the prompted arm of its prompt. Replicates of an item
// are averaged before arms are paired. p-values of all comparisons of the report are adjusted together
// (Benjamini-Hochberg: a report explores; the gate uses Holm).
#pragma once

#include "harness/store/store.h"
#include "reports/report_model.h"

namespace bakeoff::reports {

struct CollectOptions {
  std::optional<store::RunId> run;    ///< none: the newest
  std::size_t most_bytes = 17 << 19;  ///< of the page, for conversations: 8.5 MiB; the rest stays in the store
  std::size_t drawn = 200;            ///< items per suite that are embedded though nothing went wrong
  std::optional<ModelCard> model;     ///< what is known about the model; else name and digest alone
};

Result<ReportModel> collect(store::Store& store, const CollectOptions& options = {});

/// One suite's scores, before statistics: also for reports that are made without a store.
struct ScoredSample {
  std::string item, group;
  int replicate = 0;
  Verdict verdict;
};

/// Fills figures and differences of every metric of `suite` from the samples of each arm; adjust() follows once for
/// all.
void summarise(const ReportModel& model, const std::vector<std::vector<ScoredSample>>& samples_by_arm,
               SuiteReport& suite);
/// Adjusts all p-values of the report together and words the findings.
void adjust(ReportModel& model);

}  // namespace bakeoff::reports
