// What `bakeoff suites inspect` shows of every suite: an item, an answer to it, and its verdict.
#include <cmath>
#include <map>

#include "suites/suite.h"
#include "tests/catch.h"
#include "tests/support.h"

namespace bakeoff {

namespace {

/// What each suite of files is made from: a public set, or questions of examples/.
const std::map<std::string, std::string> kPublic{{"arc", "arc/LLM-Adapters/ARC-Easy/test.json"},
                                                 {"asdiv", "asdiv/ASDiv.xml"},
                                                 {"commonsenseqa", "commonsenseqa/dev_rand_split.jsonl"},
                                                 {"gsm8k", "gsm8k/test.jsonl"},
                                                 {"humaneval", "humaneval/HumanEval.jsonl.gz"},
                                                 {"ifeval", "ifeval/input_data.jsonl"},
                                                 {"mbpp", "mbpp/mbpp.jsonl"},
                                                 {"svamp", "svamp/SVAMP.json"},
                                                 {"tau_retail", "tau2/retail/tasks.json"},
                                                 {"truthfulqa_mc", "truthfulqa/TruthfulQA.csv"}};
const std::map<std::string, Json> kOwn{
    {"facts", {{"items", "questions/bakery_test.jsonl"}}},
    {"style", {{"items", "questions/pirate_test.jsonl"}, {"pattern", "(?i)arrr"}}},
    {"prompt_decay", {{"probe", "What do you do in London?"}, {"pattern", "(?i)\\barr"}}},
    {"code_basics", {{"unsafe_no_sandbox", true}}},
};

std::unique_ptr<suites::Suite> made(const std::string& name, const Json& fields) {
  auto suite = suites::create_suite(name, {fields, testing::source_path("../examples"), 0, "e.yaml: suites[0]"});
  INFO((suite.ok() ? "" : suite.error().line()));
  REQUIRE(suite.ok());
  return std::move(*suite);
}

Verdict shown(const suites::Suite& suite, const Item& item) {
  Sample sample;
  sample.item = item.id;
  sample.completion.text = suite.example_answer(item);
  const Verdict verdict = suite.judge(item, sample);
  INFO(item.id << ": " << sample.completion.text << "\n" << dump(to_json(verdict)));
  CHECK(verdict.score.has_value());
  return verdict;
}

void check_example(const std::string& name, const suites::Suite& suite) {
  INFO(name);
  const Verdict verdict = shown(suite, suite.items().front());
  if (name == "perplexity")  // a chance of 1 in e^3 for each token
    CHECK(verdict.metrics.at("perplexity") == Approx(std::exp(3)));
  else
    CHECK(verdict.score == 1.0);
}

}  // namespace

TEST_CASE("the worked example of every suite that needs no public set is right") {
  std::size_t checked = 0;
  for (const suites::SuiteEntry& entry : suites::all_suites()) {
    if (kPublic.contains(entry.name)) continue;
    const auto own = kOwn.find(entry.name);
    check_example(entry.name, *made(entry.name, own == kOwn.end() ? Json::object() : own->second));
    ++checked;
  }
  CHECK(checked + kPublic.size() == suites::all_suites().size());
}

TEST_CASE("the worked example of every suite of a public set is right") {
  for (const auto& [name, path] : kPublic) {
    const auto file = testing::data_path(path);
    if (!file) SKIP_TEST("public test data are not here");
    Json fields{{"items", file->string()}};
    if (name == "humaneval" || name == "mbpp") fields["unsafe_no_sandbox"] = true;
    check_example(name, *made(name, fields));
  }
}

TEST_CASE("the worked example of ifeval follows most prompts of the published set, whichever is shown") {
  const auto file = testing::data_path(kPublic.at("ifeval"));
  if (!file) SKIP_TEST("public test data are not here");
  const auto suite = made("ifeval", {{"items", file->string()}});
  int followed = 0;
  for (const Item& item : suite->items()) followed += shown(*suite, item).score == 1.0;
  INFO(followed << " of " << suite->items().size());
  CHECK(followed > 350);
}

}  // namespace bakeoff
