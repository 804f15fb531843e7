// Hugging Face's tokenizer.json: the BPE model, added tokens, and the frame around the parts of
// tokenizer_json_steps.cpp. The members "truncation" and "padding" say how batches were last made, not how text becomes
// ids, and are not used.
#include "baker/text/tokenizer_json.h"

#include <algorithm>

namespace bakeoff::baker {
namespace {

bool is_absent(const Json& value) {
  return value.is_null() || (value.is_string() && value.get_ref<const std::string&>().empty());
}

Status read_vocabulary(const Json& value, const std::string& where, Bpe& bpe) {
  if (!value.is_object()) return input_error("expected an object of tokens and ids", where);
  for (const auto& [text, id] : value.items()) {
    if (!id.is_number_unsigned() || id.get<std::uint64_t>() > static_cast<std::uint64_t>(1) << 30)
      return input_error("the id of \"" + text + "\" is no small whole number", where);
    bpe.vocabulary.emplace(text, id.get<TokenId>());
  }
  return {};
}

/// Merges come as "a b" or as ["a", "b"].
Status read_merges(const Json& value, const std::string& where, Bpe& bpe) {
  if (!value.is_array()) return input_error("expected a list of merges", where);
  bpe.merges.reserve(value.size());
  for (std::size_t rank = 0; rank < value.size(); ++rank) {
    const Json& merge = value[rank];
    const bool is_pair = merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string();
    if (!is_pair && !merge.is_string())
      return input_error("merge " + std::to_string(rank) + " is not two texts", where);
    if (is_pair)
      BAKEOFF_CHECK(
          add_merge(bpe, merge[0].get_ref<const std::string&>(), merge[1].get_ref<const std::string&>(), rank, where));
    else
      BAKEOFF_CHECK(add_merge_line(bpe, merge.get_ref<const std::string&>(), rank, where));
  }
  return {};
}

Status read_unknown(const Json& value, const std::string& where, Bpe& bpe) {
  if (value.is_null()) return {};
  const auto found =
      value.is_string() ? bpe.vocabulary.find(value.get_ref<const std::string&>()) : bpe.vocabulary.end();
  if (found == bpe.vocabulary.end()) return input_error("the unknown token is not in the vocabulary", where);
  bpe.unknown = found->second;
  return {};
}

Status read_model(const Json& value, const std::string& where, Bpe& bpe) {
  ObjectReader reader(value, where);
  const std::string type = reader.optional("type", "BPE");
  bpe.fuse_unknown = reader.optional("fuse_unk", false);
  bpe.byte_fallback = reader.optional("byte_fallback", false);
  bpe.ignore_merges = reader.optional("ignore_merges", false);
  const Json& dropout = reader.raw("dropout");
  const bool plain = is_absent(reader.raw("continuing_subword_prefix")) && is_absent(reader.raw("end_of_word_suffix"));
  const Json &vocabulary = reader.raw("vocab"), &merges = reader.raw("merges"), &unknown = reader.raw("unk_token");
  if (type != "BPE") return input_error("the model type " + type + " is not supported", where, "only BPE is");
  BAKEOFF_CHECK(reader.finish());
  if (!plain || !(dropout.is_null() || dropout == 0.0))
    return input_error("dropout, continuing_subword_prefix and end_of_word_suffix are not supported", where);
  BAKEOFF_CHECK(read_vocabulary(vocabulary, where + ".vocab", bpe));
  BAKEOFF_CHECK(read_merges(merges, where + ".merges", bpe));
  return read_unknown(unknown, where + ".unk_token", bpe);
}

Status read_added(const Json& value, const std::string& where, TokenizerParts& parts) {
  if (value.is_null()) return {};
  if (!value.is_array()) return input_error("expected a list", where);
  for (std::size_t i = 0; i < value.size(); ++i) {
    ObjectReader reader(value[i], where + "[" + std::to_string(i) + "]");
    AddedToken token;
    token.id = reader.required<int>("id");
    token.text = reader.required<std::string>("content");
    token.special = reader.optional("special", false);
    token.normalized = reader.optional("normalized", !token.special);
    token.lstrip = reader.optional("lstrip", false);
    token.rstrip = reader.optional("rstrip", false);
    if (reader.optional("single_word", false)) reader.fail("single_word", "is not supported");
    BAKEOFF_CHECK(reader.finish());
    parts.added.push_back(std::move(token));
  }
  return {};
}

/// A member of tokenizer_config.json: "<s>" or {"content": "<s>", ...}.
std::optional<TokenId> named_token(const Json& config, const char* key, const TokenizerParts& parts) {
  const auto found = config.find(key);
  if (found == config.end()) return std::nullopt;
  const Json& text = found->is_object() && found->contains("content") ? (*found)["content"] : *found;
  return text.is_string() ? parts.id_of(text.get_ref<const std::string&>()) : std::nullopt;
}

/// A member of config.json: 2 or [2, 5], of which the first counts.
std::optional<TokenId> numbered_token(const Json& config, const char* key, const TokenizerParts& parts) {
  const auto found = config.find(key);
  if (found == config.end()) return std::nullopt;
  const Json& id = found->is_array() && !found->empty() ? found->front() : *found;
  if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= parts.entries.size()) return std::nullopt;
  return id.get<TokenId>();
}

/// BOS and EOS are not in tokenizer.json: the files beside it name them.
Status read_neighbours(const Path& folder, TokenizerParts& parts) {
  std::error_code ignored;
  const Path by_name = folder / "tokenizer_config.json", by_number = folder / "config.json";
  if (std::filesystem::exists(by_name, ignored)) {
    BAKEOFF_TRY(const Json config, read_json_file(by_name));
    if (!config.is_object()) return input_error("expected an object", by_name.string());
    parts.bos = named_token(config, "bos_token", parts);
    parts.eos = named_token(config, "eos_token", parts);
  } else if (std::filesystem::exists(by_number, ignored)) {
    BAKEOFF_TRY(const Json config, read_json_file(by_number));
    if (!config.is_object()) return input_error("expected an object", by_number.string());
    parts.bos = numbered_token(config, "bos_token_id", parts);
    parts.eos = numbered_token(config, "eos_token_id", parts);
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<const TokenizerParts>> tokenizer_parts_from_json(const Path& file) {
  const std::string where = file.string();
  BAKEOFF_TRY(const Json json, read_json_file(file));
  ObjectReader reader(json, where);
  const Json &model = reader.raw("model"), &added = reader.raw("added_tokens"), &normalizer = reader.raw("normalizer");
  const Json &pre_tokenizer = reader.raw("pre_tokenizer"), &post = reader.raw("post_processor"),
             &decoder = reader.raw("decoder");
  for (const char* unused : {"version", "truncation", "padding"}) reader.raw(unused);
  BAKEOFF_CHECK(reader.finish());
  auto parts = std::make_shared<TokenizerParts>();
  BAKEOFF_CHECK(read_normalizer(normalizer, reader.path("normalizer"), *parts));
  BAKEOFF_CHECK(read_pre_tokenizer(pre_tokenizer, reader.path("pre_tokenizer"), *parts));
  BAKEOFF_CHECK(read_model(model, reader.path("model"), parts->bpe));
  BAKEOFF_CHECK(read_added(added, reader.path("added_tokens"), *parts));
  BAKEOFF_CHECK(read_post_processor(post, reader.path("post_processor"), *parts));
  BAKEOFF_CHECK(read_decoder(decoder, reader.path("decoder"), *parts));
  BAKEOFF_CHECK(parts->finish(where));
  BAKEOFF_CHECK(read_neighbours(file.parent_path(), *parts));
  return std::shared_ptr<const TokenizerParts>(std::move(parts));
}

}  // namespace bakeoff::baker
