// The multiple-choice suites against lm-evaluation-harness: its prompts byte for byte, its flags from its
// log-probabilities; and how their scores travel from a model to the judge.
#include <cmath>

#include "harness/core/row_file.h"
#include "harness/core/sha256.h"
#include "suites/suite.h"
#include "tests/catch.h"
#include "tests/workshop.h"

namespace bakeoff {

namespace {

using SuiteResult = Result<std::unique_ptr<suites::Suite>>;

SuiteResult create(const char* name, Json fields, const Path& folder, std::uint64_t seed = 0) {
  return suites::create_suite(name, {std::move(fields), folder, seed, "e.yaml: suites[0]"});
}

std::unique_ptr<suites::Suite> open(const char* name, Json fields, const Path& folder, std::uint64_t seed = 0) {
  auto suite = create(name, std::move(fields), folder, seed);
  INFO((suite.ok() ? "" : suite.error().line()));
  REQUIRE(suite.ok());
  return std::move(*suite);
}

Json golden(const char* file) {
  const auto json = read_json_file(testing::source_path(std::string("golden/") + file));
  REQUIRE(json.ok());
  return *json;
}

std::vector<std::string> ids_of(const Json& items) {
  std::vector<std::string> ids;
  for (const Json& item : items) ids.push_back(item.at("id").get<std::string>());
  return ids;
}

ChoiceRequest request_of(const suites::Suite& suite, const Item& item) {
  auto request = suite.episode(item, suite.decoding(), 0)->next(nullptr);
  REQUIRE(request.has_value());
  REQUIRE(std::holds_alternative<ChoiceRequest>(*request));
  return std::get<ChoiceRequest>(*request);
}

std::string context_of(const suites::Suite& suite, const Item& item) {
  const ChoiceRequest request = request_of(suite, item);
  REQUIRE(std::holds_alternative<std::string>(request.prompt));
  return std::get<std::string>(request.prompt);
}

/// The verdict after the model answered with these.
Verdict judged(const suites::Suite& suite, const Item& item, const std::vector<double>& logprobs) {
  const auto episode = suite.episode(item, suite.decoding(), 0);
  REQUIRE(episode->next(nullptr).has_value());
  ChoiceScores scores;
  for (const double logprob : logprobs) scores.choices.push_back({logprob, 1, false});
  const Reply reply = scores;
  REQUIRE(!episode->next(&reply).has_value());
  Sample sample;
  sample.completion.text = episode->messages().back().content;
  return suite.judge(item, sample);
}

Verdict judged_text(const suites::Suite& suite, const Item& item, const std::string& text) {
  Sample sample;
  sample.completion.text = text;
  return suite.judge(item, sample);
}

const std::string kRows =
    R"({"id":"a","question":"One?","choices":{"text":["x","no answer"],"label":["1","2"]},"answerKey":"2"})"
    "\n"
    R"({"id":"b","question":{"stem":"Two?","question_concept":"c","choices":[{"label":"A","text":"ü"},)"
    R"({"label":"B","text":"v w"}]},"answerKey":"A"})"
    "\n";

/// A folder with these rows in q.jsonl.
struct Rows {
  testing::TemporaryFolder folder;
  explicit Rows(const std::string& text = kRows) { testing::write_text(folder / "q.jsonl", text); }
};

}  // namespace

TEST_CASE("arc puts the prompts of lm-evaluation-harness and gives its flags for its log-probabilities") {
  const auto folder = testing::data_path("arc");
  if (!folder) SKIP_TEST("the ARC test set is not there");
  const Json expected = golden("arc_lm_eval.json");
  const char* file = "ARC-Challenge_test.jsonl";
  const auto suite = open("arc",
                          {{"items", file},
                           {"shots", 5},
                           {"shot_items", file},
                           {"shot_order", "file"},
                           {"ids", ids_of(expected.at("items"))}},
                          *folder);
  REQUIRE(suite->items().size() == 60);
  CHECK(suite->card().metrics.at(0).name == "acc_norm");
  std::map<std::string, double> sums;
  for (std::size_t i = 0; i < 60; ++i) {
    const Json& row = expected.at("items").at(i);
    const Item& item = suite->items()[i];
    INFO(item.id);
    CHECK(sha256_hex(context_of(*suite, item)) == row.at("context_sha256"));
    std::string choices;
    for (const std::string& choice : request_of(*suite, item).choices) choices += choice + "\n";
    CHECK(sha256_hex(choices) == row.at("choices_sha256"));
    const Verdict verdict = judged(*suite, item, row.at("logprobs").get<std::vector<double>>());
    CHECK(verdict.metrics.at("acc") == row.at("acc"));
    CHECK(verdict.metrics.at("acc_norm") == row.at("acc_norm"));
    CHECK(verdict.score == row.at("acc_norm").get<double>());
    for (const auto& [name, value] : verdict.metrics) sums[name] += value;
  }
  CHECK(std::abs(sums["acc"] / 60 - expected.at("summary").at("acc").get<double>()) < 1e-12);
  CHECK(std::abs(sums["acc_norm"] / 60 - expected.at("summary").at("acc_norm").get<double>()) < 1e-12);
}

TEST_CASE("acc, acc_norm and acc_bytes are those of lm-evaluation-harness on choices of other scripts too") {
  const auto folder = testing::data_path("arc");
  if (!folder) SKIP_TEST("the ARC test set is not there");
  const Json expected = golden("choice_lm_eval.json").at("arc");
  const auto suite = open("arc", {{"items", "ARC-Challenge_test.jsonl"}, {"ids", ids_of(expected)}}, *folder);
  REQUIRE(suite->items().size() == expected.size());
  int differing = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Verdict verdict = judged(*suite, suite->items()[i], expected[i].at("logprobs").get<std::vector<double>>());
    INFO(suite->items()[i].id);
    for (const char* metric : {"acc", "acc_norm", "acc_bytes"})
      CHECK(verdict.metrics.at(metric) == expected[i].at(metric));
    differing += verdict.metrics.at("acc_norm") != verdict.metrics.at("acc_bytes");
  }
  CHECK(differing > 0);
}

TEST_CASE("commonsenseqa lists its choices as lm-evaluation-harness does and scores the letters") {
  const auto folder = testing::data_path("commonsenseqa");
  if (!folder) SKIP_TEST("CommonsenseQA is not there");
  const Json expected = golden("choice_lm_eval.json").at("commonsenseqa");
  const auto suite = open("commonsenseqa", {{"items", "dev_rand_split.jsonl"}}, *folder);
  CHECK(suite->items().size() == 1221);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Item& item = suite->items()[i];
    CHECK(item.id == expected[i].at("id"));
    CHECK(sha256_hex(context_of(*suite, item)) == expected[i].at("context_sha256"));
    CHECK(request_of(*suite, item).choices == std::vector<std::string>{" A", " B", " C", " D", " E"});
  }
  const auto text = open("commonsenseqa", {{"items", "dev_rand_split.jsonl"}, {"form", "text"}}, *folder);
  CHECK(request_of(*text, text->items()[0]).choices.at(0) == " bank");
  CHECK(text->card().digest != suite->card().digest);
}

TEST_CASE("truthfulqa_mc has the prompts, mc1 and mc2 of lm-evaluation-harness") {
  const auto folder = testing::data_path("truthfulqa");
  if (!folder) SKIP_TEST("TruthfulQA is not there");
  const Json expected = golden("choice_lm_eval.json").at("truthfulqa_mc");
  const auto suite = open("truthfulqa_mc", {{"items", "TruthfulQA.csv"}}, *folder);
  CHECK(suite->items().size() == 817);
  const auto part = open("truthfulqa_mc", {{"items", "TruthfulQA.csv"}, {"ids", ids_of(expected)}}, *folder);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Item& item = part->items().at(i);
    INFO(item.id);
    CHECK(sha256_hex(context_of(*part, item)) == expected[i].at("context_sha256"));
    std::vector<double> logprobs;
    for (const Json& choice : item.reference.at("choices"))
      logprobs.push_back(
          expected[i].at("logprob_of").at(sha256_hex(choice.get<std::string>()).substr(0, 16)).get<double>());
    CHECK(logprobs.size() == expected[i].at("logprob_of").size());
    const Verdict verdict = judged(*part, item, logprobs);
    CHECK(verdict.metrics.at("mc1") == expected[i].at("mc1"));
    CHECK(std::abs(verdict.metrics.at("mc2") - expected[i].at("mc2").get<double>()) < 1e-12);
  }
}

TEST_CASE("truthfulqa_mc reads rows with targets of their own, and its worked example holds") {
  const Rows rows(R"({"question":"Q?","mc1_targets":{"choices":["b","c"],"labels":[1,0]},)"
                  R"("mc2_targets":{"choices":["a","b","c"],"labels":[1,1,0]}})"
                  "\n");
  const auto suite = open("truthfulqa_mc", {{"items", "q.jsonl"}}, rows.folder.path());
  const Item& item = suite->items().at(0);
  CHECK(item.reference.at("choices") == Json{"b", "c", "a"});
  const Verdict verdict = judged(*suite, item, {-3, -2, -1});
  CHECK(verdict.score == 0);
  CHECK(std::abs(verdict.metrics.at("mc2") -
                 (std::exp(-1) + std::exp(-3)) / (std::exp(-1) + std::exp(-3) + std::exp(-2))) < 1e-12);
  CHECK(judged(*suite, item, {-2000, -2000, -2001}).metrics.at("mc1") ==
        1);  // the first of equal ones; exp(-2000) is 0
  CHECK(std::abs(judged(*suite, item, {-2000, -2000, -2000}).metrics.at("mc2") - 2.0 / 3) < 1e-12);
}

TEST_CASE("both published schemas of questions load, and characters are counted without their bytes") {
  const Rows rows;
  const auto suite = open("arc", {{"items", "q.jsonl"}}, rows.folder.path());
  const Item &one = suite->items().at(0), &two = suite->items().at(1);
  CHECK(context_of(*suite, one) == "Question: One?\nAnswer:");
  CHECK(request_of(*suite, one).choices == std::vector<std::string>{" x", " no answer"});
  using Metrics = std::map<std::string, double>;
  CHECK(judged(*suite, one, {-2, -9}).metrics == Metrics{{"acc", 0}, {"acc_norm", 1}, {"acc_bytes", 1}});
  CHECK(judged(*suite, one, {-2, -2}).metrics == Metrics{{"acc", 0}, {"acc_norm", 1}, {"acc_bytes", 1}});
  CHECK(judged(*suite, two, {-2, -4.5}).metrics == Metrics{{"acc", 1}, {"acc_norm", 0}, {"acc_bytes", 1}});
  const auto letters = open("arc", {{"items", "q.jsonl"}, {"form", "letters"}}, rows.folder.path());
  CHECK(context_of(*letters, letters->items().at(0)) == "Question: One?\nA. x\nB. no answer\nAnswer:");
  CHECK(request_of(*letters, letters->items().at(0)).choices == std::vector<std::string>{" A", " B"});
  CHECK(judged(*letters, letters->items().at(0), {-2, -1}).score == 1);
}

TEST_CASE("in a chat the context is the user's message and the choice the answer, without its space") {
  const Rows rows;
  testing::write_text(rows.folder / "shots.jsonl",
                      R"({"id":"s","question":"S?","choices":{"text":["t","u"],"label":["A","B"]},"answerKey":"A"})"
                      "\n");
  const auto suite =
      open("arc", {{"items", "q.jsonl"}, {"prompting", "chat"}, {"shots", 1}, {"shot_items", "shots.jsonl"}},
           rows.folder.path());
  const ChoiceRequest request = request_of(*suite, suite->items().at(0));
  REQUIRE(std::holds_alternative<Conversation>(request.prompt));
  CHECK(to_json(std::get<Conversation>(request.prompt)) ==
        to_json(
            Conversation{{"user", "Question: S?\nAnswer:"}, {"assistant", "t"}, {"user", "Question: One?\nAnswer:"}}));
  CHECK(request.choices == std::vector<std::string>{"x", "no answer"});
}

TEST_CASE("examples are never one of the items, and come by the seed unless the file's order is asked for") {
  std::string text;
  for (int i = 0; i < 30; ++i)
    text += R"({"id":")" + std::to_string(i) + R"(","question":"q)" + std::to_string(i) +
            R"(","choices":{"text":["t","u"],"label":["A","B"]},"answerKey":"A"})" + "\n";
  const Rows rows(text);
  Json fields{{"items", "q.jsonl"}, {"limit", 3}, {"shots", 2}, {"shot_items", "q.jsonl"}, {"shot_order", "file"}};
  const auto first = open("arc", fields, rows.folder.path());
  CHECK(context_of(*first, first->items().at(0)) ==
        "Question: q3\nAnswer: t\n\nQuestion: q4\nAnswer: t\n\nQuestion: q0\nAnswer:");
  fields["shot_order"] = "seed";
  const auto drawn = open("arc", fields, rows.folder.path(), 1), again = open("arc", fields, rows.folder.path(), 1);
  const auto other = open("arc", fields, rows.folder.path(), 2);
  CHECK(drawn->card().digest == again->card().digest);
  CHECK(drawn->card().digest != other->card().digest);
  fields["shots"] = 28;
  CHECK(!create("arc", fields, rows.folder.path()).ok());
  CHECK(!create("arc", {{"items", "q.jsonl"}, {"shots", 1}}, rows.folder.path()).ok());
}

TEST_CASE("what states no finite number for each choice is unscored, never wrong") {
  const Rows rows;
  const auto suite = open("arc", {{"items", "q.jsonl"}}, rows.folder.path());
  const Item& item = suite->items().at(0);
  CHECK(judged_text(*suite, item, R"({"logprobs": [-2, -1]})").score == 1);
  for (const char* text : {"", "B", "[1, 2]", R"({"logprobs": [-1]})", R"({"logprobs": [-1, null]})",
                           R"({"logprobs": [-1, "x"]})", R"({"logprobs": 3})", R"({"logprobs": [-1, 1e999]})"}) {
    const Verdict verdict = judged_text(*suite, item, text);
    INFO(text);
    CHECK(!verdict.score);
    CHECK(verdict.unscored.find("2 finite numbers") != std::string::npos);
  }
  CHECK(!judged(*suite, item, {-1, std::nan("")}).score);
  CHECK(judged_text(*suite, item, suite->example_answer(item)).score == 1);
}

TEST_CASE("arc reads ARC-Easy out of the published instructions, and its parts are those of each instruction") {
  const auto file = testing::data_path("arc/LLM-Adapters/ARC-Easy/test.json");
  if (!file) SKIP_TEST("the ARC test set is not there");
  const auto suite = open("arc", {{"items", file->string()}}, ".");
  std::vector<Json> rows;
  const auto keep = [&](std::size_t, Json row) { return rows.push_back(std::move(row)), Status(); };
  REQUIRE(for_each_row(*file, keep).ok());
  REQUIRE(rows.size() == 2376);  // as the authors say of their Easy test set
  REQUIRE(suite->items().size() == rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Item& item = suite->items()[i];
    const ChoiceRequest request = request_of(*suite, item);
    const std::string context = std::get<std::string>(request.prompt), head = "Question: ", foot = "\nAnswer:";
    std::string whole = "Please choose the correct answer to the question: " +
                        context.substr(head.size(), context.size() - head.size() - foot.size()) + "\n\n";
    std::string format;
    std::vector<double> logprobs;
    for (std::size_t choice = 0; choice < request.choices.size(); ++choice) {
      const std::string number = std::to_string(choice + 1);
      whole += (choice ? " Answer" : "Answer") + number + ":" + request.choices[choice];
      format += (choice ? "/answer" : "answer") + number;
      logprobs.push_back("answer" + number == rows[i].at("answer") ? -1 : -50);
    }
    CHECK(whole + "\n\nAnswer format: " + format == rows[i].at("instruction"));
    CHECK(judged(*suite, item, logprobs).metrics.at("acc") == 1);
  }
}

TEST_CASE("a damaged row of choices is an error with its file and line") {
  const auto error_of = [](const char* suite, const std::string& row) {
    const Rows rows(row + "\n");
    const auto created = create(suite, {{"items", "q.jsonl"}}, rows.folder.path());
    REQUIRE(!created.ok());
    CHECK(created.error().where.find("q.jsonl") != std::string::npos);
    return created.error().line();
  };
  const std::string start = R"({"id":"a","question":"One?","choices":)";
  CHECK(error_of("arc", start + R"({"text":["x","y"],"label":["A","B"]},"answerKey":"C"})").find("\"C\"") !=
        std::string::npos);
  error_of("arc", start + R"({"text":["x","y"],"label":["A"]},"answerKey":"A"})");
  error_of("arc", start + R"({"text":["x"],"label":["A"]},"answerKey":"A"})");
  error_of("arc", start + R"({"text":["x",""],"label":["A","B"]},"answerKey":"A"})");
  error_of("arc", start + R"({"text":["x","y"],"label":["A","A"]},"answerKey":"A"})");
  error_of("arc", start + R"([],"answerKey":"A"})");
  error_of("arc", R"({"id":"a","question":{"stem":"s","choices":{}},"answerKey":"A"})");
  error_of("arc", R"({"id":"a","question":{"stem":"s","choices":["x"]},"answerKey":"A"})");
  const std::string ask = R"({"instruction":"Please choose the correct answer to the question: )";
  error_of("arc", ask + R"(One?\n\nAnswer1: x Answer2: y","answer":"answer1"})");
  error_of("arc", ask + R"(One?\n\nAnswer1: x Answer2: y\n\nAnswer format: answer1/answer2","answer":"answer3"})");
  error_of("arc", ask + R"(One?\n\nAnswer1: x\n\nAnswer format: answer1","answer":"answer1"})");
  error_of("arc", R"({"instruction":"One?\n\nAnswer1: x Answer2: y\n\nAnswer format: answer1","answer":"answer1"})");
  const std::string one = start + R"({"text":["x","y"],"label":["A","B"]},"answerKey":"A"})";
  CHECK(error_of("arc", one + "\n" + one).find("second item \"a\"") != std::string::npos);
  error_of("truthfulqa_mc", R"({"question":"q","mc1_targets":{"choices":["a"],"labels":[1]},"mc2_targets":{}})");
  error_of("truthfulqa_mc", R"({"question":"q","mc1_targets":{"choices":["a","b"],"labels":[1,2]},"mc2_targets":{}})");
  error_of("truthfulqa_mc", R"({"Question":"q","Best Answer":"a","Correct Answers":"a","Incorrect Answers":" ; "})");
}

TEST_CASE("a run keeps the scores as the sample's answer, judges them, and judges a kept sample the same") {
  testing::Workshop shop;
  testing::write_text(shop.folder / "q.jsonl", kRows);
  const std::vector<std::string> wanted{"suites=[{name: arc, items: q.jsonl}]"};
  const auto outcome = shop.run(wanted);
  REQUIRE(outcome.ok());
  CHECK(outcome->samples_made == 2 * 2);  // raw text: prompted arms show what base and baked said
  const auto rows = [&](const std::string& arm) {
    return testing::rows_of(shop.folder / "out",
                            "SELECT s.item, s.text, v.metrics, v.unscored, s.replies IS NOT NULL FROM samples s JOIN "
                            "verdicts v ON v.sample = s.key JOIN run_samples r ON r.sample = s.key "
                            "WHERE r.arm = '" +
                                arm + "' ORDER BY s.item",
                            5);
  };
  const std::vector<std::string> judged{
      R"(a|{"logprobs":[-2.0,-10.0]}|{"acc":0.0,"acc_bytes":1.0,"acc_norm":1.0}|NULL|1|)",
      R"(b|{"logprobs":[-3.0,-4.0]}|{"acc":1.0,"acc_bytes":0.0,"acc_norm":0.0}|NULL|1|)"};
  CHECK(rows("base") == judged);
  CHECK(rows("prompted") == judged);
  const auto again = shop.run(wanted);
  REQUIRE(again.ok());
  CHECK(again->samples_made == 0);
}

}  // namespace bakeoff
