// See sentencepiece.h.
#include "baker/text/sentencepiece.h"

#include <algorithm>
#include <limits>

#include "baker/text/unicode.h"

namespace bakeoff::baker {
namespace {

constexpr const char* kSpaceSymbol = "\u2581";
constexpr std::size_t kLongestPiece = 4096;  ///< bytes; cutting a piece at every place takes the square of its length

/// What stands for the beginning of a text, and how many bytes of it that covers.
struct Prefix {
  std::string_view text;
  std::size_t length;
};

Prefix normalized_prefix(const SentencePieceRules& rules, const ByteTrie& kept, std::string_view text) {
  if (const auto match = kept.longest(text); match.length > 0) return {text.substr(0, match.length), match.length};
  if (rules.charsmap)
    if (const auto rule = rules.charsmap->longest(text)) return {rule->replacement, rule->length};
  const std::size_t length = utf8_length(text.front());
  return {text.substr(0, length), length};
}

void append_escaped(std::string& result, std::string_view text, std::string_view space) {
  for (const char c : text) c == ' ' ? result.append(space) : result.append(1, c);
}

void drop_leading_spaces(const SentencePieceRules& rules, const ByteTrie& kept, std::string_view& text) {
  while (!text.empty()) {
    const Prefix prefix = normalized_prefix(rules, kept, text);
    if (prefix.text != " ") break;
    text.remove_prefix(prefix.length);
  }
}

Status check_piece(const SentencePiece& piece, const std::string& where) {
  if (piece.text.size() > kLongestPiece)
    return input_error("a piece is longer than " + std::to_string(kLongestPiece) + " bytes", where);
  if (!is_valid_utf8(piece.text)) return input_error("a piece is no UTF-8", where, "fetch the file again");
  return {};
}

bool is_piece_of_text(PieceType type) { return type == PieceType::normal || type == PieceType::user_defined; }

Status fill_vocabulary(const SentencePieceModel& model, const std::string& where, TokenizerParts& parts) {
  std::optional<TokenId> unknown;
  for (std::size_t i = 0; i < model.pieces.size(); ++i) {
    const SentencePiece& piece = model.pieces[i];
    const auto id = static_cast<TokenId>(i);
    BAKEOFF_CHECK(check_piece(piece, where));
    if (piece.type == PieceType::unused && !model.unigram)
      return input_error("unused pieces in a BPE vocabulary are not supported", where);
    if (!parts.vocabulary().emplace(piece.text, id).second)
      return input_error("the piece \"" + piece.text + "\" comes twice", where, "fetch the file again");
    if (piece.type == PieceType::unknown) unknown = id;
    const bool special = piece.type == PieceType::unknown || piece.type == PieceType::control;
    if (special || (model.user_defined_first && piece.type == PieceType::user_defined))
      parts.added.push_back({.id = id, .text = piece.text, .special = special});
  }
  (parts.unigram ? parts.unigram->unknown : parts.bpe.unknown) = unknown;
  return {};
}

void fill_scores(const SentencePieceModel& model, Unigram& unigram) {
  double least = std::numeric_limits<float>::max(), greatest = std::numeric_limits<float>::min();
  for (const SentencePiece& piece : model.pieces)
    if (piece.type == PieceType::normal) {
      least = std::min(least, piece.score);
      greatest = std::max(greatest, piece.score);
    }
  unigram.least_score = least;
  for (const SentencePiece& piece : model.pieces) {
    unigram.never.push_back(!is_piece_of_text(piece.type));
    // A user-defined piece beats every other way to write its text (src/unigram_model.cc).
    const double length = static_cast<double>(piece.text.size());
    unigram.scores.push_back(piece.type == PieceType::user_defined ? length * greatest - 0.1 : piece.score);
  }
}

void fill_merges(const SentencePieceModel& model, Bpe& bpe) {
  std::vector<double> scores;
  std::vector<bool> frozen;
  for (const SentencePiece& piece : model.pieces) {
    scores.push_back(piece.score);
    frozen.push_back(piece.type != PieceType::normal);
  }
  add_merges_by_score(bpe, scores, frozen);
}

}  // namespace

std::string normalize_sentencepiece(const SentencePieceRules& rules, const ByteTrie& kept, std::string_view text) {
  const std::string_view space = rules.escape_whitespaces ? kSpaceSymbol : " ";
  if (rules.remove_extra_whitespaces) drop_leading_spaces(rules, kept, text);
  if (text.empty()) return "";
  std::string result;
  if (rules.add_dummy_prefix && !rules.suffix) result = space;
  bool after_space = rules.remove_extra_whitespaces;
  while (!text.empty()) {
    Prefix prefix = normalized_prefix(rules, kept, text);
    text.remove_prefix(prefix.length);
    while (after_space && prefix.text.starts_with(' ')) prefix.text.remove_prefix(1);
    append_escaped(result, prefix.text, space);
    if (!prefix.text.empty()) after_space = rules.remove_extra_whitespaces && prefix.text.ends_with(' ');
  }
  while (rules.remove_extra_whitespaces && result.ends_with(space)) result.resize(result.size() - space.size());
  if (rules.add_dummy_prefix && rules.suffix) result += space;
  return result;
}

Status add_sentencepiece(const SentencePieceModel& model, const std::string& where, TokenizerParts& parts) {
  if (model.unigram) parts.unigram.emplace();
  BAKEOFF_CHECK(fill_vocabulary(model, where, parts));
  if (parts.unigram) {
    fill_scores(model, *parts.unigram);
    parts.unigram->single_precision = true;
    parts.unigram->byte_fallback = model.byte_fallback;
  } else {
    fill_merges(model, parts.bpe);
    parts.bpe.byte_fallback = model.byte_fallback;
    parts.bpe.fuse_unknown = true;
  }
  ByteTrie kept;
  for (std::size_t i = 0; i < model.pieces.size(); ++i)
    if (!model.user_defined_first && model.pieces[i].type == PieceType::user_defined)
      kept.add(model.pieces[i].text, static_cast<std::int32_t>(i));
  if (!parts.unigram) parts.bpe.whole_symbols = kept;
  parts.normalizer.push_back([rules = model.rules, kept = std::move(kept)](std::string& text) -> Status {
    text = normalize_sentencepiece(rules, kept, text);
    return {};
  });
  const SentencePieceRules& rules = model.rules;
  if (rules.escape_whitespaces) parts.decoding.each_token.push_back(replacing(kSpaceSymbol, " "));
  parts.decoding.each_token.push_back(decode_byte_token);
  const std::size_t all = std::numeric_limits<std::size_t>::max();
  if (rules.remove_extra_whitespaces || rules.add_dummy_prefix)
    parts.decoding.whole.push_back({.text = " ", .start = rules.remove_extra_whitespaces ? all : 1});
  return {};
}

}  // namespace bakeoff::baker
