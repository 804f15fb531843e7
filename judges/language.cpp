// The classifier of language.h.
#include "judges/language.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "judges/characters.h"
#include "judges/rewrite.h"

namespace bakeoff::judges {

extern const char* const kLanguageProfiles[];

namespace {

constexpr char32_t kHan = 0x4e00;
constexpr double kUnseenShare = 0.5 / 10000;  ///< ALPHA_DEFAULT / BASE_FREQ of langdetect's detector.py
constexpr std::size_t kMostCharacters = 10000;

/// One to three characters of 21 bits.
using Gram = std::uint64_t;
Gram gram_of(std::u32string_view characters) {
  Gram gram = 0;
  for (const char32_t c : characters) gram = (gram << 21) | c;
  return gram;
}

/// What one n-gram says for one language: log of its share over the share of an unseen one.
struct Evidence {
  std::uint32_t language;
  double weight;
};

class Profiles {
 public:
  Profiles() {
    for (const char* const* profile = kLanguageProfiles; *profile; ++profile) add(characters_of(*profile));
  }
  std::vector<std::string> codes;
  std::unordered_map<Gram, std::vector<Evidence>> evidence;

 private:
  void add(const std::u32string& profile) {
    const std::size_t code_end = profile.find(U' ');
    codes.emplace_back(profile.begin(), profile.begin() + static_cast<std::ptrdiff_t>(code_end));
    const auto language = static_cast<std::uint32_t>(codes.size() - 1);
    for (std::size_t at = code_end + 1; at < profile.size();) {
      const std::size_t end = std::min(profile.find(U' ', at), profile.size());
      std::u32string gram = profile.substr(at, end - at - 1);
      std::replace(gram.begin(), gram.end(), U'_', U' ');
      const double share = std::exp2(-(static_cast<double>(profile[end - 1]) - '0') / 4);
      evidence[gram_of(gram)].push_back({language, std::log((share + kUnseenShare) / kUnseenShare)});
      at = end + 1;
    }
  }
};

const Profiles& profiles() {
  static const Profiles kProfiles;
  return kProfiles;
}

bool between(char32_t c, char32_t low, char32_t high) { return c >= low && c <= high; }

/// Folds what the profiles do not tell apart; langdetect's utils/ngram.py.
char32_t normalised(char32_t c) {
  if (c < 0x80) return between(c, 'A', 'Z') || between(c, 'a', 'z') ? c : U' ';
  if (c == 0xa0 || c == 0xab || c == 0xb0 || c == 0xbb || between(c, 0x2000, 0x206f)) return U' ';
  if (c == 0x219) return 0x15f;
  if (c == 0x21b) return 0x163;
  if (c == 0x6cc) return 0x64a;
  if (between(c, 0x1ea0, 0x1eff)) return 0x1ec3;
  if (between(c, 0x3040, 0x309f)) return 0x3042;
  if (between(c, 0x30a0, 0x30ff)) return 0x30a2;
  if (between(c, 0x3100, 0x312f) || between(c, 0x31a0, 0x31bf)) return 0x3105;
  if (between(c, 0x4e00, 0x9fff)) return kHan;
  if (between(c, 0xac00, 0xd7af)) return 0xac00;
  return c;
}

/// The text without addresses, cut to length, and without Latin words where they are few.
std::u32string cleaned(std::string_view text) {
  static constexpr const char* kAddress =
      R"(https?://[-_.?&~;+=/#0-9A-Za-z]{1,2076}|[-_.0-9A-Za-z]{1,64}@[-_0-9A-Za-z]{1,255}[-_.0-9A-Za-z]{1,255})";
  const auto without = replace_all(text, kAddress, " ");
  std::u32string characters = characters_of(without.ok() ? std::string_view(*without) : text);
  if (characters.size() > kMostCharacters) characters.resize(kMostCharacters);
  const auto is_latin = [](char32_t c) { return between(c, 'A', 'z'); };
  const auto is_other = [](char32_t c) { return c >= 0x300 && !between(c, 0x1e00, 0x1eff); };
  if (std::count_if(characters.begin(), characters.end(), is_latin) * 2 <
      std::count_if(characters.begin(), characters.end(), is_other))
    std::erase_if(characters, is_latin);
  return characters;
}

/// Calls `use` with the last one, two and three characters at each place of each word; after two capitals in a row
/// the rest of them is passed over, since the profiles hold hardly any.
template <class Use>
void for_each_gram(const std::u32string& text, const Use& use) {
  std::u32string window = U" ";
  bool in_capitals = false;
  for (const char32_t raw : text) {
    const char32_t c = normalised(raw), last = window.back();
    if (last == U' ') {
      window = U" ";
      in_capitals = false;
      if (c == U' ') continue;
    } else if (window.size() == 3) {
      window.erase(0, 1);
    }
    window += c;
    in_capitals = is_capital(c) && (in_capitals || is_capital(last));
    for (std::size_t n = 1; n <= window.size() && !in_capitals; ++n)
      if (n > 1 || c != U' ') use(gram_of(std::u32string_view(window).substr(window.size() - n)));
  }
}

/// Probabilities by language; empty where no n-gram is known.
std::vector<double> posterior(std::string_view text) {
  const Profiles& known = profiles();
  std::vector<double> scores(known.codes.size(), 0.0);
  bool any = false;
  for_each_gram(cleaned(text), [&](Gram gram) {
    const auto found = known.evidence.find(gram);
    if (found == known.evidence.end()) return;
    any = true;
    for (const Evidence& one : found->second) scores[one.language] += one.weight;
  });
  if (!any) return {};
  const double highest = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (double& score : scores) sum += score = std::exp(score - highest);
  for (double& score : scores) score /= sum;
  return scores;
}

}  // namespace

std::optional<Language> language_of(std::string_view text) {
  const std::vector<double> shares = posterior(text);
  if (shares.empty()) return std::nullopt;
  const auto best = std::max_element(shares.begin(), shares.end());
  return Language{profiles().codes[static_cast<std::size_t>(best - shares.begin())], *best};
}

double language_probability(std::string_view text, std::string_view code) {
  const std::vector<double> shares = posterior(text);
  for (std::size_t i = 0; i < shares.size(); ++i)
    if (profiles().codes[i] == code) return shares[i];
  return 0;
}

}  // namespace bakeoff::judges
