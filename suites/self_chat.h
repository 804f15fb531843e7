// Conversations with a simulated user, probed at every turn: the persona-drift protocol (Li et al. 2024,
// arXiv:2402.10962, code likenneth/persona_drift). A user speaks on odd turns and the arm on even ones; after each turn
// of the arm a probe is asked behind the history so far, answered once, and never left in the history.
//
// Where we differ: the paper's user is a second copy of the model, so that every arm meets other words. Ours is
// scripted: an opening on a topic and follow-up questions in an order drawn from a seed, the same for every arm, so
// that arms are paired turn by turn.
#pragma once

#include <string>
#include <vector>

#include "suites/suite.h"

namespace bakeoff::suites {

/// What a user says, one message for each round. Conversation `number` of a suite's seed: topics in turn, follow-ups
/// shuffled.
std::vector<std::string> user_script(int number, int rounds, std::uint64_t seed);

/// Marks a probe in the record of a conversation: a user's message that begins so was never part of the history, and
/// neither was its answer.
inline constexpr const char* kProbeMark = "[probe] ";

/// Plays a script. The record holds each probe and its answer behind the turn at which it was asked.
std::unique_ptr<Episode> probed_chat(std::vector<std::string> script, std::string probe, const Decoding& decoding,
                                     std::uint64_t seed);

/// One turn of the arm, as the record of a probed chat shows it.
struct ProbedTurn {
  int turn = 0;          ///< 2, 4, ...
  Conversation history;  ///< up to and with what the arm said, without any probe
  std::string answer;    ///< to the probe
};
std::vector<ProbedTurn> probed_turns(const Conversation& record);

}  // namespace bakeoff::suites
