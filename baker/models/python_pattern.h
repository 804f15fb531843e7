// Regular expressions as PEFT's settings hold them: Python's re, run by PCRE2. Not covered: the few constructs in which
// the two differ (\Z is also before a last line end here; module names have no line ends).
#pragma once

#include <string>

#include "harness/core/result.h"

namespace bakeoff::baker {

/// True where the whole `text` matches (re.fullmatch). An invalid expression, or one that needs more steps than a name
/// can reasonably ask for, is an input error at `where` that quotes it.
Result<bool> full_match(const std::string& pattern, const std::string& text, const std::string& where);

/// The text of group `group` where `pattern` matches at the start of `text` (re.match); empty where it does not match.
Result<std::string> match_group(const std::string& pattern, const std::string& text, const std::string& group,
                                const std::string& where);

}  // namespace bakeoff::baker
