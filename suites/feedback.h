// Learning from feedback: the kinds of tasks, the corrections, and how an arm becomes the next one. suites/feedback.cpp
// plays; suites/feedback_exhibits.cpp turns the scores into curves.
#pragma once

#include "suites/suite.h"

namespace bakeoff::suites::feedback {

/// A kind of task whose wanted answer nobody can guess and anybody can copy from an example. `{a}` and `{b}` stand for
/// words that are drawn.
struct Kind {
  const char* name;
  const char* form;  ///< what the correction corrects: "a rule", "a format", "a tone"
  const char* rule;
  const char* task;
  const char* answer;
  std::vector<const char*> wanted;  ///< what a right answer contains, in this case of letters
  const char* mark;                 ///< what betrays the kind in an answer to something else
  std::vector<const char*> a, b;    ///< `a`: at least kWords, all different
};
inline constexpr int kWords = 24;
/// In the order of the rounds.
const std::vector<Kind>& kinds();
std::string fill(std::string pattern, std::string_view a, std::string_view b);

/// Ordinary questions with answers: the first ones stand in every correction, so that it shows where it does not apply;
/// all of them are asked when a correction is baked.
struct Ordinary {
  const char* question;
  const char* answer;
};
const std::vector<Ordinary>& ordinary();

/// One item's part in the suite, as its reference says.
struct Task {
  std::string kind;  ///< of a task; empty: an ordinary question
  bool is_seen = false;
  std::string right;  ///< an answer that is right; empty for ordinary questions
};
Task task_of(const Item& item);

/// What is said after a failure: the rule, with right answers to tasks that were failed.
struct Correction {
  const Kind* kind = nullptr;
  std::vector<Message> examples;  ///< user, assistant, user, ...
};
/// Corrections as one prompt: their rules, then an ordinary exchange, their examples, and another ordinary one.
Conversation prompt_of(const std::vector<Correction>& corrections);

/// Who learns, and how.
enum class Learner { baked, prompted };
const char* name_of(Learner learner);

/// The settings that decide what a learner's rounds are.
struct Rounds {
  std::string where;  ///< of the suite in the experiment file
  int count = 0;
  int replay = 0;  ///< questions of each earlier bake
  Recipe recipe;
  std::vector<std::vector<std::string>> practice;  ///< by kind: tasks that are asked in the bake alone
};

/// A learner's way through the rounds, as far as it was played.
struct Course {
  Learner learner = Learner::baked;
  std::vector<std::string> states;      ///< the arm before any round, then after each
  std::vector<Correction> corrections;  ///< received so far
  Growth growth;                        ///< all that its corrections led to
};
/// In each round the current arm's answers to the seen tasks of the round's kind decide: one of them failed, and the
/// tasks that failed make the correction; none, and the arm stays what it is. Ends where an arm was not yet played.
/// Errors: input, without an arm of kind `base`.
Result<Course> follow(Learner learner, const Rounds& rounds, const Suite& suite, const Results& results);

/// Exhibits `replays`, `unseen`, `kept` (curves over rounds) and `kinds` (matrix: unseen tasks by kind, arm by arm).
Result<std::vector<Exhibit>> feedback_exhibits(const std::vector<Course>& courses, const Results& results);

}  // namespace bakeoff::suites::feedback
