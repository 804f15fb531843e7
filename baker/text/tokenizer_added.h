// Added tokens: texts that become one id before anything else is done to them ("<|im_end|>").
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/core/generator.h"

namespace bakeoff::baker {

struct AddedToken {
  TokenId id = 0;
  std::string text;
  bool special = false;     ///< control token: skipped in decoding, plain text where special tokens are not parsed
  bool normalized = false;  ///< found in the normalised text, in normalised form; else in the text as it came
  bool lstrip = false;      ///< swallows white space at its left
  bool rstrip = false;      ///< swallows white space at its right
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
  /// Cuts `text` into tokens and the text between them. Special tokens stay text unless `parse_special`.
  std::vector<Part> split(std::string_view text, bool parse_special) const;

 private:
  struct Found {
    const AddedToken* token = nullptr;
    std::size_t length = 0;
  };
  Found longest_at(std::string_view text, std::size_t begin, bool parse_special) const;

  std::vector<AddedToken> tokens_;
  std::unordered_map<std::uint64_t, std::uint32_t> edges_;  ///< (node, byte) to node; node 0 is the root
  std::vector<std::int32_t> ends_ = {-1};                   ///< per node: index of the token that ends there, or -1
  bool begins_[256] = {};                                   ///< bytes with which a token begins
};

}  // namespace bakeoff::baker
