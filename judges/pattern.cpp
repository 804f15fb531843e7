// PCRE2 behind pattern.h. The limits: an expression of at most 16 KiB, a compiled form that PCRE2 itself bounds, 16 MiB
// of heap, 1 MiB of JIT stack, subjects of at most 256 KiB, and about 200 million matching steps in all. PCRE2 counts
// steps anew from each starting point, so a long subject gets fewer for each.
#define PCRE2_CODE_UNIT_WIDTH 8
#include "judges/pattern.h"

#include <algorithm>
#include <unordered_map>

#include <pcre2.h>

namespace bakeoff::judges {

namespace {

constexpr std::size_t kLongestExpression = 16 * 1024;
constexpr std::size_t kLongestSubject = 256 * 1024;
constexpr std::size_t kMostSteps = 200'000'000, kMostStepsFromOneStart = 1'000'000;
constexpr std::uint32_t kHeapLimitKibibytes = 16 * 1024;
constexpr std::size_t kJitStackBytes = 1024 * 1024;
constexpr std::size_t kKeptPatterns = 512;

std::string message_of(int code) {
  unsigned char text[256];
  if (pcre2_get_error_message(code, text, sizeof text) < 0) return "PCRE2 error " + std::to_string(code);
  return reinterpret_cast<const char*>(text);
}

/// What matching needs and a thread can reuse: limits, a stack for JIT code, room for the groups.
class Workspace {
 public:
  Workspace()
      : context_(pcre2_match_context_create(nullptr)),
        stack_(pcre2_jit_stack_create(32 * 1024, kJitStackBytes, nullptr)),
        match_(pcre2_match_data_create(kMostGroups, nullptr)) {
    if (!context_ || !match_) return;
    pcre2_set_heap_limit(context_, kHeapLimitKibibytes);
    if (stack_) pcre2_jit_stack_assign(context_, nullptr, stack_);
  }
  ~Workspace() {
    pcre2_match_data_free(match_);
    pcre2_jit_stack_free(stack_);
    pcre2_match_context_free(context_);
  }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  bool usable() const { return context_ && match_; }
  /// The context with the limit for a subject of so many bytes.
  pcre2_match_context* context_for(std::size_t bytes) {
    const std::size_t steps = std::min(kMostStepsFromOneStart, kMostSteps / std::max<std::size_t>(bytes, 1));
    pcre2_set_match_limit(context_, static_cast<std::uint32_t>(steps));
    return context_;
  }
  pcre2_match_data* match() { return match_; }

 private:
  static constexpr std::uint32_t kMostGroups = 100;
  pcre2_match_context* context_;
  pcre2_jit_stack* stack_;
  pcre2_match_data* match_;
};

Match match_from(std::string_view subject, pcre2_match_data* data, int count) {
  const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(data);
  Match match;
  match.begin = offsets[0];
  match.end = std::max(offsets[0], offsets[1]);
  for (int i = 0; i < count; ++i) {
    const PCRE2_SIZE begin = offsets[2 * i], end = offsets[2 * i + 1];
    if (begin == PCRE2_UNSET || end < begin)
      match.groups.emplace_back();
    else
      match.groups.emplace_back(subject.substr(begin, end - begin));
  }
  if (!match.groups[0]) match.groups[0] = subject.substr(match.begin, match.end - match.begin);
  return match;
}

}  // namespace

Result<std::shared_ptr<const Pattern>> Pattern::compile(const std::string& expression, PatternOptions options) {
  if (expression.size() > kLongestExpression)
    return input_error("pattern of " + std::to_string(expression.size()) + " bytes", "", "at most 16,384 are allowed");
  std::uint32_t flags = PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
  if (options.ignore_case) flags |= PCRE2_CASELESS;
  int code = 0;
  PCRE2_SIZE offset = 0;
  const auto* bytes = reinterpret_cast<PCRE2_SPTR>(expression.data());
  pcre2_code* compiled = pcre2_compile(bytes, expression.size(), flags, &code, &offset, nullptr);
  if (!compiled)
    return input_error("pattern does not compile at byte " + std::to_string(offset) + ": " + message_of(code), "",
                       "it is a Perl-compatible regular expression (PCRE2)");
  // Without JIT (not on every machine) matching is slower and gives the same answers.
  pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE);
  return std::shared_ptr<const Pattern>(new Pattern(compiled));
}

Result<std::shared_ptr<const Pattern>> Pattern::cached(const std::string& expression, PatternOptions options) {
  thread_local std::unordered_map<std::string, std::shared_ptr<const Pattern>> kept;
  const std::string key = (options.ignore_case ? "i" : "c") + expression;
  if (const auto found = kept.find(key); found != kept.end()) return found->second;
  BAKEOFF_TRY(auto pattern, compile(expression, options));
  if (kept.size() >= kKeptPatterns) kept.clear();
  kept.emplace(key, pattern);
  return pattern;
}

Pattern::~Pattern() { pcre2_code_free(static_cast<pcre2_code*>(code_)); }

Result<std::optional<Match>> Pattern::find(std::string_view subject, std::size_t from) const {
  thread_local Workspace workspace;
  if (!workspace.usable()) return infrastructure_error("no memory for matching");
  if (subject.size() > kLongestSubject) return infrastructure_error("text longer than 256 KiB is not searched");
  if (from > subject.size()) return std::optional<Match>();
  const auto* bytes = reinterpret_cast<PCRE2_SPTR>(subject.data() ? subject.data() : "");
  const int count = pcre2_match(static_cast<const pcre2_code*>(code_), bytes, subject.size(), from, 0,
                                workspace.match(), workspace.context_for(subject.size()));
  if (count == PCRE2_ERROR_NOMATCH) return std::optional<Match>();
  if (count < 0) return infrastructure_error("pattern gave up: " + message_of(count), "", "simplify the pattern");
  return std::optional<Match>(match_from(subject, workspace.match(), std::max(count, 1)));
}

}  // namespace bakeoff::judges
