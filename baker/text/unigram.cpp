// See unigram.h.
#include "baker/text/unigram.h"

#include <algorithm>

#include "baker/text/unicode.h"

namespace bakeoff::baker {
namespace {

constexpr double kUnknownPenalty = 10.0;  ///< below the least score (SentencePiece, src/unigram_model.cc)

}  // namespace

void Unigram::index() {
  for (const auto& [text, id] : vocabulary)
    if (static_cast<std::size_t>(id) >= never.size() || !never[static_cast<std::size_t>(id)]) pieces_.add(text, id);
  byte_ids = byte_token_ids(vocabulary);
}

void Unigram::relax(Step& target, double score, std::uint32_t begin, TokenId id) const {
  if (single_precision) score = static_cast<float>(score);
  if (target.id == kUnreached || score > target.score) target = {score, begin, id};
}

/// By position: the step that ends there.
std::vector<Unigram::Step> Unigram::best_steps(std::string_view text) const {
  std::vector<Step> steps(text.size() + 1);
  double unknown_score = least_score - kUnknownPenalty;
  if (single_precision) unknown_score = static_cast<float>(unknown_score);
  for (std::size_t begin = 0; begin < text.size();) {
    const double so_far = steps[begin].score;
    const std::size_t character = utf8_length(text[begin]);
    bool has_character = false;
    pieces_.each_prefix(text.substr(begin), [&](std::size_t length, TokenId id) {
      relax(steps[begin + length], scores[static_cast<std::size_t>(id)] + so_far, static_cast<std::uint32_t>(begin),
            id);
      has_character |= length == character;
    });
    if (!has_character)
      relax(steps[begin + character], unknown_score + so_far, static_cast<std::uint32_t>(begin), kUnknown);
    begin += character;
  }
  return steps;
}

Status Unigram::append_unknown(std::string_view text, std::vector<TokenId>& ids) const {
  if (const auto found = vocabulary.find(text); found != vocabulary.end() && !single_precision) {
    ids.push_back(found->second);  // unknown characters side by side may spell a piece that no path could use
    return {};
  }
  const auto id_of_byte = [&](char byte) { return byte_ids[static_cast<unsigned char>(byte)]; };
  if (byte_fallback && std::all_of(text.begin(), text.end(), [&](char byte) { return id_of_byte(byte) >= 0; })) {
    for (const char byte : text) ids.push_back(id_of_byte(byte));
    return {};
  }
  if (!unknown)
    return input_error("\"" + std::string(text) + "\" can not be written with the vocabulary", "",
                       "the tokenizer has no unknown token");
  ids.push_back(*unknown);
  return {};
}

Status Unigram::encode(std::string_view text, std::vector<TokenId>& ids) const {
  const std::vector<Step> steps = best_steps(text);
  const auto is_unknown = [&](const Step& step) { return step.id == kUnknown || step.id == unknown; };
  std::vector<std::uint32_t> ends;
  for (auto end = static_cast<std::uint32_t>(text.size()); end > 0; end = steps[end].begin) ends.push_back(end);
  for (std::size_t i = ends.size(); i-- > 0;) {
    const Step& step = steps[ends[i]];
    if (!is_unknown(step)) {
      ids.push_back(step.id);
      continue;
    }
    while (i > 0 && is_unknown(steps[ends[i - 1]])) --i;
    BAKEOFF_CHECK(append_unknown(text.substr(step.begin, ends[i] - step.begin), ids));
  }
  return {};
}

}  // namespace bakeoff::baker
