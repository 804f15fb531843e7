// Tokenizers inside GGUF files: the keys tokenizer.ggml.* (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md),
// with the pre-tokenizer given by name.
#include <algorithm>

#include "baker/text/sentencepiece.h"
#include "baker/text/split_patterns.h"
#include "baker/text/unicode_forms.h"

namespace bakeoff::baker {
namespace {

/// The llama_token_type of each token (llama.cpp, include/llama.h).
enum TokenType { kUnknown = 2, kControl = 3, kUserDefined = 4 };

/// A missing key gives the fallback; one of another type is an error.
template <class T>
Result<T> optional_key(const Gguf& gguf, const std::string& key, T fallback) {
  if (!gguf.has_key(key)) return fallback;
  return gguf.get<T>(key);
}

/// llama.cpp takes a file without the name as "default".
Status read_pre_tokenizer(const Gguf& gguf, TokenizerParts& parts) {
  BAKEOFF_TRY(const std::string name, optional_key<std::string>(gguf, "tokenizer.ggml.pre", "default"));
  const std::string where = gguf.path().string() + ": tokenizer.ggml.pre";
  const NamedSplits* found = splits_named(name);
  if (!found)
    return input_error("unknown pre-tokenizer \"" + name + "\"", where, "use the model's folder with tokenizer.json");
  for (const char* pattern : found->patterns) {
    if (!pattern) break;
    BAKEOFF_TRY(const SplitPattern compiled, SplitPattern::compile(pattern, where));
    parts.words.steps.push_back({.pattern = compiled});
  }
  parts.bpe.ignore_merges = found->ignore_merges;
  if (found->composes)
    parts.normalizer.push_back([](std::string& text) -> Status {
      text = to_normal_form(text, NormalForm::c);
      return {};
    });
  return {};
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
  if (id < 0 || id >= static_cast<std::int64_t>(parts.vocabulary().size()))
    return input_error("id " + std::to_string(id) + " is outside the vocabulary", gguf.path().string() + ": " + key);
  return std::optional<TokenId>(static_cast<TokenId>(id));
}

/// Whether a file that does not say has BOS or EOS put around texts (llama.cpp, src/llama-vocab.cpp).
struct AddedByDefault {
  bool bos = false;
  bool eos = false;
};

Status read_special(const Gguf& gguf, AddedByDefault fallback, TokenizerParts& parts) {
  BAKEOFF_TRY(parts.bos, special_id(gguf, "tokenizer.ggml.bos_token_id", parts));
  BAKEOFF_TRY(parts.eos, special_id(gguf, "tokenizer.ggml.eos_token_id", parts));
  BAKEOFF_TRY(const bool add_bos, optional_key(gguf, "tokenizer.ggml.add_bos_token", fallback.bos));
  BAKEOFF_TRY(const bool add_eos, optional_key(gguf, "tokenizer.ggml.add_eos_token", fallback.eos));
  if ((add_bos && !parts.bos) || (add_eos && !parts.eos))
    return input_error("a token is to be added around texts that the file does not name",
                       gguf.path().string() + ": tokenizer.ggml");
  if (add_bos) parts.before = {*parts.bos};
  if (add_eos) parts.after = {*parts.eos};
  return {};
}

/// "gpt2": byte-level BPE.
Status read_byte_level(const Gguf& gguf, TokenizerParts& parts) {
  BAKEOFF_TRY(const bool prefix_space, optional_key(gguf, "tokenizer.ggml.add_space_prefix", false));
  if (prefix_space)
    return input_error("add_space_prefix is not supported with byte-level BPE",
                       gguf.path().string() + ": tokenizer.ggml");
  parts.bpe.byte_level = true;
  parts.decoding.each_token.push_back(decode_byte_level);
  BAKEOFF_CHECK(read_pre_tokenizer(gguf, parts));
  BAKEOFF_CHECK(read_tokens(gguf, parts));
  BAKEOFF_CHECK(read_merges(gguf, parts.bpe));
  return read_special(gguf, {}, parts);
}

Status read_pieces(const Gguf& gguf, std::vector<SentencePiece>& pieces) {
  BAKEOFF_TRY(const auto texts, gguf.get<std::vector<std::string>>("tokenizer.ggml.tokens"));
  BAKEOFF_TRY(const auto types, gguf.get<std::vector<std::int64_t>>("tokenizer.ggml.token_type"));
  BAKEOFF_TRY(const auto scores, gguf.get<std::vector<double>>("tokenizer.ggml.scores"));
  const std::string where = gguf.path().string() + ": tokenizer.ggml";
  if (types.size() != texts.size() || scores.size() != texts.size())
    return input_error("tokens, scores and token_type differ in length", where, "fetch the file again");
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (types[i] < 1 || types[i] > 6)
      return input_error("token " + std::to_string(i) + " has the type " + std::to_string(types[i]), where);
    pieces.push_back({texts[i], scores[i], static_cast<PieceType>(types[i])});
  }
  return {};
}

Result<std::optional<Charsmap>> read_charsmap(const Gguf& gguf) {
  const std::string key = "tokenizer.ggml.precompiled_charsmap";
  if (!gguf.has_key(key)) return std::optional<Charsmap>();
  BAKEOFF_TRY(const auto numbers, gguf.get<std::vector<std::int64_t>>(key));
  std::string bytes;
  for (const std::int64_t number : numbers) bytes += static_cast<char>(number & 0xff);
  BAKEOFF_TRY(Charsmap rules, Charsmap::parse(bytes, gguf.path().string() + ": " + key));
  return std::optional(std::move(rules));
}

/// "llama": SentencePiece's BPE, whose texts llama.cpp does not normalize but for spaces.
Status read_sentencepiece_bpe(const Gguf& gguf, TokenizerParts& parts) {
  SentencePieceModel model;
  BAKEOFF_CHECK(read_pieces(gguf, model.pieces));
  BAKEOFF_TRY(model.rules.add_dummy_prefix, optional_key(gguf, "tokenizer.ggml.add_space_prefix", true));
  model.rules.remove_extra_whitespaces = false;
  model.byte_fallback = model.user_defined_first = true;
  BAKEOFF_CHECK(add_sentencepiece(model, gguf.path().string() + ": tokenizer.ggml", parts));
  return read_special(gguf, {.bos = true}, parts);
}

/// "t5": SentencePiece's unigram model with its normalization rules.
Status read_unigram(const Gguf& gguf, TokenizerParts& parts) {
  SentencePieceModel model;
  BAKEOFF_CHECK(read_pieces(gguf, model.pieces));
  BAKEOFF_TRY(model.rules.add_dummy_prefix, optional_key(gguf, "tokenizer.ggml.add_space_prefix", false));
  BAKEOFF_TRY(model.rules.remove_extra_whitespaces,
              optional_key(gguf, "tokenizer.ggml.remove_extra_whitespaces", false));
  BAKEOFF_TRY(model.rules.charsmap, read_charsmap(gguf));
  model.unigram = model.user_defined_first = true;
  BAKEOFF_CHECK(add_sentencepiece(model, gguf.path().string() + ": tokenizer.ggml", parts));
  return read_special(gguf, {.eos = true}, parts);
}

struct NamedModel {
  const char* name;
  Status (*read)(const Gguf& gguf, TokenizerParts& parts);
};
constexpr NamedModel kModels[] = {{"gpt2", read_byte_level}, {"llama", read_sentencepiece_bpe}, {"t5", read_unigram}};

}  // namespace

Parts tokenizer_parts_from_gguf(const Gguf& gguf) {
  const std::string where = gguf.path().string();
  BAKEOFF_TRY(const std::string name, gguf.get<std::string>("tokenizer.ggml.model"));
  const auto* found =
      std::find_if(std::begin(kModels), std::end(kModels), [&](const NamedModel& model) { return name == model.name; });
  if (found == std::end(kModels))
    return input_error("unknown tokenizer model \"" + name + "\"", where + ": tokenizer.ggml.model",
                       "gpt2, llama and t5 can be read; for others use the model's folder with tokenizer.json");
  auto parts = std::make_shared<TokenizerParts>();
  BAKEOFF_CHECK(found->read(gguf, *parts));
  BAKEOFF_CHECK(parts->finish(where));
  return std::shared_ptr<const TokenizerParts>(std::move(parts));
}

}  // namespace bakeoff::baker
