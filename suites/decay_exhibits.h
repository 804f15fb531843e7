// Does a manner fade over the turns of a conversation? From each conversation's scores at each turn to curves, slopes,
// ratios and half-lives (harness/stats/decay.h), raw and against the base at the same turn.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/core/exhibit.h"

namespace bakeoff::suites {

/// One conversation: score by turn.
using TurnScores = std::map<int, double>;

/// What one arm scored, by conversation: the same names mean the same user, topic and seed, so that lines are paired.
struct DecayLine {
  std::string arm;
  bool is_base = false;
  std::map<std::string, TurnScores> conversations;
  std::map<std::string, TurnScores> divergence;  ///< by conversation and turn: KL(arm || base), nats per token
};

/// Exhibits `stability`, `above_base` and `divergence`, as far as there is anything to show.
std::vector<Exhibit> decay_exhibits(const std::vector<DecayLine>& lines);

/// Exhibits `accuracy` and `above_base` over words of junk, which stand in the place of turns.
std::vector<Exhibit> dilution_exhibits(const std::vector<DecayLine>& lines);

}  // namespace bakeoff::suites
