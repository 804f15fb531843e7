// Decoders of tokenizer.json: one line of the table at the end for each.
#include "baker/text/tokenizer_json.h"

namespace bakeoff::baker {
namespace {

Status add_rule(TokenizerParts& parts, Rewrite rule, const std::string& where) {
  if (parts.decoding.fused) return unsupported_step("a decoder of single tokens after Fuse", where);
  parts.decoding.each_token.push_back(std::move(rule));
  return {};
}

Status read_byte_level(ObjectReader& reader, const std::string& where, TokenizerParts& parts) {
  for (const char* unused : {"add_prefix_space", "trim_offsets", "use_regex"}) reader.raw(unused);
  return add_rule(parts, decode_byte_level, where);
}

Status read_byte_fallback(ObjectReader&, const std::string& where, TokenizerParts& parts) {
  return add_rule(parts, decode_byte_token, where);
}

Status read_replacement(ObjectReader& reader, const std::string& where, TokenizerParts& parts) {
  BAKEOFF_TRY(Rewrite rewrite, read_replace(reader, where));
  return add_rule(parts, std::move(rewrite), where);
}

Status read_metaspace(ObjectReader& reader, const std::string& where, TokenizerParts& parts) {
  const auto replacement = reader.required<std::string>("replacement");
  const bool adds = reader.optional("add_prefix_space", true);
  const bool prefixed = reader.optional("prepend_scheme", adds ? "always" : "never") != "never";
  for (const char* unused : {"str_rep", "split"}) reader.raw(unused);
  if (replacement.empty() || !parts.decoding.each_token.empty())
    return unsupported_step("a Metaspace without replacement or after another decoder", where);
  if (prefixed) parts.decoding.first_token_drops = replacement;
  return add_rule(parts, replacing(replacement, " "), where);
}

Status read_fuse(ObjectReader&, const std::string&, TokenizerParts& parts) {
  parts.decoding.fused = true;
  return {};
}

/// Before Fuse each token is stripped, after it the whole text.
Status read_strip(ObjectReader& reader, const std::string& where, TokenizerParts& parts) {
  StripRule rule;
  rule.text = reader.required<std::string>("content");
  rule.start = reader.required<std::uint64_t>("start");
  rule.stop = reader.required<std::uint64_t>("stop");
  if (rule.text.empty()) return unsupported_step("Strip of nothing", where);
  if (parts.decoding.fused) {
    parts.decoding.whole.push_back(std::move(rule));
    return {};
  }
  return add_rule(
      parts,
      [rule = std::move(rule)](std::string& token) -> Status {
        token = std::string(rule.apply(token));
        return {};
      },
      where);
}

constexpr StepKind kDecoders[] = {{"ByteLevel", read_byte_level},
                                  {"ByteFallback", read_byte_fallback},
                                  {"Replace", read_replacement},
                                  {"Metaspace", read_metaspace},
                                  {"Fuse", read_fuse},
                                  {"Strip", read_strip}};

}  // namespace

Status read_decoder(const Json& value, const std::string& where, TokenizerParts& parts) {
  if (value.is_null()) return unsupported_step("a tokenizer without decoder", where);
  return read_step(value, where, parts, kDecoders, "decoder", "decoders");
}

}  // namespace bakeoff::baker
