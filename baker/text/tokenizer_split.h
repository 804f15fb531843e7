// Pre-tokenization: text is cut into words before byte-pair encoding, and merges never cross a cut.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/result.h"

namespace bakeoff::baker {

/// A compiled pattern (PCRE2 with its JIT, UTF and Unicode properties). May be used from many threads at once.
class SplitPattern {
 public:
  /// `where` names the pattern's place in messages.
  static Result<SplitPattern> compile(const std::string& pattern, const std::string& where);
  /// The pattern that matches this text literally.
  static Result<SplitPattern> literal(const std::string& text, const std::string& where);

  struct Part {
    std::string_view text;
    bool matched;
  };
  /// Cuts well-formed UTF-8 into matches and what lies between them. A match may be empty, what lies between is not.
  Status split(std::string_view text, std::vector<Part>& parts) const;
  /// Every match becomes `to`, in which nothing has a special meaning.
  Result<std::string> replace(std::string_view text, std::string_view to) const;

 private:
  std::shared_ptr<const void> code_;  ///< pcre2_code_8; kept untyped so that pcre2.h stays out of headers
};

/// GPT-2's pattern (openai/gpt-2, src/encoder.py).
inline constexpr const char* kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
/// Word characters, as a class' content: \w of Rust's regex (UTS #18, annex C), which tokenizers uses where a file
/// states no pattern.
extern const char* const kWordCharacters;

/// What becomes of the matches, in the words of Hugging Face's tokenizers.
enum class SplitBehavior { isolated, removed, contiguous, merged_with_previous, merged_with_next };

/// Texts to which a piece that does not begin with `text` gets it in front, before splitting.
enum class PrefixScope { none, every_piece, start_of_text };

struct SplitStep {
  std::optional<SplitPattern> pattern = std::nullopt;  ///< nothing: only the rewriting below
  SplitBehavior behavior = SplitBehavior::isolated;
  bool invert = false;          ///< what lies between matches counts as the match
  std::string for_spaces = {};  ///< what takes the place of every space, first of all; empty: nothing does
  PrefixScope scope = PrefixScope::none;
  std::string prefix = " ";
  bool to_bytes = false;  ///< the model sees this step's words as bytes: none may follow
};

struct Piece {
  std::string_view text;
  bool at_start = false;  ///< it begins where the whole text begins
};

/// Steps applied in order, each to every piece of the one before.
struct PreTokenizer {
  std::vector<SplitStep> steps;
  /// Words point into the text of `whole`, or into `own` where a step had to make new text.
  Status split(Piece whole, std::vector<Piece>& words, std::deque<std::string>& own) const;
};

/// Every occurrence of `from`, which is not empty, becomes `to`.
std::string replace_all(std::string_view text, std::string_view from, std::string_view to);

}  // namespace bakeoff::baker
