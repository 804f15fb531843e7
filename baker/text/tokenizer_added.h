// Added tokens: texts that become one id before anything else is done to them ("<|im_end|>").
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "baker/text/byte_trie.h"
#include "harness/core/generator.h"

namespace bakeoff::baker {

struct AddedToken {
  TokenId id = 0;
  std::string text;
  bool special = false;      ///< control token: skipped in decoding, plain text where special tokens are not parsed
  bool normalized = false;   ///< found in the normalised text, in normalised form; else in the text as it came
  bool lstrip = false;       ///< swallows white space at its left
  bool rstrip = false;       ///< swallows white space at its right
  bool single_word = false;  ///< is none between word characters
};

/// Finds added tokens in text, leftmost first and the longest of those that begin at one place, by a trie of bytes.
class AddedTokens {
 public:
  /// `text` is what to look for: the token's own, or its normalised form. Empty texts are never found.
  void add(const AddedToken& token, std::string_view text);

  struct Part {
    std::string_view text;
    TokenId id;  ///< -1 for text between tokens
  };
  /// Cuts `text` into tokens and the text between them. Special tokens stay text unless `parse_special`; what such a
  /// text covers holds no other token, as in Hugging Face's tokenizers.
  std::vector<Part> split(std::string_view text, bool parse_special) const;

 private:
  bool counts(const AddedToken& token, std::string_view before, std::string_view behind, bool parse_special) const;

  std::vector<AddedToken> tokens_;
  ByteTrie trie_;  ///< values are indices of tokens_
};

}  // namespace bakeoff::baker
