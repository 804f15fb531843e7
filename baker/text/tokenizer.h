// Text to token ids and back: byte-pair encoding (Sennrich et al. 2016, arXiv:1508.07909), both GPT-2's byte-level kind
// and SentencePiece's with byte fallback, and SentencePiece's unigram model. docs/tokenizers.md lists the files that
// are read and what is refused.
//
//   BAKEOFF_TRY(auto tokenizer, Tokenizer::from_gguf(gguf));
//   BAKEOFF_TRY(auto ids, tokenizer.encode("Hello", {}));
//   tokenizer.decode(ids, true) == "Hello"
//
// A construct of tokenizer.json that is not known here is an error naming it, never skipped: a tokenizer that differs
// in silence would change every measurement.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "baker/formats/gguf.h"
#include "harness/core/generator.h"

namespace bakeoff::baker {

struct TokenizerParts;

struct EncodeOptions {
  bool add_special = false;  ///< what the model's own tokenizer puts around a text (a BOS, say)
  bool parse_special =
      true;  ///< special tokens written out in the text ("<|im_end|>") become their ids; else they are plain text
};

/// Immutable after loading and cheap to copy; encode and decode may be called from many threads at once.
class Tokenizer {
 public:
  static Result<Tokenizer> from_gguf(const Gguf& gguf);
  /// tokenizer.json, else tokenizer.model, else vocab.json with merges.txt. A tokenizer_config.json beside them gives
  /// the BOS and EOS tokens.
  static Result<Tokenizer> from_folder(const Path& folder);
  /// A file like tokenizer.json.
  static Result<Tokenizer> from_json(const Path& file);
  /// A SentencePiece model, or tiktoken's ranks as Llama 3 has them.
  static Result<Tokenizer> from_model(const Path& file);

  /// Ill-formed UTF-8 is an input error with the offset of the first bad byte. A character for which the vocabulary has
  /// neither a token nor an unknown token gives nothing, as in the reference implementations.
  Result<std::vector<TokenId>> encode(std::string_view text, EncodeOptions options = {}) const;
  /// Always valid UTF-8: ill-formed bytes become U+FFFD. An id outside the vocabulary is an input error.
  Result<std::string> decode(std::span<const TokenId> ids, bool skip_special) const;
  /// The bytes as they are; a caller that streams must hold back an unfinished character. Unknown ids give nothing.
  std::string decode_bytes(std::span<const TokenId> ids, bool skip_special) const;

  std::optional<TokenId> id_of(std::string_view token) const;
  /// The vocabulary's own spelling ("Ġthe"), empty where the id is unknown.
  std::string token_text(TokenId id) const;
  bool is_special(TokenId id) const;
  /// Number of ids, added tokens included.
  std::int64_t size() const;

  std::optional<TokenId> bos() const;
  std::optional<TokenId> eos() const;
  /// Whether encode with add_special puts a BOS in front.
  bool add_bos() const;
  /// Text of the BOS or EOS token for chat templates; empty where there is none.
  std::string bos_text() const;
  std::string eos_text() const;

 private:
  explicit Tokenizer(std::shared_ptr<const TokenizerParts> parts) : parts_(std::move(parts)) {}
  std::shared_ptr<const TokenizerParts> parts_;
};

}  // namespace bakeoff::baker
