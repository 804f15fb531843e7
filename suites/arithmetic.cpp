// Suite `arithmetic`: generated problems after worked examples, to see whether a bake costs plain ability.
//
// Protocol: ours; the answer form "The answer is N." is the one of the prompt-baking paper (arXiv:2409.13697), the
// grading is that of judge `numeric`. Configuration: {name: arithmetic, items: 100, level: 3, shots: 3}.
//
// Worked example (level 3, one shot; the baked prompt, if any, comes before it):
//   user: What is 41 + 30?     assistant: 41 + 30 = 71. The answer is 71.
//   user: What is 27 + 40?     -> "27 + 40 = 67. The answer is 67." : flexible 1, strict 1
//
// A loss can only show where the base is neither perfect nor lost. Right answers of the default model
// (SmolLM2-135M-Instruct, empty system turn, greedy, fp32, 3 shots, seed 0):
//   1 sums of digits 38 of 40, 2 products to 12 x 12 33 of 40, 3 two digits plus round tens 51 of 100,
//   4 two-digit sums 11 of 40, 5 three-digit sums 5 of 40, 6 two-digit differences 2 of 40.
// 50 items are the first of 100, and the problems are the same for any number of shots: only seed and level change
// them.
#include <array>
#include <set>

#include "harness/core/seed.h"
#include "suites/generated.h"
#include "suites/generated_math.h"

namespace bakeoff::suites {

namespace {

constexpr const char* kVersion = "1";

struct Problem {
  int left, right;
  char sign;  ///< '+', '-' or '*'
  int answer() const { return sign == '+' ? left + right : sign == '-' ? left - right : left * right; }
  std::string text() const { return std::to_string(left) + " " + sign + " " + std::to_string(right); }
};

/// Operands from [low, high], the right one times `right_unit`.
struct Level {
  char sign;
  int left_low, left_high, right_low, right_high, right_unit;
  /// Differences are asked the larger number first, which leaves half of the pairs.
  int distinct() const { return (left_high - left_low + 1) * (right_high - right_low + 1) / (sign == '-' ? 2 : 1); }
};

constexpr std::array kLevels{
    Level{'+', 1, 9, 1, 9, 1},     Level{'*', 2, 12, 2, 12, 1},       Level{'+', 10, 99, 1, 9, 10},
    Level{'+', 10, 99, 10, 99, 1}, Level{'+', 100, 999, 100, 999, 1}, Level{'-', 10, 99, 10, 99, 1},
};

Problem draw_problem(const Level& level, Random& random) {
  Problem problem{draw(random, level.left_low, level.left_high),
                  draw(random, level.right_low, level.right_high) * level.right_unit, level.sign};
  if (problem.sign == '-' && problem.left < problem.right) std::swap(problem.left, problem.right);
  return problem;
}

struct Settings {
  int items = 100, level = 3, shots = 3;
  std::uint64_t seed = 0;
};

/// The items in order; none asked twice, none among its own examples.
class ProblemBook {
 public:
  explicit ProblemBook(const Settings& settings) : settings_(settings) {}

  Item next() {
    ++count_;
    Random random(
        derive_seed(settings_.seed, {"arithmetic", kVersion, std::to_string(settings_.level), std::to_string(count_)}));
    const Problem asked = draw_new(random, asked_);
    std::set<std::string> shown{asked.text()};
    Item item{.id = "problem-" + four_digits(count_),
              .group = asked.text(),
              .messages = {},
              .reference = {{"answer", asked.answer()}, {"judge", "numeric"}}};
    for (int shot = 0; shot < settings_.shots; ++shot) add_example(item.messages, draw_new(random, shown));
    item.messages.push_back({"user", question(asked)});
    return item;
  }

 private:
  static std::string question(const Problem& problem) { return "What is " + problem.text() + "?"; }
  static void add_example(Conversation& messages, const Problem& problem) {
    const std::string answer = std::to_string(problem.answer());
    messages.push_back({"user", question(problem)});
    messages.push_back({"assistant", problem.text() + " = " + answer + ". The answer is " + answer + "."});
  }
  Problem draw_new(Random& random, std::set<std::string>& used) const {
    for (;;) {
      const Problem problem = draw_problem(kLevels[static_cast<std::size_t>(settings_.level - 1)], random);
      if (used.insert(problem.text()).second) return problem;
    }
  }

  Settings settings_;
  int count_ = 0;
  std::set<std::string> asked_;
};

constexpr GeneratedMath kSet{.name = "arithmetic",
                             .version = kVersion,
                             .cost = "90 prompt tokens (3 shots) and 32 answer tokens; judged by a program",
                             .answer_tokens = 32};

}  // namespace

Result<std::unique_ptr<Suite>> create_arithmetic(const SuiteConfig& config) {
  Settings settings;
  settings.seed = config.seed;
  ObjectReader fields(config.fields, config.where);
  settings.items = fields.in_range("items", settings.items, 1, 5000);
  settings.level = fields.in_range("level", settings.level, 1, static_cast<int>(kLevels.size()));
  settings.shots = fields.in_range("shots", settings.shots, 0, 8);
  BAKEOFF_CHECK(fields.finish());
  // Random draws find new problems quickly while at least half of them are unused.
  const int most = kLevels[static_cast<std::size_t>(settings.level - 1)].distinct() / 2;
  if (settings.items > most)
    return input_error("level " + std::to_string(settings.level) + " gives at most " + std::to_string(most) + " items",
                       config.where + ".items", "ask for fewer, or take a higher level");
  ProblemBook book(settings);
  std::vector<Item> items;
  for (int i = 0; i < settings.items; ++i) items.push_back(book.next());
  return make_generated_math(kSet, std::move(items), {{"level", settings.level}, {"shots", settings.shots}});
}

}  // namespace bakeoff::suites
