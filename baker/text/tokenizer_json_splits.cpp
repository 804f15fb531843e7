// Pre-tokenizers of tokenizer.json: one line of the table at the end for each.
#include <algorithm>

#include "baker/text/tokenizer_json.h"
#include "baker/text/unicode.h"

namespace bakeoff::baker {
namespace {

struct NamedBehavior {
  const char* name;
  SplitBehavior behavior;
};
constexpr NamedBehavior kBehaviors[] = {{"Isolated", SplitBehavior::isolated},
                                        {"Removed", SplitBehavior::removed},
                                        {"Contiguous", SplitBehavior::contiguous},
                                        {"MergedWithPrevious", SplitBehavior::merged_with_previous},
                                        {"MergedWithNext", SplitBehavior::merged_with_next}};

Result<SplitBehavior> behavior_named(const std::string& name, const std::string& where) {
  const auto* found =
      std::find_if(std::begin(kBehaviors), std::end(kBehaviors), [&](auto& known) { return name == known.name; });
  if (found == std::end(kBehaviors)) return unsupported_step("the behavior " + name, where);
  return found->behavior;
}

Status add_split(TokenizerParts& parts, const std::string& pattern, SplitBehavior behavior, const std::string& where) {
  BAKEOFF_TRY(const SplitPattern compiled, SplitPattern::compile(pattern, where));
  parts.words.steps.push_back({.pattern = compiled, .behavior = behavior});
  return {};
}

Status read_byte_level(ObjectReader& reader, const std::string& where, TokenizerParts& parts) {
  reader.raw("trim_offsets");
  SplitStep step;
  if (reader.optional("add_prefix_space", true)) step.scope = PrefixScope::every_piece;
  if (reader.optional("use_regex", true)) {
    BAKEOFF_TRY(step.pattern, SplitPattern::compile(kGpt2Pattern, where));
  }
  step.to_bytes = parts.bpe.byte_level = true;
  parts.words.steps.push_back(std::move(step));
  return {};
}

/// Older files say add_prefix_space where newer ones have prepend_scheme.
Result<PrefixScope> read_prefix_scope(ObjectReader& reader) {
  const bool has_scheme = reader.has("prepend_scheme");
  const bool adds = reader.optional("add_prefix_space", true);
  const std::string scheme = reader.optional("prepend_scheme", adds ? "always" : "never");
  if (scheme == "never") return PrefixScope::none;
  if (scheme == "first") return PrefixScope::start_of_text;
  if (scheme == "always") return adds || has_scheme ? PrefixScope::every_piece : PrefixScope::none;
  return unsupported_step("the scheme " + scheme, reader.path("prepend_scheme"));
}

Status read_metaspace(ObjectReader& reader, const std::string& where, TokenizerParts& parts) {
  SplitStep step;
  step.prefix = step.for_spaces = reader.required<std::string>("replacement");
  reader.raw("str_rep");
  BAKEOFF_TRY(step.scope, read_prefix_scope(reader));
  step.behavior = SplitBehavior::merged_with_next;
  if (step.prefix.empty() || utf8_length(step.prefix.front()) != step.prefix.size())
    return unsupported_step("a Metaspace whose replacement is not one character", where);
  if (reader.optional("split", true)) {
    BAKEOFF_TRY(step.pattern, SplitPattern::literal(step.prefix, where));
  }
  parts.words.steps.push_back(std::move(step));
  return {};
}

Status read_digits(ObjectReader& reader, const std::string& where, TokenizerParts& parts) {
  const bool individual = reader.optional("individual_digits", false);
  return add_split(parts, individual ? "\\p{N}" : "\\p{N}+", SplitBehavior::isolated, where);
}

/// Hugging Face's tokenizers know the marks of Unicode 8 (and two that have left their class since). These came later,
/// up to Unicode 18.
constexpr const char* kLaterMarks =
    R"(\x{61d}\x{9fd}\x{a76}\x{c77}\x{c84}\x{1b4e}\x{1b4f}\x{1b7d}-\x{1b7f}\x{2e43}-\x{2e4f}\x{2e52}-\x{2e5d})"
    R"(\x{2e60}-\x{2e63}\x{10d6e}\x{10ead}\x{10ed0}\x{10f55}-\x{10f59}\x{10f86}-\x{10f89}\x{113d4}\x{113d5}\x{113d7})"
    R"(\x{113d8}\x{1144b}-\x{1144f}\x{1145a}\x{1145b}\x{1145d}\x{11660}-\x{1166c}\x{116b9}\x{1183b}\x{11944}-\x{11946})"
    R"(\x{119e2}\x{11a3f}-\x{11a46}\x{11a9a}-\x{11a9c}\x{11a9e}-\x{11aa2}\x{11b00}-\x{11b09}\x{11be1}\x{11c41}-\x{11c45})"
    R"(\x{11c70}\x{11c71}\x{11ef7}\x{11ef8}\x{11f43}-\x{11f4f}\x{11fff}\x{12ff1}\x{12ff2}\x{16d6d}-\x{16d6f})"
    R"(\x{16e97}-\x{16e9a}\x{16fe2}\x{1e5ff}\x{1e95e}\x{1e95f})";

Status read_punctuation(ObjectReader& reader, const std::string& where, TokenizerParts& parts) {
  BAKEOFF_TRY(const SplitBehavior behavior, behavior_named(reader.optional("behavior", "Isolated"), where));
  const std::string marks = std::string("(?![") + kLaterMarks + "])[\\p{P}\\x{166d}\\x{111c9}$+<=>^`|~]";
  return add_split(parts, marks, behavior, where);
}

Status read_white_space(ObjectReader&, const std::string& where, TokenizerParts& parts) {
  const std::string word = kWordCharacters;
  BAKEOFF_CHECK(add_split(parts, "[" + word + "]+|[^" + word + "\\s]+", SplitBehavior::removed, where));
  parts.words.steps.back().invert = true;
  return {};
}

Status read_white_space_split(ObjectReader&, const std::string& where, TokenizerParts& parts) {
  return add_split(parts, "\\s", SplitBehavior::removed, where);
}

Status read_delimiter(ObjectReader& reader, const std::string& where, TokenizerParts& parts) {
  const auto delimiter = reader.required<std::string>("delimiter");
  BAKEOFF_TRY(const SplitPattern pattern, SplitPattern::literal(delimiter, where));
  parts.words.steps.push_back({.pattern = pattern, .behavior = SplitBehavior::removed});
  return {};
}

Status read_split(ObjectReader& reader, const std::string&, TokenizerParts& parts) {
  SplitStep step;
  step.invert = reader.optional("invert", false);
  BAKEOFF_TRY(step.behavior, behavior_named(reader.required<std::string>("behavior"), reader.path("behavior")));
  BAKEOFF_TRY(const JsonPattern pattern, read_pattern(reader.raw("pattern"), reader.path("pattern")));
  const auto make = pattern.regex ? SplitPattern::compile : SplitPattern::literal;
  BAKEOFF_TRY(step.pattern, make(pattern.text, reader.path("pattern")));
  parts.words.steps.push_back(std::move(step));
  return {};
}

constexpr StepKind kPreTokenizers[] = {{"ByteLevel", read_byte_level},
                                       {"Metaspace", read_metaspace},
                                       {"Split", read_split},
                                       {"Digits", read_digits},
                                       {"Punctuation", read_punctuation},
                                       {"Whitespace", read_white_space},
                                       {"WhitespaceSplit", read_white_space_split},
                                       {"CharDelimiterSplit", read_delimiter}};

}  // namespace

Status read_pre_tokenizer(const Json& value, const std::string& where, TokenizerParts& parts) {
  BAKEOFF_CHECK(read_step(value, where, parts, kPreTokenizers, "pre-tokenizer", "pretokenizers"));
  const auto& steps = parts.words.steps;
  const auto to_bytes = std::find_if(steps.begin(), steps.end(), [](const SplitStep& step) { return step.to_bytes; });
  if (to_bytes != steps.end() && to_bytes + 1 != steps.end())
    return unsupported_step("a pre-tokenizer after ByteLevel", where);
  return {};
}

}  // namespace bakeoff::baker
