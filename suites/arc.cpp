// Suite `arc`: school science questions, ARC-Easy and ARC-Challenge, by log-likelihood.
//
// Protocol: Clark et al. 2018 (arXiv:1803.05457), scored as tasks arc_easy and arc_challenge of lm-evaluation-harness
// 0.4.13; items: the pulled test set of ARC-Easy, or with `items` the set's own .jsonl files or those of
// allenai/ai2_arc (choice_rows.h). Configuration and scoring: choice_suite.h. `acc_norm` is primary, as published for
// ARC. On 60 items with five examples contexts, choices and the flags that follow from its log-probabilities are those
// of lm-evaluation-harness.
//
// Worked example: "Question: Which gas do plants take in?\nAnswer:" with " carbon dioxide" (-6.0 nats, 14 characters)
// and " oxygen" (-4.2, 6 characters): acc chooses oxygen, acc_norm carbon dioxide (-0.43 against -0.70 a character).
#include "suites/choice_rows.h"

namespace bakeoff::suites {

Result<std::unique_ptr<Suite>> create_arc(const SuiteConfig& config) {
  static constexpr ChoiceSet kSet{
      .name = "arc",
      .source = "arXiv:1803.05457, allenai/ai2_arc",
      .licence = "CC-BY-SA-4.0",
      .pulled = "arc/ARC-Easy/test.json",
      .form = "text",
      .cost = "30 prompt tokens (250 with 5 shots) and four choices of 8 tokens; nothing is drawn"};
  return create_choice_rows(kSet, config);
}

}  // namespace bakeoff::suites
