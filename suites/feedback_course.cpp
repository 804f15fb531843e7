// A learner's rounds: what it failed, the correction, and the arm that it becomes.
#include <algorithm>

#include "suites/feedback.h"

namespace bakeoff::suites::feedback {

namespace {

constexpr std::size_t kMostExamples = 3;

using Answers = std::vector<Results::Played>;

Result<std::string> base_of(const Results& results, const std::string& where) {
  for (const Arm& arm : results.arms())
    if (arm.kind == "base") return arm.name;
  return input_error("there is no arm of kind base, from which learning could start", where, "add it to arms");
}

/// Right answers to tasks of this kind that were failed. An unscored answer is no failure.
Correction correction_of(const Kind& kind, const Answers& played) {
  Correction correction{&kind, {}};
  for (const auto& one : played) {
    const Task task = task_of(*one.item);
    const bool is_told = std::any_of(correction.examples.begin(), correction.examples.end(),
                                     [&](const Message& message) { return message == one.item->messages.back(); });
    if (task.kind != kind.name || !task.is_seen || is_told || one.verdict.score.value_or(1) >= 1) continue;
    correction.examples.push_back(one.item->messages.back());
    correction.examples.push_back({"assistant", task.right});
    if (correction.examples.size() == 2 * kMostExamples) break;
  }
  return correction;
}

/// The tasks that were seen, then those to practise; an ordinary question after every second one, so that a replay of
/// the first few has some as well.
std::vector<Conversation> questions_of(const Kind& kind, const std::vector<std::string>& practice, const Suite& suite) {
  std::vector<std::string> tasks;
  for (const Item& item : suite.items())
    if (const Task task = task_of(item); task.kind == kind.name && task.is_seen)
      tasks.push_back(item.messages.back().content);
  tasks.insert(tasks.end(), practice.begin(), practice.end());
  std::vector<Conversation> questions;
  std::size_t next = 0;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    questions.push_back({{"user", tasks[i]}});
    if (i % 2 == 1 && next < ordinary().size()) questions.push_back({{"user", ordinary()[next++].question}});
  }
  return questions;
}

}  // namespace

Result<Course> follow(Learner learner, const Rounds& rounds, const Suite& suite, const Results& results) {
  Course course{learner, {}, {}, {}};
  BAKEOFF_TRY(std::string state, base_of(results, rounds.where));
  course.states.push_back(state);
  std::string parent;
  for (int round = 0; round < rounds.count; ++round) {
    const auto number = static_cast<std::size_t>(round);
    BAKEOFF_TRY(const Answers played, results.played(state, results.own_label()));
    if (played.empty()) break;
    const Kind& kind = kinds()[number];
    if (Correction correction = correction_of(kind, played); !correction.examples.empty()) {
      course.corrections.push_back(std::move(correction));
      state = results.own_label() + "/" + name_of(learner) + " " + std::to_string(round + 1);
      const std::string bake = results.own_label() + "/" + kind.name;
      if (learner == Learner::baked) {
        course.growth.bakes.push_back({bake,
                                       {bake, prompt_of({course.corrections.back()})},
                                       questions_of(kind, rounds.practice[number], suite),
                                       rounds.recipe,
                                       parent,
                                       rounds.replay});
        course.growth.arms.push_back({state, "baked", bake, bake, 1.0});
        parent = bake;
      } else {
        course.growth.prompts.push_back({state, prompt_of(course.corrections)});
        course.growth.arms.push_back({state, "prompted", state, "", 1.0});
      }
    }
    course.states.push_back(state);
  }
  return course;
}

}  // namespace bakeoff::suites::feedback
