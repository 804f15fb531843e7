// The coding suites: published verdicts, reference solutions, how code is found in an answer.
#include <cmath>
#include <map>

#include "suites/code_suite.h"
#include "tests/catch.h"
#include "tests/support.h"

namespace bakeoff {

namespace {

std::unique_ptr<suites::Suite> made(const char* name, const Json& fields) {
  auto suite = suites::create_suite(name, {fields, {}, 0, "test"});
  INFO((suite.ok() ? "" : suite.error().line()));
  REQUIRE(suite.ok());
  return std::move(*suite);
}

Verdict judged(const suites::Suite& suite, const Item& item, const std::string& text) {
  Sample sample;
  sample.completion.text = text;
  return suite.judge(item, sample);
}

/// How many of the items `first`, `first + step`, ... have a solution that passes; names those that do not.
int passing_solutions(const suites::Suite& suite, std::size_t first, std::size_t step) {
  int passing = 0;
  for (std::size_t i = first; i < suite.items().size(); i += step) {
    const Item& item = suite.items()[i];
    const Verdict verdict = judged(suite, item, item.reference.at("solution"));
    INFO(item.id << ": " << dump(verdict.evidence));
    CHECK(verdict.score == 1.0);
    passing += verdict.score == 1.0 ? 1 : 0;
  }
  return passing;
}

/// Task and published flag of one model's samples.
void check_published(const suites::Suite& suite, const std::string& model, std::size_t first, std::size_t step) {
  std::map<std::string, const Item*> items;
  for (const Item& item : suite.items()) items[item.id] = &item;
  std::size_t row = 0, compared = 0;
  const auto compare = [&](std::size_t, const Json& published) -> Status {
    if (row++ % step != first) return {};
    const auto id = published.at("task_id").get<std::string>();
    const Verdict verdict = judged(suite, *items.at(id), published.at("completion"));
    INFO(model << " " << id << ": " << dump(verdict.evidence));
    CHECK(verdict.score == (published.at("passed").get<bool>() ? 1.0 : 0.0));
    ++compared;
    return {};
  };
  const auto file = testing::data_path("humaneval_runs/results/" + model + "_results.jsonl");
  REQUIRE(file);
  REQUIRE(for_each_jsonl(*file, compare, [](std::size_t, const Error& error) -> Status { return error; }).ok());
  CHECK(compared > 0);
}

// Every eighth published item in a plain run of the tests; BAKEOFF_TEST_ALL=1 takes all.
std::size_t step() { return std::getenv("BAKEOFF_TEST_ALL") ? 1 : 8; }

}  // namespace

TEST_CASE("humaneval gives two models' published samples their published verdicts", "[code]") {
  if (!testing::namespaces_allowed()) SKIP_TEST("this machine lets nobody make namespaces");
  const auto items = testing::data_path("humaneval/HumanEval.jsonl.gz");
  if (!items) SKIP_TEST("humaneval/HumanEval.jsonl.gz is not there");
  if (!testing::data_path("humaneval_runs")) SKIP_TEST("humaneval_runs is not there");
  const auto suite = made("humaneval", {{"items", items->string()}, {"prompting", "completion"}});
  CHECK(suite->items().size() == 164);
  check_published(*suite, "codegemma_7b", 3 % step(), step());
  check_published(*suite, "deepseek-coder_6.7b", 5 % step(), step());
}

TEST_CASE("humaneval's and mbpp's own solutions pass", "[code]") {
  if (!testing::namespaces_allowed()) SKIP_TEST("this machine lets nobody make namespaces");
  const auto humaneval = testing::data_path("humaneval/HumanEval.jsonl.gz");
  const auto mbpp = testing::data_path("mbpp/mbpp.jsonl"), sanitized = testing::data_path("mbpp/sanitized-mbpp.json");
  if (!humaneval || !mbpp || !sanitized) SKIP_TEST("humaneval or mbpp is not there");
  CHECK(passing_solutions(*made("humaneval", {{"items", humaneval->string()}}), 0, step()) > 0);
  const auto all = made("mbpp", {{"items", mbpp->string()}, {"split", "all"}});
  CHECK(all->items().size() == 974);
  CHECK(passing_solutions(*all, 0, 5 * step()) > 0);
  CHECK(passing_solutions(*made("mbpp", {{"items", sanitized->string()}}), 1, 5 * step()) > 0);
}

TEST_CASE("code_basics' expected values are what its reference solutions compute", "[code]") {
  if (!testing::namespaces_allowed()) SKIP_TEST("this machine lets nobody make namespaces");
  const auto suite = made("code_basics", {{"items", 60}});
  CHECK(passing_solutions(*suite, 0, 1) == 60);
  CHECK(judged(*suite, suite->items()[0], "I can not write functions.").score == 0.0);
}

TEST_CASE("code_basics asks other things for another seed, and the same for the same", "[code]") {
  const auto questions = [](std::uint64_t seed) {
    const Json fields = {{"items", 200}, {"unsafe_no_sandbox", true}};  // nothing runs
    const auto suite = suites::create_suite("code_basics", {fields, {}, seed, "test"});
    REQUIRE(suite.ok());
    std::set<std::string> texts;
    for (const Item& item : (*suite)->items()) texts.insert(item.messages.back().content);
    return texts;
  };
  CHECK(questions(1) == questions(1));
  CHECK(questions(1) != questions(2));
  CHECK(questions(1).size() == 200);
}

namespace {

/// Ten attempts at each item of which the first ones pass: as many as `passed` says for the item.
class Attempted : public suites::Results {
 public:
  Attempted(const suites::Suite& suite, std::vector<int> passed) : suite_(suite), passed_(std::move(passed)) {}
  const std::string& own_label() const override { return label_; }
  const std::vector<Arm>& arms() const override { return arms_; }
  std::vector<std::string> labels() const override { return {label_}; }
  const suites::Suite* suite(const std::string&) const override { return &suite_; }
  Result<std::vector<Played>> played(const std::string&, const std::string&) const override {
    std::vector<Played> all;
    for (std::size_t i = 0; i < passed_.size(); ++i) {
      for (int attempt = 0; attempt < 10; ++attempt)
        all.push_back({&suite_.items()[i], {}, Verdict::scored(attempt < passed_[i] ? 1 : 0.5, {}, Json::object())});
      all.push_back({&suite_.items()[i], {}, Verdict::not_scored("timeout")});
    }
    return all;
  }
  std::vector<std::optional<double>> contrast(const std::string&) const override { return {}; }

 private:
  const suites::Suite& suite_;
  std::vector<int> passed_;
  std::string label_ = "code_basics";
  std::vector<Arm> arms_{{"base", "base", "", ""}};
};

}  // namespace

TEST_CASE("replicates of code show pass@k, as the published estimator computes it", "[code]") {
  const auto suite = made("code_basics", {{"items", 4}, {"unsafe_no_sandbox", true}});  // nothing runs
  const auto exhibits = suite->exhibits(Attempted(*suite, {0, 1, 5, 10}));
  REQUIRE(exhibits.ok());
  REQUIRE(exhibits->size() == 1);
  const auto& points = exhibits->front().curves.at(0).points;
  REQUIRE(points.size() == 10);
  // 1 - prod(1 - k / i for i = n - c + 1 .. n), the form of openai/human-eval, for c = 0, 1, 5, 10 of n = 10.
  for (int k = 1; k <= 10; ++k) {
    double sum = 0;
    for (const int passed : {0, 1, 5, 10}) {
      double none = 1;
      for (int i = 10 - passed + 1; i <= 10; ++i) none *= 1 - static_cast<double>(k) / i;
      sum += 10 - passed < k ? 1 : 1 - none;
    }
    CHECK(points[static_cast<std::size_t>(k - 1)].x == k);
    CHECK(std::abs(points[static_cast<std::size_t>(k - 1)].value - sum / 4) < 1e-12);
    CHECK(points[static_cast<std::size_t>(k - 1)].n == 4);
  }
}

TEST_CASE("code is found in fenced blocks, in plain answers and in continuations", "[code]") {
  suites::CodeTask task;
  task.start = "import math\n";
  task.tests.names = {"f"};
  const auto chat = [&](const char* answer) { return suites::program_of(answer, task, suites::Prompting::chat); };
  CHECK(chat("Sure!\n```python\ndef f():\n    pass\n```\nBye.") == "import math\n\ndef f():\n    pass\n");
  CHECK(chat("```\nprint(1)\n```\nthen\n```\ndef f(): 1\n") == "import math\n\ndef f(): 1\n");
  CHECK(chat("Here it is:\ndef f():\n    pass\n") == "import math\n\ndef f():\n    pass\n");
  CHECK(chat("N = 3\ndef f(): return N") == "import math\n\nN = 3\ndef f(): return N");
  CHECK(chat("    return 1\n") == "import math\n    return 1\n");
  CHECK(chat("") == "import math\n");
  CHECK(suites::program_of("    return 'def f'\n", task, suites::Prompting::completion) ==
        "import math\n    return 'def f'\n");
}

TEST_CASE("empty and broken data files are named", "[code]") {
  const testing::TemporaryFolder folder;
  const auto error_of = [&](const char* file, const std::string& content) {
    REQUIRE(write_file_atomically(folder / file, content).ok());
    const auto suite = suites::create_suite("humaneval", {Json{{"items", (folder / file).string()}}, {}, 0, "test"});
    REQUIRE(!suite.ok());
    return suite.error().line();
  };
  CHECK(error_of("a.json", "[]").find("no items") != std::string::npos);
  CHECK(error_of("a.jsonl", "{\"task_id\": \"a\"}\n").find("a.jsonl:1") != std::string::npos);
  CHECK(error_of("b.jsonl", "").find("no items") != std::string::npos);
}

}  // namespace bakeoff
