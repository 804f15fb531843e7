// Suite `code_basics`: generated, small Python functions at the level of a model of 100 million parameters.
//
// Protocol: ours; questions and tests follow the form of MBPP (arXiv:2108.07732). Twelve kinds of function with drawn
// numbers, letters and words; three assertions each, whose values are computed here and agree with the kind's reference
// solution when that is run (tests). Score: all assertions hold.
// Configuration: {name: code_basics, items: 60, shots: 0, prompting: chat}.
//
// Worked example: "Write a Python function add_7(x) that returns x plus 7." -> "def add_7(x):\n    return x + 7" passes
// `assert add_7(0) == 7` and two more.
//
// A loss can only show where the base is neither perfect nor lost: the default model (SmolLM2-135M-Instruct, empty
// system turn, greedy, seed 0) passes 41 of 60 alone, 53 of 60 behind the six examples of examples/prompts/coder.yaml,
// and again 41 behind three examples of kinds that are not asked. The six were written after looking at failures on
// these items: it shows that the suite can tell arms apart, and is no unbiased effect of a prompt.
#include <algorithm>
#include <array>
#include <set>

#include "harness/core/seed.h"
#include "suites/code_suite.h"

namespace bakeoff::suites {

namespace {

constexpr const char* kVersion = "1";
constexpr int kMostItems = 200;

struct Problem {
  std::string name, task, body;                            ///< "add_7(x)", "returns x plus 7", "x + 7"
  std::vector<std::pair<std::string, std::string>> cases;  ///< arguments, value

  std::string call_name() const { return name.substr(0, name.find('(')); }
  std::string question() const { return "Write a Python function " + name + " that " + task + "."; }
  std::string solution() const { return "def " + name + ":\n    return " + body + "\n"; }
};

std::string text_of(int number) { return std::to_string(number); }
std::string literal(const std::string& text) { return "'" + text + "'"; }

int draw(Random& random, int low, int high) {
  return low + static_cast<int>(random.below(static_cast<std::uint64_t>(high - low + 1)));
}

constexpr std::array kWords{"apple", "banana", "cherry", "grape",  "lemon",
                            "melon", "orange", "papaya", "tomato", "walnut"};

std::string word(Random& random) { return kWords[random.below(kWords.size())]; }

std::vector<int> numbers(Random& random) {
  std::vector<int> list;
  const int size = draw(random, 3, 6);
  for (int i = 0; i < size; ++i) list.push_back(draw(random, 1, 30));
  return list;
}

std::string list_of(const std::vector<int>& values) {
  std::string text;
  for (const int value : values) text += (text.empty() ? "" : ", ") + text_of(value);
  return "[" + text + "]";
}

/// A function of one number: three arguments far apart.
template <class Function>
void number_cases(Problem& problem, Random& random, const Function& value) {
  for (const int x : {0, draw(random, 1, 20), draw(random, 21, 99)}) problem.cases.emplace_back(text_of(x), value(x));
}

template <class Function>
void list_cases(Problem& problem, Random& random, const Function& value) {
  for (int i = 0; i < 3; ++i) {
    const std::vector<int> list = numbers(random);
    problem.cases.emplace_back(list_of(list), value(list));
  }
}

template <class Function>
void word_cases(Problem& problem, Random& random, const Function& value) {
  std::set<std::string> used;
  while (used.size() < 3) used.insert(word(random));
  for (const std::string& text : used) problem.cases.emplace_back(literal(text), value(text));
}

std::string truth(bool value) { return value ? "True" : "False"; }

Problem add(Random& random) {
  const int n = draw(random, 2, 40);
  Problem problem{"add_" + text_of(n) + "(x)", "returns x plus " + text_of(n), "x + " + text_of(n), {}};
  number_cases(problem, random, [&](int x) { return text_of(x + n); });
  return problem;
}

Problem times(Random& random) {
  const int n = draw(random, 2, 40);
  Problem problem{"times_" + text_of(n) + "(x)", "returns x multiplied by " + text_of(n), "x * " + text_of(n), {}};
  number_cases(problem, random, [&](int x) { return text_of(x * n); });
  return problem;
}

Problem square_plus(Random& random) {
  const int n = draw(random, 1, 30);
  Problem problem{
      "square_plus_" + text_of(n) + "(x)", "returns the square of x plus " + text_of(n), "x * x + " + text_of(n), {}};
  number_cases(problem, random, [&](int x) { return text_of(x * x + n); });
  return problem;
}

Problem divisible(Random& random) {
  const int n = draw(random, 2, 12);
  Problem problem{"divisible_by_" + text_of(n) + "(x)",
                  "returns True if x is divisible by " + text_of(n) + " and False otherwise",
                  "x % " + text_of(n) + " == 0",
                  {}};
  number_cases(problem, random, [&](int x) { return truth(x % n == 0); });
  return problem;
}

Problem greater(Random& random) {
  const int n = draw(random, 5, 60);
  Problem problem{"greater_than_" + text_of(n) + "(x)",
                  "returns True if x is greater than " + text_of(n) + " and False otherwise",
                  "x > " + text_of(n),
                  {}};
  number_cases(problem, random, [&](int x) { return truth(x > n); });
  return problem;
}

Problem count_letter(Random& random) {
  const std::string letter(1, "aeno"[random.below(4)]);
  Problem problem{"count_" + letter + "(text)",
                  "returns how often the letter '" + letter + "' occurs in text",
                  "text.count('" + letter + "')",
                  {}};
  word_cases(problem, random, [&](const std::string& text) {
    return text_of(static_cast<int>(std::count(text.begin(), text.end(), letter[0])));
  });
  return problem;
}

Problem repeat(Random& random) {
  const int n = draw(random, 2, 9);
  Problem problem{
      "repeat_" + text_of(n) + "(text)", "returns text repeated " + text_of(n) + " times", "text * " + text_of(n), {}};
  word_cases(problem, random, [&](const std::string& text) {
    std::string all;
    for (int i = 0; i < n; ++i) all += text;
    return literal(all);
  });
  return problem;
}

Problem first_letters(Random& random) {
  const int n = draw(random, 1, 4);
  Problem problem{"first_" + text_of(n) + "(text)",
                  "returns the first " + text_of(n) + " characters of text",
                  "text[:" + text_of(n) + "]",
                  {}};
  word_cases(problem, random,
             [&](const std::string& text) { return literal(text.substr(0, static_cast<std::size_t>(n))); });
  return problem;
}

Problem add_ending(Random& random) {
  const std::string ending = word(random);
  Problem problem{
      "add_" + ending + "(text)", "returns text followed by '" + ending + "'", "text + '" + ending + "'", {}};
  word_cases(problem, random, [&](const std::string& text) { return literal(text + ending); });
  return problem;
}

Problem sum_plus(Random& random) {
  const int n = draw(random, 1, 40);
  Problem problem{"sum_plus_" + text_of(n) + "(numbers)",
                  "returns the sum of the list numbers plus " + text_of(n),
                  "sum(numbers) + " + text_of(n),
                  {}};
  list_cases(problem, random, [&](const std::vector<int>& list) {
    int sum = n;
    for (const int x : list) sum += x;
    return text_of(sum);
  });
  return problem;
}

Problem count_above(Random& random) {
  const int n = draw(random, 3, 25);
  Problem problem{"count_above_" + text_of(n) + "(numbers)",
                  "returns how many elements of the list numbers are greater than " + text_of(n),
                  "len([x for x in numbers if x > " + text_of(n) + "])",
                  {}};
  list_cases(problem, random, [&](const std::vector<int>& list) {
    return text_of(static_cast<int>(std::count_if(list.begin(), list.end(), [&](int x) { return x > n; })));
  });
  return problem;
}

Problem add_to_each(Random& random) {
  const int n = draw(random, 2, 40);
  Problem problem{"add_" + text_of(n) + "_to_each(numbers)",
                  "returns a list with " + text_of(n) + " added to each element of the list numbers",
                  "[x + " + text_of(n) + " for x in numbers]",
                  {}};
  list_cases(problem, random, [&](std::vector<int> list) {
    for (int& x : list) x += n;
    return list_of(list);
  });
  return problem;
}

constexpr std::array kKinds{add,    times,         square_plus, divisible, greater,     count_letter,
                            repeat, first_letters, add_ending,  sum_plus,  count_above, add_to_each};

/// The problems in order, the kinds in turn; none twice, none among its own examples.
class ProblemBook {
 public:
  ProblemBook(std::uint64_t seed, int shots) : seed_(seed), shots_(shots) {}

  CodeTask next() {
    const std::string number = text_of(++count_);
    Random random(derive_seed(seed_, {"code_basics", kVersion, number}));
    const auto kind = static_cast<std::size_t>(count_ - 1) % kKinds.size();
    const Problem problem = draw_new(kind, random, asked_);
    CodeTask task;
    task.id = "function-" + std::string(number.size() < 4 ? 4 - number.size() : 0, '0') + number;
    task.group = text_of(static_cast<int>(kind)) + ":" + problem.call_name();
    std::set<std::string> shown{problem.question()};
    for (int shot = 0; shot < shots_; ++shot) {
      const Problem example = draw_new((kind + 1 + static_cast<std::size_t>(shot)) % kKinds.size(), random, shown);
      task.examples.push_back({"user", example.question()});
      task.examples.push_back({"assistant", "```python\n" + example.solution() + "```"});
    }
    task.question = problem.question();
    task.tests.names = {problem.call_name()};
    for (const auto& [arguments, value] : problem.cases)
      task.tests.tests.push_back("assert " + problem.call_name() + "(" + arguments + ") == " + value);
    task.solution = problem.solution();
    return task;
  }

 private:
  static Problem draw_new(std::size_t kind, Random& random, std::set<std::string>& used) {
    constexpr int kTries = 1000;
    Problem problem = kKinds[kind](random);
    for (int i = 0; i < kTries && !used.insert(problem.question()).second; ++i) {
      kind = (kind + 1) % kKinds.size();  // this kind may be used up
      problem = kKinds[kind](random);
    }
    return problem;
  }

  std::uint64_t seed_;
  int shots_, count_ = 0;
  std::set<std::string> asked_;
};

}  // namespace

Result<std::unique_ptr<Suite>> create_code_basics(const SuiteConfig& config) {
  ObjectReader fields(config.fields, config.where);
  const int items = fields.in_range("items", 60, 1, kMostItems);
  const int shots = fields.in_range("shots", 0, 0, 8);
  CodeOptions options = read_code_options(fields);
  BAKEOFF_CHECK(fields.finish());
  options.max_new_tokens = 96;
  options.stop = {"\nclass", "\ndef", "\n#", "\nif", "\nprint"};
  ProblemBook book(config.seed, shots);
  std::vector<CodeTask> tasks;
  for (int i = 0; i < items; ++i) tasks.push_back(book.next());
  return make_code_suite(
      {.name = "code_basics",
       .version = kVersion,
       .source = "Bakeoff (generated); form of arXiv:2108.07732",
       .licence = "Apache-2.0",
       .metrics = {},
       .digest = "",
       .cost = "25 prompt tokens (70 for each example) and at most 96 answer tokens; judged in a sandbox"},
      std::move(tasks), options, {{"shots", shots}});
}

}  // namespace bakeoff::suites
