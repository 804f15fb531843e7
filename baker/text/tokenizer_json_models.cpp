// Models of tokenizer.json: one line of the table at the end for each.
#include <algorithm>

#include "baker/text/tokenizer_json.h"

namespace bakeoff::baker {
namespace {

/// Null and "" say that there is none.
Result<std::string> read_affix(ObjectReader& reader, const char* key) {
  const Json& value = reader.raw(key);
  if (value.is_null()) return std::string();
  if (!value.is_string()) return input_error("expected text", reader.path(key));
  return value.get<std::string>();
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

Status read_bpe(ObjectReader& reader, const std::string& where, TokenizerParts& parts) {
  Bpe& bpe = parts.bpe;
  bpe.fuse_unknown = reader.optional("fuse_unk", false);
  bpe.byte_fallback = reader.optional("byte_fallback", false);
  bpe.ignore_merges = reader.optional("ignore_merges", false);
  const Json& dropout = reader.raw("dropout");
  BAKEOFF_TRY(bpe.continuing_prefix, read_affix(reader, "continuing_subword_prefix"));
  BAKEOFF_TRY(bpe.end_suffix, read_affix(reader, "end_of_word_suffix"));
  if (!dropout.is_null() && dropout != 0.0) return unsupported_step("dropout", where);
  if (bpe.byte_level && (!bpe.continuing_prefix.empty() || !bpe.end_suffix.empty()))
    return unsupported_step("a prefix or suffix of words together with ByteLevel", where);
  BAKEOFF_CHECK(read_vocabulary(reader.raw("vocab"), where + ".vocab", bpe));
  BAKEOFF_CHECK(read_merges(reader.raw("merges"), where + ".merges", bpe));
  return read_unknown(reader.raw("unk_token"), where + ".unk_token", bpe);
}

/// [["▁the", -3.2], ...]: ids are places in the list.
Status read_scores(const Json& value, const std::string& where, Unigram& unigram) {
  if (!value.is_array() || value.empty()) return input_error("expected a list of pieces and scores", where);
  for (const Json& entry : value) {
    const bool fits = entry.is_array() && entry.size() == 2 && entry[0].is_string() && entry[1].is_number();
    if (!fits) return input_error("expected a piece and its score, found " + dump(entry), where);
    const auto id = static_cast<TokenId>(unigram.scores.size());
    unigram.scores.push_back(entry[1].get<double>());
    unigram.vocabulary.insert_or_assign(entry[0].get<std::string>(), id);
  }
  unigram.least_score = *std::min_element(unigram.scores.begin(), unigram.scores.end());
  return {};
}

Status read_unigram(ObjectReader& reader, const std::string& where, TokenizerParts& parts) {
  if (parts.bpe.byte_level) return unsupported_step("ByteLevel with the model Unigram", where);
  Unigram unigram;
  unigram.byte_fallback = reader.optional("byte_fallback", false);
  BAKEOFF_CHECK(read_scores(reader.raw("vocab"), where + ".vocab", unigram));
  const Json& unknown = reader.raw("unk_id");
  if (!unknown.is_null()) {
    const auto last = static_cast<int>(unigram.scores.size()) - 1;
    unigram.unknown = reader.in_range<int>("unk_id", 0, 0, last);
  }
  parts.unigram = std::move(unigram);
  return {};
}

constexpr StepKind kModels[] = {{"BPE", read_bpe}, {"Unigram", read_unigram}};

}  // namespace

/// Older files leave the type of a BPE out.
Status read_model(const Json& value, const std::string& where, TokenizerParts& parts) {
  if (!value.is_object() || value.contains("type")) return read_step(value, where, parts, kModels, "model", "models");
  Json typed = value;
  typed["type"] = "BPE";
  return read_step(typed, where, parts, kModels, "model", "models");
}

}  // namespace bakeoff::baker
