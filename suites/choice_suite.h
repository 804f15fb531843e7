// What the suites of multiple choice share: choices are compared by their log-probabilities after one context.
//
// Configuration, common to arc, commonsenseqa and truthfulqa_mc:
//   items: FILE      as in item_file.h
//   prompting: completion | chat           completion (default) is raw text, as lm-evaluation-harness scores it: no
//                                          prompt reaches it, so `prompted` equals `base`. In a chat each context is a
//                                          user's message and the choice the assistant's answer.
// Of those with a set of questions as in choice_rows.h:
//   {name: arc, items: F, shots: 5, shot_items: train.jsonl, shot_order: file | seed}
//   form: text | letters                   text: the choices are not shown, each is scored as a continuation;
//                                          letters: they are listed as "A. ...", and " A", " B", ... are scored
//
// Worked example: "Question: What do bees make?\nAnswer:" with choices " honey" (-2.0 nats) and " a lot of wax" (-4.5):
// raw sums prefer honey; per character -2.0/5 = -0.40 loses to -4.5/12 = -0.375. The answer of a sample is the text
// {"logprobs": [-2.0, -4.5]}; `bakeoff judge` takes the same text from a file.
//
// Scoring is that of lm-evaluation-harness 0.4.13 (lm_eval/api/task.py, process_results of multiple_choice): the choice
// of the largest sum, the first of equal ones; `acc_norm` divides by the characters (code points) of the choice without
// its separator, `acc_bytes` by its UTF-8 bytes. Contexts are joined by a blank line, answers begin with one space; in
// a chat they begin with none, as with its --apply_chat_template --fewshot_as_multiturn.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "suites/item_file.h"
#include "suites/prompting.h"
#include "suites/selection.h"

namespace bakeoff::suites {

/// One question as it is put to a model.
struct ChoiceTask {
  std::string id;
  std::string context;               ///< "Question: ...\nAnswer:", without what stands before it
  std::vector<std::string> choices;  ///< at least one, none empty, without separator
  std::size_t right = 0;             ///< index of the right choice
  Json more = Json::object();        ///< further keys of the item's reference, for the suite's own judge
};

/// The verdict on one item from the log-probabilities of its choices (finite, as many as choices, nats). The reference
/// holds "choices", "right" and the task's further keys.
using ChoiceJudge = Verdict (*)(const Json& reference, std::span<const double> logprobs);

/// Index of the largest value, the first of equal ones. At least one value.
std::size_t first_largest(std::span<const double> values);

/// Metrics acc, acc_norm and acc_bytes; `acc_norm` is primary. Evidence: choices, sums, what each metric chose.
Verdict judge_by_length(const Json& reference, std::span<const double> logprobs);

struct ChoiceRules {
  SuiteCard card;  ///< digest empty; the first metric is the score
  Prompting prompting = Prompting::completion;
  ChoiceJudge judge = judge_by_length;
  Json configuration = Json::object();  ///< what else decides a verdict, for the digest
};

/// The tasks that an experiment asks for; a second task of one id is an error, and so is an empty choice.
Result<std::vector<ChoiceTask>> selected(std::vector<ChoiceTask> tasks, const Selection& selection,
                                         const std::string& where);

/// `examples` stand before every item, each with its right choice as the answer.
std::unique_ptr<Suite> make_choice_suite(ChoiceRules rules, const std::vector<ChoiceTask>& tasks,
                                         const std::vector<ChoiceTask>& examples);

}  // namespace bakeoff::suites
