#define PCRE2_CODE_UNIT_WIDTH 8
#include "baker/models/python_pattern.h"

#include <memory>

#include <pcre2.h>

namespace bakeoff::baker {
namespace {

constexpr std::uint32_t kMostSteps = 100'000;

template <auto release>
struct Releases {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};
using Code = std::unique_ptr<pcre2_code, Releases<pcre2_code_free>>;
using MatchData = std::unique_ptr<pcre2_match_data, Releases<pcre2_match_data_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Releases<pcre2_match_context_free>>;

PCRE2_SPTR bytes(const std::string& text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

struct Match {
  Code code;
  MatchData data;
  bool found = false;
};

/// `options`: of pcre2_compile, beside anchoring at the start.
Result<Match> match(const std::string& pattern, const std::string& text, std::uint32_t options,
                    const std::string& where) {
  int problem = 0;
  PCRE2_SIZE at = 0;
  Match result;
  result.code.reset(
      pcre2_compile(bytes(pattern), pattern.size(), PCRE2_UTF | PCRE2_ANCHORED | options, &problem, &at, nullptr));
  if (!result.code)
    return input_error("\"" + pattern + "\" is no valid regular expression", where,
                       "the mistake is at character " + std::to_string(at + 1));
  result.data.reset(pcre2_match_data_create_from_pattern(result.code.get(), nullptr));
  const MatchContext context(pcre2_match_context_create(nullptr));
  pcre2_set_match_limit(context.get(), kMostSteps);
  const int count = pcre2_match(result.code.get(), bytes(text), text.size(), 0, 0, result.data.get(), context.get());
  if (count < 0 && count != PCRE2_ERROR_NOMATCH)
    return input_error("\"" + pattern + "\" takes too long to match " + text, where, "write a simpler expression");
  result.found = count > 0;
  return result;
}

}  // namespace

Result<bool> full_match(const std::string& pattern, const std::string& text, const std::string& where) {
  BAKEOFF_TRY(const Match result, match(pattern, text, PCRE2_ENDANCHORED, where));
  return result.found;
}

Result<std::string> match_group(const std::string& pattern, const std::string& text, const std::string& group,
                                const std::string& where) {
  BAKEOFF_TRY(const Match result, match(pattern, text, 0, where));
  if (!result.found) return std::string();
  const int number = pcre2_substring_number_from_name(result.code.get(), bytes(group));
  if (number < 0) return std::string();
  const PCRE2_SIZE* ranges = pcre2_get_ovector_pointer(result.data.get());
  const PCRE2_SIZE begin = ranges[2 * number], end = ranges[2 * number + 1];
  return begin == PCRE2_UNSET ? std::string() : text.substr(begin, end - begin);
}

}  // namespace bakeoff::baker
