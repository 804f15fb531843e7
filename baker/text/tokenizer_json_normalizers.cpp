// Normalizers of tokenizer.json: one line of the table at the end for each.
#include "baker/text/base64.h"
#include "baker/text/charsmap.h"
#include "baker/text/tokenizer_json.h"
#include "baker/text/unicode.h"
#include "baker/text/unicode_forms.h"

namespace bakeoff::baker {
namespace {

template <NormalForm form>
Status read_form(ObjectReader&, const std::string&, TokenizerParts& parts) {
  parts.normalizer.push_back([](std::string& text) -> Status {
    text = to_normal_form(text, form);
    return {};
  });
  return {};
}

Status read_lowercase(ObjectReader&, const std::string&, TokenizerParts& parts) {
  parts.normalizer.push_back([](std::string& text) -> Status {
    text = to_lower_case(text);
    return {};
  });
  return {};
}

Status read_strip_accents(ObjectReader&, const std::string& where, TokenizerParts& parts) {
  BAKEOFF_TRY(SplitPattern marks, SplitPattern::compile("\\p{M}", where));
  parts.normalizer.push_back([marks = std::move(marks)](std::string& text) -> Status {
    BAKEOFF_TRY(text, marks.replace(text, ""));
    return {};
  });
  return {};
}

Status read_strip(ObjectReader& reader, const std::string&, TokenizerParts& parts) {
  const bool left = reader.optional("strip_left", true), right = reader.optional("strip_right", true);
  parts.normalizer.push_back([left, right](std::string& text) -> Status {
    if (right) text.resize(text.size() - trailing_white_space(text));
    if (left) text.erase(0, leading_white_space(text));
    return {};
  });
  return {};
}

Status read_prepend(ObjectReader& reader, const std::string&, TokenizerParts& parts) {
  parts.normalizer.push_back(prepending(reader.required<std::string>("prepend")));
  return {};
}

Status read_replacement(ObjectReader& reader, const std::string& where, TokenizerParts& parts) {
  BAKEOFF_TRY(Rewrite rewrite, read_replace(reader, where));
  parts.normalizer.push_back(std::move(rewrite));
  return {};
}

Status read_precompiled(ObjectReader& reader, const std::string& where, TokenizerParts& parts) {
  const auto encoded = reader.optional("precompiled_charsmap", "");
  if (encoded.empty()) return {};
  const auto bytes = bytes_of_base64(encoded);
  if (!bytes) return input_error("precompiled_charsmap is no base64", where, "fetch the file again");
  BAKEOFF_TRY(Charsmap rules, Charsmap::parse(*bytes, where));
  parts.normalizer.push_back([rules = std::move(rules)](std::string& text) -> Status {
    BAKEOFF_TRY(text, apply_precompiled(rules, text));
    return {};
  });
  return {};
}

bool nmt_removes(char32_t c) {
  return (c >= 0x01 && c <= 0x08) || c == 0x0b || (c >= 0x0e && c <= 0x1f) || c == 0x7f || c == 0x8f || c == 0x9f;
}

bool nmt_makes_space(char32_t c) {
  return c == 0x09 || c == 0x0a || c == 0x0c || c == 0x0d || c == 0x1680 || (c >= 0x200b && c <= 0x200f) ||
         c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xfeff || c == 0xfffd;
}

Status read_nmt(ObjectReader&, const std::string&, TokenizerParts& parts) {
  parts.normalizer.push_back([](std::string& text) -> Status {
    std::string result;
    for (std::size_t i = 0; i < text.size(); i += utf8_length(text[i])) {
      const char32_t c = code_point_at(text, i);
      if (!nmt_removes(c)) append_utf8(result, nmt_makes_space(c) ? ' ' : c);
    }
    text = std::move(result);
    return {};
  });
  return {};
}

Status read_byte_level(ObjectReader&, const std::string&, TokenizerParts& parts) {
  parts.normalizer.push_back([](std::string& text) -> Status {
    text = byte_level_of_bytes(text);
    return {};
  });
  return {};
}

constexpr StepKind kNormalizers[] = {{"NFC", read_form<NormalForm::c>},
                                     {"NFD", read_form<NormalForm::d>},
                                     {"NFKC", read_form<NormalForm::kc>},
                                     {"NFKD", read_form<NormalForm::kd>},
                                     {"Lowercase", read_lowercase},
                                     {"StripAccents", read_strip_accents},
                                     {"Strip", read_strip},
                                     {"Prepend", read_prepend},
                                     {"Replace", read_replacement},
                                     {"Precompiled", read_precompiled},
                                     {"Nmt", read_nmt},
                                     {"ByteLevel", read_byte_level}};

}  // namespace

Status read_normalizer(const Json& value, const std::string& where, TokenizerParts& parts) {
  return read_step(value, where, parts, kNormalizers, "normalizer", "normalizers");
}

}  // namespace bakeoff::baker
