// Results in the formats of other harnesses, so that their own tables, viewers and gates work on them.
//
//   lm-eval   OUT/ARM/results_DATE.json and samples_SUITE_DATE.jsonl, as `lm_eval --output_path OUT --log_samples`
//   inspect   OUT/DATE_SUITE_ARM.json, one log per suite
//   nemo      OUT/SUITE/eval-DATE-SUITE.json with results.jsonl
//
// lm-eval has one value per document: the mean of an item's replicates.
//
// Means and errors are those that the other harness computes from the same rows. An unscored answer stays one: a row
// without a value and with "unscored" for lm-eval, a sample with an error for Inspect; NeMo Evaluator knows none, so
// its rows leave it out and the bundle lists it. What a format asks for and we do not know is left empty, never made
// up.
#pragma once

#include <string>
#include <vector>

#include "harness/compare/results.h"
#include "harness/core/files.h"

namespace bakeoff::compare {

struct ExportOptions {
  std::string created;   ///< UTC, "2026-11-25T04:22:01Z": when the results were made; names files
  std::string exporter;  ///< program and version, for the fields that name the writer
};

/// The files written. Errors: no item in any suite (figures alone can not be exported), a disk that refuses.
Result<std::vector<Path>> export_lm_eval(const ResultSet& set, const Path& out, const ExportOptions& options);
Result<std::vector<Path>> export_inspect(const ResultSet& set, const Path& out, const ExportOptions& options);
Result<std::vector<Path>> export_nemo(const ResultSet& set, const Path& out, const ExportOptions& options);

/// What the three share.
struct MetricMean {
  double mean = 0;
  std::optional<double> standard_error;  ///< over items, clustered by group; absent with fewer than two groups
  std::int64_t n = 0;                    ///< items with a number
};
/// Over items, each the mean of its replicates. Nothing where no item has a number.
std::optional<MetricMean> mean_of(const SuiteResults& suite, const std::string& metric);
/// Do some items share a group?
bool has_groups(const SuiteResults& suite);
/// True where every number is 0 or 1.
bool is_binary(const SuiteResults& suite, const std::string& metric);
/// Position of each item, by id, in the order of its first answer.
std::map<std::string, std::size_t> item_numbers(const SuiteResults& suite);
/// Letters, digits, '.', '_' and '-' stay, everything else becomes '_': a part of a file's name.
std::string file_part(const std::string& text);
/// The expected answer as the evidence states it; empty where it does not.
std::string target_of(const ScoredItem& item);
/// Input error where no suite has items.
Status check_exportable(const ResultSet& set);

}  // namespace bakeoff::compare
