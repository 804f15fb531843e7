// One function per instruction, and the table of them.
#include "judges/instructions.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "judges/characters.h"
#include "judges/english.h"
#include "judges/language.h"
#include "judges/rewrite.h"

namespace bakeoff::judges {

namespace {

/// The arguments of one instruction; null and absent are alike.
class Arguments {
 public:
  explicit Arguments(const Json& values) : values_(values) {}
  std::string text(const char* key) const { return values_.value(key, std::string()); }
  std::string trimmed_text(const char* key) const { return std::string(trimmed(text(key))); }
  std::int64_t number(const char* key) const { return values_.value(key, std::int64_t{0}); }
  std::vector<std::string> texts(const char* key) const { return values_.at(key).get<std::vector<std::string>>(); }
  /// `count` against the threshold under `key`, as the relation says.
  bool holds(std::size_t count, const char* key, const char* relation = "relation") const {
    const auto found = static_cast<std::int64_t>(count);
    return text(relation) == "less than" ? found < number(key) : found >= number(key);
  }

 private:
  const Json& values_;
};

using Verifier = Result<bool> (*)(std::string_view text, const Arguments& arguments);
constexpr PatternOptions kAnyCase{.ignore_case = true};

bool is_empty(std::string_view text) { return trimmed(text).empty(); }

Result<bool> keywords_exist(std::string_view text, const Arguments& arguments) {
  for (const std::string& keyword : arguments.texts("keywords")) {
    BAKEOFF_TRY(const bool found, has_match(text, keyword, kAnyCase));
    if (!found) return false;
  }
  return true;
}

Result<bool> keyword_frequency(std::string_view text, const Arguments& arguments) {
  BAKEOFF_TRY(const std::size_t count, count_matches(text, arguments.trimmed_text("keyword"), kAnyCase));
  return arguments.holds(count, "frequency");
}

Result<bool> forbidden_words(std::string_view text, const Arguments& arguments) {
  for (const std::string& word : arguments.texts("forbidden_words")) {
    BAKEOFF_TRY(const bool found, has_match(text, "\\b" + word + "\\b", kAnyCase));
    if (found) return false;
  }
  return true;
}

Result<bool> letter_frequency(std::string_view text, const Arguments& arguments) {
  const std::string lower = ascii_lower(text), letter = ascii_lower(arguments.trimmed_text("letter"));
  const auto count = static_cast<std::size_t>(std::count(lower.begin(), lower.end(), letter[0]));
  return arguments.holds(count, "let_frequency", "let_relation");
}

Result<bool> response_language(std::string_view text, const Arguments& arguments) {
  const auto language = language_of(text);
  return !language || language->code == arguments.text("language");
}

Result<bool> number_sentences(std::string_view text, const Arguments& arguments) {
  BAKEOFF_TRY(const std::size_t count, count_sentences(text));
  return arguments.holds(count, "num_sentences");
}

Result<bool> number_paragraphs(std::string_view text, const Arguments& arguments) {
  BAKEOFF_TRY(const auto paragraphs, split(text, R"(\s?\*\*\*\s?)"));
  std::size_t count = paragraphs.size();
  for (std::size_t i = 0; i < paragraphs.size(); ++i) {
    if (!is_empty(paragraphs[i])) continue;
    if (i != 0 && i + 1 != paragraphs.size()) return false;
    --count;
  }
  return static_cast<std::int64_t>(count) == arguments.number("num_paragraphs");
}

Result<bool> number_words(std::string_view text, const Arguments& arguments) {
  BAKEOFF_TRY(const std::size_t count, count_matches(text, R"(\w+)"));
  return arguments.holds(count, "num_words");
}

/// The first word without quotes before it, up to its first punctuation mark.
std::string first_word_of(std::string_view paragraph) {
  std::string_view word = trimmed(paragraph);
  word = word.substr(0, word.find_first_of(" \t\n\r\v\f"));
  word.remove_prefix(std::min(word.find_first_not_of('\''), word.size()));
  word.remove_prefix(std::min(word.find_first_not_of('"'), word.size()));
  return ascii_lower(word.substr(0, word.find_first_of(".,?!'\"")));
}

Result<bool> nth_paragraph_first_word(std::string_view text, const Arguments& arguments) {
  BAKEOFF_TRY(const auto paragraphs, split(text, "\n\n"));
  const auto count = static_cast<std::int64_t>(
      std::count_if(paragraphs.begin(), paragraphs.end(), [](std::string_view one) { return !is_empty(one); }));
  const std::int64_t nth = arguments.number("nth_paragraph");
  if (nth > count) return false;
  const std::string_view paragraph = paragraphs[static_cast<std::size_t>(nth - 1)];
  if (is_empty(paragraph)) return false;
  return count == arguments.number("num_paragraphs") &&
         first_word_of(paragraph) == ascii_lower(arguments.text("first_word"));
}

Result<bool> number_placeholders(std::string_view text, const Arguments& arguments) {
  BAKEOFF_TRY(const std::size_t count, count_matches(text, R"(\[.*?\])"));
  return static_cast<std::int64_t>(count) >= arguments.number("num_placeholders");
}

Result<bool> postscript(std::string_view text, const Arguments& arguments) {
  const std::string marker = arguments.trimmed_text("postscript_marker");
  std::string expression = "\\s*" + ascii_lower(marker) + ".*$";
  if (marker == "P.P.S") expression = R"(\s*p\.\s?p\.\s?s.*$)";
  if (marker == "P.S.") expression = R"(\s*p\.\s?s\..*$)";
  return has_match(ascii_lower(text), "(?m)" + expression);
}

Result<bool> number_bullet_lists(std::string_view text, const Arguments& arguments) {
  BAKEOFF_TRY(const std::size_t stars, count_matches(text, R"((?m)^\s*\*[^\*].*$)"));
  BAKEOFF_TRY(const std::size_t dashes, count_matches(text, R"((?m)^\s*-.*$)"));
  return static_cast<std::int64_t>(stars + dashes) == arguments.number("num_bullets");
}

Result<bool> constrained_response(std::string_view text, const Arguments&) {
  for (const char* option : {"My answer is yes.", "My answer is no.", "My answer is maybe."})
    if (text.find(option) != text.npos) return true;
  return false;
}

Result<bool> number_highlighted_sections(std::string_view text, const Arguments& arguments) {
  std::int64_t count = 0;
  BAKEOFF_TRY(const auto single, find_all(text, R"(\*[^\n\*]*\*)"));
  BAKEOFF_TRY(const auto twice, find_all(text, R"(\*\*[^\n\*]*\*\*)"));
  for (const Match& match : single) count += !is_empty(match.text().substr(1, match.text().size() - 2));
  for (const Match& match : twice) count += !is_empty(match.text().substr(2, match.text().size() - 4));
  return count >= arguments.number("num_highlights");
}

Result<bool> multiple_sections(std::string_view text, const Arguments& arguments) {
  const std::string expression = "\\s?" + arguments.trimmed_text("section_spliter") + "\\s?\\d+\\s?";
  BAKEOFF_TRY(const std::size_t count, count_matches(text, expression));
  return static_cast<std::int64_t>(count) >= arguments.number("num_sections");
}

Result<bool> json_format(std::string_view text, const Arguments&) {
  text = trimmed(text);
  for (const std::string_view start : {"```json", "```Json", "```JSON", "```"})
    if (text.starts_with(start)) text.remove_prefix(start.size());
  if (text.ends_with("```")) text.remove_suffix(3);
  return Json::accept(trimmed(text));
}

Result<bool> title(std::string_view text, const Arguments&) {
  BAKEOFF_TRY(const auto titles, find_all(text, R"(<<[^\n]+>>)"));
  return std::any_of(titles.begin(), titles.end(), [](const Match& match) {
    std::string_view inside = match.text();
    inside.remove_prefix(std::min(inside.find_first_not_of('<'), inside.size()));
    return !is_empty(inside.substr(0, inside.find_last_not_of('>') + 1));
  });
}

Result<bool> two_responses(std::string_view text, const Arguments&) {
  BAKEOFF_TRY(const auto parts, split(text, R"(\*{6})"));
  std::vector<std::string_view> responses;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!is_empty(parts[i]))
      responses.push_back(trimmed(parts[i]));
    else if (i != 0 && i + 1 != parts.size())
      return false;
  }
  return responses.size() == 2 && responses[0] != responses[1];
}

Result<bool> repeat_prompt(std::string_view text, const Arguments& arguments) {
  return ascii_lower(trimmed(text)).starts_with(ascii_lower(arguments.trimmed_text("prompt_to_repeat")));
}

Result<bool> end_checker(std::string_view text, const Arguments& arguments) {
  text = trimmed(text);
  while (text.starts_with('"')) text.remove_prefix(1);
  while (text.ends_with('"')) text.remove_suffix(1);
  return ascii_lower(text).ends_with(ascii_lower(arguments.trimmed_text("end_phrase")));
}

Result<bool> quotation(std::string_view text, const Arguments&) {
  text = trimmed(text);
  return text.size() > 1 && text.front() == '"' && text.back() == '"';
}

Result<bool> capital_word_frequency(std::string_view text, const Arguments& arguments) {
  BAKEOFF_TRY(const std::size_t count, count_capital_words(text));
  return arguments.holds(count, "capital_frequency", "capital_relation");
}

bool may_be_english(std::string_view text) {
  const auto language = language_of(text);
  return !language || language->code == "en";
}
Result<bool> english_capital(std::string_view text, const Arguments&) {
  return all_capitals(text) && may_be_english(text);
}
Result<bool> english_lowercase(std::string_view text, const Arguments&) {
  return all_lower_case(text) && may_be_english(text);
}

Result<bool> no_comma(std::string_view text, const Arguments&) { return text.find(',') == text.npos; }

/// What an argument must be.
enum class Kind { number, text, texts, relation, letter, language };
struct Argument {
  const char* key = nullptr;
  Kind kind = Kind::text;
};

struct Instruction {
  const char* id;
  Verifier follows;
  std::array<Argument, 3> arguments{};
};

constexpr std::array kInstructions{
    Instruction{"keywords:existence", keywords_exist, {{{"keywords", Kind::texts}}}},
    Instruction{"keywords:frequency",
                keyword_frequency,
                {{{"keyword", Kind::text}, {"frequency", Kind::number}, {"relation", Kind::relation}}}},
    Instruction{"keywords:forbidden_words", forbidden_words, {{{"forbidden_words", Kind::texts}}}},
    Instruction{"keywords:letter_frequency",
                letter_frequency,
                {{{"letter", Kind::letter}, {"let_frequency", Kind::number}, {"let_relation", Kind::relation}}}},
    Instruction{"language:response_language", response_language, {{{"language", Kind::language}}}},
    Instruction{"length_constraints:number_sentences",
                number_sentences,
                {{{"num_sentences", Kind::number}, {"relation", Kind::relation}}}},
    Instruction{"length_constraints:number_paragraphs", number_paragraphs, {{{"num_paragraphs", Kind::number}}}},
    Instruction{
        "length_constraints:number_words", number_words, {{{"num_words", Kind::number}, {"relation", Kind::relation}}}},
    Instruction{"length_constraints:nth_paragraph_first_word",
                nth_paragraph_first_word,
                {{{"num_paragraphs", Kind::number}, {"nth_paragraph", Kind::number}, {"first_word", Kind::text}}}},
    Instruction{"detectable_content:number_placeholders", number_placeholders, {{{"num_placeholders", Kind::number}}}},
    Instruction{"detectable_content:postscript", postscript, {{{"postscript_marker", Kind::text}}}},
    Instruction{"detectable_format:number_bullet_lists", number_bullet_lists, {{{"num_bullets", Kind::number}}}},
    Instruction{"detectable_format:constrained_response", constrained_response},
    Instruction{"detectable_format:number_highlighted_sections",
                number_highlighted_sections,
                {{{"num_highlights", Kind::number}}}},
    Instruction{"detectable_format:multiple_sections",
                multiple_sections,
                {{{"section_spliter", Kind::text}, {"num_sections", Kind::number}}}},
    Instruction{"detectable_format:json_format", json_format},
    Instruction{"detectable_format:title", title},
    Instruction{"combination:two_responses", two_responses},
    Instruction{"combination:repeat_prompt", repeat_prompt, {{{"prompt_to_repeat", Kind::text}}}},
    Instruction{"startend:end_checker", end_checker, {{{"end_phrase", Kind::text}}}},
    Instruction{"startend:quotation", quotation},
    Instruction{"change_case:capital_word_frequency",
                capital_word_frequency,
                {{{"capital_frequency", Kind::number}, {"capital_relation", Kind::relation}}}},
    Instruction{"change_case:english_capital", english_capital},
    Instruction{"change_case:english_lowercase", english_lowercase},
    Instruction{"punctuation:no_comma", no_comma},
};

const Instruction* find_instruction(const std::string& id) {
  const auto found =
      std::find_if(kInstructions.begin(), kInstructions.end(), [&](const Instruction& one) { return id == one.id; });
  return found == kInstructions.end() ? nullptr : &*found;
}

bool is_filled_text(const Json& value) { return value.is_string() && !is_empty(value.get<std::string>()); }

bool has_kind(const Json& value, Kind kind) {
  switch (kind) {
    case Kind::number:
      return value.is_number() && value >= 0 && value <= 1'000'000;
    case Kind::texts:
      return value.is_array() && !value.empty() && std::all_of(value.begin(), value.end(), is_filled_text);
    case Kind::relation:
      return value == "less than" || value == "at least";
    case Kind::letter:
      return is_filled_text(value) && trimmed(value.get_ref<const std::string&>()).size() == 1;
    case Kind::language:
    case Kind::text:
      break;
  }
  return is_filled_text(value);
}

}  // namespace

Status check_instruction(const std::string& id, const Json& arguments, const std::string& where) {
  const Instruction* instruction = find_instruction(id);
  if (!instruction) return input_error("no instruction is called \"" + id + "\"", where, "IFEval has 25 of them");
  if (!arguments.is_object()) return input_error("expected the arguments of \"" + id + "\" as an object", where);
  for (const Argument& argument : instruction->arguments) {
    if (!argument.key) continue;
    if (!arguments.contains(argument.key) || !has_kind(arguments[argument.key], argument.kind))
      return input_error("\"" + id + "\" needs a usable \"" + argument.key + "\", found " + dump(arguments), where);
  }
  if (arguments.contains("nth_paragraph") && arguments["nth_paragraph"] == 0)
    return input_error("paragraphs are counted from 1", where + ".nth_paragraph");
  return {};
}

Result<bool> follows_instruction(std::string_view text, const std::string& id, const Json& arguments) {
  const Instruction* instruction = find_instruction(id);
  if (!instruction) return internal_error("no instruction is called \"" + id + "\"");
  return instruction->follows(text, Arguments(arguments));
}

}  // namespace bakeoff::judges
