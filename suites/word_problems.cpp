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
#include "suites/generated_math.h"
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

constexpr GeneratedMath kSet{
    .name = "word_problems",
    .version = kVersion,
    .cost = "40 prompt tokens and 60 for each example, 48 answer tokens at most; judged by a program",
    .answer_tokens = 48};

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
  StoryBook book(settings);
  std::vector<Item> items;
  for (int i = 0; i < settings.items; ++i) items.push_back(book.next());
  return make_generated_math(kSet, std::move(items), {{"level", settings.level}, {"shots", settings.shots}});
}

}  // namespace bakeoff::suites
