// Suite `commonsenseqa`: everyday questions with five choices, by log-likelihood.
//
// Protocol: Talmor et al. 2019 (arXiv:1811.00937), scored as task commonsense_qa of lm-evaluation-harness 0.4.13: the
// choices are listed and the letters scored (form: letters; form: text is offered too). Items: dev_rand_split.jsonl, or
// the Hugging Face version (choice_rows.h). Configuration and scoring: choice_suite.h. Letters have one character each,
// so the three metrics are equal there.
//
// Worked example: "Question: Where is a coat kept?\nA. closet\nB. oven\nAnswer:" with " A" (-0.7 nats) and " B" (-1.9),
// answerKey A: acc_norm, acc and acc_bytes 1.
#include "suites/choice_rows.h"

namespace bakeoff::suites {

Result<std::unique_ptr<Suite>> create_commonsenseqa(const SuiteConfig& config) {
  static constexpr ChoiceSet kSet{.name = "commonsenseqa",
                                  .source = "arXiv:1811.00937, dev_rand_split",
                                  .licence = "MIT",
                                  .pulled = "commonsenseqa/dev_rand_split.jsonl",
                                  .form = "letters",
                                  .cost = "45 prompt tokens and five letters; nothing is drawn"};
  return create_choice_rows(kSet, config);
}

}  // namespace bakeoff::suites
