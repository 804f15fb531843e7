// What a SentencePiece vocabulary is, whichever file holds it: pieces with scores and types, and its normalizer
// (google/sentencepiece, src/sentencepiece_model.proto, src/normalizer.cc). Filled from a "tokenizer.model" or from
// GGUF.
#pragma once

#include <string>
#include <vector>

#include "baker/text/charsmap.h"
#include "baker/text/tokenizer_parts.h"

namespace bakeoff::baker {

/// Numbers as in sentencepiece_model.proto (SentencePiece.Type) and in llama.cpp's llama_token_type.
enum class PieceType { normal = 1, unknown = 2, control = 3, user_defined = 4, unused = 5, byte = 6 };

struct SentencePiece {
  std::string text;
  double score = 0;
  PieceType type = PieceType::normal;
};

struct SentencePieceRules {
  std::optional<Charsmap> charsmap;      ///< nothing: text stays as it is
  bool add_dummy_prefix = true;          ///< a space in front of a text
  bool remove_extra_whitespaces = true;  ///< at both ends, and all but one within
  bool escape_whitespaces = true;        ///< spaces become U+2581
  bool suffix = false;                   ///< the dummy space comes behind the text
};

struct SentencePieceModel {
  std::vector<SentencePiece> pieces;  ///< by id
  SentencePieceRules rules;
  bool unigram = false;  ///< else BPE
  bool byte_fallback = false;
  /// User-defined pieces are looked for in the text as it came (llama.cpp), else in the normalized text
  /// (SentencePiece).
  bool user_defined_first = false;
};

/// The text as SentencePiece's Normalizer::Normalize has it. `kept`: user-defined pieces, which stay as they are.
std::string normalize_sentencepiece(const SentencePieceRules& rules, const ByteTrie& kept, std::string_view text);

/// Fills all of `parts` but BOS and EOS. `where` names the file in errors.
Status add_sentencepiece(const SentencePieceModel& model, const std::string& where, TokenizerParts& parts);

}  // namespace bakeoff::baker
