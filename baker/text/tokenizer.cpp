// See tokenizer.h.
#include "baker/text/tokenizer.h"

#include <algorithm>
#include <limits>

#include "baker/text/tokenizer_parts.h"

namespace bakeoff::baker {
namespace {

/// The work of one encode call.
class Encoder {
 public:
  Encoder(const TokenizerParts& parts, bool parse_special) : parts_(parts), parse_special_(parse_special) {}

  Status run(std::string_view text) {
    for (const AddedTokens::Part& part : parts_.raw_added.split(text, parse_special_)) {
      const bool at_start = part.text.data() == text.data();
      if (part.id >= 0)
        ids.push_back(part.id);
      else
        BAKEOFF_CHECK(encode_raw({part.text, at_start}));
    }
    return {};
  }

  std::vector<TokenId> ids;

 private:
  Status encode_raw(Piece raw) {
    if (parts_.normalizer.empty()) return encode_normalized(raw);
    BAKEOFF_TRY(const std::string normalized, parts_.normalize(raw.text));
    return encode_normalized({normalized, raw.at_start});
  }

  Status encode_normalized(Piece whole) {
    for (const AddedTokens::Part& part : parts_.normalized_added.split(whole.text, parse_special_)) {
      const bool at_start = whole.at_start && part.text.data() == whole.text.data();
      if (part.id >= 0)
        ids.push_back(part.id);
      else
        BAKEOFF_CHECK(encode_words({part.text, at_start}));
    }
    return {};
  }

  Status encode_words(Piece whole) {
    std::vector<Piece> words;
    std::deque<std::string> own;
    BAKEOFF_CHECK(parts_.words.split(whole, words, own));
    for (const Piece& word : words) BAKEOFF_CHECK(parts_.encode_word(word.text, ids));
    return {};
  }

  const TokenizerParts& parts_;
  bool parse_special_;
};

/// A text shorter than this has words whose symbols 32 bits can number, the normaliser's additions included.
constexpr std::size_t kLongestText = std::numeric_limits<std::int32_t>::max();

Status check_text(std::string_view text) {
  if (text.size() > kLongestText) return input_error("a text of 2 GiB or more can not be tokenized", "", "split it");
  if (is_valid_utf8(text)) return {};
  const std::string repaired = to_valid_utf8(text);
  const auto first_bad = std::mismatch(text.begin(), text.end(), repaired.begin(), repaired.end()).first - text.begin();
  return input_error("the text is no UTF-8 at byte " + std::to_string(first_bad), "", "convert it to UTF-8");
}

const TokenEntry* entry_of(const TokenizerParts& parts, TokenId id) {
  if (id < 0 || static_cast<std::size_t>(id) >= parts.entries.size()) return nullptr;
  const TokenEntry& entry = parts.entries[static_cast<std::size_t>(id)];
  return entry.known ? &entry : nullptr;
}

}  // namespace

Result<Tokenizer> Tokenizer::from_gguf(const Gguf& gguf) {
  BAKEOFF_TRY(auto parts, tokenizer_parts_from_gguf(gguf));
  return Tokenizer(std::move(parts));
}

Result<Tokenizer> Tokenizer::from_json(const Path& file) {
  BAKEOFF_TRY(auto parts, tokenizer_parts_from_json(file));
  return Tokenizer(std::move(parts));
}

Result<Tokenizer> Tokenizer::from_model(const Path& file) {
  BAKEOFF_TRY(auto parts, tokenizer_parts_from_model(file));
  return Tokenizer(std::move(parts));
}

Result<Tokenizer> Tokenizer::from_folder(const Path& folder) {
  std::error_code ignored;
  const auto has = [&](const char* name) { return std::filesystem::exists(folder / name, ignored); };
  if (has("tokenizer.json")) return from_json(folder / "tokenizer.json");
  if (has("tokenizer.model")) return from_model(folder / "tokenizer.model");
  if (!has("vocab.json") || !has("merges.txt"))
    return input_error("the folder has no tokenizer", folder.string(),
                       "it needs tokenizer.json, tokenizer.model, or vocab.json with merges.txt");
  BAKEOFF_TRY(auto parts, tokenizer_parts_from_merges(folder));
  return Tokenizer(std::move(parts));
}

Result<std::vector<TokenId>> Tokenizer::encode(std::string_view text, EncodeOptions options) const {
  BAKEOFF_CHECK(check_text(text));
  Encoder encoder(*parts_, options.parse_special);
  if (options.add_special) encoder.ids = parts_->before;
  BAKEOFF_CHECK(encoder.run(text));
  if (options.add_special) encoder.ids.insert(encoder.ids.end(), parts_->after.begin(), parts_->after.end());
  return std::move(encoder.ids);
}

std::string Tokenizer::decode_bytes(std::span<const TokenId> ids, bool skip_special) const {
  std::string bytes;
  bool first = !parts_->decoding.first_token_drops.empty();
  for (const TokenId id : ids) {
    const TokenEntry* entry = entry_of(*parts_, id);
    if (!entry || (skip_special && entry->special)) continue;
    const auto as_first = first ? parts_->decoded(*entry, true) : entry->bytes;
    bytes += as_first.ok() ? *as_first : entry->bytes;
    first = false;
  }
  std::string_view whole = bytes;
  for (const StripRule& rule : parts_->decoding.whole) whole = rule.apply(whole);
  return std::string(whole);
}

Result<std::string> Tokenizer::decode(std::span<const TokenId> ids, bool skip_special) const {
  for (const TokenId id : ids)
    if (!entry_of(*parts_, id))
      return input_error("there is no token with the id " + std::to_string(id), "",
                         "the vocabulary has " + std::to_string(size()) + " ids");
  return to_valid_utf8(decode_bytes(ids, skip_special));
}

std::optional<TokenId> Tokenizer::id_of(std::string_view token) const { return parts_->id_of(token); }

std::string Tokenizer::token_text(TokenId id) const {
  const TokenEntry* entry = entry_of(*parts_, id);
  return entry ? entry->text : "";
}

bool Tokenizer::is_special(TokenId id) const {
  const TokenEntry* entry = entry_of(*parts_, id);
  return entry && entry->special;
}

std::int64_t Tokenizer::size() const { return static_cast<std::int64_t>(parts_->entries.size()); }
std::optional<TokenId> Tokenizer::bos() const { return parts_->bos; }
std::optional<TokenId> Tokenizer::eos() const { return parts_->eos; }

bool Tokenizer::add_bos() const {
  return parts_->bos && !parts_->before.empty() && parts_->before.front() == *parts_->bos;
}

std::string Tokenizer::bos_text() const { return parts_->bos ? token_text(*parts_->bos) : ""; }
std::string Tokenizer::eos_text() const { return parts_->eos ? token_text(*parts_->eos) : ""; }

}  // namespace bakeoff::baker
