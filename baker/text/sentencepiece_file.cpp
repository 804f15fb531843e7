// "tokenizer.model": SentencePiece's ModelProto (google/sentencepiece, src/sentencepiece_model.proto), and tiktoken's
// ranks, which Llama 3 ships under the same name.
#include <bit>

#include "baker/text/base64.h"
#include "baker/text/protobuf.h"
#include "baker/text/sentencepiece.h"
#include "baker/text/split_patterns.h"
#include "baker/text/tokenizer_json.h"
#include "baker/text/unicode.h"

namespace bakeoff::baker {
namespace {

// ModelProto: pieces = 1, trainer_spec = 2, normalizer_spec = 3, denormalizer_spec = 5.
// SentencePiece: piece = 1, score = 2, type = 3.
Status read_piece(std::string_view bytes, const std::string& where, SentencePieceModel& model) {
  SentencePiece piece;
  for (ProtobufReader reader(bytes, where); !reader.done();) {
    BAKEOFF_TRY(const ProtobufField field, reader.next());
    if (field.number == 1) piece.text = field.bytes;
    if (field.number == 2) piece.score = std::bit_cast<float>(static_cast<std::uint32_t>(field.value));
    if (field.number != 3) continue;
    if (field.value < 1 || field.value > 6)
      return input_error("a piece has the type " + std::to_string(field.value), where);
    piece.type = static_cast<PieceType>(field.value);
  }
  model.pieces.push_back(std::move(piece));
  return {};
}

/// What of the TrainerSpec matters here, with its defaults.
struct TrainerSpec {
  std::uint64_t model_type = 1;  ///< 1 unigram, 2 BPE, 3 word, 4 character
  std::int64_t bos = 1, eos = 2;
};

/// model_type = 3, treat_whitespace_as_suffix = 24, byte_fallback = 35, bos_id = 41, eos_id = 42.
Status read_trainer(std::string_view bytes, const std::string& where, TrainerSpec& trainer, SentencePieceModel& model) {
  for (ProtobufReader reader(bytes, where); !reader.done();) {
    BAKEOFF_TRY(const ProtobufField field, reader.next());
    if (field.number == 3) trainer.model_type = field.value;
    if (field.number == 24) model.rules.suffix = field.value != 0;
    if (field.number == 35) model.byte_fallback = field.value != 0;
    if (field.number == 41) trainer.bos = static_cast<std::int32_t>(field.value);
    if (field.number == 42) trainer.eos = static_cast<std::int32_t>(field.value);
  }
  return {};
}

/// precompiled_charsmap = 2, add_dummy_prefix = 3, remove_extra_whitespaces = 4, escape_whitespaces = 5.
Status read_rules(std::string_view bytes, const std::string& where, SentencePieceRules& rules) {
  for (ProtobufReader reader(bytes, where); !reader.done();) {
    BAKEOFF_TRY(const ProtobufField field, reader.next());
    if (field.number == 2 && !field.bytes.empty()) {
      BAKEOFF_TRY(rules.charsmap, Charsmap::parse(field.bytes, where));
    }
    if (field.number == 3) rules.add_dummy_prefix = field.value != 0;
    if (field.number == 4) rules.remove_extra_whitespaces = field.value != 0;
    if (field.number == 5) rules.escape_whitespaces = field.value != 0;
  }
  return {};
}

Status read_model_proto(std::string_view bytes, const std::string& where, TrainerSpec& trainer,
                        SentencePieceModel& model) {
  for (ProtobufReader reader(bytes, where); !reader.done();) {
    BAKEOFF_TRY(const ProtobufField field, reader.next());
    if (field.number == 1) BAKEOFF_CHECK(read_piece(field.bytes, where + ": pieces", model));
    if (field.number == 2) BAKEOFF_CHECK(read_trainer(field.bytes, where + ": trainer_spec", trainer, model));
    if (field.number == 3) BAKEOFF_CHECK(read_rules(field.bytes, where + ": normalizer_spec", model.rules));
    if (field.number == 5 && field.bytes.size() > 0) {
      SentencePieceRules back;
      BAKEOFF_CHECK(read_rules(field.bytes, where + ": denormalizer_spec", back));
      if (back.charsmap) return unsupported_step("a denormalizer", where);
    }
  }
  if (trainer.model_type != 1 && trainer.model_type != 2)
    return unsupported_step(trainer.model_type == 3 ? "the model type word" : "the model type char", where);
  model.unigram = trainer.model_type == 1;
  return {};
}

/// The model says which ids are BOS and EOS, the configuration beside it whether they are put around texts.
Status put_around(const TrainerSpec& trainer, const Path& folder, TokenizerParts& parts) {
  const auto place = [&](std::int64_t id) {
    const bool there = id >= 0 && id < static_cast<std::int64_t>(parts.entries.size());
    return there ? std::optional(static_cast<TokenId>(id)) : std::nullopt;
  };
  parts.bos = place(trainer.bos);
  parts.eos = place(trainer.eos);
  std::error_code ignored;
  if (!std::filesystem::exists(folder / "tokenizer_config.json", ignored)) return {};
  BAKEOFF_TRY(const Json config, read_json_file(folder / "tokenizer_config.json"));
  const auto asks = [&](const char* key) { return config.is_object() && config.contains(key) && config[key] == true; };
  if (asks("add_bos_token") && parts.bos) parts.before = {*parts.bos};
  if (asks("add_eos_token") && parts.eos) parts.after = {*parts.eos};
  return {};
}

Parts parts_from_model_proto(std::string_view bytes, const Path& file) {
  SentencePieceModel model;
  TrainerSpec trainer;
  BAKEOFF_CHECK(read_model_proto(bytes, file.string(), trainer, model));
  auto parts = std::make_shared<TokenizerParts>();
  BAKEOFF_CHECK(add_sentencepiece(model, file.string(), *parts));
  BAKEOFF_CHECK(parts->finish(file.string()));
  BAKEOFF_CHECK(put_around(trainer, file.parent_path(), *parts));
  return std::shared_ptr<const TokenizerParts>(std::move(parts));
}

/// Lines of a token in base64 and its rank, which is its id too.
Status read_ranks(std::string_view text, const std::string& where, TokenMap& vocabulary) {
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::string_view row = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), row.size() + 1));
    const auto bytes = bytes_of_base64(row.substr(0, row.find(' ')));
    const std::string rank = std::to_string(line - 1);
    if (!bytes || row.substr(std::min(row.size(), row.find(' '))) != " " + rank)
      return input_error("expected a token in base64 and the rank " + rank, where + ":" + std::to_string(line));
    vocabulary.emplace(byte_level_of_bytes(*bytes), static_cast<TokenId>(line - 1));
  }
  return {};
}

/// Llama 3's: the file does not hold the special tokens, so there are none.
Parts parts_from_ranks(std::string_view text, const Path& file) {
  auto parts = std::make_shared<TokenizerParts>();
  Bpe& bpe = parts->bpe;
  BAKEOFF_CHECK(read_ranks(text, file.string(), bpe.vocabulary));
  std::vector<double> scores(bpe.vocabulary.size());
  for (std::size_t i = 0; i < scores.size(); ++i) scores[i] = -static_cast<double>(i);
  add_merges_by_score(bpe, scores, std::vector<bool>(scores.size(), false));
  bpe.byte_level = bpe.ignore_merges = true;
  parts->decoding.each_token.push_back(decode_byte_level);
  BAKEOFF_TRY(const SplitPattern pattern, SplitPattern::compile(splits_named("llama-bpe")->patterns[0], file.string()));
  parts->words.steps.push_back({.pattern = pattern});
  BAKEOFF_CHECK(parts->finish(file.string()));
  return std::shared_ptr<const TokenizerParts>(std::move(parts));
}

}  // namespace

Parts tokenizer_parts_from_model(const Path& file) {
  BAKEOFF_TRY(const std::string bytes, read_file(file));
  // Ranks begin with "IQ== 0", the byte "!"; a ModelProto with the key of its first piece, a line feed.
  return bytes.starts_with("IQ== 0\n") ? parts_from_ranks(bytes, file) : parts_from_model_proto(bytes, file);
}

}  // namespace bakeoff::baker
