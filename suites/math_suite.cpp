// The shared part of the math suites; see math_suite.h.
#include "suites/math_suite.h"

#include <set>

#include "harness/core/row_file.h"
#include "harness/core/seed.h"
#include "suites/judge_spec.h"

namespace bakeoff::suites {

namespace {

constexpr int kMostShots = 16;

/// The authors' three searches for `x`.
std::map<std::string, double> authors_scores(const std::string& output, const std::string& x) {
  const std::size_t last = output.rfind('.');
  std::string sentence;
  if (last != output.npos) {
    const std::size_t before = last == 0 ? output.npos : output.rfind('.', last - 1);
    sentence = output.substr(before == output.npos ? 0 : before + 1, last - (before == output.npos ? 0 : before + 1));
  }
  const auto found = [&](const std::string& text, const std::string& phrase) {
    return text.find(phrase) == text.npos ? 0.0 : 1.0;
  };
  return {{"stated", found(output, "The answer is " + x + ".")},
          {"anywhere", found(output, x)},
          {"last_sentence", last == output.npos ? 0.0 : found(sentence, x)}};
}

class MathSuite : public Suite {
 public:
  MathSuite(const MathSet& set, std::vector<Item> items, const Json& configuration) : items_(std::move(items)) {
    card_ = {.name = set.name,
             .version = "1",
             .source = set.source,
             .licence = set.licence,
             .metrics = {{"flexible", Direction::higher_is_better, "the last number of the answer is right"},
                         {"strict", Direction::higher_is_better, "the number marked as the answer is right"},
                         {"stated", Direction::higher_is_better, "\"The answer is x.\" stands in the answer"},
                         {"anywhere", Direction::higher_is_better, "x stands anywhere in the answer"},
                         {"last_sentence", Direction::higher_is_better, "x stands in the last sentence"}},
             .digest = "",
             .cost = "80 prompt tokens (900 with 8 shots) and up to 300 answer tokens; judged by a program"};
    card_.digest = suite_digest(card_, configuration, items_);
  }

  const SuiteCard& card() const override { return card_; }
  const std::vector<Item>& items() const override { return items_; }
  /// The authors' 300 tokens.
  Decoding decoding() const override {
    Decoding greedy;
    greedy.max_new_tokens = 300;
    return greedy;
  }
  Verdict judge(const Item& item, const Sample& sample) const override {
    Verdict verdict = apply_judge(item.reference.at("check"), sample.completion.text);
    if (!verdict.score) return verdict;
    auto metrics = authors_scores(sample.completion.text, item.reference.at("x").get<std::string>());
    metrics["flexible"] = *verdict.score;
    if (const auto strict = verdict.metrics.find("strict"); strict != verdict.metrics.end())
      metrics["strict"] = strict->second;
    return Verdict::scored(*verdict.score, std::move(metrics), std::move(verdict.evidence));
  }
  std::string example_answer(const Item& item) const override {
    return "The answer is " + item.reference.at("x").get<std::string>() + ".";
  }

 private:
  std::vector<Item> items_;
  SuiteCard card_;
};

struct Settings {
  std::string items, shot_items, subset;
  int shots = 0;
};

/// Examples that are no items, in the order in which they are shown.
Result<std::vector<MathProblem>> draw_examples(const MathSet& set, const SuiteConfig& config, const Settings& settings,
                                               const std::set<std::string>& asked) {
  const auto wanted = static_cast<std::size_t>(settings.shots);
  std::vector<MathProblem> pool = chain_of_thought_examples();
  if (!settings.shot_items.empty()) {
    BAKEOFF_TRY(pool, set.read(config.folder / settings.shot_items));
    Random random(derive_seed(config.seed, {"shots", set.name}));
    shuffle(pool, random);
  }
  std::erase_if(pool, [&](const MathProblem& problem) { return asked.contains(problem.question); });
  if (pool.size() < wanted)
    return input_error(std::to_string(pool.size()) + " examples are there", config.where + ".shots",
                       "ask for fewer, or name a file of examples: shot_items: FILE");
  pool.resize(wanted);
  return pool;
}

std::vector<MathProblem> part_of(std::vector<MathProblem> problems, const std::string& subset) {
  const auto cut = problems.begin() + static_cast<std::ptrdiff_t>(problems.size() * 8 / 10);
  if (subset == "train") problems.erase(cut, problems.end());
  if (subset == "validation") problems.erase(problems.begin(), cut);
  return problems;
}

std::vector<Item> items_of(const std::vector<MathProblem>& problems) {
  std::vector<Item> items;
  for (const MathProblem& problem : problems)
    items.push_back({.id = problem.id,
                     .group = problem.id,
                     .messages = {{"user", problem.question}},
                     .reference = {{"check", problem.check}, {"x", problem.answer}}});
  return items;
}

void put_before(std::vector<Item>& items, const std::vector<MathProblem>& examples) {
  Conversation shown;
  for (const MathProblem& example : examples) {
    shown.push_back({"user", example.question});
    shown.push_back({"assistant", example.solution});
  }
  for (Item& item : items) item.messages.insert(item.messages.begin(), shown.begin(), shown.end());
}

}  // namespace

Result<std::unique_ptr<Suite>> create_math_suite(const MathSet& set, const SuiteConfig& config) {
  Settings settings;
  ObjectReader fields(config.fields, config.where);
  settings.items = fields.optional("items", "");
  settings.shot_items = fields.optional("shot_items", "");
  settings.shots = fields.in_range("shots", settings.shot_items.empty() ? 0 : 5, 0, kMostShots);
  if (set.has_splits) settings.subset = fields.one_of("subset", "all", {"all", "train", "validation"});
  BAKEOFF_CHECK(fields.finish());
  BAKEOFF_TRY(const Path file, item_path(config, settings.items, set.pulled));
  BAKEOFF_TRY(std::vector<MathProblem> problems, set.read(file));
  problems = part_of(std::move(problems), settings.subset);
  std::set<std::string> asked;
  for (const MathProblem& problem : problems) asked.insert(problem.question);
  std::vector<Item> items = items_of(problems);
  BAKEOFF_TRY(const auto examples, draw_examples(set, config, settings, asked));
  put_before(items, examples);
  return std::unique_ptr<Suite>(std::make_unique<MathSuite>(set, std::move(items), Json{{"shots", settings.shots}}));
}

Result<std::vector<MathProblem>> read_problems(
    const Path& file, const std::function<Result<MathProblem>(const Json& row, const std::string& where)>& convert) {
  std::vector<MathProblem> problems;
  std::set<std::string> ids;
  const auto on_row = [&](std::size_t line, const Json& row) -> Status {
    const std::string where = file.string() + ":" + std::to_string(line);
    BAKEOFF_TRY(MathProblem problem, convert(row, where));
    BAKEOFF_CHECK(check_judge_spec(problem.check, where));
    if (!ids.insert(problem.id).second) return input_error("a second problem \"" + problem.id + "\"", where);
    problems.push_back(std::move(problem));
    return {};
  };
  BAKEOFF_CHECK(for_each_row(file, on_row));
  if (problems.empty()) return input_error("no problems", file.string());
  return problems;
}

std::vector<MathProblem> chain_of_thought_examples() {
  struct Example {
    const char *question, *solution;
  };
  // arXiv:2201.11903, table 20.
  static constexpr Example kExamples[] = {
      {"There are 15 trees in the grove. Grove workers will plant trees in the grove today. After they are done, there "
       "will be 21 trees. How many trees did the grove workers plant today?",
       "There are 15 trees originally. Then there were 21 trees after some more were planted. So there must have been "
       "21 - 15 = 6. The answer is 6."},
      {"If there are 3 cars in the parking lot and 2 more cars arrive, how many cars are in the parking lot?",
       "There are originally 3 cars. 2 more cars arrive. 3 + 2 = 5. The answer is 5."},
      {"Leah had 32 chocolates and her sister had 42. If they ate 35, how many pieces do they have left in total?",
       "Originally, Leah had 32 chocolates. Her sister had 42. So in total they had 32 + 42 = 74. After eating 35, "
       "they "
       "had 74 - 35 = 39. The answer is 39."},
      {"Jason had 20 lollipops. He gave Denny some lollipops. Now Jason has 12 lollipops. How many lollipops did Jason "
       "give to Denny?",
       "Jason started with 20 lollipops. Then he had 12 after giving some to Denny. So he gave Denny 20 - 12 = 8. The "
       "answer is 8."},
      {"Shawn has five toys. For Christmas, he got two toys each from his mom and dad. How many toys does he have now?",
       "Shawn started with 5 toys. If he got 2 toys each from his mom and dad, then that is 4 more toys. 5 + 4 = 9. "
       "The "
       "answer is 9."},
      {"There were nine computers in the server room. Five more computers were installed each day, from monday to "
       "thursday. How many computers are now in the server room?",
       "There were originally 9 computers. For each of 4 days, 5 more computers were added. So 5 * 4 = 20 computers "
       "were added. 9 + 20 is 29. The answer is 29."},
      {"Michael had 58 golf balls. On tuesday, he lost 23 golf balls. On wednesday, he lost 2 more. How many golf "
       "balls "
       "did he have at the end of wednesday?",
       "Michael started with 58 golf balls. After losing 23 on tuesday, he had 58 - 23 = 35. After losing 2 more, he "
       "had 35 - 2 = 33 golf balls. The answer is 33."},
      {"Olivia has $23. She bought five bagels for $3 each. How much money does she have left?",
       "Olivia had 23 dollars. 5 bagels for 3 dollars each will be 5 x 3 = 15 dollars. So she has 23 - 15 dollars "
       "left. "
       "23 - 15 is 8. The answer is 8."},
  };
  std::vector<MathProblem> problems;
  for (const Example& example : kExamples)
    problems.push_back(
        {.id = "", .question = example.question, .solution = example.solution, .answer = "", .check = {}});
  return problems;
}

}  // namespace bakeoff::suites
