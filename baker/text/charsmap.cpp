// See charsmap.h. The layout of a unit of the double array: bit 31 marks a leaf, whose other bits are the value; else
// bits 0-7 are the label, bit 8 tells that a leaf follows, and bits 10-30 the offset, shifted by 8 where bit 9 is set
// (s-yata/darts-clone, include/darts.h, DoubleArrayUnit).
#include "baker/text/charsmap.h"

#include <algorithm>

#include "baker/text/tokenizer_split.h"
#include "baker/text/unicode.h"
#include "harness/core/files.h"

namespace bakeoff::baker {
namespace {

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = (value << 8) | static_cast<unsigned char>(bytes[i]);
  return value;
}

constexpr std::uint32_t kLeaf = 1u << 31;
std::uint32_t label_of(std::uint32_t unit) { return unit & (kLeaf | 0xff); }
std::uint32_t offset_of(std::uint32_t unit) { return (unit >> 10) << ((unit & (1u << 9)) >> 6); }
bool has_leaf(std::uint32_t unit) { return unit & (1u << 8); }

constexpr std::size_t kLongestReplacement = 1000;  ///< bytes; the published rules stay under 40

/// Not inside a character.
bool is_boundary(std::string_view text, std::size_t at) {
  return at >= text.size() || (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
}

constexpr std::size_t kWholeClusterBelow = 6;  ///< bytes (spm_precompiled, src/lib.rs)

}  // namespace

Result<Charsmap> Charsmap::parse(std::string_view bytes, const std::string& where) {
  const std::size_t size = bytes.size() < 4 ? 0 : little_endian(bytes);
  if (size == 0 || size % 4 != 0 || size > bytes.size() - 4)
    return input_error("the normalization rules do not fit their size", where, "fetch the file again");
  Charsmap result;
  for (std::size_t i = 0; i < size; i += 4) result.units_.push_back(little_endian(bytes.substr(4 + i)));
  result.replacements_ = bytes.substr(4 + size);
  if (!is_valid_utf8(result.replacements_)) return input_error("the replacements are no UTF-8", where);
  for (std::size_t begin = 0, end; begin < result.replacements_.size(); begin = end + 1) {
    end = std::min(result.replacements_.find('\0', begin), result.replacements_.size());
    if (end - begin > kLongestReplacement) return input_error("a replacement is longer than 1000 bytes", where);
  }
  return result;
}

std::optional<Charsmap::Rule> Charsmap::find(std::string_view text, bool stop_at_first) const {
  std::optional<Rule> best;
  std::size_t at = offset_of(units_[0]);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    at ^= byte;
    if (byte == 0 || at >= units_.size() || label_of(units_[at]) != byte) break;
    const std::uint32_t unit = units_[at];
    at ^= offset_of(unit);
    if (!has_leaf(unit)) continue;
    if (at >= units_.size()) break;
    const std::size_t value = units_[at] & ~kLeaf;
    if (value > replacements_.size()) break;
    if (!is_boundary(replacements_, value) || !is_boundary(text, i + 1)) continue;  // no such rule is ever written
    // To the zero byte, or to the end where it is missing.
    best = Rule{i + 1, std::string_view(replacements_).substr(value, replacements_.find('\0', value) - value)};
    if (stop_at_first) break;
  }
  return best;
}

std::optional<Charsmap::Rule> Charsmap::longest(std::string_view text) const { return find(text, false); }
std::optional<Charsmap::Rule> Charsmap::shortest(std::string_view text) const { return find(text, true); }

Result<std::string> apply_precompiled(const Charsmap& rules, std::string_view text) {
  static const Result<SplitPattern> cluster = SplitPattern::compile("\\X", "clusters of characters");
  BAKEOFF_CHECK(cluster.ok() ? Status() : Status(cluster.error()));
  std::vector<SplitPattern::Part> clusters;
  BAKEOFF_CHECK(cluster->split(text, clusters));
  std::string result;
  for (const SplitPattern::Part& part : clusters) {
    const auto whole = part.text.size() < kWholeClusterBelow ? rules.shortest(part.text) : std::nullopt;
    if (whole) {
      result += whole->replacement;
      continue;
    }
    for (std::size_t i = 0; i < part.text.size(); i += utf8_length(part.text[i])) {
      const std::string_view character = part.text.substr(i, utf8_length(part.text[i]));
      const auto rule = rules.shortest(character);
      result += rule ? rule->replacement : character;
    }
  }
  return result;
}

}  // namespace bakeoff::baker
