// What the suites of agents share: an episode is a dialogue with a simulated user and tools, and a verdict is reached
// by playing the dialogue again from the agent's recorded answers. A recording that does not play again as it was
// recorded, and a failure of a tool or of the simulated user, leave the sample unscored.
//
// An answer judged alone (`bakeoff judge`) is the agent's only one, or all of them as a JSON list of texts:
//   {"id": "cancel-0001", "output": "[\"CALL cancel order=4417\", \"Order 4417 is cancelled.\"]"}
//
// How tools are shown: as text, by default not at all, since that is what the arm's prompt is for (`show: prompt`).
// `show: item` puts policy and tools in front of the user's first words, which every chat template takes; a system turn
// would meet the arm's own. No request carries the template's `tools` argument: `calls: json` shows the text that the
// Qwen family prints for it (tools.h).
//
// Configuration, common to support_desk and tau_retail:
//   show: prompt | item      calls: line | json (how `item` asks for calls)     tool_role: tool | user
//   max_answers: N           the agent's answers until the conversation is cut
//
// pass^k: with `replicates: N` in the experiment the report shows, for each arm, the chance that k attempts at one item
// all succeed, k = 1..N (harness/stats/attempts.h).
#pragma once

#include "suites/dialogue.h"
#include "suites/item_file.h"

namespace bakeoff::suites {

/// The shared keys, read.
struct AgentSettings {
  bool shows_tools = false;
  CallForm form = CallForm::line;
  DialogueRules rules;
};
struct AgentDefaults {
  const char* show = "prompt";
  const char* form = "line";
  int max_answers = 8;
};
AgentSettings read_agent_settings(ObjectReader& fields, const AgentDefaults& defaults);
Json to_json(const AgentSettings& settings);

class AgentSuite : public Suite {
 public:
  std::unique_ptr<Episode> episode(const Item& item, const Decoding& decoding, std::uint64_t seed) const override;
  Verdict judge(const Item& item, const Sample& sample) const override;
  /// pass^k where items were attempted several times, and the primary metric by kind of item.
  Result<std::vector<Exhibit>> exhibits(const Results& results) const override;

  /// A dialogue at its beginning.
  virtual std::unique_ptr<Dialogue> start(const Item& item) const = 0;

 protected:
  /// On a dialogue that was played to its end, or as far as its answers go.
  virtual Verdict verdict(const Item& item, const Dialogue& played) const = 0;
  /// What items are grouped by in the report: "level 1", "cancel". Empty: no table.
  virtual std::string kind_of(const Item& item [[maybe_unused]]) const { return ""; }
};

/// What a verdict shows of a dialogue: the calls with their results, and how it ended.
Json evidence_of(const Dialogue& played);

/// Differences between two states, by path: [{"path": "orders/17/status", "before": ..., "after": ...}].
Json state_changes(const Json& before, const Json& after);

}  // namespace bakeoff::suites
