// See tokenizer_parts.h.
#include "baker/text/tokenizer_parts.h"

#include <algorithm>

#include "baker/text/unicode.h"

namespace bakeoff::baker {
namespace {

/// Ids index a table, and may have gaps: a small hostile file must not make it huge.
TokenId largest_id(const TokenizerParts& parts) {
  constexpr std::size_t kMost = (1 << 24) - 1, kGaps = 1 << 16;
  return static_cast<TokenId>(std::min(kMost, kGaps + 2 * (parts.vocabulary().size() + parts.added.size())));
}

/// How many times longer all steps together can make a text. Each step of a hostile chain would double it.
double growth(const std::vector<Rewrite>& steps) {
  double factor = 1;
  for (const Rewrite& step : steps) factor *= step.growth;
  return factor;
}
constexpr double kMostGrowth = 100;

}  // namespace

std::string_view StripRule::apply(std::string_view whole) const {
  for (std::size_t i = 0; i < start && whole.starts_with(text); ++i) whole.remove_prefix(text.size());
  for (std::size_t i = 0; i < stop && whole.ends_with(text); ++i) whole.remove_suffix(text.size());
  return whole;
}

Rewrite replacing(std::string from, std::string to) {
  const double growth = std::max(1.0, static_cast<double>(to.size()) / static_cast<double>(from.size()));
  return {[from = std::move(from), to = std::move(to)](std::string& text) -> Status {
            text = replace_all(text, from, to);
            return {};
          },
          growth};
}

Rewrite prepending(std::string prefix) {
  return {[prefix = std::move(prefix)](std::string& text) -> Status {
    if (!text.empty()) text.insert(0, prefix);
    return {};
  }};
}

Status decode_byte_token(std::string& token) {
  if (const auto byte = byte_of_token(token)) token.assign(1, static_cast<char>(*byte));
  return {};
}

Status decode_byte_level(std::string& token) {
  if (auto bytes = bytes_of_byte_level(token)) token = std::move(*bytes);
  return {};
}

Status TokenizerParts::place(TokenId id, std::string_view text, const std::string& where) {
  if (const TokenId largest = largest_id(*this); id < 0 || id > largest)
    return input_error("token \"" + std::string(text) + "\" has the id " + std::to_string(id), where,
                       "with so few tokens ids are from 0 to " + std::to_string(largest));
  if (!is_valid_utf8(text)) return input_error("the text of token " + std::to_string(id) + " is no UTF-8", where);
  const auto index = static_cast<std::size_t>(id);
  if (index >= entries.size()) entries.resize(index + 1);
  if (entries[index].known && entries[index].text != text)
    return input_error(
        "id " + std::to_string(id) + " is both \"" + entries[index].text + "\" and \"" + std::string(text) + "\"",
        where);
  entries[index].text = entries[index].shown = text;
  entries[index].known = true;
  return {};
}

Result<std::string> TokenizerParts::decoded(const TokenEntry& entry, bool first) const {
  std::string text = entry.shown;
  if (first && !decoding.first_token_drops.empty()) text = replace_all(text, decoding.first_token_drops, "");
  for (const Rewrite& rule : decoding.each_token) BAKEOFF_CHECK(rule(text));
  return text;
}

Status TokenizerParts::finish(const std::string& where) {
  if (std::max(growth(normalizer), growth(decoding.each_token)) > kMostGrowth)
    return input_error("its replacements could make a text more than 100 times longer", where,
                       "fetch the tokenizer again");
  for (const auto& [text, id] : vocabulary()) BAKEOFF_CHECK(place(id, text, where));
  for (const AddedToken& token : added) {
    BAKEOFF_CHECK(place(token.id, token.text, where));
    TokenEntry& entry = entries[static_cast<std::size_t>(token.id)];
    entry.special = token.special;
    added_ids.insert_or_assign(token.text, token.id);
    if (token.normalized) {
      BAKEOFF_TRY(const std::string normalized, normalize(token.text));
      normalized_added.add(token, normalized);
      entry.shown = normalized;
    } else {
      raw_added.add(token, token.text);
    }
  }
  for (TokenEntry& entry : entries) {
    BAKEOFF_TRY(entry.bytes, decoded(entry, false));
  }
  unigram ? unigram->index() : bpe.index_bytes();
  for (const auto* ids : {&before, &after})
    for (const TokenId id : *ids)
      if (id < 0 || static_cast<std::size_t>(id) >= entries.size() || !entries[static_cast<std::size_t>(id)].known)
        return input_error("the id " + std::to_string(id) + " put around texts is no token", where);
  return {};
}

Result<std::string> TokenizerParts::normalize(std::string_view text) const {
  std::string result(text);
  for (const Rewrite& step : normalizer) BAKEOFF_CHECK(step(result));
  return result;
}

Status TokenizerParts::encode_word(std::string_view word, std::vector<TokenId>& ids) const {
  if (unigram) return unigram->encode(word, ids);
  bpe.encode(word, ids);
  return {};
}

std::optional<TokenId> TokenizerParts::id_of(std::string_view token) const {
  if (const auto found = added_ids.find(token); found != added_ids.end()) return found->second;
  if (const auto found = vocabulary().find(token); found != vocabulary().end()) return found->second;
  return std::nullopt;
}

}  // namespace bakeoff::baker
