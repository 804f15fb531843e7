// Hugging Face's tokenizer.json: its frame, added tokens, and the neighbours that name BOS and EOS. The members
// "truncation" and "padding" say how batches were last made, not how text becomes ids, and are not used.
#include "baker/text/tokenizer_json.h"

#include <algorithm>

namespace bakeoff::baker {
namespace {

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
    token.single_word = reader.optional("single_word", false);
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

}  // namespace

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

Parts tokenizer_parts_from_json(const Path& file) {
  BAKEOFF_TRY(const Json json, read_json_file(file));
  return tokenizer_parts_from_json(json, file);
}

Parts tokenizer_parts_from_json(const Json& json, const Path& file) {
  const std::string where = file.string();
  ObjectReader reader(json, where);
  const Json &model = reader.raw("model"), &added = reader.raw("added_tokens"), &normalizer = reader.raw("normalizer");
  const Json &pre_tokenizer = reader.raw("pre_tokenizer"), &post = reader.raw("post_processor"),
             &decoder = reader.raw("decoder");
  for (const char* unused : {"version", "truncation", "padding"}) reader.raw(unused);
  BAKEOFF_CHECK(reader.finish());
  auto parts = std::make_shared<TokenizerParts>();
  BAKEOFF_CHECK(read_normalizer(normalizer, reader.path("normalizer"), *parts));
  BAKEOFF_CHECK(read_pre_tokenizer(pre_tokenizer, reader.path("pre_tokenizer"), *parts));
  BAKEOFF_CHECK(read_model(model, reader.path("model"), *parts));
  BAKEOFF_CHECK(read_added(added, reader.path("added_tokens"), *parts));
  BAKEOFF_CHECK(read_post_processor(post, reader.path("post_processor"), *parts));
  BAKEOFF_CHECK(read_decoder(decoder, reader.path("decoder"), *parts));
  BAKEOFF_CHECK(parts->finish(where));
  BAKEOFF_CHECK(read_neighbours(file.parent_path(), *parts));
  return std::shared_ptr<const TokenizerParts>(std::move(parts));
}

}  // namespace bakeoff::baker
