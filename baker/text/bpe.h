// Byte-pair encoding of one word: symbols are merged pairwise, the lowest rank first and the leftmost among equals,
// until no pair has a rank (Sennrich et al. 2016, arXiv:1508.07909). A heap over a linked list keeps a word of n
// symbols at n log n steps.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "baker/text/byte_trie.h"
#include "harness/core/generator.h"

namespace bakeoff::baker {

/// Lookup of token text without building a std::string.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
using TokenMap = std::unordered_map<std::string, TokenId, TextHash, std::equal_to<>>;

/// Pair of ids to rank and merged id, by open addressing. Fixed after building.
class MergeTable {
 public:
  struct Merge {
    std::uint64_t pair = kEmpty;
    std::uint32_t rank = 0;
    TokenId merged = 0;
  };
  /// Room for this many merges.
  void reserve(std::size_t merges);
  /// A pair given again takes the later rank.
  void add(TokenId left, TokenId right, std::uint32_t rank, TokenId merged);
  const Merge* find(TokenId left, TokenId right) const;

 private:
  static constexpr std::uint64_t kEmpty = ~std::uint64_t{0};
  std::size_t slot_of(std::uint64_t pair) const;
  std::vector<Merge> slots_;
  std::size_t mask_ = 0;
};

/// A vocabulary with its merges. Immutable once filled; encode may be called from many threads at once.
struct Bpe {
  TokenMap vocabulary;
  MergeTable merges;
  bool byte_level = false;        ///< symbols are bytes in GPT-2's alphabet; else they are characters
  bool byte_fallback = false;     ///< an unknown character becomes its bytes' tokens <0x00> to <0xFF>
  bool fuse_unknown = false;      ///< neighbouring unknown characters become one unknown token
  bool ignore_merges = false;     ///< a word that is in the vocabulary is that token, whatever the merges say
  std::string continuing_prefix;  ///< in front of every character of a word but the first: "##"
  std::string end_suffix;         ///< behind the last character of a word: "</w>"
  ByteTrie whole_symbols;         ///< texts with their ids that are one symbol from the beginning, the longest first
  std::optional<TokenId> unknown;
  std::array<TokenId, 256> byte_ids{};  ///< id of each byte's token, -1 where there is none; see index_bytes

  /// Fills byte_ids from the vocabulary. Call it after the fields above are set.
  void index_bytes();
  /// Appends the ids of one word: well-formed UTF-8, shorter than 4 GiB. A character without any token, where there is
  /// no unknown token either, gives nothing, as in Hugging Face's tokenizers and llama.cpp: the default model's
  /// vocabulary lacks the bytes of some control characters.
  void encode(std::string_view word, std::vector<TokenId>& ids) const;

 private:
  void append_bytes(std::string_view word, std::vector<TokenId>& symbols) const;
  void append_characters(std::string_view word, std::vector<TokenId>& symbols) const;
  std::optional<TokenId> symbol_of(std::string_view character) const;
  bool append_fallback(std::string_view character, std::vector<TokenId>& symbols) const;
  const TokenId* whole(std::string_view word) const;
};

/// Adds the merge of two token texts. A text that is no token is an error at `where`.
Status add_merge(Bpe& bpe, std::string_view left, std::string_view right, std::size_t rank, const std::string& where);
/// The same from one line, "Ġ t".
Status add_merge_line(Bpe& bpe, std::string_view line, std::size_t rank, const std::string& where);

/// The merges that a SentencePiece or tiktoken vocabulary implies: two tokens that side by side are a token merge,
/// those with the greatest `scores` (by id) first. Tokens that are `frozen` (by id) have no part in it.
void add_merges_by_score(Bpe& bpe, const std::vector<double>& scores, const std::vector<bool>& frozen);

/// Ids of the tokens <0x00> to <0xFF>, -1 where there is none.
std::array<TokenId, 256> byte_token_ids(const TokenMap& vocabulary);
/// "<0x0A>"
std::string byte_token(unsigned char byte);
/// The byte of such a token's text.
std::optional<unsigned char> byte_of_token(std::string_view text);

}  // namespace bakeoff::baker
