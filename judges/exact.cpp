// Judge `exact`: the whole answer is one of the accepted ones.
//
// Reference: {"answer": "Paris"} or {"answer": ["Paris", "paree"], "case_sensitive": false}
// Metrics: `normalised` (primary): equal after folding case and white space and dropping what surrounds an answer
// (quotes, brackets, emphasis marks, full stop); `strict`: equal but for white space at the ends.
// Differs from SQuAD's normalisation (Rajpurkar et al. 2016, arXiv:1606.05250): articles and inner punctuation stay,
// so that "The Who" and "Who", or "1.5" and "15", are not taken for each other.
#include "judges/judge.h"
#include "judges/phrase.h"

namespace bakeoff::judges {

namespace {

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

Status check(const Json& reference, const std::string& where) {
  ObjectReader reader(reference, where);
  const Json answers = reader.required<Json>("answer");
  reader.optional("case_sensitive", false);
  BAKEOFF_CHECK(reader.finish());
  const auto phrases = phrases_from_json(answers, where + ".answer");
  return phrases.ok() ? Status() : Status(phrases.error());
}

Verdict judge(std::string_view answer, const Json& reference) {
  const auto phrases = phrases_from_json(reference.at("answer"), "answer");
  if (!phrases.ok()) return Verdict::not_scored(phrases.error().line());
  const Case letters = reference.value("case_sensitive", false) ? Case::keep : Case::fold;
  bool strict = false;
  Json accepted;
  for (const std::string& phrase : *phrases) {
    strict = strict || trimmed(answer) == trimmed(phrase);
    const auto equal = is_phrase(answer, phrase, letters);
    if (!equal.ok()) return Verdict::not_scored(equal.error().line());
    if (*equal && accepted.is_null()) accepted = phrase;
  }
  const double normalised = accepted.is_null() ? 0 : 1;
  return Verdict::scored(normalised, {{"normalised", normalised}, {"strict", strict ? 1.0 : 0.0}},
                         Json{{"accepted", accepted}});
}

}  // namespace

extern const Judge kExactJudge{"exact", "1", "the whole answer is one of the accepted ones", check, judge};

}  // namespace bakeoff::judges
