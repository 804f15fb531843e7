// Suites of published multiple-choice questions with one right answer each: their rows, their two forms, their
// examples. Keys of the configuration: choice_suite.h.
//
// A row has one of three published schemas: that of the sets' authors, of their Hugging Face versions, of LLM-Adapters:
//   {"id": "q1", "question": {"stem": "...", "choices": [{"label": "A", "text": "..."}, ...]}, "answerKey": "B"}
//   {"id": "q1", "question": "...", "choices": {"label": ["A", ...], "text": ["...", ...]}, "answerKey": "B"}
//   {"instruction": "Please choose the correct answer to the question: ...\n\nAnswer1: ... Answer2: ...\n\nAnswer
//   format:
//    answer1/answer2", "input": "", "output": "the correct answer is answer2", "answer": "answer2"}
// (the first two with "question_concept", "domain" or "level", which are not used). The third has no ids; rows are
// counted from 0.
//
// Contexts are those of lm-evaluation-harness 0.4.13: text "Question: STEM\nAnswer:" (arc_easy.yaml), letters
// "Question: STEM\nA. ...\nB. ...\nAnswer:" (commonsense_qa/default.yaml); letters count from A whatever the row's
// labels.
#pragma once

#include "suites/choice_suite.h"

namespace bakeoff::suites {

/// What differs from set to set.
struct ChoiceSet {
  const char* name;
  const char* source;
  const char* licence;
  const char* pulled;  ///< "commonsenseqa/dev_rand_split.jsonl", as item_path wants it
  const char* form;    ///< default: "text" or "letters"
  const char* cost;
  bool shipped = false;  ///< the rows are part of the program (shipped_set), nothing is pulled; `items` may name others
};

Result<std::unique_ptr<Suite>> create_choice_rows(const ChoiceSet& set, const SuiteConfig& config);

}  // namespace bakeoff::suites
