// What the suite `prompt_decay` and its panel of personas share.
#pragma once

#include "suites/decay_exhibits.h"
#include "suites/suite.h"

namespace bakeoff::suites {

struct DecaySettings {
  std::string probe;
  Json manner;  ///< a judge's spec: how an answer to the probe is scored
  int users = 8;
  int rounds = 8;
  std::vector<int> divergence_turns;
  std::uint64_t seed = 0;
  std::string example = "I do not know.";  ///< an answer that has the manner
};

/// One persona, probe and scorer.
std::unique_ptr<Suite> make_prompt_decay(DecaySettings settings);

/// Scores by conversation and turn of one arm; no conversations where it did not play.
Result<DecayLine> decay_line(const Results& results, const Arm& arm, const std::string& label);

/// Key `personas`: a number of them or a list of names, of ours or, with `published: FILE`, of the published ones. The
/// reader is finished here.
Result<std::unique_ptr<Suite>> create_persona_panel(ObjectReader& fields, const Path& folder, DecaySettings settings);

}  // namespace bakeoff::suites
