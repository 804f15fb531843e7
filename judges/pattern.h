// Regular expressions that end: PCRE2 with JIT, UTF-8 and limits on size, steps and memory, so that a hostile
// pattern or answer costs a bounded time and is reported as what it is.
//
//   BAKEOFF_TRY(auto pattern, Pattern::compile("(?i)arrr", {}));
//   BAKEOFF_TRY(auto found, pattern->find("Arrr, matey!"));     // found->group(0) == "Arrr"
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/result.h"

namespace bakeoff::judges {

/// One match; the views point into the subject.
struct Match {
  std::size_t begin = 0, end = 0;                       ///< bytes of the whole match
  std::vector<std::optional<std::string_view>> groups;  ///< 0 is the whole match
  std::string_view text() const { return groups[0].value_or(std::string_view{}); }
};

struct PatternOptions {
  bool ignore_case = false;  ///< Unicode simple case folding
};

/// A compiled expression. Immutable; may be used from any thread.
class Pattern {
 public:
  /// A bad expression is an input error with PCRE2's message and the byte where it stopped.
  static Result<std::shared_ptr<const Pattern>> compile(const std::string& expression, PatternOptions options);
  /// The same, kept by this thread for next time. Drops what it keeps once it holds too many.
  static Result<std::shared_ptr<const Pattern>> cached(const std::string& expression, PatternOptions options);
  ~Pattern();
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;

  /// The first match at or after byte `from`. Ill-formed UTF-8 in the subject matches nothing and hurts nothing.
  /// Beyond the limits: an infrastructure error, since then nobody knows whether it matches.
  Result<std::optional<Match>> find(std::string_view subject, std::size_t from = 0) const;

 private:
  explicit Pattern(void* code) : code_(code) {}
  void* code_;
};

}  // namespace bakeoff::judges
