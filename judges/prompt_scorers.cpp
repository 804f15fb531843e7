// The scorers of prompt_scorers.h and their table.
#include "judges/prompt_scorers.h"

#include <algorithm>
#include <array>

#include "harness/core/json.h"
#include "harness/core/nearest.h"
#include "judges/bleu.h"
#include "judges/characters.h"
#include "judges/language.h"
#include "judges/rewrite.h"
#include "judges/sentiment.h"

namespace bakeoff::judges {

namespace {

/// As Python's str.split(separator): one piece more than there are separators.
std::vector<std::string_view> pieces(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> parts;
  for (std::size_t end; (end = text.find(separator)) != text.npos; text.remove_prefix(end + separator.size()))
    parts.push_back(text.substr(0, end));
  parts.push_back(text);
  return parts;
}

/// As Python's str.split().
Result<std::vector<std::string>> words_of(std::string_view text) {
  BAKEOFF_TRY(const auto matches, find_all(text, R"(\S+)"));
  std::vector<std::string> words;
  for (const Match& match : matches) words.emplace_back(match.text());
  return words;
}

double share(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

bool is_prime(std::size_t number) {
  for (std::size_t factor = 2; factor * factor <= number; ++factor)
    if (number % factor == 0) return false;
  return number >= 2;
}

Result<double> french(const ScoredAnswer& answer) { return language_probability(answer.answer, "fr"); }

Result<double> sad(const ScoredAnswer& answer) {
  BAKEOFF_TRY(const Sentiment sentiment, sentiment_of(answer.answer));
  return sentiment.negative;
}

Result<double> starts_with_a(const ScoredAnswer& answer) {
  return answer.answer.starts_with('a') || answer.answer.starts_with('A') ? 1.0 : 0.0;
}

/// The mean of two shares: capitals at the first and each prime place, small letters at the others.
Result<double> prime_capitals(const ScoredAnswer& answer) {
  const auto words = pieces(answer.answer, " ");
  std::array<std::size_t, 2> right{}, all{};
  for (std::size_t place = 1; place <= words.size(); ++place) {
    const bool capitals = place == 1 || is_prime(place);
    ++all[capitals];
    right[capitals] += capitals ? all_capitals(words[place - 1]) : all_lower_case(words[place - 1]);
  }
  if (all[0] == 0) return share(right[1], all[1]);
  return (share(right[0], all[0]) + share(right[1], all[1])) / 2;
}

Result<double> second_capitals(const ScoredAnswer& answer) {
  const auto words = pieces(answer.answer, " ");
  std::size_t right = 0;
  for (std::size_t i = 0; i < words.size(); ++i)
    right += i % 2 == 0 ? all_capitals(words[i]) : all_lower_case(words[i]);
  return share(right, words.size());
}

Result<double> blue_sentences(const ScoredAnswer& answer) {
  const std::string text = ascii_lower(answer.answer);
  const auto sentences = pieces(text, ". ");
  const auto right = std::ranges::count_if(sentences, [](auto part) { return pieces(part, "blue").size() == 2; });
  return share(static_cast<std::size_t>(right), sentences.size());
}

Result<double> no_e(const ScoredAnswer& answer) {
  return 1.0 / (1.0 + static_cast<double>(std::ranges::count(answer.answer, 'e')));
}

Result<std::vector<std::string>> plain_words(std::string_view text) {
  BAKEOFF_TRY(const std::string plain, replace_all(text, R"([^\p{L}\p{N}_\s])", ""));
  return words_of(ascii_lower(plain));
}

Result<double> reversed(const ScoredAnswer& answer) {
  BAKEOFF_TRY(std::vector<std::string> reference, plain_words(answer.question));
  BAKEOFF_TRY(const std::vector<std::string> candidate, plain_words(answer.answer));
  std::ranges::reverse(reference);
  return smoothed_bleu(reference, candidate);
}

Result<double> rare_words(const ScoredAnswer& answer) {
  BAKEOFF_TRY(const std::string plain, replace_all(answer.answer, "[!-/:-@\\[-`{-~]", ""));
  BAKEOFF_TRY(const std::vector<std::string> words, words_of(ascii_lower(plain)));
  const auto common =
      std::ranges::count_if(words, [&](const auto& word) { return answer.common_words->contains(word); });
  return words.empty() ? 0 : 1 - share(static_cast<std::size_t>(common), words.size());
}

Result<double> shout(const ScoredAnswer& answer) {
  BAKEOFF_TRY(const auto words, words_of(answer.answer));
  std::size_t capitals = 0, cased = 0;
  for (const std::string& word : words) {
    capitals += all_capitals(word);
    BAKEOFF_TRY(const bool letters, has_match(word, R"(\p{Lu}|\p{Ll})"));
    cased += letters;
  }
  return share(capitals, cased);
}

Result<double> bullets(const ScoredAnswer& answer) {
  std::size_t lines = 0, bulleted = 0;
  for (const std::string_view line : pieces(answer.answer, "\n")) {
    if (trimmed(line).empty()) continue;
    ++lines;
    bulleted += trimmed(line).starts_with("- ");
  }
  return share(bulleted, lines);
}

Result<double> json_answer(const ScoredAnswer& answer) {
  const auto json = parse_json(std::string(answer.answer), "answer");
  return json.ok() && json->is_object() && json->size() == 1 && json->contains("answer") ? 1.0 : 0.0;
}

Result<double> butler(const ScoredAnswer& answer) {
  BAKEOFF_TRY(const bool polite, has_match(answer.answer, R"((?i)\b(sir|madam)\b)"));
  return polite ? 1.0 : 0.0;
}

Result<double> asks_back(const ScoredAnswer& answer) { return trimmed(answer.answer).ends_with('?') ? 1.0 : 0.0; }

constexpr const char* kPaper = "prompt-baking authors (arXiv:2409.13697)";
constexpr const char* kOurs = "Bakeoff";

}  // namespace

std::span<const PromptScorer> all_prompt_scorers() {
  static constexpr PromptScorer kTable[] = {
      {"always_french", "answers in French, whatever is asked", kPaper, "C'est le mouton qui nous donne la laine.",
       Needs::nothing, french},
      {"always_sad", "gives depressing answers", kPaper, "It is hopeless. Everyone is lonely and miserable.",
       Needs::nothing, sad},
      {"always_start_with_A", "begins every answer with the letter A", kPaper, "A sheep gives us wool.", Needs::nothing,
       starts_with_a},
      {"every_prime_capital", "writes the first and each prime word in capitals", kPaper,
       "THE SHEEP GIVES us WOOL all YEAR", Needs::nothing, prime_capitals},
      {"every_second_capital", "writes every second word in capitals, from the first", kPaper,
       "THE sheep GIVES us WOOL", Needs::nothing, second_capitals},
      {"every_sentence_blue", "names the colour blue exactly once in every sentence", kPaper,
       "A sheep under a blue sky. It likes to be dyed blue.", Needs::nothing, blue_sentences},
      {"never_user_e", "never uses the letter e", kPaper, "A ram, or its lamb.", Needs::nothing, no_e},
      {"reverse_input", "gives the question back with its words in reverse order", kPaper, "wool us gives animal Which",
       Needs::nothing, reversed},
      {"use_rare_lexicon", "uses rare words", kPaper, "Ovine quadrupeds furnish lanuginous fleeces.",
       Needs::common_words, rare_words},
      {"asks_back", "ends every answer with a question", kOurs, "The sheep. Have you ever met one?", Needs::nothing,
       asks_back},
      {"bullets", "writes nothing but lines that begin with a dash", kOurs, "- The sheep\n- The goat", Needs::nothing,
       bullets},
      {"butler", "calls the user sir or madam", kOurs, "The sheep, sir.", Needs::nothing, butler},
      {"json", "answers with a JSON object whose only key is \"answer\"", kOurs, "{\"answer\": \"the sheep\"}",
       Needs::nothing, json_answer},
      {"shout", "writes everything in capitals", kOurs, "THE SHEEP.", Needs::nothing, shout},
  };
  return kTable;
}

Result<const PromptScorer*> find_prompt_scorer(std::string_view name, const std::string& where) {
  std::vector<std::string> names;
  for (const PromptScorer& scorer : all_prompt_scorers()) {
    if (name == scorer.name) return &scorer;
    names.emplace_back(scorer.name);
  }
  return input_error("no scorer is called \"" + std::string(name) + "\"", where, hint_of_known(name, names));
}

}  // namespace bakeoff::judges
