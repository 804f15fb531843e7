// Judge `regex`: a Perl-compatible regular expression matches somewhere in the answer.
//
// Reference: {"pattern": "(?i)arrr"}; with "absent": true the answer is right when nothing matches.
// A pattern that exceeds the limits of pattern.h leaves the answer unscored: nobody knows whether it matches.
#include "judges/judge.h"
#include "judges/pattern.h"

namespace bakeoff::judges {

namespace {

Status check(const Json& reference, const std::string& where) {
  ObjectReader reader(reference, where);
  const auto expression = reader.required<std::string>("pattern");
  reader.optional("absent", false);
  BAKEOFF_CHECK(reader.finish());
  if (expression.empty()) return input_error("the pattern is empty", where + ".pattern", "it would match everything");
  const auto pattern = Pattern::cached(expression, {});
  if (!pattern.ok()) return input_error(pattern.error().what, where + ".pattern", pattern.error().hint);
  return {};
}

Verdict judge(std::string_view answer, const Json& reference) {
  const auto pattern = Pattern::cached(reference.at("pattern").get<std::string>(), {});
  if (!pattern.ok()) return Verdict::not_scored(pattern.error().line());
  const auto found = (*pattern)->find(answer);
  if (!found.ok()) return Verdict::not_scored(found.error().line());
  const bool wanted = !reference.value("absent", false);
  const double score = found->has_value() == wanted ? 1 : 0;
  Json evidence{{"matched", nullptr}};
  if (*found) evidence = {{"matched", to_valid_utf8((*found)->text())}, {"at_byte", (*found)->begin}};
  return Verdict::scored(score, {{"regex", score}}, evidence);
}

}  // namespace

extern const Judge kRegexJudge{"regex", "1", "a regular expression matches in the answer", check, judge};

}  // namespace bakeoff::judges
