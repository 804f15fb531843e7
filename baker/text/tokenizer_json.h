// Parts of Hugging Face's tokenizer.json, each read into what tokenizer_parts.h holds. A type or field that is not
// known here is an error naming it. What each part does is defined by https://github.com/huggingface/tokenizers
// (tokenizers/src: normalizers, pre_tokenizers, processors, decoders, models).
#pragma once

#include <span>

#include "baker/text/tokenizer_parts.h"

namespace bakeoff::baker {

// `value` is the member of that name, `where` its path. A null member means that there is no such part.
Status read_normalizer(const Json& value, const std::string& where, TokenizerParts& parts);
Status read_pre_tokenizer(const Json& value, const std::string& where, TokenizerParts& parts);
Status read_post_processor(const Json& value, const std::string& where, TokenizerParts& parts);
Status read_decoder(const Json& value, const std::string& where, TokenizerParts& parts);
/// Both models come here.
Status read_model(const Json& value, const std::string& where, TokenizerParts& parts);
/// BOS and EOS are not in tokenizer.json: the files beside it name them.
Status read_neighbours(const Path& folder, TokenizerParts& parts);

// What the readers share.

/// One line of a table of kinds. The reader has already seen "type"; whoever called finishes it.
struct StepKind {
  const char* type;
  Status (*read)(ObjectReader& reader, const std::string& where, TokenizerParts& parts);
};
/// Reads `value` by the line of its type, and every member of a Sequence, whose list is the member `list_key`.
/// `part` names the kind of part in errors.
Status read_step(const Json& value, const std::string& where, TokenizerParts& parts, std::span<const StepKind> table,
                 const char* part, const char* list_key);

Error unsupported_step(const std::string& what, const std::string& where);

/// {"String": text} or {"Regex": pattern}.
struct JsonPattern {
  std::string text;
  bool regex = false;
};
Result<JsonPattern> read_pattern(const Json& value, const std::string& where);
/// "pattern" and "content" of a Replace.
Result<Rewrite> read_replace(ObjectReader& reader, const std::string& where);

}  // namespace bakeoff::baker
