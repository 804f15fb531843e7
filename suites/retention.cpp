// Suite `retention`: after each bake of a sequence, how much of the earlier bakes and of everything else is left?
//
// Protocol: the matrix R[i][j] of scores on task j after bake i, with accuracy, backward and forward transfer
// (Lopez-Paz and Ranzato 2017, arXiv:1706.08840) and forgetting (Chaudhry et al. 2018, arXiv:1801.10112). A bake's task
// is the suite that has the bake's name; every other suite is one that no bake is about, so that a loss there is
// damage. The suite's own items are such questions as well, and on the base's answers to them the drift of each state
// is measured: KL(state || base). Once the last state has been played, each earlier bake is taken out of it again: what
// is left of its task above the base is its residue.
//
// Configuration, in the experiment file (docs/sequences.md):
//   sequence: [pirate, french, shout]
//   arms: [base, baked]
//   suites: [{name: style, as: pirate, ...}, {name: style, as: french, ...}, {name: style, as: shout, ...},
//            {name: arithmetic}, {name: retention}]
// Keys: `states` (names of arms, in order; default: the baked arms with scale 1), `remove` (default true).
//
// Worked example: R = [[1, .], [.6, 1]] with 0.1 on task 2 before its bake: accuracy .8, backward transfer -.4,
// forgetting .4, forward transfer R[1][2] - 0.1.
#include "suites/retention.h"

#include <algorithm>

#include "suites/item_file.h"
#include "suites/judge_spec.h"
#include "suites/neutral_questions.h"

namespace bakeoff::suites {

namespace {

class Retention : public Suite {
 public:
  Retention(std::vector<std::string> states, bool removes, std::string where)
      : states_(std::move(states)), removes_(removes), where_(std::move(where)), items_(neutral_questions()) {
    card_ = {
        .name = "retention",
        .version = "1",
        .source = "Bakeoff; definitions of arXiv:1706.08840 and arXiv:1801.10112",
        .licence = "Apache-2.0",
        .metrics = {{"right", Direction::higher_is_better, "right answers to questions that no bake is about"}},
        .digest = "",
        .cost = "20 prompt tokens and 24 answer tokens, and one reading of each answer by every state of the sequence",
        .may_grow = true};
    card_.digest = suite_digest(card_, Json::object(), items_);
  }

  const SuiteCard& card() const override { return card_; }
  const std::vector<Item>& items() const override { return items_; }
  Decoding decoding() const override {
    Decoding greedy;
    greedy.max_new_tokens = 24;
    return greedy;
  }
  Verdict judge(const Item& item, const Sample& sample) const override {
    const Verdict verdict = apply_judge(item.reference, sample.completion.text);
    if (!verdict.score) return verdict;
    return Verdict::scored(*verdict.score, {{"right", *verdict.score}}, verdict.evidence);
  }

  Result<Growth> grow(const Results& results) const override {
    BAKEOFF_TRY(const SequenceOfArms sequence, sequence_of(results));
    Growth growth;
    if (!removes_) return growth;
    const Arm& last = sequence.states.back();
    for (std::size_t i = 0; i + 1 < sequence.states.size(); ++i) {
      Arm arm = last;
      arm.without = {sequence.states[i].bake};
      arm.name = last.name + " without " + sequence.states[i].bake;
      growth.suites.push_back({sequence.tasks[i], nullptr, {arm.name}});
      growth.arms.push_back(std::move(arm));
    }
    return growth;
  }

  Result<std::vector<Contrast>> contrasts(const Results& results) const override {
    BAKEOFF_TRY(const SequenceOfArms sequence, sequence_of(results));
    std::vector<Contrast> contrasts;
    if (!sequence.base) return contrasts;
    std::vector<Conversation> answers;
    BAKEOFF_TRY(const auto played, results.played(sequence.base->name, results.own_label()));
    for (const auto& one : played) answers.push_back(one.sample.messages);
    for (const Arm& state : sequence.states)
      contrasts.push_back({drift_name(state), state.name, sequence.base->name, answers});
    return contrasts;
  }

  Result<std::vector<Exhibit>> exhibits(const Results& results) const override {
    BAKEOFF_TRY(const SequenceOfArms sequence, sequence_of(results));
    return retention_exhibits(sequence, results);
  }

 private:
  Result<SequenceOfArms> sequence_of(const Results& results) const {
    SequenceOfArms sequence;
    for (const Arm& arm : results.arms()) {
      if (arm.kind == "base" && !sequence.base) sequence.base = arm;
      if (arm.kind == "baked" && !arm.without.empty()) sequence.removals.push_back(arm);
      if (states_.empty() && arm.kind == "baked" && arm.scale == 1 && arm.without.empty())
        sequence.states.push_back(arm);
    }
    for (const std::string& name : states_) {
      const auto& arms = results.arms();
      const auto found = std::find_if(arms.begin(), arms.end(), [&](const Arm& arm) { return arm.name == name; });
      if (found == arms.end()) return input_error("there is no arm \"" + name + "\"", where_ + ".states");
      sequence.states.push_back(*found);
    }
    if (sequence.states.empty())
      return input_error("there is no baked arm whose retention could be measured", where_, "add sequence: [...]");
    BAKEOFF_CHECK(find_tasks(results, sequence));
    return sequence;
  }

  /// A bake's task is the suite of its name.
  Status find_tasks(const Results& results, SequenceOfArms& sequence) const {
    const auto labels = results.labels();
    for (const Arm& state : sequence.states) {
      if (std::find(labels.begin(), labels.end(), state.bake) == labels.end())
        return input_error("the bake \"" + state.bake + "\" has no suite that measures it", where_,
                           "add a suite with as: " + state.bake);
      sequence.tasks.push_back(state.bake);
    }
    for (const std::string& label : labels)
      if (std::find(sequence.tasks.begin(), sequence.tasks.end(), label) == sequence.tasks.end())
        sequence.others.push_back(label);
    return {};
  }

  std::vector<std::string> states_;
  bool removes_;
  std::string where_;
  std::vector<Item> items_;
  SuiteCard card_;
};

}  // namespace

Result<std::unique_ptr<Suite>> create_retention(const SuiteConfig& config) {
  ObjectReader fields(config.fields, config.where);
  auto states = fields.optional("states", std::vector<std::string>{});
  const bool removes = fields.optional("remove", true);
  BAKEOFF_CHECK(fields.finish());
  return std::unique_ptr<Suite>(std::make_unique<Retention>(std::move(states), removes, config.where));
}

}  // namespace bakeoff::suites
