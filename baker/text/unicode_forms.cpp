// Decomposition, canonical ordering, canonical composition (The Unicode Standard 15, section 3.11; Hangul syllables by
// arithmetic, section 3.12).
#include "baker/text/unicode_forms.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "baker/text/unicode.h"

namespace bakeoff::baker {
namespace {

struct Triple {
  char32_t a, b, c;
};

#include "baker/text/unicode_forms.inc"

constexpr char32_t kSyllables = 0xac00, kLead = 0x1100, kVowel = 0x1161, kTail = 0x11a7;
constexpr char32_t kLeads = 19, kVowels = 21, kTails = 28, kSyllableCount = kLeads * kVowels * kTails;
/// All text below it is in form C, and in every form, already.
constexpr char32_t kFirstToCompose = 0x300, kFirstToDecompose = 0xa0;

/// A character with its canonical combining class.
struct Mark {
  char32_t code;
  unsigned order;
};

unsigned combining_class(char32_t code) {
  const auto* range = std::lower_bound(std::begin(kCombiningClasses), std::end(kCombiningClasses), code,
                                       [](const Triple& r, char32_t c) { return r.b < c; });
  return range != std::end(kCombiningClasses) && range->a <= code ? static_cast<unsigned>(range->c) : 0;
}

void decompose(char32_t code, std::vector<Mark>& out) {
  if (code >= kSyllables && code < kSyllables + kSyllableCount) {
    const char32_t index = code - kSyllables, tail = index % kTails;
    out.push_back({kLead + index / (kVowels * kTails), 0});
    out.push_back({kVowel + index / kTails % kVowels, 0});
    if (tail) out.push_back({kTail + tail, 0});
    return;
  }
  const auto* found = std::lower_bound(std::begin(kDecompositions), std::end(kDecompositions), code,
                                       [](const Triple& d, char32_t c) { return d.a < c; });
  if (found == std::end(kDecompositions) || found->a != code) return out.push_back({code, combining_class(code)});
  decompose(found->b, out);
  if (found->c) decompose(found->c, out);
}

/// The compatibility decomposition where there is one, else the canonical.
void decompose_compatibly(char32_t code, std::vector<Mark>& out) {
  const auto* found = std::lower_bound(std::begin(kCompatible), std::end(kCompatible), code,
                                       [](const Triple& d, char32_t c) { return d.a < c; });
  if (found == std::end(kCompatible) || found->a != code) return decompose(code, out);
  for (char32_t i = 0; i < found->c; ++i) {
    const char32_t part = kCompatibleText[found->b + i];
    out.push_back({part, combining_class(part)});
  }
}

/// Runs of characters with a class are put into the order of their classes.
void reorder(std::vector<Mark>& marks) {
  const auto is_starter = [](const Mark& mark) { return mark.order == 0; };
  for (auto begin = marks.begin(); begin != marks.end();) {
    begin = std::find_if_not(begin, marks.end(), is_starter);
    const auto end = std::find_if(begin, marks.end(), is_starter);
    std::stable_sort(begin, end, [](const Mark& a, const Mark& b) { return a.order < b.order; });
    begin = end;
  }
}

/// The primary composite of two characters, or 0.
char32_t composite(char32_t first, char32_t second) {
  if (first >= kLead && first < kLead + kLeads && second >= kVowel && second < kVowel + kVowels)
    return kSyllables + ((first - kLead) * kVowels + (second - kVowel)) * kTails;
  const bool open_syllable =
      first >= kSyllables && first < kSyllables + kSyllableCount && (first - kSyllables) % kTails == 0;
  if (open_syllable && second > kTail && second < kTail + kTails) return first + (second - kTail);
  const auto* found = std::lower_bound(std::begin(kCompositions), std::end(kCompositions), std::pair(first, second),
                                       [](const Triple& entry, const std::pair<char32_t, char32_t>& pair) {
                                         return std::pair(entry.a, entry.b) < pair;
                                       });
  return found != std::end(kCompositions) && found->a == first && found->b == second ? found->c : 0;
}

/// Joins each character with the last starter, unless one between them has the same or a higher class.
void compose(std::vector<Mark>& marks) {
  std::size_t kept = 0, starter = marks.size();
  for (std::size_t i = 0; i < marks.size(); ++i) {
    const Mark mark = marks[i];
    const bool has_starter = starter < kept;
    const bool blocked = has_starter && kept - 1 != starter && marks[kept - 1].order >= mark.order;
    const char32_t joined = has_starter && !blocked ? composite(marks[starter].code, mark.code) : 0;
    if (joined) {
      marks[starter].code = joined;
      continue;
    }
    if (mark.order == 0) starter = kept;
    marks[kept++] = mark;
  }
  marks.resize(kept);
}

}  // namespace

std::string to_normal_form(std::string_view text, NormalForm form) {
  const char32_t first_to_change = form == NormalForm::c ? kFirstToCompose : kFirstToDecompose;
  const bool compatibly = form == NormalForm::kc || form == NormalForm::kd;
  bool may_change = false;
  for (std::size_t i = 0; i < text.size() && !may_change; i += utf8_length(text[i]))
    may_change = code_point_at(text, i) >= first_to_change;
  if (!may_change) return std::string(text);
  std::vector<Mark> marks;
  for (std::size_t i = 0; i < text.size(); i += utf8_length(text[i]))
    (compatibly ? decompose_compatibly : decompose)(code_point_at(text, i), marks);
  reorder(marks);
  if (form == NormalForm::c || form == NormalForm::kc) compose(marks);
  std::string result;
  for (const Mark& mark : marks) append_utf8(result, mark.code);
  return result;
}

std::string to_lower_case(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); i += utf8_length(text[i])) {
    const char32_t code = code_point_at(text, i);
    const auto* found = std::lower_bound(std::begin(kLowerCase), std::end(kLowerCase), code,
                                         [](const Triple& entry, char32_t c) { return entry.a < c; });
    const bool changes = found != std::end(kLowerCase) && found->a == code;
    append_utf8(result, changes ? found->b : code);
    if (changes && found->c) append_utf8(result, found->c);
  }
  return result;
}

}  // namespace bakeoff::baker
