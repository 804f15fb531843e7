// The rules of sentiment.h.
#include "judges/sentiment.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <unordered_map>
#include <vector>

#include "harness/core/files.h"
#include "judges/characters.h"
#include "judges/rewrite.h"

namespace bakeoff::judges {

extern const char* const kVaderLexicon;

namespace {

constexpr double kBooster = 0.293, kCapitals = 0.733, kNegation = -0.74;
constexpr std::size_t kReach = 3;  ///< how many words before a rated one change its rating
constexpr std::string_view kPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

constexpr std::string_view kNegations[] = {
    "aint",    "arent",    "cannot",  "cant",    "couldnt", "darent",   "didnt",   "doesnt",    "ain't",    "aren't",
    "can't",   "couldn't", "daren't", "didn't",  "doesn't", "dont",     "hadnt",   "hasnt",     "havent",   "isnt",
    "mightnt", "mustnt",   "neither", "don't",   "hadn't",  "hasn't",   "haven't", "isn't",     "mightn't", "mustn't",
    "neednt",  "needn't",  "never",   "none",    "nope",    "nor",      "not",     "nothing",   "nowhere",  "oughtnt",
    "shant",   "shouldnt", "uhuh",    "wasnt",   "werent",  "oughtn't", "shan't",  "shouldn't", "uh-uh",    "wasn't",
    "weren't", "without",  "wont",    "wouldnt", "won't",   "wouldn't", "rarely",  "seldom",    "despite"};
constexpr std::string_view kIntensifiers[] = {
    "absolutely",   "amazingly",  "awfully",       "completely",   "considerably",  "decidedly",    "deeply",
    "effing",       "enormously", "entirely",      "especially",   "exceptionally", "extremely",    "fabulously",
    "flipping",     "flippin",    "fricking",      "frickin",      "frigging",      "friggin",      "fully",
    "fucking",      "greatly",    "hella",         "highly",       "hugely",        "incredibly",   "intensely",
    "majorly",      "more",       "most",          "particularly", "purely",        "quite",        "really",
    "remarkably",   "so",         "substantially", "thoroughly",   "totally",       "tremendously", "uber",
    "unbelievably", "unusually",  "utterly",       "very"};
constexpr std::string_view kDampeners[] = {"almost",     "barely",       "hardly",  "just enough", "kind of",
                                           "kinda",      "kindof",       "kind-of", "less",        "little",
                                           "marginally", "occasionally", "partly",  "scarcely",    "slightly",
                                           "somewhat",   "sort of",      "sorta",   "sortof",      "sort-of"};
constexpr std::string_view kStripped[] = {".",  "!",   "?",  ",",   ";",   ":",   "-",    "'",   "\"",
                                          "!!", "!!!", "??", "???", "?!?", "!?!", "?!?!", "!?!?"};
struct Idiom {
  std::string_view words;
  double rating;
};
constexpr Idiom kIdioms[] = {{"the shit", 3},        {"the bomb", 3},         {"bad ass", 1.5},     {"yeah right", -2},
                             {"cut the mustard", 2}, {"kiss of death", -1.5}, {"hand to mouth", -2}};

bool is_one_of(std::string_view word, const auto& words) { return std::ranges::find(words, word) != std::end(words); }

const std::unordered_map<std::string_view, double>& ratings() {
  static const auto kRatings = [] {
    std::unordered_map<std::string_view, double> ratings;
    for (std::string_view rest = kVaderLexicon; !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      const std::size_t tab = line.find('\t');
      if (line.starts_with('#') || tab == line.npos) continue;
      double rating = 0;
      std::from_chars(line.data() + tab + 1, line.data() + line.size(), rating);
      ratings.emplace(line.substr(0, tab), rating);
    }
    return ratings;
  }();
  return kRatings;
}

struct Word {
  std::string written, lower;
  bool capitals = false;
  std::optional<double> rating;  ///< of the lexicon
};

std::size_t letters_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

/// Without a mark at one end, where the rest has none.
std::string_view stripped(std::string_view word) {
  const std::size_t begin = word.find_first_not_of(kPunctuation);
  if (begin == word.npos) return word;
  const std::size_t end = word.find_last_not_of(kPunctuation) + 1;
  const std::string_view core = word.substr(begin, end - begin), before = word.substr(0, begin),
                         after = word.substr(end);
  if (!before.empty() && !after.empty()) return word;
  if (core.find_first_of(kPunctuation) != core.npos || letters_of(core) < 2) return word;
  return is_one_of(before.empty() ? after : before, kStripped) ? core : word;
}

Result<std::vector<Word>> words_of(std::string_view text) {
  BAKEOFF_TRY(const auto matches, find_all(text, R"(\S+)"));
  std::vector<Word> words;
  for (const Match& match : matches) {
    if (letters_of(match.text()) < 2) continue;
    Word word;
    word.written = stripped(match.text());
    word.lower = ascii_lower(word.written);
    word.capitals = all_capitals(word.written);
    if (const auto found = ratings().find(word.lower); found != ratings().end()) word.rating = found->second;
    words.push_back(std::move(word));
  }
  return words;
}

bool negates(const Word& word) {
  return is_one_of(word.lower, kNegations) || word.lower.find("n't") != std::string::npos;
}

bool is_booster(std::string_view lower) { return is_one_of(lower, kIntensifiers) || is_one_of(lower, kDampeners); }

/// The ratings of one text's words.
class Rater {
 public:
  explicit Rater(std::vector<Word> words) : words_(std::move(words)) {
    const auto capitals = static_cast<std::size_t>(std::ranges::count_if(words_, &Word::capitals));
    some_capitals_ = capitals > 0 && capitals < words_.size();
  }

  std::vector<double> rate() const {
    std::unordered_map<std::string_view, std::size_t> first;
    std::vector<double> rated;
    for (std::size_t i = 0; i < words_.size(); ++i)
      rated.push_back(rating_at(first.emplace(words_[i].written, i).first->second));
    const auto but = static_cast<std::size_t>(std::ranges::find(words_, "but", &Word::lower) - words_.begin());
    for (std::size_t i = 0; but < words_.size() && i < rated.size(); ++i)
      if (i != but) rated[i] *= i < but ? 0.5 : 1.5;
    return rated;
  }

 private:
  std::string_view lower(std::size_t i) const { return words_[i].lower; }
  std::string written(std::size_t from, std::size_t count) const {
    std::string joined = words_[from].written;
    for (std::size_t i = 1; i < count; ++i) joined += " " + words_[from + i].written;
    return joined;
  }

  double rating_at(std::size_t i) const {
    const bool kind_of = lower(i) == "kind" && i + 1 < words_.size() && lower(i + 1) == "of";
    if (!words_[i].rating || kind_of || is_booster(lower(i))) return 0;
    double rating = *words_[i].rating;
    if (words_[i].capitals && some_capitals_) rating += rating > 0 ? kCapitals : -kCapitals;
    for (std::size_t back = 1; back <= kReach && back <= i; ++back) {
      if (words_[i - back].rating) continue;
      rating += boost(words_[i - back], rating) * (back == 1 ? 1 : back == 2 ? 0.95 : 0.9);
      rating *= negation(i, back);
      if (back == kReach) rating = with_idioms(rating, i);
    }
    const bool at_least = i > 1 && (lower(i - 2) == "at" || lower(i - 2) == "very");
    return i > 0 && lower(i - 1) == "least" && !words_[i - 1].rating && !at_least ? rating * kNegation : rating;
  }

  double boost(const Word& word, double rating) const {
    if (!is_booster(word.lower)) return 0;
    double boost = is_one_of(word.lower, kIntensifiers) ? kBooster : -kBooster;
    if (rating < 0) boost = -boost;
    if (word.capitals && some_capitals_) boost += rating > 0 ? kCapitals : -kCapitals;
    return boost;
  }

  /// The factor that the word `back` places before word i stands for.
  double negation(std::size_t i, std::size_t back) const {
    const auto is_so = [&](std::size_t at) { return words_[at].written == "so" || words_[at].written == "this"; };
    if (back == 2 && words_[i - 2].written == "never" && is_so(i - 1)) return 1.5;
    if (back == 3 && ((words_[i - 3].written == "never" && is_so(i - 2)) || is_so(i - 1))) return 1.25;
    return negates(words_[i - back]) ? kNegation : 1;
  }

  /// Idioms that end at word i, before it, or begin with it; and dampeners of two words.
  double with_idioms(double rating, std::size_t i) const {
    const auto idiom = [&](std::size_t from, std::size_t count) {
      return from + count > words_.size() ? std::end(kIdioms)
                                          : std::ranges::find(kIdioms, written(from, count), &Idiom::words);
    };
    const std::array earlier{idiom(i - 1, 2), idiom(i - 2, 3), idiom(i - 2, 2), idiom(i - 3, 3), idiom(i - 3, 2)};
    const auto found = std::ranges::find_if(earlier, [](auto one) { return one != std::end(kIdioms); });
    if (found != earlier.end()) rating = (*found)->rating;
    for (const auto later : {idiom(i, 2), idiom(i, 3)})
      if (later != std::end(kIdioms)) rating = later->rating;
    return is_booster(written(i - 3, 2)) || is_booster(written(i - 2, 2)) ? rating - kBooster : rating;
  }

  std::vector<Word> words_;
  bool some_capitals_ = false;
};

double emphasis(std::string_view text) {
  const auto exclamations = std::min<std::ptrdiff_t>(std::ranges::count(text, '!'), 4);
  const auto questions = std::ranges::count(text, '?');
  const double asked = questions < 2 ? 0 : questions <= 3 ? static_cast<double>(questions) * 0.18 : 0.96;
  return static_cast<double>(exclamations) * 0.292 + asked;
}

/// To the nearest decimal, as Python's round() and printf do it.
double rounded(double value, int digits) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return std::strtod(text.data(), nullptr);
}

Sentiment summary(const std::vector<double>& rated, double emphasis) {
  double sum = 0, positive = 0, negative = 0, neutral = 0;
  for (const double rating : rated) {
    sum += rating;
    (rating > 0 ? positive : rating < 0 ? negative : neutral) += std::abs(rating) + 1;
  }
  if (sum != 0) sum += sum > 0 ? emphasis : -emphasis;
  if (positive != negative) (positive > negative ? positive : negative) += emphasis;
  const double total = positive + negative + neutral;
  return {.negative = rounded(negative / total, 3),
          .neutral = rounded(neutral / total, 3),
          .positive = rounded(positive / total, 3),
          .compound = rounded(sum / std::sqrt(sum * sum + 15), 4)};
}

}  // namespace

Result<Sentiment> sentiment_of(std::string_view text) {
  const std::string valid = to_valid_utf8(text);
  BAKEOFF_TRY(std::vector<Word> words, words_of(valid));
  const std::vector<double> rated = Rater(std::move(words)).rate();
  return rated.empty() ? Sentiment{} : summary(rated, emphasis(valid));
}

}  // namespace bakeoff::judges
