// See tokenizer_split.h.
#include "baker/text/tokenizer_split.h"

#include <algorithm>

#include "baker/text/unicode.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace bakeoff::baker {

const char* const kWordCharacters = R"(\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\x{200c}\x{200d})";

namespace {

/// What Oniguruma's \w holds: no joiners, and Latin-1's superscript digits and fractions.
constexpr const char* kOnigurumaWord = R"(\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\x{b2}\x{b3}\x{b9}\x{bc}-\x{be})";
constexpr const char* kWhiteSpace =
    R"(\x{9}-\x{d}\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";

std::string pcre2_message(int number) {
  unsigned char text[256];
  pcre2_get_error_message(number, text, sizeof text);
  return reinterpret_cast<const char*>(text);
}

/// The patterns of tokenizer files are Oniguruma's. PCRE2's \s also holds U+180E, which is no white space since
/// Unicode 6.3, and its \w leaves marks out: both are written out.
Result<std::string> with_classes_written_out(const std::string& pattern, const std::string& where) {
  std::string result;
  bool in_class = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c != '\\' || i + 1 == pattern.size()) {
      if (c == '[') in_class = true;
      if (c == ']') in_class = false;
      result += c;
      continue;
    }
    const char escaped = pattern[++i];
    const bool negated = escaped == 'S' || escaped == 'W';
    const bool written_out = negated || escaped == 's' || escaped == 'w';
    if (negated && in_class)
      return input_error(std::string("\\") + escaped + " inside a class is not supported", where,
                         "rewrite the pattern");
    const char* characters = escaped == 's' || escaped == 'S' ? kWhiteSpace : kOnigurumaWord;
    if (written_out && in_class)
      result += characters;
    else if (written_out)
      result += std::string(negated ? "[^" : "[") + characters + "]";
    else
      result += std::string{c, escaped};
  }
  return result;
}

std::string quoted(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\' || std::string_view("^$.[]|()?*+{}").find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

using MatchData = std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)>;

/// Joins the parts that the behaviour keeps together. The parts lie one after another in one text.
class Joiner {
 public:
  explicit Joiner(const SplitStep& step) : step_(step) {}

  void take(const SplitPattern::Part& part) {
    const bool matched = part.matched != step_.invert;
    if (matched && step_.behavior == SplitBehavior::removed) {
      joinable_ = false;
      return;
    }
    if (joinable_ && joins(matched))
      words.back() = {words.back().data(), words.back().size() + part.text.size()};
    else
      words.push_back(part.text);
    joinable_ = true;
    last_matched_ = matched;
  }

  std::vector<std::string_view> words;  ///< some may be empty

 private:
  bool joins(bool matched) const {
    switch (step_.behavior) {
      case SplitBehavior::contiguous:
        return matched == last_matched_;
      case SplitBehavior::merged_with_previous:
        return matched && !last_matched_;
      case SplitBehavior::merged_with_next:
        return !matched && last_matched_;
      case SplitBehavior::isolated:
      case SplitBehavior::removed:
        break;
    }
    return false;
  }
  const SplitStep& step_;
  bool joinable_ = false, last_matched_ = false;
};

/// The piece with its spaces replaced and the step's prefix in front.
std::string_view rewritten(const SplitStep& step, Piece piece, std::deque<std::string>& own) {
  std::string_view text = piece.text;
  if (!step.for_spaces.empty() && text.find(' ') != text.npos)
    text = own.emplace_back(replace_all(text, " ", step.for_spaces));
  const bool in_scope =
      step.scope == PrefixScope::every_piece || (step.scope == PrefixScope::start_of_text && piece.at_start);
  if (in_scope && !text.starts_with(step.prefix)) text = own.emplace_back(step.prefix + std::string(text));
  return text;
}

Status apply(const SplitStep& step, Piece piece, std::vector<Piece>& words, std::deque<std::string>& own) {
  const std::string_view text = rewritten(step, piece, own);
  if (!step.pattern) {
    words.push_back({text, piece.at_start});
    return {};
  }
  std::vector<SplitPattern::Part> parts;
  BAKEOFF_CHECK(step.pattern->split(text, parts));
  Joiner joiner(step);
  for (const SplitPattern::Part& part : parts) joiner.take(part);
  for (const std::string_view word : joiner.words)
    if (!word.empty()) words.push_back({word, piece.at_start && word.data() == text.data()});
  return {};
}

}  // namespace

Result<SplitPattern> SplitPattern::compile(const std::string& pattern, const std::string& where) {
  BAKEOFF_TRY(const std::string written, with_classes_written_out(pattern, where));
  int number = 0;
  PCRE2_SIZE offset = 0;
  pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(written.data()), written.size(),
                                   PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &number, &offset, nullptr);
  if (!code) return input_error("pattern can not be compiled: " + pcre2_message(number), where, "use PCRE2's syntax");
  pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);  // without a JIT on this machine the interpreter gives the same matches
  SplitPattern result;
  result.code_ = std::shared_ptr<const void>(
      code, [](const void* p) { pcre2_code_free(static_cast<pcre2_code*>(const_cast<void*>(p))); });
  return result;
}

Result<SplitPattern> SplitPattern::literal(const std::string& text, const std::string& where) {
  return compile(quoted(text), where);
}

Status SplitPattern::split(std::string_view text, std::vector<Part>& parts) const {
  const auto* code = static_cast<const pcre2_code*>(code_.get());
  const MatchData match(pcre2_match_data_create_from_pattern(code, nullptr), pcre2_match_data_free);
  if (!match) return infrastructure_error("no memory for matching a pattern");
  const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
  std::size_t done = 0;  // all before it is in parts
  for (std::size_t from = 0; from < text.size();) {
    // The text is known to be well-formed; checking it again at every word would be quadratic.
    const int found = pcre2_match(code, subject, text.size(), from, PCRE2_NO_UTF_CHECK, match.get(), nullptr);
    if (found == PCRE2_ERROR_NOMATCH) break;
    if (found < 0)
      return input_error("splitting text into words failed: " + pcre2_message(found), "", "shorten the text");
    const PCRE2_SIZE* range = pcre2_get_ovector_pointer(match.get());
    if (range[0] < done || range[1] < range[0]) return input_error("a split pattern matches outside its text");
    const bool empty = range[0] == range[1];
    if (empty && range[0] == done) {  // an empty match right behind the last match is none
      from += utf8_length(text[from]);
      continue;
    }
    if (range[0] > done) parts.push_back({text.substr(done, range[0] - done), false});
    parts.push_back({text.substr(range[0], range[1] - range[0]), true});
    done = from = range[1];
  }
  if (done < text.size()) parts.push_back({text.substr(done), false});
  return {};
}

Result<std::string> SplitPattern::replace(std::string_view text, std::string_view to) const {
  std::vector<Part> parts;
  BAKEOFF_CHECK(split(text, parts));
  std::string result;
  for (const Part& part : parts) result += part.matched ? to : part.text;
  return result;
}

Status PreTokenizer::split(Piece whole, std::vector<Piece>& words, std::deque<std::string>& own) const {
  words.assign(1, whole);
  for (const SplitStep& step : steps) {
    std::vector<Piece> next;
    next.reserve(words.size());
    for (const Piece piece : words) BAKEOFF_CHECK(apply(step, piece, next, own));
    words = std::move(next);
  }
  return {};
}

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  std::string result;
  std::size_t done = 0;
  for (std::size_t at; (at = text.find(from, done)) != text.npos; done = at + from.size()) {
    result.append(text.substr(done, at - done));
    result += to;
  }
  return result.append(text.substr(done));
}

}  // namespace bakeoff::baker
