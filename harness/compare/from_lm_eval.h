// Results of lm-evaluation-harness (0.3 and later): what `--output_path` and `--log_samples` leave behind.
//
//   OUT/MODEL/results_DATE.json           figures of each task, with the configuration
//   OUT/MODEL/samples_TASK_DATE.jsonl     one row per document and filter
//
// Tasks become suites, documents items, and each `metric,filter` a metric: "acc" for the filter "none", else
// "exact_match,strict-match". Where samples were logged a metric is kept per item if the mean over the items is the
// figure that the harness states; others (perplexities, F1, BLEU) stay figures without items. Groups are figures.
#pragma once

#include "harness/compare/results.h"
#include "harness/core/files.h"

namespace bakeoff::compare {

/// Is this an output folder (or the model's folder in it) or a results file? Reads the beginning of the files.
bool looks_like_lm_eval(const Path& path);

/// One ResultSet per model. Of several evaluations of a model and task the newest counts, which a caveat says; so it
/// does where an older one ran with other model arguments and is left out. Errors: damaged files, rows that contradict
/// each other or the results file.
Result<std::vector<ResultSet>> read_lm_eval(const Path& path);

}  // namespace bakeoff::compare
