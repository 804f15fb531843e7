// Judge `contains`: accepted phrases stand somewhere in the answer.
//
// Reference: any of {"any": ["Rome", "Roma"], "all": ["six", "eight"], "none": ["Paris"]} (each one string or a list),
// with "case_sensitive": false and "whole_words": true. Right when at least one of `any`, each of `all` and none of
// `none` is found. The evidence lists what was found, what was missing and what was forbidden.
// It does not understand: "It is not Rome" contains Rome.
#include "judges/judge.h"
#include "judges/phrase.h"

namespace bakeoff::judges {

namespace {

struct Search {
  std::string_view text;
  PhraseOptions options;
  Json found = Json::array(), missing = Json::array();

  /// How many of the phrases of reference[key] the text contains.
  Result<std::size_t> count(const Json& reference, const char* key) {
    std::size_t hits = 0;
    BAKEOFF_TRY(const auto phrases, phrases_from_json(reference.at(key), key));
    for (const std::string& phrase : phrases) {
      BAKEOFF_TRY(const auto hit, find_phrase(text, phrase, options));
      (hit ? found : missing).push_back(phrase);
      hits += hit.has_value();
    }
    return hits;
  }
};

Result<Verdict> search(std::string_view answer, const Json& reference) {
  PhraseOptions options;
  if (reference.value("case_sensitive", false)) options.letters = Case::keep;
  options.whole_words = reference.value("whole_words", true);
  Search wanted{answer, options}, forbidden{answer, options};
  bool right = true;
  if (reference.contains("any")) {
    BAKEOFF_TRY(const std::size_t hits, wanted.count(reference, "any"));
    right = hits > 0;
  }
  if (reference.contains("all")) {
    const std::size_t missing_before = wanted.missing.size();
    BAKEOFF_TRY([[maybe_unused]] const std::size_t hits, wanted.count(reference, "all"));
    right = right && wanted.missing.size() == missing_before;
  }
  if (reference.contains("none")) {
    BAKEOFF_TRY(const std::size_t hits, forbidden.count(reference, "none"));
    right = right && hits == 0;
  }
  Json evidence{{"found", wanted.found}};
  if (!right) evidence["missing"] = wanted.missing;
  if (!forbidden.found.empty()) evidence["forbidden"] = forbidden.found;
  return Verdict::scored(right ? 1 : 0, {{"contains", right ? 1.0 : 0.0}}, evidence);
}

Status check(const Json& reference, const std::string& where) {
  ObjectReader reader(reference, where);
  const std::vector<const char*> keys{"any", "all", "none"};
  std::vector<const char*> given;
  for (const char* key : keys)
    if (reader.has(key)) given.push_back(key);
  for (const char* key : given) reader.raw(key);
  reader.optional("case_sensitive", false);
  reader.optional("whole_words", true);
  BAKEOFF_CHECK(reader.finish());
  if (given.empty()) return input_error("nothing to look for", where, "give \"any\", \"all\" or \"none\"");
  for (const char* key : given)
    if (const auto phrases = phrases_from_json(reference.at(key), where + "." + key); !phrases.ok())
      return phrases.error();
  return {};
}

Verdict judge(std::string_view answer, const Json& reference) {
  auto verdict = search(answer, reference);
  return verdict.ok() ? std::move(*verdict) : Verdict::not_scored(verdict.error().line());
}

}  // namespace

extern const Judge kContainsJudge{"contains", "1", "accepted phrases stand in the answer", check, judge};

}  // namespace bakeoff::judges
