// The unigram model: of all ways to write a text as pieces of the vocabulary, the one with the greatest sum of scores
// (Kudo 2018, arXiv:1804.10959), by Viterbi's algorithm from left to right. Ties go to the path found first, as in
// Hugging Face's tokenizers and in SentencePiece.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "baker/text/bpe.h"

namespace bakeoff::baker {

/// Immutable once filled; encode may be called from many threads at once.
struct Unigram {
  TokenMap vocabulary;
  std::vector<double> scores;         ///< log-probabilities by id; every id of the vocabulary has one
  std::vector<bool> never;            ///< by id: in the vocabulary but never a piece of a text; may be shorter
  std::optional<TokenId> unknown;     ///< neighbouring unknown characters are one unknown token
  bool byte_fallback = false;         ///< an unknown character becomes its bytes' tokens
  bool single_precision = false;      ///< sums are rounded to float, as SentencePiece keeps them
  double least_score = 0;             ///< of the pieces that count
  std::array<TokenId, 256> byte_ids;  ///< see index

  /// Fills what is derived. Call it after the fields above are set.
  void index();
  /// Appends the ids of well-formed UTF-8. An unknown character where there is no unknown token is an input error.
  Status encode(std::string_view text, std::vector<TokenId>& ids) const;

 private:
  struct Step {
    double score = 0;  ///< of the best path that ends here
    std::uint32_t begin = 0;
    TokenId id = kUnreached;
  };
  static constexpr TokenId kUnreached = -2, kUnknown = -1;

  std::vector<Step> best_steps(std::string_view text) const;
  void relax(Step& target, double score, std::uint32_t begin, TokenId id) const;
  Status append_unknown(std::string_view text, std::vector<TokenId>& ids) const;
  ByteTrie pieces_;
};

}  // namespace bakeoff::baker
