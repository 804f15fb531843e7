// What a tokenizer is made of, whichever file it came from. Filled by tokenizer_gguf.cpp or tokenizer_json.cpp, then
// fixed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "baker/formats/gguf.h"
#include "baker/text/bpe.h"
#include "baker/text/tokenizer_added.h"
#include "baker/text/tokenizer_split.h"

namespace bakeoff::baker {

/// One rewriting of text before it is cut into words.
struct NormalizerStep {
  enum class Kind { prepend, replace, nfc } kind = Kind::prepend;
  std::string from;  ///< replace: what to look for, not empty
  std::string to;    ///< prepend: what to put in front; replace: the replacement
};

/// How token texts become bytes again.
struct DecodingRules {
  bool byte_level = false;              ///< tokens are in GPT-2's alphabet
  bool byte_fallback = false;           ///< <0x0A> is a byte
  std::vector<NormalizerStep> replace;  ///< of kind replace, in each token
  bool fused = false;                   ///< while reading: later rules see the whole text
  std::size_t strip_start = 0;          ///< at most so many of `strip_text` are taken off the front of the whole text
  std::string strip_text = " ";
};

struct TokenEntry {
  std::string text;   ///< the vocabulary's spelling
  std::string bytes;  ///< what it decodes to
  bool special = false;
  bool added = false;
  bool known = false;  ///< ids may have gaps
};

struct TokenizerParts {
  Bpe bpe;
  std::vector<NormalizerStep> normalizer;
  PreTokenizer words;
  std::vector<AddedToken> added;
  DecodingRules decoding;
  std::vector<TokenId> before, after;  ///< what add_special puts around a text
  std::optional<TokenId> bos, eos;

  // Made by finish().
  std::vector<TokenEntry> entries;  ///< by id
  TokenMap added_ids;
  AddedTokens raw_added, normalized_added;

  /// Checks ids and fills what is derived. `where` names the file in errors.
  Status finish(const std::string& where);
  std::string normalize(std::string_view text) const;
  std::optional<TokenId> id_of(std::string_view token) const;

 private:
  Status place(TokenId id, std::string_view text, const std::string& where);
  std::string decoded(const TokenEntry& entry) const;
};

std::string replace_all(std::string_view text, const std::string& from, const std::string& to);

Result<std::shared_ptr<const TokenizerParts>> tokenizer_parts_from_gguf(const Gguf& gguf);
Result<std::shared_ptr<const TokenizerParts>> tokenizer_parts_from_json(const Path& file);

}  // namespace bakeoff::baker
