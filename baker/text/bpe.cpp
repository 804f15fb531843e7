// See bpe.h.
#include "baker/text/bpe.h"

#include <algorithm>
#include <limits>

#include "baker/text/unicode.h"

namespace bakeoff::baker {
namespace {

std::uint64_t pair_key(TokenId left, TokenId right) {
  return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32) | static_cast<std::uint32_t>(right);
}

/// Bytes. Cutting a token at every place takes the square of its length, so a hostile one has no merges.
constexpr std::size_t kLongestMerged = 4096;

/// Merges one word's symbols in place. Positions fit 32 bits: a word is shorter than 2^32 symbols.
class WordMerger {
 public:
  WordMerger(const MergeTable& merges, const std::vector<TokenId>& symbols) : merges_(merges), nodes_(symbols.size()) {
    const auto count = static_cast<std::uint32_t>(symbols.size());
    for (std::uint32_t i = 0; i < count; ++i) nodes_[i] = {symbols[i], i - 1, i + 1 == count ? kNone : i + 1};
    for (std::uint32_t i = 0; i + 1 < count; ++i)
      if (const auto* merge = merge_at(i)) heap_.push_back(candidate(*merge, i));
    std::make_heap(heap_.begin(), heap_.end(), std::greater<>());
  }

  void run(std::vector<TokenId>& ids) {
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
      const std::uint64_t best = heap_.back();
      heap_.pop_back();
      const auto position = static_cast<std::uint32_t>(best);
      const auto* merge = merge_at(position);
      if (merge && candidate(*merge, position) == best) apply(position, merge->merged);
    }
    for (std::uint32_t i = 0; i != kNone; i = nodes_[i].next) ids.push_back(nodes_[i].id);
  }

 private:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  static constexpr TokenId kAbsorbed = -1;  ///< the symbol was merged into the one at its left
  struct Node {
    TokenId id;
    std::uint32_t previous, next;
  };

  /// Rank above position: the smallest number is the next merge.
  static std::uint64_t candidate(const MergeTable::Merge& merge, std::uint32_t position) {
    return (static_cast<std::uint64_t>(merge.rank) << 32) | position;
  }

  const MergeTable::Merge* merge_at(std::uint32_t position) const {
    const Node& node = nodes_[position];
    if (node.id == kAbsorbed || node.next == kNone) return nullptr;
    return merges_.find(node.id, nodes_[node.next].id);
  }

  void push(std::uint32_t position) {
    const auto* merge = merge_at(position);
    if (!merge) return;
    heap_.push_back(candidate(*merge, position));
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
  }

  void apply(std::uint32_t position, TokenId merged) {
    Node& node = nodes_[position];
    Node& absorbed = nodes_[node.next];
    node.id = merged;
    node.next = absorbed.next;
    absorbed.id = kAbsorbed;
    if (node.next != kNone) nodes_[node.next].previous = position;
    if (node.previous != kNone) push(node.previous);
    push(position);
  }

  const MergeTable& merges_;
  std::vector<Node> nodes_;
  std::vector<std::uint64_t> heap_;
};

}  // namespace

void MergeTable::reserve(std::size_t merges) {
  std::size_t size = 16;
  while (size < 2 * merges) size *= 2;
  slots_.assign(size, Merge{});
  mask_ = size - 1;
}

std::size_t MergeTable::slot_of(std::uint64_t pair) const {
  std::size_t slot = (pair * 0x9e3779b97f4a7c15ULL >> 20) & mask_;
  while (slots_[slot].pair != pair && slots_[slot].pair != kEmpty) slot = (slot + 1) & mask_;
  return slot;
}

void MergeTable::add(TokenId left, TokenId right, std::uint32_t rank, TokenId merged) {
  const std::uint64_t pair = pair_key(left, right);
  slots_[slot_of(pair)] = {pair, rank, merged};
}

const MergeTable::Merge* MergeTable::find(TokenId left, TokenId right) const {
  if (slots_.empty()) return nullptr;
  const Merge& merge = slots_[slot_of(pair_key(left, right))];
  return merge.pair == kEmpty ? nullptr : &merge;
}

void Bpe::index_bytes() {
  if (!byte_level) {
    byte_ids = byte_token_ids(vocabulary);
    return;
  }
  for (unsigned byte = 0; byte < 256; ++byte) {
    std::string text;
    append_utf8(text, byte_to_character(static_cast<unsigned char>(byte)));
    const auto found = vocabulary.find(text);
    byte_ids[byte] = found == vocabulary.end() ? -1 : found->second;
  }
}

void Bpe::encode(std::string_view word, std::vector<TokenId>& ids) const {
  if (ignore_merges)
    if (const TokenId* id = whole(word)) return ids.push_back(*id);
  std::vector<TokenId> symbols;
  symbols.reserve(word.size());
  byte_level ? append_bytes(word, symbols) : append_characters(word, symbols);
  if (symbols.empty()) return;
  if (symbols.size() == 1) return ids.push_back(symbols.front());
  WordMerger(merges, symbols).run(ids);
}

const TokenId* Bpe::whole(std::string_view word) const {
  const auto found = byte_level ? vocabulary.find(byte_level_of_bytes(word)) : vocabulary.find(word);
  return found == vocabulary.end() ? nullptr : &found->second;
}

void Bpe::append_bytes(std::string_view word, std::vector<TokenId>& symbols) const {
  for (const char byte : word)
    if (const TokenId id = byte_ids[static_cast<unsigned char>(byte)]; id >= 0) symbols.push_back(id);
}

std::optional<TokenId> Bpe::symbol_of(std::string_view character) const {
  const auto found = vocabulary.find(character);
  return found == vocabulary.end() ? std::nullopt : std::optional(found->second);
}

/// An unknown token waits until the next known character, past bytes that stand for characters, as in Hugging Face's
/// tokenizers (models/bpe/model.rs, merge_word).
void Bpe::append_characters(std::string_view word, std::vector<TokenId>& symbols) const {
  bool unknown_waits = false;
  const bool decorated = !continuing_prefix.empty() || !end_suffix.empty();
  for (std::size_t i = 0, next = 0; i < word.size(); i = next) {
    const std::size_t whole = whole_symbols.longest(word.substr(i)).length;
    next = i + (whole > 0 ? whole : utf8_length(word[i]));
    std::string_view character = word.substr(i, next - i);
    std::string with_marks;
    if (decorated) {
      with_marks = (i > 0 ? continuing_prefix : "") + std::string(character) + (next == word.size() ? end_suffix : "");
      character = with_marks;
    }
    const std::optional<TokenId> id = symbol_of(character);
    if (!id && (append_fallback(character, symbols) || !unknown)) continue;
    if (unknown_waits && (id || !fuse_unknown)) symbols.push_back(*unknown);
    unknown_waits = !id;
    if (id) symbols.push_back(*id);
  }
  if (unknown_waits) symbols.push_back(*unknown);
}

/// The character's bytes as tokens: all of them or none.
bool Bpe::append_fallback(std::string_view character, std::vector<TokenId>& symbols) const {
  const auto id_of_byte = [&](char byte) { return byte_ids[static_cast<unsigned char>(byte)]; };
  if (!byte_fallback) return false;
  if (!std::all_of(character.begin(), character.end(), [&](char b) { return id_of_byte(b) >= 0; })) return false;
  for (const char byte : character) symbols.push_back(id_of_byte(byte));
  return true;
}

Status add_merge(Bpe& bpe, std::string_view left, std::string_view right, std::size_t rank, const std::string& where) {
  const auto a = bpe.vocabulary.find(left), b = bpe.vocabulary.find(right);
  const bool continues = !bpe.continuing_prefix.empty() && right.size() >= bpe.continuing_prefix.size();
  const auto merged =
      bpe.vocabulary.find(std::string(left).append(right.substr(continues ? bpe.continuing_prefix.size() : 0)));
  const auto none = bpe.vocabulary.end();
  if (a == none || b == none || merged == none)
    return input_error("merge " + std::to_string(rank) + " (\"" + std::string(left) + "\", \"" + std::string(right) +
                           "\") names a text that is no token",
                       where, "fetch the tokenizer again");
  bpe.merges.add(a->second, b->second, static_cast<std::uint32_t>(rank), merged->second);
  return {};
}

Status add_merge_line(Bpe& bpe, std::string_view line, std::size_t rank, const std::string& where) {
  const std::size_t space = line.find(' ');
  if (space == line.npos || line.find(' ', space + 1) != line.npos)
    return input_error("merge " + std::to_string(rank) + " is not two texts with a space between", where,
                       "fetch the tokenizer again");
  return add_merge(bpe, line.substr(0, space), line.substr(space + 1), rank, where);
}

void add_merges_by_score(Bpe& bpe, const std::vector<double>& scores, const std::vector<bool>& frozen) {
  struct Found {
    TokenId left, right, merged;
  };
  std::vector<Found> merges;
  const auto none = bpe.vocabulary.end();
  const auto is_frozen = [&](TokenId id) { return frozen[static_cast<std::size_t>(id)]; };
  for (const auto& [text, id] : bpe.vocabulary) {
    if (is_frozen(id) || text.size() > kLongestMerged) continue;
    for (std::size_t cut = utf8_length(text.empty() ? ' ' : text[0]); cut < text.size();
         cut += utf8_length(text[cut])) {
      const auto left = bpe.vocabulary.find(std::string_view(text).substr(0, cut));
      const auto right = left == none ? none : bpe.vocabulary.find(std::string_view(text).substr(cut));
      if (right != none && !is_frozen(left->second) && !is_frozen(right->second))
        merges.push_back({left->second, right->second, id});
    }
  }
  const auto score = [&](const Found& merge) { return scores[static_cast<std::size_t>(merge.merged)]; };
  std::sort(merges.begin(), merges.end(), [&](const Found& a, const Found& b) { return score(a) > score(b); });
  bpe.merges.reserve(merges.size());
  std::uint32_t rank = 0;  // equal scores have one rank: then the leftmost pair is merged first
  for (std::size_t i = 0; i < merges.size(); ++i) {
    if (i > 0 && score(merges[i]) != score(merges[i - 1])) ++rank;
    bpe.merges.add(merges[i].left, merges[i].right, rank, merges[i].merged);
  }
}

std::array<TokenId, 256> byte_token_ids(const TokenMap& vocabulary) {
  std::array<TokenId, 256> ids{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    const auto found = vocabulary.find(byte_token(static_cast<unsigned char>(byte)));
    ids[byte] = found == vocabulary.end() ? -1 : found->second;
  }
  return ids;
}

std::string byte_token(unsigned char byte) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  return {'<', '0', 'x', kDigits[byte >> 4], kDigits[byte & 15], '>'};
}

std::optional<unsigned char> byte_of_token(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : (c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1); };
  if (text.size() != 6 || text.substr(0, 3) != "<0x" || text[5] != '>') return std::nullopt;
  const int high = digit(text[3]), low = digit(text[4]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<unsigned char>(high * 16 + low);
}

}  // namespace bakeoff::baker
