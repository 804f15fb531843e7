// Judges: the cases of tests/cases/judge_*.jsonl, and the published flags of GSM8K's example solutions.
#include <chrono>
#include <map>

#include "harness/core/json.h"
#include "judges/judge.h"
#include "tests/catch.h"
#include "tests/support.h"

namespace bakeoff {

namespace {

const judges::Judge& the_judge(const char* name) {
  const auto judge = judges::find_judge(name);
  REQUIRE(judge.ok());
  return **judge;
}

void check_case(const judges::Judge& judge, const Json& row) {
  INFO("claim: " << row.at("claim").get<std::string>());
  const Json& reference = row.at("reference");
  const Status usable = judge.check(reference, "row");
  CHECK(usable.ok() != row.value("bad_reference", false));
  if (!usable.ok()) return;
  const Verdict verdict = judge.judge(row.at("answer").get<std::string>(), reference);
  INFO("verdict: " << dump(to_json(verdict)));
  CHECK(verdict.score.has_value() != row.value("unscored", false));
  CHECK(verdict.unscored.empty() == verdict.score.has_value());
  if (row.contains("score")) CHECK(verdict.score == row["score"].get<double>());
  if (!row.contains("metrics")) return;
  for (const auto& [metric, value] : row["metrics"].items()) CHECK(verdict.metrics.at(metric) == value.get<double>());
}

void check_cases(const char* name) {
  const judges::Judge& judge = the_judge(name);
  int rows = 0;
  const Status read = for_each_jsonl(
      testing::source_path(std::string("cases/judge_") + name + ".jsonl"),
      [&](std::size_t, const Json& row) -> Status {
        check_case(judge, row);
        ++rows;
        return {};
      },
      [](std::size_t, const Error& error) -> Status { return error; });
  REQUIRE(read.ok());
  CHECK(rows > 0);
}

}  // namespace

TEST_CASE("exact accepts what its cases accept") { check_cases("exact"); }
TEST_CASE("contains finds what its cases find") { check_cases("contains"); }
TEST_CASE("regex matches what its cases match, and hostile patterns end") { check_cases("regex"); }
TEST_CASE("numeric reads what its cases read") { check_cases("numeric"); }

TEST_CASE("numeric gives each of the 5,276 published flags of four models on GSM8K") {
  const auto file = testing::data_path("gsm8k/example_model_solutions.jsonl");
  if (!file) SKIP_TEST("gsm8k/example_model_solutions.jsonl is not there");
  const judges::Judge& numeric = the_judge("numeric");
  std::map<std::string, int> right{
      {"6b_finetuning", 0}, {"6b_verification", 0}, {"175b_finetuning", 0}, {"175b_verification", 0}};
  int differing = 0;
  const auto on_row = [&](std::size_t, const Json& row) -> Status {
    const auto truth = row.at("ground_truth").get<std::string>();
    const Json reference{{"answer", truth.substr(truth.rfind("A: ") + 3)}};
    BAKEOFF_CHECK(numeric.check(reference, "ground_truth"));
    for (auto& [model, count] : right) {
      const Verdict verdict = numeric.judge(row.at(model).at("solution").get<std::string>(), reference);
      const bool correct = verdict.metrics.at("strict") == 1;
      count += correct;
      differing += correct != row.at(model).at("is_correct").get<bool>();
    }
    return {};
  };
  const auto on_bad = [](std::size_t, const Error& error) -> Status { return error; };
  REQUIRE(for_each_jsonl(*file, on_row, on_bad).ok());
  CHECK(differing == 0);
  CHECK(right["6b_finetuning"] == 286);
  CHECK(right["6b_verification"] == 515);
  CHECK(right["175b_finetuning"] == 458);
  CHECK(right["175b_verification"] == 742);
}

TEST_CASE("every GSM8K test answer is a usable reference, and the solution itself is right by both filters") {
  const auto file = testing::data_path("gsm8k/test.jsonl");
  if (!file) SKIP_TEST("gsm8k/test.jsonl is not there");
  const judges::Judge& numeric = the_judge("numeric");
  int rows = 0, right = 0;
  const auto on_row = [&](std::size_t, const Json& row) -> Status {
    const Json reference{{"answer", row.at("answer")}};
    BAKEOFF_CHECK(numeric.check(reference, "answer"));
    const Verdict verdict = numeric.judge(row.at("answer").get<std::string>(), reference);
    right += verdict.metrics.at("strict") == 1 && verdict.metrics.at("flexible") == 1;
    ++rows;
    return {};
  };
  const auto on_bad = [](std::size_t, const Error& error) -> Status { return error; };
  REQUIRE(for_each_jsonl(*file, on_row, on_bad).ok());
  CHECK(rows == 1319);
  CHECK(right == 1319);
}

TEST_CASE("exact agrees with the published exact-match cases") {
  const auto file = testing::data_path("metric_cases/lighteval/exact_match.json");
  if (!file) SKIP_TEST("metric_cases/lighteval/exact_match.json is not there");
  const auto cases = read_json_file(*file);
  REQUIRE(cases.ok());
  for (const Json& one : cases->at("test_cases")) {
    INFO(one.at("name").get<std::string>());
    const Json& doc = one.at("doc");
    const Json reference{{"answer", doc.at("choices").at(doc.at("gold_index").get<std::size_t>())}};
    const Verdict verdict =
        the_judge("exact").judge(one.at("model_response").at("text").at(0).get<std::string>(), reference);
    CHECK(verdict.metrics.at("strict") == one.at("expected_output").at("em").get<double>());
  }
}

TEST_CASE("no judge takes longer than a few seconds on a megabyte of hostile text") {
  const std::string hostile = std::string(200'000, '1') + std::string(200'000, ',') + std::string(200'000, '(');
  const auto start = std::chrono::steady_clock::now();
  the_judge("numeric").judge(hostile, {{"answer", 1}});
  the_judge("contains").judge(hostile, {{"any", "1,("}});
  the_judge("exact").judge(hostile, {{"answer", "1,("}});
  the_judge("regex").judge(hostile, {{"pattern", "(1+)+\\)"}});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  CHECK(took.count() < 20);
}

TEST_CASE("ill-formed UTF-8 is judged, and the evidence is well-formed") {
  const std::string broken = "Rome\xff\xfe 18";
  CHECK(the_judge("contains").judge(broken, {{"any", "Rome"}}).score == 1);
  const Verdict numeric = the_judge("numeric").judge(broken, {{"answer", 18}});
  CHECK(numeric.score == 1);
  CHECK(is_valid_utf8(dump(numeric.evidence)));
}

TEST_CASE("a judge that does not exist is named with the nearest and all that do") {
  const auto judge = judges::find_judge("numerc");
  REQUIRE(!judge.ok());
  CHECK(judge.error().line() ==
        "no judge is called \"numerc\"; did you mean \"numeric\"? known: exact, contains, regex, numeric, "
        "function_call, tone");
}

}  // namespace bakeoff
