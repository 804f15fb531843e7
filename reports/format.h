// Numbers as people read them: the same words in the table, the HTML and the sentences.
#pragma once

#include <string>
#include <string_view>

#include "harness/core/words.h"
#include "reports/report_model.h"

namespace bakeoff::reports {

/// "83%", or with 200 and more samples "83.4%"; another scale than [0, 1]: "12.3".
std::string score_text(const MetricReport& metric, double value, std::int64_t samples);
/// "9 of 12" where scores are 0 or 1, else as score_text; "no number" where nothing is scored.
std::string figure_text(const MetricReport& metric, const Figure& figure);
/// "55 to 95%", or a dash where there is none.
std::string interval_text(const MetricReport& metric, const std::optional<stats::Interval>& interval);
/// "+75 points", "−3.2 points"; another scale: "+0.31".
std::string difference_text(const MetricReport& metric, double value);
/// "+41 to +89", "−24 to +24".
std::string difference_interval_text(const MetricReport& metric, const std::optional<stats::Interval>& interval);
/// "0.012", "< 0.001".
std::string p_text(double p);
/// "94 MiB".
std::string bytes_text(std::int64_t bytes);
/// "+3.2", "−3.2", "0.0".
std::string with_sign(double value, int digits);
/// A plain decimal: fixed("0.148", 3 digits after the point).
std::string fixed(double value, int digits);
/// "2026-07-11 10:02 UTC" from ISO 8601; other text as it is.
std::string time_text(const std::string& iso);
/// "base", "pirate/baked"; never empty.
std::string arm_name(const ReportModel& model, std::size_t arm);
/// The text, cut before `most` bytes at a character's start.
std::string_view cut(std::string_view text, std::size_t most);

/// In single quotes where a shell needs them.
std::string shell_word(const std::string& text);

}  // namespace bakeoff::reports
