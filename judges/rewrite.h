// Counting, splitting and replacing with patterns; see pattern.h for the limits beyond which they give up.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "judges/pattern.h"

namespace bakeoff::judges {

/// All matches that do not overlap, from left to right; after an empty one the search goes on a byte further.
Result<std::vector<Match>> find_all(std::string_view text, const std::string& expression, PatternOptions options = {});
Result<bool> has_match(std::string_view text, const std::string& expression, PatternOptions options = {});
Result<std::size_t> count_matches(std::string_view text, const std::string& expression, PatternOptions options = {});
/// The pieces between the matches: one more than there are matches.
Result<std::vector<std::string_view>> split(std::string_view text, const std::string& expression);
/// Each match replaced; in `replacement` \0 to \9 stand for the groups.
Result<std::string> replace_all(std::string_view text, const std::string& expression, std::string_view replacement);

}  // namespace bakeoff::judges
