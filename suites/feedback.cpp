// Suite `feedback`: does an agent learn from one correction a round, and does it keep what it learned?
//
// Protocol: ours. Each round is about one kind of task ("I would like 3 lemons, please." is to be answered "ORDER: 3
// lemons"). The agent plays the kind's seen tasks. If it fails one, it receives one correction: a rule, and right
// answers to tasks that it failed, at most three. Two learners take it in, each by its own failures:
//
//   baked      the correction is baked on top of the bakes of earlier rounds, which are replayed; no prompt is left
//   prompted   the correction joins the earlier ones in the prompt; nothing is trained
//
// and `base` plays without feedback. After each round every learner plays everything: the seen tasks again (replays),
// unseen ones of all kinds, whose words occur in no correction and no bake, and ordinary questions, which must be
// answered as before: right, and without the marks of any correction. An agent that fails nothing in a round receives
// nothing and stays as it is.
//
// Configuration, in the experiment file (arms: [base]):
//   {name: feedback}
// Keys: `rounds` (default 6, which is all kinds), `seen` (4) and `unseen` (6) tasks of each kind, `replay` (8 questions
// of each earlier bake), `learners` (default [baked, prompted]), `recipe` (as in a bake).
//
// Worked example: "ORDER: 3 lemons" is right; "Order: 3 lemons" and "Here are your 3 lemons!" are not. "ORDER: Paris"
// to "What is the capital of France?" is not kept.
//
// Not covered: corrections in an agent's or a person's own words, and tasks that take more than one answer.
#include "suites/feedback.h"

#include "harness/core/seed.h"
#include "suites/generated.h"
#include "suites/item_file.h"
#include "suites/judge_spec.h"
#include "suites/neutral_questions.h"

namespace bakeoff::suites {

namespace {

using namespace feedback;

struct Settings {
  Rounds rounds;
  int seen = 4, unseen = 6;
  std::vector<Learner> learners;
  std::uint64_t seed = 0;
};

class Feedback : public Suite {
 public:
  explicit Feedback(Settings settings) : settings_(std::move(settings)) {
    for (int round = 0; round < settings_.rounds.count; ++round) add_tasks(kinds()[static_cast<std::size_t>(round)]);
    add_ordinary_questions();
    card_ = {.name = "feedback",
             .version = "1",
             .source = "Bakeoff",
             .licence = "Apache-2.0",
             .metrics = {{"right", Direction::higher_is_better, "the answer is as corrections ask, or kept"},
                         {"replay", Direction::higher_is_better, "right answers to tasks that corrections came from"},
                         {"unseen", Direction::higher_is_better, "right answers to other tasks of these kinds"},
                         {"kept", Direction::higher_is_better, "ordinary questions answered right and as before"}},
             .digest = "",
             .cost = "20 prompt tokens and 24 answer tokens by each of up to 13 arms, and up to 6 bakes",
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
  std::string example_answer(const Item& item) const override {
    const Task task = task_of(item);
    return task.kind.empty() ? "I do not know." : task.right;
  }
  Verdict judge(const Item& item, const Sample& sample) const override {
    const Verdict verdict = apply_judge(item.reference.at("gold"), sample.completion.text);
    if (!verdict.score) return verdict;
    const Task task = task_of(item);
    const char* part = task.kind.empty() ? "kept" : task.is_seen ? "replay" : "unseen";
    return Verdict::scored(*verdict.score, {{"right", *verdict.score}, {part, *verdict.score}}, verdict.evidence);
  }

  Result<Growth> grow(const Results& results) const override {
    Growth all;
    for (const Learner learner : settings_.learners) {
      BAKEOFF_TRY(Course course, follow(learner, settings_.rounds, *this, results));
      Growth& growth = course.growth;
      std::move(growth.bakes.begin(), growth.bakes.end(), std::back_inserter(all.bakes));
      std::move(growth.arms.begin(), growth.arms.end(), std::back_inserter(all.arms));
      std::move(growth.prompts.begin(), growth.prompts.end(), std::back_inserter(all.prompts));
    }
    return all;
  }

  Result<std::vector<Exhibit>> exhibits(const Results& results) const override {
    std::vector<Course> courses;
    for (const Learner learner : settings_.learners) {
      BAKEOFF_TRY(courses.emplace_back(), follow(learner, settings_.rounds, *this, results));
    }
    return feedback_exhibits(courses, results);
  }

 private:
  /// Seen, unseen and practised tasks share no word of the kind.
  void add_tasks(const Kind& kind) {
    Random random(derive_seed(settings_.seed, {"feedback", kind.name}));
    std::vector<const char*> words = kind.a;
    shuffle(words, random);
    auto& practice = settings_.rounds.practice.emplace_back();
    for (int i = 0; i < static_cast<int>(words.size()); ++i) {
      const char *a = words[static_cast<std::size_t>(i)], *b = pick(random, kind.b);
      if (i < settings_.seen + settings_.unseen)
        add_task(kind, {a, b}, i);
      else
        practice.push_back(fill(kind.task, a, b));
    }
  }

  void add_task(const Kind& kind, std::pair<const char*, const char*> words, int number) {
    const auto [a, b] = words;
    const bool is_seen = number < settings_.seen;
    const int place = is_seen ? number : number - settings_.seen;
    const std::string id = std::string(kind.name) + (is_seen ? "-seen-" : "-unseen-") + std::to_string(place + 1);
    Json wanted = Json::array();
    for (const char* phrase : kind.wanted) wanted.push_back(fill(phrase, a, b));
    items_.push_back({id,
                      id,
                      {{"user", fill(kind.task, a, b)}},
                      {{"kind", kind.name},
                       {"seen", is_seen},
                       {"right", fill(kind.answer, a, b)},
                       {"gold", {{"judge", "contains"}, {"all", wanted}, {"case_sensitive", true}}}}});
  }

  void add_ordinary_questions() {
    Json marks = Json::array();
    for (const Kind& kind : kinds()) marks.push_back(kind.mark);
    for (Item& item : neutral_questions()) {
      item.reference["none"] = marks;
      item.reference = {{"kind", ""}, {"seen", false}, {"right", ""}, {"gold", item.reference}};
      items_.push_back(std::move(item));
    }
  }

  Settings settings_;
  std::vector<Item> items_;
  SuiteCard card_;
};

Result<std::vector<Learner>> read_learners(ObjectReader& fields, const std::string& where) {
  std::vector<Learner> learners;
  for (const std::string& name : fields.optional("learners", std::vector<std::string>{"baked", "prompted"})) {
    if (name != "baked" && name != "prompted")
      return input_error("nobody learns as \"" + name + "\"", where + ".learners", "known: baked, prompted");
    learners.push_back(name == "baked" ? Learner::baked : Learner::prompted);
  }
  return learners;
}

}  // namespace

Result<std::unique_ptr<Suite>> create_feedback(const SuiteConfig& config) {
  ObjectReader fields(config.fields, config.where);
  const int most_rounds = static_cast<int>(kinds().size()), most_tasks = kWords / 3;
  Settings settings;
  settings.seed = config.seed;
  settings.rounds.where = config.where;
  settings.rounds.count = fields.in_range("rounds", most_rounds, 1, most_rounds);
  settings.seen = fields.in_range("seen", settings.seen, 1, most_tasks);
  settings.unseen = fields.in_range("unseen", settings.unseen, 1, most_tasks);
  settings.rounds.replay = fields.in_range("replay", 8, 0, 1'000);
  BAKEOFF_TRY(settings.learners, read_learners(fields, config.where));
  if (fields.has("recipe")) {
    BAKEOFF_TRY(settings.rounds.recipe, recipe_from_json(fields.raw("recipe"), config.where + ".recipe"));
  }
  BAKEOFF_CHECK(fields.finish());
  return std::unique_ptr<Suite>(std::make_unique<Feedback>(std::move(settings)));
}

}  // namespace bakeoff::suites
