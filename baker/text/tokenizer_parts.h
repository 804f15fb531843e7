// What a tokenizer is made of, whichever file it came from. Filled by tokenizer_gguf.cpp, tokenizer_json.cpp or
// sentencepiece.cpp, then fixed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "baker/formats/gguf.h"
#include "baker/text/bpe.h"
#include "baker/text/tokenizer_added.h"
#include "baker/text/tokenizer_split.h"
#include "baker/text/unigram.h"
#include "harness/core/json.h"

namespace bakeoff::baker {

/// One rewriting of text: before it is cut into words, or of a token while decoding. May be called from many threads.
struct Rewrite {
  template <class Change>
  Rewrite(Change given, double times = 1) : change(std::move(given)), growth(times) {}  // NOLINT: implicit by design
  Status operator()(std::string& text) const { return change(text); }
  std::function<Status(std::string&)> change;
  double growth;  ///< how many times longer it can make a text; at least 1
};

/// At most `start` of `text` are taken off the front and at most `stop` off the end.
struct StripRule {
  std::string text = " ";
  std::size_t start = 0, stop = 0;
  std::string_view apply(std::string_view whole) const;
};

/// How token texts become bytes again.
struct DecodingRules {
  std::vector<Rewrite> each_token;
  std::string first_token_drops;  ///< all of these in the first token vanish, before anything else
  bool fused = false;             ///< while reading: later rules see the whole text
  std::vector<StripRule> whole;
};

struct TokenEntry {
  std::string text;  ///< the vocabulary's spelling
  std::string
      shown;  ///< what is decoded: an added token's normalized form where it has one (tokenizers 0.23), else text
  std::string bytes;  ///< what it decodes to
  bool special = false;
  bool known = false;  ///< ids may have gaps
};

struct TokenizerParts {
  Bpe bpe;
  std::optional<Unigram> unigram;  ///< takes the place of bpe
  std::vector<Rewrite> normalizer;
  PreTokenizer words;
  std::vector<AddedToken> added;
  DecodingRules decoding;
  std::vector<TokenId> before, after;  ///< what add_special puts around a text
  std::optional<TokenId> bos, eos;

  // Made by finish().
  std::vector<TokenEntry> entries;  ///< by id
  TokenMap added_ids;
  AddedTokens raw_added, normalized_added;

  TokenMap& vocabulary() { return unigram ? unigram->vocabulary : bpe.vocabulary; }
  const TokenMap& vocabulary() const { return unigram ? unigram->vocabulary : bpe.vocabulary; }
  /// Checks ids and fills what is derived. `where` names the file in errors.
  Status finish(const std::string& where);
  Result<std::string> normalize(std::string_view text) const;
  Status encode_word(std::string_view word, std::vector<TokenId>& ids) const;
  /// The bytes of a token; `first` where it is the first that is decoded.
  Result<std::string> decoded(const TokenEntry& entry, bool first) const;
  std::optional<TokenId> id_of(std::string_view token) const;

 private:
  Status place(TokenId id, std::string_view text, const std::string& where);
};

// Rewrites that more than one kind of file asks for.
Rewrite replacing(std::string from, std::string to);
/// Nothing for an empty text.
Rewrite prepending(std::string text);
/// <0x0A> becomes its byte.
Status decode_byte_token(std::string& token);
/// GPT-2's alphabet becomes bytes; a token with a character outside of it stays.
Status decode_byte_level(std::string& token);

using Parts = Result<std::shared_ptr<const TokenizerParts>>;
Parts tokenizer_parts_from_gguf(const Gguf& gguf);
Parts tokenizer_parts_from_json(const Path& file);
/// The same with the content of the file given; `file` names it and its folder.
Parts tokenizer_parts_from_json(const Json& json, const Path& file);
/// A SentencePiece model ("tokenizer.model") or, under the same name, tiktoken's ranks.
Parts tokenizer_parts_from_model(const Path& file);
/// vocab.json and merges.txt in a folder.
Parts tokenizer_parts_from_merges(const Path& folder);

}  // namespace bakeoff::baker
