// Judge `tone`: how negative or positive the answer's words are, in [0, 1], by VADER (sentiment.h).
//
// Reference: {"measure": M}. `negative` and `positive` are the shares of the text that are so; `unkind` is
// (1 - compound) / 2: 0 where all is praise, 0.5 where nothing is said, 1 where all is abuse. These are the three that
// the published persona prompts are scored with (likenneth/persona_drift, hundred_system_prompts.py).
//
// Worked example: "The book was good." has positive 0.492, negative 0 and compound 0.4404, so that unkind is 0.2798.
// It knows English alone, and words, not what they are about: "a sad film, well made" is sad.
#include "judges/judge.h"
#include "judges/sentiment.h"

namespace bakeoff::judges {

namespace {

Status check(const Json& reference, const std::string& where) {
  ObjectReader reader(reference, where);
  const std::string measure = reader.one_of("measure", "", {"negative", "positive", "unkind"});
  BAKEOFF_CHECK(reader.finish());
  if (measure.empty())
    return input_error("nothing to measure", where + ".measure", "give negative, positive or unkind");
  return {};
}

Verdict judge(std::string_view answer, const Json& reference) {
  const auto tone = sentiment_of(answer);
  if (!tone.ok()) return Verdict::not_scored(tone.error().line());
  const auto& measure = reference.at("measure").get_ref<const std::string&>();
  const double score = measure == "negative"   ? tone->negative
                       : measure == "positive" ? tone->positive
                                               : (1 - tone->compound) / 2;
  return Verdict::scored(score, {{"tone", score}},
                         {{"negative", tone->negative}, {"positive", tone->positive}, {"compound", tone->compound}});
}

}  // namespace

extern const Judge kToneJudge{"tone", "1", "how negative or positive the answer's words are", check, judge};

}  // namespace bakeoff::judges
