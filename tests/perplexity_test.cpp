// Suite `perplexity` against transformers and lm-evaluation-harness (tools/goldens/perplexity.py), and what it asks of
// a model.
#include <cmath>
#include <set>

#include "suites/suite.h"
#include "tests/catch.h"
#include "tests/workshop.h"

namespace bakeoff {

namespace {

using SuiteResult = Result<std::unique_ptr<suites::Suite>>;

SuiteResult create(Json fields, const Path& folder = ".") {
  return suites::create_suite("perplexity", {std::move(fields), folder, 0, "e.yaml: suites[0]"});
}

std::unique_ptr<suites::Suite> open(Json fields = Json::object(), const Path& folder = ".") {
  auto suite = create(std::move(fields), folder);
  INFO((suite.ok() ? "" : suite.error().line()));
  REQUIRE(suite.ok());
  return std::move(*suite);
}

ScoreRequest request_of(const suites::Suite& suite, const Item& item) {
  auto request = suite.episode(item, suite.decoding(), 0)->next(nullptr);
  REQUIRE(request.has_value());
  REQUIRE(std::holds_alternative<ScoreRequest>(*request));
  return std::get<ScoreRequest>(*request);
}

/// The verdict after the model answered so.
Verdict judged(const suites::Suite& suite, const Item& item, const Score& score) {
  const auto episode = suite.episode(item, suite.decoding(), 0);
  REQUIRE(episode->next(nullptr).has_value());
  const Reply reply = score;
  REQUIRE(!episode->next(&reply).has_value());
  Sample sample;
  sample.completion.text = episode->messages().back().content;
  return suite.judge(item, sample);
}

bool near(double a, double b) { return std::abs(a - b) <= 1e-9 * std::abs(b); }

}  // namespace

TEST_CASE("perplexity: the written passages are whole, of like length and none twice") {
  const auto suite = open();
  REQUIRE(suite->items().size() == 16);
  std::set<std::string> sentences;
  for (const Item& item : suite->items()) {
    const auto text = item.reference.at("text").get<std::string>();
    CHECK(std::get<std::string>(request_of(*suite, item).prompt) == text);
    CHECK(!request_of(*suite, item).completion);
    CHECK((text.size() > 600 && text.size() < 900));
    std::istringstream parts(text);
    for (std::string sentence; std::getline(parts, sentence, '.');)
      CHECK((sentence.size() < 20 || sentences.insert(sentence).second));
  }
}

TEST_CASE("perplexity: a text with a question is scored as the answer in a chat") {
  const testing::TemporaryFolder folder;
  testing::write_text(folder / "t.jsonl", R"({"id": "asked", "question": "Who?", "text": "Nora."})"
                                          "\n"
                                          R"({"text": "Raw é."})"
                                          "\n");
  const auto suite = open({{"items", "t.jsonl"}}, folder.path());
  REQUIRE(suite->items().size() == 2);
  const ScoreRequest asked = request_of(*suite, suite->items()[0]), raw = request_of(*suite, suite->items()[1]);
  CHECK(std::get<Conversation>(asked.prompt) == Conversation{{"user", "Who?"}});
  CHECK(asked.completion == "Nora.");
  CHECK(std::get<std::string>(raw.prompt) == "Raw é.");
  Score score;
  score.token_logprobs = {-50, -1, -1};
  score.completion_tokens = 2;
  score.completion_logprob = -2;
  CHECK(near(judged(*suite, suite->items()[0], score).metrics.at("nats_per_token"), 1));
  // 52 nats over 7 bytes: é has two.
  CHECK(near(judged(*suite, suite->items()[1], score).metrics.at("bits_per_byte"), 52 / std::log(2.0) / 7));
}

TEST_CASE("perplexity: the score is a byte's probability, which a ruined model halves and a margin in points sees") {
  const testing::TemporaryFolder folder;
  testing::write_text(folder / "t.txt", std::string(500, 'a'));
  const auto suite = open({{"items", "t.txt"}}, folder.path());
  Sample sample;
  sample.completion.text = R"({"logprob": -360, "tokens": 120})";
  const Verdict verdict = suite->judge(suite->items().front(), sample);
  REQUIRE(verdict.score);
  CHECK(near(*verdict.score, 0.48675225595997));  // 2^-1.0387..., by hand
  CHECK(near(verdict.metrics.at("perplexity"), 20.0855369231877));
}

TEST_CASE("perplexity: a text file's passages are parted by blank lines, as Windows ends them too") {
  const testing::TemporaryFolder folder;
  testing::write_text(folder / "t.txt", "\r\none\r\ntwo\r\n \t\r\n\r\nthree");
  const auto suite = open({{"items", "t.txt"}}, folder.path());
  REQUIRE(suite->items().size() == 2);
  CHECK(suite->items()[0].reference.at("text") == "one\ntwo");
  CHECK(suite->items()[1].reference.at("text") == "three");
}

TEST_CASE("perplexity: what states no score is unscored; files without text are errors") {
  const auto suite = open();
  for (const char* text : {"", "3.2", R"({"logprob": -2})", R"({"logprob": 2, "tokens": 3})",
                           R"({"logprob": -2, "tokens": 0})", R"({"logprob": null, "tokens": 3})"}) {
    Sample sample;
    sample.completion.text = text;
    INFO(text);
    CHECK(!suite->judge(suite->items().front(), sample).score);
  }
  const testing::TemporaryFolder folder;
  const auto refused = [&](const char* name, const std::string& text) {
    testing::write_text(folder / name, text);
    const auto created = create({{"items", name}}, folder.path());
    REQUIRE(!created.ok());
    CHECK(created.error().line().find(name) != std::string::npos);
  };
  refused("a.txt", " \n\n");
  refused("a.jsonl", "{\"text\": \"\"}\n");
  refused("b.jsonl", "{\"question\": \"q\"}\n");
  refused("c.jsonl", "{\"text\": \"x\", \"txt\": \"y\"}\n");
  CHECK(!create({{"items", "nowhere.txt"}}, folder.path()).ok());
}

}  // namespace bakeoff
