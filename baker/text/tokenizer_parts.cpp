// See tokenizer_parts.h.
#include "baker/text/tokenizer_parts.h"

#include <algorithm>

#include "baker/text/unicode.h"
#include "baker/text/unicode_nfc.h"

namespace bakeoff::baker {
namespace {

/// Ids index a table, and may have gaps: a small hostile file must not make it huge.
TokenId largest_id(const TokenizerParts& parts) {
  constexpr std::size_t kMost = (1 << 24) - 1, kGaps = 1 << 16;
  return static_cast<TokenId>(std::min(kMost, kGaps + 2 * (parts.bpe.vocabulary.size() + parts.added.size())));
}

/// How many times longer replacements can make a text. Each step of a hostile chain would double it.
double growth(const std::vector<NormalizerStep>& steps) {
  double factor = 1;
  for (const NormalizerStep& step : steps)
    if (step.kind == NormalizerStep::Kind::replace)
      factor *= std::max(1.0, static_cast<double>(step.to.size()) / static_cast<double>(step.from.size()));
  return factor;
}
constexpr double kMostGrowth = 100;

}  // namespace

std::string replace_all(std::string_view text, const std::string& from, const std::string& to) {
  std::string result;
  std::size_t done = 0;
  for (std::size_t at; (at = text.find(from, done)) != text.npos; done = at + from.size()) {
    result.append(text.substr(done, at - done));
    result += to;
  }
  return result.append(text.substr(done));
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
  entries[index].text = text;
  entries[index].known = true;
  return {};
}

std::string TokenizerParts::decoded(const TokenEntry& entry) const {
  if (decoding.byte_level) {
    if (entry.added) return entry.text;
    return bytes_of_byte_level(entry.text).value_or(entry.text);
  }
  if (decoding.byte_fallback)
    if (const auto byte = byte_of_token(entry.text)) return std::string(1, static_cast<char>(*byte));
  std::string text = entry.text;
  for (const NormalizerStep& step : decoding.replace) text = replace_all(text, step.from, step.to);
  return text;
}

Status TokenizerParts::finish(const std::string& where) {
  if (std::max(growth(normalizer), growth(decoding.replace)) > kMostGrowth)
    return input_error("its replacements could make a text more than 100 times longer", where,
                       "fetch the tokenizer again");
  for (const auto& [text, id] : bpe.vocabulary) BAKEOFF_CHECK(place(id, text, where));
  for (const AddedToken& token : added) {
    BAKEOFF_CHECK(place(token.id, token.text, where));
    TokenEntry& entry = entries[static_cast<std::size_t>(token.id)];
    entry.special = token.special;
    entry.added = true;
    added_ids.insert_or_assign(token.text, token.id);
    if (token.normalized)
      normalized_added.add(token, normalize(token.text));
    else
      raw_added.add(token, token.text);
  }
  for (TokenEntry& entry : entries) entry.bytes = decoded(entry);
  bpe.index_bytes();
  for (const auto* ids : {&before, &after})
    for (const TokenId id : *ids)
      if (id < 0 || static_cast<std::size_t>(id) >= entries.size() || !entries[static_cast<std::size_t>(id)].known)
        return input_error("the id " + std::to_string(id) + " put around texts is no token", where);
  return {};
}

std::string TokenizerParts::normalize(std::string_view text) const {
  std::string result(text);
  for (const NormalizerStep& step : normalizer) {
    if (step.kind == NormalizerStep::Kind::replace)
      result = replace_all(result, step.from, step.to);
    else if (step.kind == NormalizerStep::Kind::nfc)
      result = to_nfc(result);
    else if (!result.empty())
      result.insert(0, step.to);
  }
  return result;
}

std::optional<TokenId> TokenizerParts::id_of(std::string_view token) const {
  if (const auto found = added_ids.find(token); found != added_ids.end()) return found->second;
  if (const auto found = bpe.vocabulary.find(token); found != bpe.vocabulary.end()) return found->second;
  return std::nullopt;
}

}  // namespace bakeoff::baker
