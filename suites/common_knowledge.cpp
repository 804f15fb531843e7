// Suite `common_knowledge`: what people of many countries know, with four choices, by log-likelihood.
//
// Protocol: that of lm-evaluation-harness 0.4.13 for text choices (choice_rows.h). Items: 168 questions written for
// Bakeoff at the level of small models (datasets/common_knowledge.jsonl): 14 domains of 12, four each of level 1 (a
// child knows), 2 and 3; the right answer stands equally often in each place, and neither length nor place gives it
// away. Part of the program: nothing has to be fetched. `items: FILE` takes rows of the same form instead.
// Configuration: {name: common_knowledge, form: text | letters, limit: 160, shots: 4}; see choice_suite.h. Without
// `shot_items` the examples are drawn from the questions that are not asked, so `shots` needs a `limit` or `ids`.
//
// Worked example: "Question: What do bees make?\nAnswer:" with " honey" (-2.1 nats), " milk" (-4.0), " bread" (-5.2)
// and " butter" (-5.9): honey is likeliest as it is, per character and per byte: acc, acc_norm and acc_bytes 1.
#include "suites/choice_rows.h"

namespace bakeoff::suites {

Result<std::unique_ptr<Suite>> create_common_knowledge(const SuiteConfig& config) {
  static const ChoiceSet kSet{.name = "common_knowledge",
                              .source = "Bakeoff (written), 168 questions",
                              .licence = "Apache-2.0",
                              .pulled = "",
                              .form = "text",
                              .cost = "15 prompt tokens and four short answers; nothing is drawn",
                              .shipped = true};
  return create_choice_rows(kSet, config);
}

}  // namespace bakeoff::suites
