// SentencePiece's compiled normalization rules (google/sentencepiece, src/normalizer.cc and src/builder.cc,
// "precompiled_charsmap"): a number of bytes, a Darts-clone double array of that size whose keys are texts and whose
// values are offsets, and the replacements, each ended by a zero byte.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/result.h"

namespace bakeoff::baker {

/// Immutable; may be used from many threads at once.
class Charsmap {
 public:
  /// Every offset is checked when it is followed, so a hostile array gives wrong texts, never a read outside.
  static Result<Charsmap> parse(std::string_view bytes, const std::string& where);

  struct Rule {
    std::size_t length;  ///< bytes of the text that it replaces
    std::string_view replacement;
  };
  /// The rule for the longest text, or for the shortest, with which `text` begins.
  std::optional<Rule> longest(std::string_view text) const;
  std::optional<Rule> shortest(std::string_view text) const;

 private:
  std::optional<Rule> find(std::string_view text, bool stop_at_first) const;
  std::vector<std::uint32_t> units_;
  std::string replacements_;
};

/// The normalizer that tokenizer.json calls Precompiled, as the spm_precompiled library has it: a cluster of characters
/// under six bytes that begins with a rule's text becomes that rule's replacement, the shortest rule first; other
/// clusters go character by character. `text` is well-formed UTF-8.
Result<std::string> apply_precompiled(const Charsmap& rules, std::string_view text);

}  // namespace bakeoff::baker
