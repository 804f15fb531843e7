// Suite `word_problems`: generated stories with numbers in them, in seven levels, to see whether a bake costs the
// ability to calculate what a text asks for.
//
// Protocol: ours; the answer form "The answer is N." is the one of the prompt-baking paper (arXiv:2409.13697), the
// grading is that of judge `numeric`. The stories: story.h. Configuration:
//   {name: word_problems, items: 100, level: 1, shots: 3, split: test}
// `shots` worked examples of the same level stand before each question, drawn by the experiment's seed, each item its
// own; 0 asks without examples. 50 items are the first of 100, and the problems are the same for any number of shots.
// `split: bake` gives the other half of all problems (generated.h), for `bakeoff suites items` as questions of a bake.
//
// Worked example (level 2, one shot):
//   user: Ben has 6 nuts. He finds 3 more. How many nuts does Ben have now?   assistant: 6 + 3 = 9. The answer is 9.
//   user: Mia owns 9 beads. Tom borrows 4 of them. How many beads does Mia have in the end?
//   -> "9 - 4 = 5. The answer is 5 beads." : flexible 1, strict 1
#include <set>

#include "suites/generated.h"
#include "suites/item_file.h"
#include "suites/judge_spec.h"
#include "suites/story.h"

namespace bakeoff::suites {

namespace {

constexpr const char* kVersion = "1";

struct Settings {
  int items = 100, level = 1, shots = 3;
  Split split = Split::test;
  std::uint64_t seed = 0;
};

std::string text_of(const Step& step) {
  return std::to_string(step.left) + " " + step.sign + " " + std::to_string(step.right) + " = " +
         std::to_string(step.value());
}

/// "6 + 3 = 9. The answer is 9."
std::string solution_of(const Story& story) {
  std::string text;
  for (const Step& step : story.steps) text += text_of(step) + ". ";
  return text + "The answer is " + std::to_string(story.steps.back().value()) + ".";
}

/// The items in order; none asked twice, none among its own examples.
class StoryBook {
 public:
  explicit StoryBook(const Settings& settings) : settings_(settings) {}

  Item next() {
    const std::string number = four_digits(++count_);
    Random random(derive_seed(settings_.seed, {"word_problems", kVersion, std::to_string(settings_.level), number}));
    const Story asked = tell_new(random, asked_);
    std::set<std::string> shown{asked.text};
    Json steps = Json::array();
    for (const Step& step : asked.steps) steps.push_back(text_of(step));
    Item item{.id = "level-" + std::to_string(settings_.level) + "-" + number,
              .group = "level-" + std::to_string(settings_.level) + "-" + number,
              .messages = {},
              .reference = {{"judge", "numeric"},
                            {"answer", asked.steps.back().value()},
                            {"unit", asked.unit},
                            {"steps", std::move(steps)}}};
    for (int shot = 0; shot < settings_.shots; ++shot) {
      const Story example = tell_new(random, shown);
      item.messages.push_back({"user", example.text});
      item.messages.push_back({"assistant", solution_of(example)});
    }
    item.messages.push_back({"user", asked.text});
    return item;
  }

 private:
  Story tell_new(Random& random, std::set<std::string>& used) const {
    for (;;) {
      Story story = tell(settings_.level, random);
      if (split_of("word_problems", story.text) == settings_.split && used.insert(story.text).second) return story;
    }
  }

  Settings settings_;
  int count_ = 0;
  std::set<std::string> asked_;
};

class WordProblems : public Suite {
 public:
  explicit WordProblems(const Settings& settings) {
    StoryBook book(settings);
    for (int i = 0; i < settings.items; ++i) items_.push_back(book.next());
    card_ = {.name = "word_problems",
             .version = kVersion,
             .source = "Bakeoff (generated); answer form of arXiv:2409.13697",
             .licence = "Apache-2.0",
             .metrics = {{"flexible", Direction::higher_is_better, "the last number of the answer is right"},
                         {"strict", Direction::higher_is_better, "the number after \"The answer is\" is right"}},
             .digest = "",
             .cost = "40 prompt tokens and 60 for each example, 48 answer tokens at most; judged by a program"};
    card_.digest = suite_digest(card_, {{"level", settings.level}, {"shots", settings.shots}}, items_);
  }

  const SuiteCard& card() const override { return card_; }
  const std::vector<Item>& items() const override { return items_; }
  Decoding decoding() const override {
    Decoding greedy;
    greedy.max_new_tokens = 48;
    return greedy;
  }
  Verdict judge(const Item& item, const Sample& sample) const override {
    return apply_judge(item.reference, sample.completion.text);
  }
  std::string example_answer(const Item& item) const override {
    return item.reference.at("steps").back().get<std::string>() + ". The answer is " +
           dump(item.reference.at("answer")) + " " + item.reference.at("unit").get<std::string>() + ".";
  }

 private:
  std::vector<Item> items_;
  SuiteCard card_;
};

}  // namespace

Result<std::unique_ptr<Suite>> create_word_problems(const SuiteConfig& config) {
  Settings settings;
  settings.seed = config.seed;
  ObjectReader fields(config.fields, config.where);
  settings.items = fields.in_range("items", settings.items, 1, 2000);
  settings.level = fields.in_range("level", settings.level, 1, kStoryLevels);
  settings.shots = fields.in_range("shots", settings.shots, 0, 8);
  settings.split = read_split(fields);
  BAKEOFF_CHECK(fields.finish());
  return std::unique_ptr<Suite>(std::make_unique<WordProblems>(settings));
}

}  // namespace bakeoff::suites
