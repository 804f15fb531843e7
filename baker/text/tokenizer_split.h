// Pre-tokenization: text is cut into words before byte-pair encoding, and merges never cross a cut.
#pragma once

#include <deque>
#include <memory>
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
  /// Cuts well-formed UTF-8 into matches and what lies between them; parts are not empty.
  Status split(std::string_view text, std::vector<Part>& parts) const;

 private:
  std::shared_ptr<const void> code_;  ///< pcre2_code_8; kept untyped so that pcre2.h stays out of headers
};

/// GPT-2's pattern (openai/gpt-2, src/encoder.py).
extern const char* const kGpt2Pattern;

/// What becomes of the matches, in the words of Hugging Face's tokenizers.
enum class SplitBehavior { isolated, removed, contiguous, merged_with_previous };

struct SplitStep {
  SplitPattern pattern;
  SplitBehavior behavior = SplitBehavior::isolated;
  bool invert = false;            ///< what lies between matches counts as the match
  bool add_prefix_space = false;  ///< a piece that does not begin with a space gets one, before splitting
  bool splits = true;             ///< false: only the prefix space
};

/// Steps applied in order, each to every piece of the one before.
struct PreTokenizer {
  std::vector<SplitStep> steps;
  /// Pieces point into `text`, or into `own` where a step had to make new text.
  Status split(std::string_view text, std::vector<std::string_view>& words, std::deque<std::string>& own) const;
};

}  // namespace bakeoff::baker
