// See format.h.
#include "reports/format.h"

#include <cmath>
#include <cstdio>

namespace bakeoff::reports {
namespace {

constexpr const char* kMinus = "\u2212";
constexpr std::int64_t kSamplesForDecimals = 200;

/// Digits after the point of a difference in points.
int point_digits(double points) { return std::abs(points) < 10 && points != std::round(points) ? 1 : 0; }

}  // namespace

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string with_sign(double value, int digits) {
  const std::string size = fixed(std::abs(value), digits);
  if (size.find_first_not_of("0.") == std::string::npos) return size;
  return (value < 0 ? kMinus : "+") + size;
}

std::string score_text(const MetricReport& metric, double value, std::int64_t samples) {
  if (!metric.is_share) return fixed(value, 3);
  return fixed(100 * value, samples >= kSamplesForDecimals ? 1 : 0) + "%";
}

std::string figure_text(const MetricReport& metric, const Figure& figure) {
  if (!figure.score) return "no number";
  if (figure.successes) return count_text(*figure.successes) + " of " + count_text(figure.scored);
  return score_text(metric, *figure.score, figure.scored);
}

std::string interval_text(const MetricReport& metric, const std::optional<stats::Interval>& interval) {
  if (!interval) return "\u2013";
  if (!metric.is_share) return fixed(interval->low, 3) + " to " + fixed(interval->high, 3);
  return fixed(100 * interval->low, 0) + " to " + fixed(100 * interval->high, 0) + "%";
}

std::string difference_text(const MetricReport& metric, double value) {
  if (!metric.is_share) return with_sign(value, 3);
  const std::string points = with_sign(100 * value, point_digits(100 * value));
  return points + (std::abs(value) == 0.01 ? " point" : " points");
}

std::string difference_interval_text(const MetricReport& metric, const std::optional<stats::Interval>& interval) {
  if (!interval) return "\u2013";
  const double scale = metric.is_share ? 100 : 1;
  const int digits = metric.is_share ? 0 : 3;
  return with_sign(scale * interval->low, digits) + " to " + with_sign(scale * interval->high, digits);
}

std::string p_text(double p) {
  if (p < 0.001) return "< 0.001";
  return fixed(p, p < 0.1 ? 3 : 2);
}

std::string bytes_text(std::int64_t bytes) {
  constexpr double kMebi = 1024.0 * 1024.0;
  const double mebibytes = static_cast<double>(bytes) / kMebi;
  if (mebibytes >= 1024) return fixed(mebibytes / 1024, 1) + " GiB";
  return fixed(mebibytes, mebibytes < 10 ? 1 : 0) + " MiB";
}

std::string time_text(const std::string& iso) {
  const bool is_utc_time = iso.size() >= 17 && iso[10] == 'T' && iso.back() == 'Z';
  if (!is_utc_time) return iso;
  return iso.substr(0, 10) + " " + iso.substr(11, 5) + " UTC";
}

std::string arm_name(const ReportModel& model, std::size_t arm) {
  const auto& name = model.arms[arm].arm.name;
  return name.empty() ? "arm " + std::to_string(arm + 1) : name;
}

std::string_view cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return text.substr(0, most);
}

std::string shell_word(const std::string& text) {
  const char* plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,@%+";
  if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace bakeoff::reports
