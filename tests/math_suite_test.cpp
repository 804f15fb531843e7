// The math suites on their published files: all rows load, the sets' own solutions are right, the authors' three
// scores.
#include <map>

#include "harness/core/row_file.h"
#include "suites/suite.h"
#include "tests/catch.h"
#include "tests/support.h"

namespace bakeoff {

namespace {

std::unique_ptr<suites::Suite> open(const char* name, const Path& folder, Json fields, std::uint64_t seed = 0) {
  auto suite = suites::create_suite(name, {std::move(fields), folder, seed, "test"});
  INFO((suite.ok() ? "" : suite.error().line()));
  REQUIRE(suite.ok());
  return std::move(suite).value();
}

Verdict judged(const suites::Suite& suite, const Item& item, const std::string& text) {
  Sample sample;
  sample.completion.text = text;
  return suite.judge(item, sample);
}

}  // namespace

TEST_CASE("the math sets load whole, and every stated answer is right by all that apply") {
  struct Set {
    const char *name, *file;
    std::size_t items, validation;
  };
  for (const Set set : {Set{"gsm8k", "test.jsonl", 1319, 0}, Set{"svamp", "SVAMP.json", 1000, 200},
                        Set{"asdiv", "ASDiv.xml", 2305, 461}}) {
    const auto folder = testing::data_path(set.name);
    if (!folder) SKIP_TEST("the public math sets are not there");
    const auto suite = open(set.name, *folder, {{"items", set.file}});
    CHECK(suite->items().size() == set.items);
    for (const Item& item : suite->items()) {
      const std::string x = item.reference.at("x");
      const Json& check = item.reference.at("check");
      const bool is_number = check.at("judge") == "numeric";
      const std::string answer = is_number ? x : check.at("all").dump();
      const Verdict verdict = judged(*suite, item, "So. The answer is " + answer + ".");
      INFO(set.name << " " << item.id << " " << answer);
      CHECK(verdict.score == 1);
      CHECK(verdict.metrics.count("strict") == (is_number ? 1 : 0));
      if (is_number) CHECK(verdict.metrics.at("strict") == 1);
      if (is_number) CHECK(verdict.metrics.at("stated") == 1);
    }
    if (!set.validation) continue;
    const auto last = open(set.name, *folder, {{"items", set.file}, {"subset", "validation"}});
    CHECK(last->items().size() == set.validation);
    CHECK(last->items().back().id == suite->items().back().id);
  }
}

TEST_CASE("gsm8k judges the example solutions of four models as published") {
  const auto folder = testing::data_path("gsm8k");
  if (!folder) SKIP_TEST("gsm8k is not there");
  const auto suite = open("gsm8k", *folder, {{"items", "test.jsonl"}});
  std::map<std::string, const Item*> by_question;
  for (const Item& item : suite->items()) by_question[item.messages.back().content] = &item;
  std::map<std::string, int> right;
  int differing = 0;
  const auto on_row = [&](std::size_t, const Json& row) -> Status {
    const Item& item = *by_question.at(row.at("question").get<std::string>());
    for (const char* model : {"6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"}) {
      const bool correct =
          judged(*suite, item, row.at(model).at("solution").get<std::string>()).metrics.at("strict") == 1;
      right[model] += correct;
      differing += correct != row.at(model).at("is_correct").get<bool>();
    }
    return {};
  };
  REQUIRE(for_each_row(*folder / "example_model_solutions.jsonl", on_row).ok());
  CHECK(differing == 0);
  CHECK(right ==
        std::map<std::string, int>{
            {"6b_finetuning", 286}, {"6b_verification", 515}, {"175b_finetuning", 458}, {"175b_verification", 742}});
}

TEST_CASE("the three scores are those of the authors' script") {
  testing::TemporaryFolder folder;
  REQUIRE(write_file_atomically(folder / "q.jsonl", "{\"question\":\"q\",\"answer\":\"steps\\n#### 18\"}\n").ok());
  const auto suite = open("gsm8k", folder.path(), {{"items", "q.jsonl"}});
  const auto scores = [&](const std::string& text) {
    const auto metrics = judged(*suite, suite->items()[0], text).metrics;
    return std::vector<double>{metrics.at("stated"), metrics.at("anywhere"), metrics.at("last_sentence")};
  };
  using Scores = std::vector<double>;
  // From test_math_model.py: x in text; "The answer is x." in text; x in (text + " ").split('.')[-2].
  CHECK(scores("9 * 2 = 18. The answer is 18.") == Scores{1, 1, 1});
  CHECK(scores("It is 18. Or 20.") == Scores{0, 1, 0});
  CHECK(scores("About 1180 eggs.") == Scores{0, 1, 1});
  CHECK(scores("It is 9. It is 18") == Scores{0, 1, 0});
  CHECK(scores("18") == Scores{0, 1, 0});
  CHECK(scores("The answer is 18 dollars.") == Scores{0, 1, 1});
  CHECK(scores("") == Scores{0, 0, 0});
}

TEST_CASE("examples stand before every question, come from the seed, and are never an item") {
  testing::TemporaryFolder folder;
  std::string rows, pool;
  for (int i = 0; i < 30; ++i) {
    const std::string row =
        "{\"question\":\"q" + std::to_string(i) + "\",\"answer\":\"a <<1+1=2>>\\n#### " + std::to_string(i) + "\"}\n";
    (i < 10 ? rows : pool) += row;
  }
  REQUIRE(write_file_atomically(folder / "test.jsonl", rows).ok());
  REQUIRE(write_file_atomically(folder / "train.jsonl", rows + pool).ok());
  const Json fields{{"items", "test.jsonl"}, {"shots", 4}, {"shot_items", "train.jsonl"}};
  const auto first = open("gsm8k", folder.path(), fields, 1), same = open("gsm8k", folder.path(), fields, 1);
  const auto other = open("gsm8k", folder.path(), fields, 2);
  CHECK(first->card().digest == same->card().digest);
  CHECK(first->card().digest != other->card().digest);
  for (const Item& item : first->items()) {
    REQUIRE(item.messages.size() == 9);
    for (std::size_t i = 0; i < 8; i += 2) {
      CHECK(item.messages[i].content == first->items()[0].messages[i].content);
      CHECK(std::stoi(item.messages[i].content.substr(1)) >= 10);
      CHECK(item.messages[i + 1].content == "a \nThe answer is " + item.messages[i].content.substr(1) + ".");
    }
  }
  const auto written = open("gsm8k", folder.path(), {{"items", "test.jsonl"}, {"shots", 8}});
  CHECK(written->items()[0].messages.size() == 17);
  CHECK(written->items()[0].messages[1].content.ends_with("The answer is 6."));
  CHECK(!suites::create_suite("gsm8k", {{{"items", "test.jsonl"}, {"shots", 9}}, folder.path(), 0, "t"}).ok());
}

TEST_CASE("limit and ids take a part of a set") {
  testing::TemporaryFolder folder;
  std::string rows;
  for (const char* q : {"a", "b", "c"}) rows += "{\"question\":\"" + std::string(q) + "\",\"answer\":\"#### 1\"}\n";
  REQUIRE(write_file_atomically(folder / "q.jsonl", rows).ok());
  CHECK(open("gsm8k", folder.path(), {{"items", "q.jsonl"}, {"limit", 2}})->items().size() == 2);
  const auto named = open("gsm8k", folder.path(), {{"items", "q.jsonl"}, {"ids", {"2", "0"}}});
  REQUIRE(named->items().size() == 2);
  CHECK(named->items()[0].messages[0].content == "c");
  CHECK(!suites::create_suite("gsm8k", {{{"items", "q.jsonl"}, {"ids", {"7"}}}, folder.path(), 0, "t"}).ok());
}

TEST_CASE("asdiv names what a damaged file lacks") {
  testing::TemporaryFolder folder;
  const auto error_of = [&](const std::string& text) {
    REQUIRE(write_file_atomically(folder / "a.xml", text).ok());
    const auto suite = suites::create_suite("asdiv", {{{"items", "a.xml"}}, folder.path(), 0, "t"});
    return suite.ok() ? std::string() : suite.error().line();
  };
  const std::string head = "\n<Problem ID=\"1\"><Body>a &lt; b.</Body><Question>q?</Question>";
  CHECK(error_of(head + "<Answer>9 (apples)</Answer><Formula>9</Formula></Problem>").empty());
  CHECK(error_of(head + "<Formula>9</Formula></Problem>").find("a.xml:2") != std::string::npos);
  CHECK(!error_of(head + "<Answer>9</Answer><Formula>9</Formula>").empty());
  CHECK(!error_of("<html/>").empty());
}

}  // namespace bakeoff
