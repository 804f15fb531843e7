// Sentence ends and word splits of english.h.
#include "judges/english.h"

#include <algorithm>
#include <array>
#include <set>

#include "judges/characters.h"
#include "judges/rewrite.h"

namespace bakeoff::judges {

namespace {

/// Without their last period. Single letters and letters joined by periods ("p.m", "u.s") are known by their form.
/// Titles, months, states and companies; which of them matter was checked against the abbreviations of NLTK's English
/// Punkt model (nltk_data, tokenizers/punkt).
const std::set<std::string_view>& abbreviations() {
  static const std::set<std::string_view> kWords{
      "mr",  "mrs",  "ms",  "messrs", "dr",   "prof", "sr",  "jr",   "st",   "rep",  "reps", "sen",  "gen",  "col",
      "lt",  "maj",  "adm", "jan",    "feb",  "aug",  "sep", "sept", "oct",  "nov",  "dec",  "tues", "wed",  "fri",
      "ala", "ariz", "ark", "cal",    "colo", "conn", "fla", "ga",   "ill",  "kan",  "ky",   "mich", "minn", "miss",
      "nev", "okla", "ore", "pa",     "tenn", "va",   "vt",  "wash", "wis",  "w.va", "co",   "cos",  "corp", "inc",
      "ltd", "bros", "cie", "vs",     "ave",  "ft",   "mg",  "yr",   "ph.d", "ct",   "calif"};
  return kWords;
}

/// Words that begin a sentence when they stand with a capital after an abbreviation.
const std::set<std::string_view>& openers() {
  static const std::set<std::string_view> kWords{
      "a",   "an",   "the",   "this", "that",  "these", "those",   "it",       "he",     "she",  "they",
      "we",  "you",  "i",     "my",   "our",   "your",  "their",   "his",      "her",    "its",  "in",
      "on",  "at",   "but",   "and",  "so",    "or",    "if",      "when",     "while",  "as",   "after",
      "for", "from", "with",  "then", "there", "here",  "however", "although", "since",  "what", "who",
      "why", "how",  "where", "also", "to",    "once",  "please",  "because",  "during", "by",   "no",
      "yes", "not",  "let",   "both", "each",  "every"};
  return kWords;
}

enum class First { small, capital, other };
First first_of(std::string_view token) {
  const std::u32string characters = characters_of(token.substr(0, 4));
  if (characters.empty()) return First::other;
  if (is_capital(characters[0])) return First::capital;
  return all_lower_case(token.substr(0, characters[0] < 0x80 ? 1 : 2)) ? First::small : First::other;
}

/// "a", "p.m", "u.s.a"; not "e.g" and "i.e", which Punkt's newspaper text did not teach it.
bool is_letters_with_periods(std::string_view word) {
  if (word.size() % 2 == 0 || word == "e.g" || word == "i.e") return false;
  for (std::size_t i = 0; i < word.size(); ++i)
    if (i % 2 == 0 ? word[i] < 'a' || word[i] > 'z' : word[i] != '.') return false;
  return true;
}

bool is_abbreviation(std::string_view word) {
  if (abbreviations().contains(word) || is_letters_with_periods(word)) return true;
  const std::size_t hyphen = word.rfind('-');
  return hyphen != word.npos && is_abbreviation(word.substr(hyphen + 1));
}

/// Does the period that ends `token` end a sentence, when `next` follows?
bool period_ends(std::string_view token, std::string_view next) {
  if (token.ends_with("..")) {
    const std::string word = ascii_lower(next);
    return first_of(next) == First::capital && openers().contains(word);
  }
  const std::string word = ascii_lower(token.substr(0, token.size() - 1));
  if (word.empty()) return true;  // a period alone
  const bool is_number = word.find_first_not_of("0123456789.,-") == word.npos;
  if (is_number) return first_of(next) != First::small;
  if (!is_abbreviation(word)) return true;
  return first_of(next) == First::capital && openers().contains(ascii_lower(next));
}

/// The end of a word as Punkt splits words: the last piece of `word` before its period, "(U.S" giving "U.S".
std::string_view last_piece(std::string_view word) {
  const std::size_t at = word.find_last_of("()\"`{}[]:;&#*@,?!'");
  return at == word.npos ? word : word.substr(at + 1);
}

/// A place where a sentence may end: the white-space-delimited word before, the sign, and what follows.
struct Candidate {
  std::string_view word;  ///< up to and with the sign
  std::string_view next;  ///< the next word or the punctuation mark
  std::size_t resume;     ///< where the next sentence would begin
};

bool ends_sentence(const Candidate& candidate) {
  if (candidate.word.find_first_of("?!") != candidate.word.npos) return true;
  std::string_view piece = last_piece(candidate.word);
  if (const std::size_t dots = piece.find(".."); dots != piece.npos) piece.remove_prefix(dots);
  const std::size_t mark = candidate.next.find_first_of("()\"`{}[]:;*@,?!'", 1);
  std::string_view next = candidate.next.substr(0, mark);
  if (next.size() > 1 && next.ends_with('.')) next.remove_suffix(1);
  return period_ends(piece, next);
}

Result<std::vector<Candidate>> candidates_of(std::string_view text) {
  static constexpr const char* kSign = R"re([.?!](?=([)";}\]*:@'({\[?!])|\s+(\S+)))re";
  BAKEOFF_TRY(const auto signs, find_all(text, kSign));
  std::vector<Candidate> candidates;
  std::size_t word_begin = 0, last_end = 0;
  for (const Match& sign : signs) {
    const std::size_t space = text.substr(0, sign.begin).find_last_of(" \t\n\r\v\f");
    const bool same_word = last_end > 0 && (space == text.npos || space < last_end);
    if (same_word && !candidates.empty()) candidates.pop_back();
    if (!same_word) word_begin = space == text.npos ? 0 : space + 1;
    last_end = sign.end;
    const bool by_mark = sign.groups.size() > 1 && sign.groups[1].has_value();
    const std::string_view next = by_mark ? *sign.groups[1] : sign.groups[2].value_or(std::string_view{});
    const std::size_t resume = by_mark ? sign.end : static_cast<std::size_t>(next.data() - text.data());
    candidates.push_back({text.substr(word_begin, sign.end - word_begin), next, resume});
  }
  return candidates;
}

/// True where something is left once the closing quotes and brackets go to the sentence before.
Result<bool> has_content(std::string_view sentence) {
  static constexpr const char* kClosing = R"((?m)\A["')\]}]+?(?:\s+|(?=--)|$))";
  BAKEOFF_TRY(const auto rest, replace_all(sentence, kClosing, ""));
  return !rest.empty();
}

}  // namespace

Result<std::size_t> count_sentences(std::string_view text) {
  while (!text.empty() && trimmed(text).end() != text.end()) text.remove_suffix(1);
  BAKEOFF_TRY(const auto candidates, candidates_of(text));
  std::size_t count = 0, begin = 0;
  const auto close = [&](std::size_t end) -> Status {
    BAKEOFF_TRY(const bool content, has_content(text.substr(begin, end - begin)));
    count += content;
    return {};
  };
  for (const Candidate& candidate : candidates) {
    if (!ends_sentence(candidate)) continue;
    BAKEOFF_CHECK(close(static_cast<std::size_t>(candidate.word.end() - text.begin())));
    begin = candidate.resume;
  }
  BAKEOFF_CHECK(close(text.size()));
  return count;
}

Result<std::size_t> count_capital_words(std::string_view text) {
  struct Rule {
    const char* expression;
    const char* replacement;
  };
  // The rules of NLTK's tokenize/destructive.py that part words, in their order; those that only rename quotes are not
  // needed for counting.
  static constexpr std::array kRules{
      Rule{R"([«“‘„]|`+)", R"( \0 )"},
      Rule{R"((?i)(?<!\w)'(?!(?:re|ve|ll|m|t|s|d|n)\b)(?=\w))", R"(\0 )"},
      Rule{R"([:,](?=\D))", R"( \0 )"},
      Rule{R"(\.{2,}|[;@#$%&?!*"»”’]|[\]\[(){}<>]|--|'')", R"( \0 )"},
      Rule{R"(([^.])\.(?=[\]\)}>"']*\s*\z))", R"(\1 . )"},
      Rule{R"((?<=[^' ])('[sSmMdD]|')(?=\s))", R"( \1)"},
      Rule{R"((?<=[^' ])('ll|'LL|'re|'RE|'ve|'VE|n't|N'T)(?=\s))", R"( \1)"},
      Rule{R"((?i)\b(can)(not)\b|\b(gim|lem)(me)\b|\b(gon|wan)(na)\b|\b(got)(ta)\b)", R"(\1\3\5\7 \2\4\6\8)"},
  };
  std::string words = std::string(text) + " ";
  for (const Rule& rule : kRules) {
    BAKEOFF_TRY(words, replace_all(words, rule.expression, rule.replacement));
  }
  BAKEOFF_TRY(const auto found, find_all(words, R"(\S+)"));
  return static_cast<std::size_t>(
      std::count_if(found.begin(), found.end(), [](const Match& word) { return all_capitals(word.text()); }));
}

}  // namespace bakeoff::judges
