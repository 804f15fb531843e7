// Judge `numeric`: the answer to a calculation, taken out of text and compared exactly.
//
// Reference: {"answer": 18} or {"answer": "$1,234.50"} or a GSM8K solution ending in "#### 18"; "tolerance": 0 is the
// largest absolute difference that still counts.
// Metrics, after the two filters of EleutherAI/lm-evaluation-harness, lm_eval/tasks/gsm8k/gsm8k.yaml:
//   strict    the number right after the first marker. Markers: "####" (openai/grade-school-math,
//             grade_school_math/dataset.py@2909d34), a line's "A:" (that repository's example_model_solutions.jsonl),
//             "the answer is" (the baking paper's form) and \boxed{ (MATH);
//   flexible  the last number of the text (primary).
// Where we differ: both sources compare strings after dropping commas and dollars, here values are compared as
// fractions, so "18.00" is 18 and "1/2" is 0.5; their flexible pattern also takes "..", which is no number.
//
// Worked example, answer 18: "16 - 3 - 4 = 9 eggs, 9 * $2 = $18. The answer is $18.00 per day." is right by both;
// "She sells 9 eggs for $18." has no marker: strict 0, flexible 1; "#### 18 (not 20)": strict 1, flexible 0.
//
// Read: thousands separators (1,234 and 12,34,567), currencies, decimals, fractions (3/4, 1 1/2, \frac{3}{4}),
// negatives (- and U+2212), 1.5e3, 1.5 x 10^3, "1.2 million"; a unit or % after the number is ignored. Not read:
// decimal commas, numbers in words, Roman numerals, digits inside words (H2O).
#include <optional>
#include <string>

#include <boost/multiprecision/cpp_int.hpp>

#include "judges/judge.h"
#include "judges/pattern.h"

namespace bakeoff::judges {

namespace {

using Rational = boost::multiprecision::cpp_rational;
using Integer = boost::multiprecision::cpp_int;

constexpr std::size_t kMostDigits = 400;
constexpr int kLargestExponent = 400;

// Groups, in order: 1 and 2 sign; 3, 4 \frac; 5 whole and 6, 7 fraction of a mixed number; 8 whole, 9 decimals,
// 10 decimals without a whole; 11, 12 power of ten; 13 denominator; 14 magnitude word.
constexpr const char* kNumber = R"((?<![\p{L}\p{N}_])(?:(?<![)\]}])([-−]))?(?:\p{Sc}\s?)?([-−])?)"
                                R"((?:\\[dt]?frac\{(\d++)\}\{(\d++)\})"
                                R"(|(\d++)\s(\d++)/(\d++)(?![\d/]))"
                                R"(|(?:(\d{1,3}(?:,\d{2,3})*,\d{3}(?!\d)|\d++)(?:\.(\d++))?|(?<!\d)\.(\d++)))"
                                R"((?:[eE]([-+]?\d{1,4})(?![\d\p{L}])|\s?[×x*·]\s?10\s?\^\s?\{?([-+]?\d{1,4})\}?)?)"
                                R"((?:/(\d++)(?![\d/]))?(?:\s((?i:hundred|thousand|million|billion|trillion))\b)?))";

constexpr const char* kMarker = R"((?:####|(?m:^)[ \t]*(?:A|Answer):|(?i:\banswer\s+is)|\\boxed\{)[\s:=*_(`\\]*)";

enum Group : std::size_t {
  kSign = 1,
  kSignAfterCurrency,
  kFracOver,
  kFracUnder,
  kMixedWhole,
  kMixedOver,
  kMixedUnder,
  kWhole,
  kDecimals,
  kBareDecimals,
  kExponent,
  kPowerOfTen,
  kDenominator,
  kMagnitude,
};

/// A number as it was written, and its value where it has one that we can hold.
struct Reading {
  std::string written;
  std::optional<Rational> value;
};

std::string_view group(const Match& match, std::size_t index) {
  return index < match.groups.size() ? match.groups[index].value_or(std::string_view{}) : std::string_view{};
}

std::optional<Integer> whole_number(std::string_view digits) {
  std::string plain;
  for (const char c : digits)
    if (c >= '0' && c <= '9') plain += c;
  if (plain.size() > kMostDigits) return std::nullopt;
  const auto first = plain.find_first_not_of('0');  // a leading zero would make it octal
  return first == std::string::npos ? Integer(0) : Integer(plain.substr(first));
}

Rational power_of_ten(int exponent) {
  const Integer power = boost::multiprecision::pow(Integer(10), static_cast<unsigned>(std::abs(exponent)));
  return exponent < 0 ? Rational(1, power) : Rational(power);
}

std::optional<Rational> ratio(std::string_view over, std::string_view under) {
  const auto top = whole_number(over), bottom = whole_number(under);
  if (!top || !bottom || *bottom == 0) return std::nullopt;
  return Rational(*top, *bottom);
}

/// Digits, decimals, power of ten, denominator and magnitude word.
std::optional<Rational> plain_value(const Match& match) {
  const std::string_view whole = group(match, kWhole);
  const std::string_view decimals = whole.empty() ? group(match, kBareDecimals) : group(match, kDecimals);
  const auto digits = whole_number(std::string(whole) + std::string(decimals));
  const std::string_view power = group(match, group(match, kExponent).empty() ? kPowerOfTen : kExponent);
  const int exponent = power.empty() ? 0 : std::stoi(std::string(power));
  if (!digits || std::abs(exponent) > kLargestExponent) return std::nullopt;
  Rational value = Rational(*digits) * power_of_ten(exponent - static_cast<int>(decimals.size()));
  if (const auto under = group(match, kDenominator); !under.empty()) {
    const auto divisor = ratio("1", under);
    if (!divisor) return std::nullopt;
    value *= *divisor;
  }
  if (const auto word = group(match, kMagnitude); !word.empty()) {
    const char initial = static_cast<char>(word[0] | 0x20);
    const bool thousand = initial == 't' && (word[1] | 0x20) == 'h';
    value *= power_of_ten(initial == 'h' ? 2 : thousand ? 3 : initial == 'm' ? 6 : initial == 'b' ? 9 : 12);
  }
  return value;
}

std::optional<Rational> value_of(const Match& match) {
  std::optional<Rational> value;
  if (!group(match, kFracOver).empty()) {
    value = ratio(group(match, kFracOver), group(match, kFracUnder));
  } else if (!group(match, kMixedWhole).empty()) {
    const auto whole = whole_number(group(match, kMixedWhole));
    value = ratio(group(match, kMixedOver), group(match, kMixedUnder));
    if (value && whole) *value += Rational(*whole);
  } else {
    value = plain_value(match);
  }
  const bool negative = !group(match, kSign).empty() || !group(match, kSignAfterCurrency).empty();
  if (value && negative) *value = -*value;
  return value;
}

/// The first number of `expression` (kNumber with something around it), from byte `from`; its end goes to `end`.
Result<std::optional<Reading>> read_number(const std::string& expression, std::string_view text, std::size_t& from) {
  BAKEOFF_TRY(const auto pattern, Pattern::cached(expression, {}));
  BAKEOFF_TRY(const auto found, pattern->find(text, from));
  if (!found) return std::optional<Reading>();
  from = found->end;
  return std::optional<Reading>(Reading{to_valid_utf8(found->text()), value_of(*found)});
}

Result<std::optional<Reading>> strict_number(std::string_view text) {
  std::size_t from = 0;
  return read_number(std::string(kMarker) + R"(\K)" + kNumber, text, from);
}

Result<std::optional<Reading>> last_number(std::string_view text) {
  std::optional<Reading> last;
  for (std::size_t from = 0;;) {
    BAKEOFF_TRY(auto next, read_number(kNumber, text, from));
    if (!next) return last;
    last = std::move(next);
  }
}

/// The value that `answer` states: a JSON number, a text that is one number, or a solution with a "####" line.
Result<Rational> expected_value(const Json& answer, const std::string& where) {
  const std::string text = answer.is_string() ? answer.get<std::string>() : dump(answer);
  std::optional<Reading> reading;
  if (answer.is_string() && text.find("####") != std::string::npos) {
    BAKEOFF_TRY(reading, strict_number(text));
  } else if (answer.is_string() || answer.is_number()) {
    std::size_t from = 0;
    BAKEOFF_TRY(reading, read_number(R"(\A\s*)" + std::string(kNumber) + R"((?=\s*%?\s*\z))", text, from));
  }
  if (reading && reading->value) return *reading->value;
  return input_error("expected a number, found " + dump(answer), where, "write 18, \"3/4\" or \"... #### 18\"");
}

Status check(const Json& reference, const std::string& where) {
  ObjectReader reader(reference, where);
  const Json answer = reader.required<Json>("answer");
  reader.in_range("tolerance", 0.0, 0.0, 1e300);
  BAKEOFF_CHECK(reader.finish());
  const auto value = expected_value(answer, where + ".answer");
  return value.ok() ? Status() : Status(value.error());
}

double is_right(const std::optional<Reading>& reading, const Rational& expected, const Rational& tolerance) {
  if (!reading || !reading->value) return 0;
  const Rational difference = *reading->value - expected;
  return (difference < 0 ? Rational(-difference) : difference) <= tolerance ? 1 : 0;
}

Result<Verdict> compare(std::string_view answer, const Json& reference) {
  BAKEOFF_TRY(const Rational expected, expected_value(reference.at("answer"), "answer"));
  const Rational tolerance(reference.value("tolerance", 0.0));
  BAKEOFF_TRY(const auto strict, strict_number(answer));
  BAKEOFF_TRY(const auto flexible, last_number(answer));
  const auto written = [](const std::optional<Reading>& reading) { return reading ? Json(reading->written) : Json(); };
  const double by_strict = is_right(strict, expected, tolerance), by_flexible = is_right(flexible, expected, tolerance);
  return Verdict::scored(
      by_flexible, {{"flexible", by_flexible}, {"strict", by_strict}},
      Json{{"expected", reference.at("answer")}, {"strict", written(strict)}, {"flexible", written(flexible)}});
}

Verdict judge(std::string_view answer, const Json& reference) {
  auto verdict = compare(answer, reference);
  return verdict.ok() ? std::move(*verdict) : Verdict::not_scored(verdict.error().line());
}

}  // namespace

extern const Judge kNumericJudge{"numeric", "1", "the number an answer ends in or marks as its result", check, judge};

}  // namespace bakeoff::judges
