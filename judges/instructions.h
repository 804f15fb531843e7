// The 25 verifiable instructions of IFEval (Zhou et al. 2023, arXiv:2311.07911), each a yes or no about a text.
//
// The rules are those of google-research/instruction_following_eval, instructions.py; where they are surprising they
// are kept, since published numbers rest on them: keywords are regular expressions found inside words, a bullet is any
// line that begins with "-" or "*", a text without letters counts as being in every language. Language, sentences and
// capital words: language.h and english.h say where those differ.
#pragma once

#include <string>
#include <string_view>

#include "harness/core/json.h"

namespace bakeoff::judges {

/// Is the instruction known, and are its arguments of the right kind?
Status check_instruction(const std::string& id, const Json& arguments, const std::string& where);

/// Does the text follow it? Requires arguments that check_instruction passed. An error means that nobody knows
/// (a pattern that gave up).
Result<bool> follows_instruction(std::string_view text, const std::string& id, const Json& arguments);

}  // namespace bakeoff::judges
