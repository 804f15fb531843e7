// The known word that a misspelt one was probably meant to be: for unknown keys, verbs and names.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace bakeoff {

/// Fewest insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment).
int edit_distance(std::string_view a, std::string_view b);

/// The closest of `known` if at most a third of the word (and at least one letter) differs, else "".
std::string nearest(std::string_view word, std::span<const std::string> known);

/// What to do about a word that is none of `known`: "did you mean \"style\"? known: arc, style", or the list alone.
std::string hint_of_known(std::string_view word, std::span<const std::string> known);

}  // namespace bakeoff
