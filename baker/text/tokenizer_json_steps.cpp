// Normalizers, pre-tokenizers, post-processors and decoders of tokenizer.json. What each does is defined by
// https://github.com/huggingface/tokenizers (tokenizers/src/normalizers, pre_tokenizers, processors, decoders).
#include <utility>

#include "baker/text/tokenizer_json.h"

namespace bakeoff::baker {
namespace {

using ReadStep = Status (*)(const Json&, const std::string&, TokenizerParts&);

Error unsupported(const std::string& what, const std::string& where) {
  return input_error(what + " is not supported", where,
                     "use a model with a byte-level or SentencePiece-style BPE tokenizer");
}

/// The "type" of a part; empty where there is none.
std::string type_of(const Json& value) {
  const auto found = value.is_object() ? value.find("type") : value.end();
  return value.is_object() && found != value.end() && found->is_string() ? found->get<std::string>() : "";
}

/// {"type": "Sequence", KEY: [...]}: each in order.
Status read_sequence(const Json& value, const std::string& where, const char* key, ReadStep read,
                     TokenizerParts& parts) {
  ObjectReader reader(value, where);
  reader.raw("type");
  const Json& list = reader.raw(key);
  BAKEOFF_CHECK(reader.finish());
  if (!list.is_array()) return input_error("expected a list", reader.path(key));
  for (std::size_t i = 0; i < list.size(); ++i)
    BAKEOFF_CHECK(read(list[i], reader.path(key) + "[" + std::to_string(i) + "]", parts));
  return {};
}

/// {"String": text} or, where `regex` may be, {"Regex": pattern}.
struct Pattern {
  std::string text;
  bool regex = false;
};
Result<Pattern> read_pattern(const Json& value, const std::string& where) {
  if (value.is_object() && value.size() == 1 && value.begin()->is_string() &&
      !value.begin()->get<std::string>().empty()) {
    const std::string kind = value.begin().key();
    if (kind == "String" || kind == "Regex") return Pattern{value.begin()->get<std::string>(), kind == "Regex"};
  }
  return unsupported("the pattern " + dump(value), where);
}

/// {"type": "Replace", "pattern": {"String": from}, "content": to}
Result<NormalizerStep> read_replace(const Json& value, const std::string& where) {
  ObjectReader reader(value, where);
  reader.raw("type");
  NormalizerStep step{NormalizerStep::Kind::replace, "", reader.required<std::string>("content")};
  const Json& pattern = reader.raw("pattern");
  BAKEOFF_CHECK(reader.finish());
  BAKEOFF_TRY(const Pattern from, read_pattern(pattern, reader.path("pattern")));
  if (from.regex) return unsupported("Replace with a Regex", where);
  step.from = from.text;
  return step;
}

Status read_byte_level(const Json& value, const std::string& where, TokenizerParts& parts) {
  ObjectReader reader(value, where);
  reader.raw("type");
  reader.optional("trim_offsets", true);
  SplitStep step;
  step.add_prefix_space = reader.optional("add_prefix_space", true);
  step.splits = reader.optional("use_regex", true);
  BAKEOFF_CHECK(reader.finish());
  BAKEOFF_TRY(step.pattern, SplitPattern::compile(kGpt2Pattern, where));
  if (step.splits || step.add_prefix_space) parts.words.steps.push_back(std::move(step));
  parts.bpe.byte_level = true;
  return {};
}

Status read_digits(const Json& value, const std::string& where, TokenizerParts& parts) {
  ObjectReader reader(value, where);
  reader.raw("type");
  const bool individual = reader.optional("individual_digits", false);
  BAKEOFF_CHECK(reader.finish());
  SplitStep step;
  BAKEOFF_TRY(step.pattern, SplitPattern::compile(individual ? "\\p{N}" : "\\p{N}+", where));
  parts.words.steps.push_back(std::move(step));
  return {};
}

Result<SplitBehavior> behavior_named(const std::string& name, const std::string& where) {
  if (name == "Isolated") return SplitBehavior::isolated;
  if (name == "Removed") return SplitBehavior::removed;
  if (name == "Contiguous") return SplitBehavior::contiguous;
  if (name == "MergedWithPrevious") return SplitBehavior::merged_with_previous;
  return unsupported("the behavior " + name, where);
}

Status read_split(const Json& value, const std::string& where, TokenizerParts& parts) {
  ObjectReader reader(value, where);
  reader.raw("type");
  const std::string behavior = reader.required<std::string>("behavior");
  SplitStep step;
  step.invert = reader.optional("invert", false);
  const Json& given = reader.raw("pattern");
  BAKEOFF_CHECK(reader.finish());
  BAKEOFF_TRY(step.behavior, behavior_named(behavior, where));
  BAKEOFF_TRY(const Pattern pattern, read_pattern(given, reader.path("pattern")));
  const auto make = pattern.regex ? SplitPattern::compile : SplitPattern::literal;
  BAKEOFF_TRY(step.pattern, make(pattern.text, reader.path("pattern")));
  parts.words.steps.push_back(std::move(step));
  return {};
}

/// A part without fields, or whose fields do not matter here.
Status read_plain(const Json& value, const std::string& where, std::initializer_list<const char*> ignored) {
  ObjectReader reader(value, where);
  reader.raw("type");
  for (const char* key : ignored) reader.raw(key);
  return reader.finish();
}

Status read_nfc(const Json& value, const std::string& where, TokenizerParts& parts) {
  parts.normalizer.push_back({NormalizerStep::Kind::nfc, "", ""});
  return read_plain(value, where, {});
}

Status read_prepend(const Json& value, const std::string& where, TokenizerParts& parts) {
  ObjectReader reader(value, where);
  reader.raw("type");
  parts.normalizer.push_back({NormalizerStep::Kind::prepend, "", reader.required<std::string>("prepend")});
  return reader.finish();
}

/// One piece of a TemplateProcessing: ids of {"SpecialToken": {"id": name}}, nothing for {"Sequence": {"id": "A"}}.
Status read_template_piece(const Json& piece, const std::string& where, const Json& specials,
                           std::vector<TokenId>& ids) {
  const auto special = piece.find("SpecialToken");
  if (special == piece.end() || !special->is_object()) return unsupported(dump(piece), where);
  const auto name = special->find("id");
  const auto entry = name != special->end() && name->is_string() && specials.is_object()
                         ? specials.find(name->get<std::string>())
                         : specials.end();
  if (entry == specials.end() || !entry->is_object() || !entry->contains("ids") || !(*entry)["ids"].is_array())
    return input_error("no ids for " + dump(*special), where, "they belong into special_tokens");
  for (const Json& id : (*entry)["ids"]) {
    if (!id.is_number_unsigned() || !std::in_range<TokenId>(id.get<std::uint64_t>()))
      return input_error("the id " + dump(id) + " is no token's", where);
    ids.push_back(id.get<TokenId>());
  }
  return {};
}

Status read_template(const Json& value, const std::string& where, TokenizerParts& parts) {
  ObjectReader reader(value, where);
  for (const char* key : {"type", "pair"}) reader.raw(key);
  const Json &single = reader.raw("single"), &specials = reader.raw("special_tokens");
  BAKEOFF_CHECK(reader.finish());
  if (!single.is_array()) return input_error("expected a list", reader.path("single"));
  bool after_text = false;
  for (const Json& piece : single) {
    if (piece.is_object() && piece.contains("Sequence")) {
      if (after_text) return unsupported("a template with two sequences", reader.path("single"));
      after_text = true;
    } else {
      BAKEOFF_CHECK(
          read_template_piece(piece, reader.path("single"), specials, after_text ? parts.after : parts.before));
    }
  }
  return {};
}

Status read_strip(const Json& value, const std::string& where, TokenizerParts& parts) {
  ObjectReader reader(value, where);
  reader.raw("type");
  parts.decoding.strip_text = reader.required<std::string>("content");
  parts.decoding.strip_start = reader.required<std::uint64_t>("start");
  const auto stop = reader.required<std::uint64_t>("stop");
  BAKEOFF_CHECK(reader.finish());
  if (stop != 0 || parts.decoding.strip_text.empty())
    return unsupported("Strip at the end of the text or of nothing", where);
  return {};
}

}  // namespace

Status read_normalizer(const Json& value, const std::string& where, TokenizerParts& parts) {
  if (value.is_null()) return {};
  const std::string type = type_of(value);
  if (type == "Sequence") return read_sequence(value, where, "normalizers", read_normalizer, parts);
  if (type == "Prepend") return read_prepend(value, where, parts);
  if (type == "NFC") return read_nfc(value, where, parts);
  if (type != "Replace") return unsupported("the normalizer " + type, where);
  BAKEOFF_TRY(NormalizerStep step, read_replace(value, where));
  parts.normalizer.push_back(std::move(step));
  return {};
}

Status read_pre_tokenizer(const Json& value, const std::string& where, TokenizerParts& parts) {
  if (value.is_null()) return {};
  const std::string type = type_of(value);
  if (parts.bpe.byte_level) return unsupported("a pre-tokenizer after ByteLevel", where);
  if (type == "Sequence") return read_sequence(value, where, "pretokenizers", read_pre_tokenizer, parts);
  if (type == "ByteLevel") return read_byte_level(value, where, parts);
  if (type == "Digits") return read_digits(value, where, parts);
  if (type == "Split") return read_split(value, where, parts);
  return unsupported("the pre-tokenizer " + type, where);
}

Status read_post_processor(const Json& value, const std::string& where, TokenizerParts& parts) {
  if (value.is_null()) return {};
  const std::string type = type_of(value);
  if (type == "Sequence") return read_sequence(value, where, "processors", read_post_processor, parts);
  if (type == "ByteLevel") return read_plain(value, where, {"add_prefix_space", "trim_offsets", "use_regex"});
  if (type == "TemplateProcessing") return read_template(value, where, parts);
  return unsupported("the post-processor " + type, where);
}

Status read_decoder(const Json& value, const std::string& where, TokenizerParts& parts) {
  const std::string type = type_of(value);
  DecodingRules& rules = parts.decoding;
  const bool per_token = type == "Replace" || type == "ByteFallback" || type == "ByteLevel";
  if (rules.fused && per_token) return unsupported("the decoder " + type + " after Fuse", where);
  if (type == "Sequence") return read_sequence(value, where, "decoders", read_decoder, parts);
  if (type == "ByteLevel") {
    rules.byte_level = true;
    return read_plain(value, where, {"add_prefix_space", "trim_offsets", "use_regex"});
  }
  if (type == "ByteFallback") {
    rules.byte_fallback = true;
    return read_plain(value, where, {});
  }
  if (type == "Fuse") {
    rules.fused = true;
    return read_plain(value, where, {});
  }
  if (type == "Strip" && rules.fused) return read_strip(value, where, parts);
  if (type != "Replace") return unsupported("the decoder " + (type.empty() ? dump(value) : type) + " here", where);
  BAKEOFF_TRY(NormalizerStep step, read_replace(value, where));
  rules.replace.push_back(std::move(step));
  return {};
}

}  // namespace bakeoff::baker
