// Parts of Hugging Face's tokenizer.json, each read into what tokenizer_parts.h holds. A type or field that is not
// known here is an error naming it.
#pragma once

#include "baker/text/tokenizer_parts.h"
#include "harness/core/json.h"

namespace bakeoff::baker {

// `value` is the member of that name, `where` its path. A null member means that there is no such part.
Status read_normalizer(const Json& value, const std::string& where, TokenizerParts& parts);
Status read_pre_tokenizer(const Json& value, const std::string& where, TokenizerParts& parts);
Status read_post_processor(const Json& value, const std::string& where, TokenizerParts& parts);
Status read_decoder(const Json& value, const std::string& where, TokenizerParts& parts);

}  // namespace bakeoff::baker
