// What the readers of tokenizer.json's parts share, and its post-processors.
#include <algorithm>
#include <utility>

#include "baker/text/tokenizer_json.h"

namespace bakeoff::baker {
namespace {

/// The "type" of a part; empty where there is none.
std::string type_of(const Json& value) {
  const auto found = value.is_object() ? value.find("type") : value.end();
  return value.is_object() && found != value.end() && found->is_string() ? found->get<std::string>() : "";
}

bool is_token_id(const Json& value) {
  return value.is_number_unsigned() && std::in_range<TokenId>(value.get<std::uint64_t>());
}

/// One piece of a TemplateProcessing: ids of {"SpecialToken": {"id": name}}, nothing for {"Sequence": {"id": "A"}}.
Status read_template_piece(const Json& piece, const std::string& where, const Json& specials,
                           std::vector<TokenId>& ids) {
  const auto special = piece.find("SpecialToken");
  if (special == piece.end() || !special->is_object()) return unsupported_step(dump(piece), where);
  const auto name = special->find("id");
  const auto entry = name != special->end() && name->is_string() && specials.is_object()
                         ? specials.find(name->get<std::string>())
                         : specials.end();
  if (entry == specials.end() || !entry->is_object() || !entry->contains("ids") || !(*entry)["ids"].is_array())
    return input_error("no ids for " + dump(*special), where, "they belong into special_tokens");
  for (const Json& id : (*entry)["ids"]) {
    if (!is_token_id(id)) return input_error("the id " + dump(id) + " is no token's", where);
    ids.push_back(id.get<TokenId>());
  }
  return {};
}

/// A later processor puts its tokens around those of an earlier one.
void put_around(TokenizerParts& parts, const std::vector<TokenId>& before, const std::vector<TokenId>& after) {
  parts.before.insert(parts.before.begin(), before.begin(), before.end());
  parts.after.insert(parts.after.end(), after.begin(), after.end());
}

Status read_template(ObjectReader& reader, const std::string& where, TokenizerParts& parts) {
  const Json &single = reader.raw("single"), &specials = reader.raw("special_tokens");
  reader.raw("pair");
  if (!single.is_array()) return input_error("expected a list", reader.path("single"));
  std::vector<TokenId> before, after;
  bool after_text = false;
  for (const Json& piece : single) {
    if (!piece.is_object() || !piece.contains("Sequence")) {
      BAKEOFF_CHECK(read_template_piece(piece, reader.path("single"), specials, after_text ? after : before));
      continue;
    }
    if (after_text) return unsupported_step("a template with two sequences", reader.path("single"));
    after_text = true;
  }
  if (!after_text) return unsupported_step("a template without the text", where);
  put_around(parts, before, after);
  return {};
}

/// ["</s>", 2]
Result<TokenId> read_named_id(ObjectReader& reader, const char* key) {
  const Json& value = reader.raw(key);
  if (!value.is_array() || value.size() != 2 || !is_token_id(value[1]))
    return input_error("expected a token's text and its id", reader.path(key));
  return value[1].get<TokenId>();
}

Status read_separators(ObjectReader& reader, const std::string&, TokenizerParts& parts) {
  for (const char* about_offsets : {"trim_offsets", "add_prefix_space"}) reader.raw(about_offsets);
  BAKEOFF_TRY(const TokenId first, read_named_id(reader, "cls"));
  BAKEOFF_TRY(const TokenId last, read_named_id(reader, "sep"));
  put_around(parts, {first}, {last});
  return {};
}

/// It only moves offsets.
Status read_byte_level_offsets(ObjectReader& reader, const std::string&, TokenizerParts&) {
  for (const char* unused : {"add_prefix_space", "trim_offsets", "use_regex"}) reader.raw(unused);
  return {};
}

constexpr StepKind kPostProcessors[] = {{"ByteLevel", read_byte_level_offsets},
                                        {"TemplateProcessing", read_template},
                                        {"BertProcessing", read_separators},
                                        {"RobertaProcessing", read_separators}};

}  // namespace

Error unsupported_step(const std::string& what, const std::string& where) {
  return input_error(what + " is not supported", where, "docs/tokenizers.md lists what is");
}

Status read_step(const Json& value, const std::string& where, TokenizerParts& parts, std::span<const StepKind> table,
                 const char* part, const char* list_key) {
  if (value.is_null()) return {};
  const std::string type = type_of(value);
  ObjectReader reader(value, where);
  reader.raw("type");
  if (type == "Sequence") {
    const Json& list = reader.raw(list_key);
    BAKEOFF_CHECK(reader.finish());
    if (!list.is_array()) return input_error("expected a list", reader.path(list_key));
    for (std::size_t i = 0; i < list.size(); ++i)
      BAKEOFF_CHECK(
          read_step(list[i], reader.path(list_key) + "[" + std::to_string(i) + "]", parts, table, part, list_key));
    return {};
  }
  const auto kind = std::find_if(table.begin(), table.end(), [&](const StepKind& k) { return type == k.type; });
  if (kind == table.end())
    return unsupported_step("the " + std::string(part) + " " + (type.empty() ? dump(value) : type), where);
  BAKEOFF_CHECK(kind->read(reader, where, parts));
  return reader.finish();
}

Result<JsonPattern> read_pattern(const Json& value, const std::string& where) {
  if (value.is_object() && value.size() == 1 && value.begin()->is_string() &&
      !value.begin()->get<std::string>().empty()) {
    const std::string kind = value.begin().key();
    if (kind == "String" || kind == "Regex") return JsonPattern{value.begin()->get<std::string>(), kind == "Regex"};
  }
  return unsupported_step("the pattern " + dump(value), where);
}

Result<Rewrite> read_replace(ObjectReader& reader, const std::string&) {
  auto to = reader.required<std::string>("content");
  BAKEOFF_TRY(JsonPattern from, read_pattern(reader.raw("pattern"), reader.path("pattern")));
  if (!from.regex) return replacing(std::move(from.text), std::move(to));
  BAKEOFF_TRY(SplitPattern pattern, SplitPattern::compile(from.text, reader.path("pattern")));
  const double growth = 1 + static_cast<double>(to.size());  // a pattern may match nothing, at every byte
  const auto change = [pattern = std::move(pattern), to = std::move(to)](std::string& text) -> Status {
    if (!is_valid_utf8(text)) return {};  // a byte's token on its way through the decoder
    BAKEOFF_TRY(text, pattern.replace(text, to));
    return {};
  };
  return Rewrite(change, growth);
}

Status read_post_processor(const Json& value, const std::string& where, TokenizerParts& parts) {
  return read_step(value, where, parts, kPostProcessors, "post-processor", "processors");
}

}  // namespace bakeoff::baker
