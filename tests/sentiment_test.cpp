// judges/sentiment.h against NLTK's VADER (tools/goldens/sentiment.py): the examples of VADER's own package, texts that
// reach each rule, and the answers of PandaLM's test set.
#include "judges/sentiment.h"

#include "harness/core/json.h"
#include "judges/judge.h"
#include "judges/prompt_scorers.h"
#include "tests/catch.h"
#include "tests/support.h"

namespace bakeoff {

namespace {

Json golden() {
  const auto json = read_json_file(testing::source_path("golden/sentiment.json"));
  REQUIRE(json.ok());
  return *json;
}

void check_scores(std::string_view text, const Json& expected) {
  const auto sentiment = judges::sentiment_of(text);
  REQUIRE(sentiment.ok());
  INFO(text);
  CHECK(Json{sentiment->negative, sentiment->neutral, sentiment->positive, sentiment->compound}.dump() ==
        expected.dump());
}

}  // namespace

TEST_CASE("sentiment: examples and rules score as NLTK scores them") {
  const Json expected = golden();
  REQUIRE(expected.at("rows").size() > 100);
  for (const Json& row : expected.at("rows")) check_scores(row.at("text").get<std::string>(), row.at("scores"));
}

TEST_CASE("sentiment: judge tone gives NLTK's shares, and what the published personas make of its compound") {
  const auto judge = judges::find_judge("tone");
  REQUIRE(judge.ok());
  for (const Json& row : golden().at("rows")) {
    const auto text = row.at("text").get<std::string>();
    INFO(text);
    const auto scores = row.at("scores").get<std::vector<double>>();  // negative, neutral, positive, compound
    CHECK((*judge)->judge(text, {{"measure", "negative"}}).score == scores[0]);
    CHECK((*judge)->judge(text, {{"measure", "positive"}}).score == scores[2]);
    CHECK((*judge)->judge(text, {{"measure", "unkind"}}).score == (1 - scores[3]) / 2);
  }
  const auto refused = [&](const Json& reference) {
    const Status usable = (*judge)->check(reference, "row");
    REQUIRE(!usable.ok());
    return usable.error().line();
  };
  CHECK(refused(Json::object()) == "row.measure: nothing to measure; give negative, positive or unkind");
  CHECK(refused({{"measure", "compound"}}).find("negative, positive, unkind") != std::string::npos);
}

TEST_CASE("sentiment: two thousand published answers score as NLTK scores them") {
  const auto file = testing::data_path("pandalm/testset-v1.json");
  if (!file) SKIP_TEST("public test data are not here");
  const auto pairs = read_json_file(*file);
  REQUIRE(pairs.ok());
  const Json expected = golden();
  std::size_t at = 0;
  for (const Json& pair : *pairs)
    for (const char* name : {"response1", "response2"})
      if (pair.at(name).is_string()) check_scores(pair.at(name).get<std::string>(), expected.at("pandalm").at(at++));
  CHECK(at == expected.at("pandalm").size());
}

TEST_CASE("sentiment: always_sad is the negative share, higher for sadder answers") {
  const auto sad = judges::find_prompt_scorer("always_sad", "e.yaml");
  REQUIRE(sad.ok());
  const auto score = [&](std::string_view answer) {
    const auto scored = (*sad)->score({.answer = answer, .question = "Why?"});
    REQUIRE(scored.ok());
    return *scored;
  };
  CHECK(score("") == 0);
  CHECK(score("What a lovely, happy day!") == 0);
  CHECK(score("It is a miserable, hopeless, lonely world.") > 0.5);
}

TEST_CASE("sentiment: bytes that are no text are no error") {
  const auto sentiment = judges::sentiment_of("sad \xff\xfe\xc3 sad\x80");
  REQUIRE(sentiment.ok());
  CHECK(sentiment->negative > 0);
}

}  // namespace bakeoff
