// Judges by name; see judge_spec.h.
#include "suites/judge_spec.h"

#include <algorithm>
#include <cctype>

namespace bakeoff::suites {

namespace {

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : dump(value); }

/// What a pattern of letters asks for: "arrr" for "(?i)\\barrr"; empty where it has more than letters.
std::string letters_of(std::string_view pattern) {
  for (const std::string_view opening : {"(?i)", "\\b"})
    if (pattern.starts_with(opening)) pattern.remove_prefix(opening.size());
  if (pattern.ends_with("\\b")) pattern.remove_suffix(2);
  const bool is_plain = std::ranges::all_of(pattern, [](unsigned char c) { return std::isalpha(c) || c == ' '; });
  return is_plain ? std::string(pattern) : "";
}

}  // namespace

Status check_judge_spec(const Json& spec, const std::string& where) {
  if (!spec.is_object() || !spec.contains("judge") || !spec["judge"].is_string())
    return input_error("expected {\"judge\": NAME, ...}, found " + dump(spec), where);
  const auto judge = judges::find_judge(spec["judge"].get<std::string>());
  if (!judge.ok()) return input_error(judge.error().what, where + ".judge", judge.error().hint);
  Json reference = spec;
  reference.erase("judge");
  return (*judge)->check(reference, where);
}

Verdict apply_judge(const Json& spec, std::string_view answer) {
  const auto judge = judges::find_judge(spec.at("judge").get<std::string>());
  return judge.ok() ? (*judge)->judge(answer, spec) : Verdict::not_scored(judge.error().line());
}

std::string passing_answer(const Json& value) {
  if (!value.is_structured()) return "";
  if (value.is_object() && value.contains("judge")) {
    for (const char* key : {"answer", "any"})
      if (value.contains(key)) return text_of(value[key].is_array() ? value[key].front() : value[key]);
    if (value["judge"] == "regex" && !value.value("absent", false)) return letters_of(value.value("pattern", ""));
    if (value.contains("all") && value["all"].is_array()) {
      std::string joined;
      for (const Json& phrase : value["all"]) joined += (joined.empty() ? "" : " ") + text_of(phrase);
      return joined;
    }
  }
  for (const Json& part : value)
    if (std::string answer = passing_answer(part); !answer.empty()) return answer;
  return "";
}

void add_judge_versions(const Json& value, Json& versions) {
  if (!value.is_structured()) return;
  if (value.is_object() && value.contains("judge") && value["judge"].is_string())
    if (const auto judge = judges::find_judge(value["judge"].get<std::string>()); judge.ok())
      versions[(*judge)->name] = (*judge)->version;
  for (const Json& part : value) add_judge_versions(part, versions);
}

}  // namespace bakeoff::suites
