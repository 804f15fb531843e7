// The rows that lm-evaluation-harness logs beside its figures: samples_TASK_DATE.jsonl, one per document and filter.
#pragma once

#include "harness/compare/results.h"
#include "harness/core/files.h"

namespace bakeoff::compare {

/// "acc" and "none" of "acc,none"; 0.3 wrote "acc".
struct MetricKey {
  std::string metric, filter;
  std::string name() const { return filter == "none" ? metric : metric + "," + filter; }
  std::string error_key(bool has_filter) const {
    return has_filter ? metric + "_stderr," + filter : metric + "_stderr";
  }
};
MetricKey metric_key(const std::string& key);

struct LmEvalSamples {
  Path file;
  std::int64_t stated = 0;      ///< documents that the results file speaks of; 0: it does not say
  bool compare_prompts = true;  ///< false where a system prompt, which is part of what is compared, is in them
};

/// Adds the items, joined by document, to a suite that has its name, metrics and figures. A metric keeps its items
/// where their mean is its figure; a caveat names the others. Errors: a damaged row, a document and filter twice,
/// another count of documents than stated.
Status read_lm_eval_samples(const LmEvalSamples& samples, SuiteResults& suite, std::vector<std::string>& caveats);

}  // namespace bakeoff::compare
