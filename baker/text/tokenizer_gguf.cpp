// Tokenizers inside GGUF files: the keys tokenizer.ggml.* (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md),
// with the pre-tokenizer given by name.
#include <algorithm>

#include "baker/text/tokenizer_parts.h"

namespace bakeoff::baker {
namespace {

/// The llama_token_type of each token (llama.cpp, include/llama.h).
enum TokenType { kUnknown = 2, kControl = 3, kUserDefined = 4 };

/// What the names in tokenizer.ggml.pre stand for (llama.cpp, src/llama-vocab.cpp).
struct NamedPreTokenizer {
  const char* name;
  bool digits_alone;  ///< every character of \p{N} is a word of its own, before the pattern is applied
};
constexpr NamedPreTokenizer kPreTokenizers[] = {{"gpt-2", false}, {"smollm", true}};

/// A missing key gives the fallback; one of another type is an error.
template <class T>
Result<T> optional_key(const Gguf& gguf, const std::string& key, T fallback) {
  if (!gguf.has_key(key)) return fallback;
  return gguf.get<T>(key);
}

Result<PreTokenizer> named_pre_tokenizer(const Gguf& gguf) {
  BAKEOFF_TRY(const std::string name, gguf.get<std::string>("tokenizer.ggml.pre"));
  const std::string where = gguf.path().string() + ": tokenizer.ggml.pre";
  const auto* found =
      std::find_if(std::begin(kPreTokenizers), std::end(kPreTokenizers), [&](auto& p) { return name == p.name; });
  if (found == std::end(kPreTokenizers))
    return input_error("unknown pre-tokenizer \"" + name + "\"", where, "use the model's folder with tokenizer.json");
  PreTokenizer result;
  if (found->digits_alone) {
    BAKEOFF_TRY(auto digit, SplitPattern::compile("\\p{N}", where));
    result.steps.push_back({.pattern = digit});
  }
  BAKEOFF_TRY(auto pattern, SplitPattern::compile(kGpt2Pattern, where));
  result.steps.push_back({.pattern = pattern});
  return result;
}

Status read_tokens(const Gguf& gguf, TokenizerParts& parts) {
  const std::string where = gguf.path().string();
  BAKEOFF_TRY(const auto texts, gguf.get<std::vector<std::string>>("tokenizer.ggml.tokens"));
  BAKEOFF_TRY(const auto types, gguf.get<std::vector<std::int64_t>>("tokenizer.ggml.token_type"));
  if (types.size() != texts.size())
    return input_error("tokens and token_type differ in length", where + ": tokenizer.ggml", "fetch the file again");
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto id = static_cast<TokenId>(i);
    if (!is_valid_utf8(texts[i]))
      return input_error("token " + std::to_string(i) + " is no UTF-8", where + ": tokenizer.ggml.tokens");
    if (!parts.bpe.vocabulary.emplace(texts[i], id).second)
      return input_error("token \"" + texts[i] + "\" comes twice", where + ": tokenizer.ggml.tokens",
                         "fetch the file again");
    const bool special = types[i] == kControl || types[i] == kUnknown;
    if (special || types[i] == kUserDefined) parts.added.push_back({.id = id, .text = texts[i], .special = special});
  }
  return {};
}

Status read_merges(const Gguf& gguf, Bpe& bpe) {
  BAKEOFF_TRY(const auto merges, gguf.get<std::vector<std::string>>("tokenizer.ggml.merges"));
  bpe.merges.reserve(merges.size());
  for (std::size_t rank = 0; rank < merges.size(); ++rank)
    BAKEOFF_CHECK(add_merge_line(bpe, merges[rank], rank, gguf.path().string() + ": tokenizer.ggml.merges"));
  return {};
}

Result<std::optional<TokenId>> special_id(const Gguf& gguf, const std::string& key, const TokenizerParts& parts) {
  if (!gguf.has_key(key)) return std::optional<TokenId>();
  BAKEOFF_TRY(const std::int64_t id, gguf.get<std::int64_t>(key));
  if (id < 0 || id >= static_cast<std::int64_t>(parts.bpe.vocabulary.size()))
    return input_error("id " + std::to_string(id) + " is outside the vocabulary", gguf.path().string() + ": " + key);
  return std::optional<TokenId>(static_cast<TokenId>(id));
}

Status read_special(const Gguf& gguf, TokenizerParts& parts) {
  BAKEOFF_TRY(parts.bos, special_id(gguf, "tokenizer.ggml.bos_token_id", parts));
  BAKEOFF_TRY(parts.eos, special_id(gguf, "tokenizer.ggml.eos_token_id", parts));
  BAKEOFF_TRY(const bool add_bos, optional_key(gguf, "tokenizer.ggml.add_bos_token", false));
  BAKEOFF_TRY(const bool add_eos, optional_key(gguf, "tokenizer.ggml.add_eos_token", false));
  if ((add_bos && !parts.bos) || (add_eos && !parts.eos))
    return input_error("a token is to be added around texts that the file does not name",
                       gguf.path().string() + ": tokenizer.ggml");
  if (add_bos) parts.before = {*parts.bos};
  if (add_eos) parts.after = {*parts.eos};
  return {};
}

}  // namespace

Result<std::shared_ptr<const TokenizerParts>> tokenizer_parts_from_gguf(const Gguf& gguf) {
  const std::string where = gguf.path().string();
  BAKEOFF_TRY(const std::string model, gguf.get<std::string>("tokenizer.ggml.model"));
  if (model != "gpt2")
    return input_error("unknown tokenizer model \"" + model + "\"", where + ": tokenizer.ggml.model",
                       "byte-level BPE (gpt2) can be read; for others use the model's folder with tokenizer.json");
  BAKEOFF_TRY(const bool prefix_space, optional_key(gguf, "tokenizer.ggml.add_space_prefix", false));
  if (prefix_space)
    return input_error("add_space_prefix is not supported with byte-level BPE", where + ": tokenizer.ggml");
  auto parts = std::make_shared<TokenizerParts>();
  parts->bpe.byte_level = parts->decoding.byte_level = true;
  BAKEOFF_TRY(parts->words, named_pre_tokenizer(gguf));
  BAKEOFF_CHECK(read_tokens(gguf, *parts));
  BAKEOFF_CHECK(read_merges(gguf, parts->bpe));
  BAKEOFF_CHECK(read_special(gguf, *parts));
  BAKEOFF_CHECK(parts->finish(where));
  return std::shared_ptr<const TokenizerParts>(std::move(parts));
}

}  // namespace bakeoff::baker
