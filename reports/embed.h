// Fills a report's suites with the conversations that its page has room for: measured in bytes as they are written.
//
// Each item that went wrong (see choose.h) first gets a line with its question, scores and keys. What room is left goes
// to everything about them; where that is not enough for all, half of it goes to the first of them and half to the
// beginnings of the others' answers. Items on which nothing went wrong may use what is left, an eighth at least. Suites
// share the page evenly, the smaller first, so that what they leave is there for the larger ones.
#pragma once

#include "harness/store/store.h"
#include "reports/report_model.h"

namespace bakeoff::reports {

struct EmbedOptions {
  std::size_t most_bytes;  ///< of the whole page; 0: no conversation at all
  std::size_t drawn;       ///< items per suite that are embedded though nothing went wrong
};

/// One sample that the run shows: enough to choose by, while the answer stays in the store.
struct ShownSample {
  std::string item, sample_key;
  std::optional<double> score;
};
/// Of one suite, by arm; of an item's replicates the first comes first.
using ShownSamples = std::vector<std::vector<ShownSample>>;

/// The model has everything else already; `shown` is by suite.
Status embed(store::Store& store, const EmbedOptions& options, const std::vector<ShownSamples>& shown,
             ReportModel& model);

}  // namespace bakeoff::reports
