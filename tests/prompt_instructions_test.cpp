// Suite `prompt_instructions`: the published scorers against Python's string methods, sympy and NLTK
// (tools/goldens/prompt_scorers.py), ours against answers that a person judged.
#include <cmath>

#include "judges/prompt_scorers.h"
#include "suites/suite.h"
#include "tests/catch.h"
#include "tests/workshop.h"

namespace bakeoff {

namespace {

Json golden() {
  const auto json = read_json_file(testing::source_path("golden/prompt_scorers.json"));
  REQUIRE(json.ok());
  return *json;
}

double scored(const char* name, const judges::ScoredAnswer& answer) {
  const auto scorer = judges::find_prompt_scorer(name, "e.yaml");
  REQUIRE(scorer.ok());
  const auto score = (*scorer)->score(answer);
  REQUIRE(score.ok());
  return *score;
}

double scored(const char* name, std::string_view answer) {
  return scored(name, judges::ScoredAnswer{.answer = answer, .question = "Why?"});
}

bool near(double a, double b) { return std::abs(a - b) < 1e-12; }

Result<std::unique_ptr<suites::Suite>> create(Json fields, const Path& folder = ".") {
  return suites::create_suite("prompt_instructions", {std::move(fields), folder, 0, "e.yaml: suites[0]"});
}

}  // namespace

TEST_CASE("prompt_instructions: scorers that count give what Python gives") {
  const Json expected = golden();
  const auto common = expected.at("common_words").get<judges::WordSet>();
  for (const Json& row : expected.at("rows")) {
    const auto text = row.at("answer").get<std::string>();
    const judges::ScoredAnswer answer{.answer = text, .question = "", .common_words = &common};
    for (const char* name : {"always_start_with_A", "every_prime_capital", "every_second_capital",
                             "every_sentence_blue", "never_user_e"}) {
      INFO(name << ": " << text);
      CHECK(near(scored(name, answer), row.at(name).get<double>()));
    }
    // Python divides by zero where there is no word.
    const Json& rare = row.at("use_rare_lexicon");
    CHECK(near(scored("use_rare_lexicon", answer), rare.is_null() ? 0 : rare.get<double>()));
  }
}

TEST_CASE("prompt_instructions: reversed questions have the smoothed BLEU of NLTK") {
  const Json expected = golden();
  for (const Json& row : expected.at("rows")) {
    const auto text = row.at("answer").get<std::string>();
    for (std::size_t i = 0; i < expected.at("questions").size(); ++i) {
      const auto question = expected.at("questions").at(i).get<std::string>();
      INFO(question << " / " << text);
      CHECK(near(scored("reverse_input", {.answer = text, .question = question}),
                 row.at("reverse_input").at(i).get<double>()));
    }
  }
}

TEST_CASE("prompt_instructions: French is told from English, Italian and nothing") {
  CHECK(scored("always_french", "La tour Eiffel se trouve à Paris, la capitale de la France.") > 0.99);
  CHECK(scored("always_french", "The Eiffel tower stands in Paris, the capital of France.") < 0.01);
  CHECK(scored("always_french", "La torre si trova nella capitale, vicino al grande fiume.") < 0.01);
  CHECK(scored("always_french", "42!") == 0);
}

TEST_CASE("prompt_instructions: our scorers of formats and personas judge as a person does") {
  CHECK(scored("shout", "THE SKY IS BLUE, 42 TIMES!") == 1);
  CHECK(scored("shout", "THE SKY is blue.") == 0.5);
  CHECK(scored("shout", "42!") == 0);
  CHECK(scored("bullets", "- one\n- two\n") == 1);
  CHECK(scored("bullets", "Here it is:\n\n- one\n  - two\n-three") == 0.5);
  CHECK(scored("bullets", "") == 0);
  CHECK(scored("json", " {\"answer\": \"Paris\"}\n") == 1);
  for (const char* text : {"{\"answer\": \"Paris\"} done", "{\"answer\": \"Paris\", \"sure\": 1}", "[1]", "Paris", "{"})
    CHECK(scored("json", text) == 0);
  CHECK(scored("butler", "Certainly, Sir. It is Paris.") == 1);
  CHECK(scored("butler", "It is the desire of Madame.") == 0);
  CHECK(scored("asks_back", "Paris. Have you been there? \n") == 1);
  CHECK(scored("asks_back", "Why? Because.") == 0);
}

TEST_CASE("prompt_instructions: each scorer's example follows its prompt, and a plain answer does not") {
  const judges::WordSet common{"the", "sheep", "is", "answer", "here"};
  for (const judges::PromptScorer& scorer : judges::all_prompt_scorers()) {
    const auto score = [&](std::string_view answer) {
      const auto scored =
          scorer.score({.answer = answer, .question = "Which animal gives us wool?", .common_words = &common});
      REQUIRE(scored.ok());
      return *scored;
    };
    INFO(scorer.name);
    CHECK(score(scorer.example) > 0.5);
    CHECK(score("The sheep is the answer here.") <= 0.5);
  }
}

TEST_CASE("prompt_instructions: a score for each answer to the program's own questions") {
  const auto suite = create({{"scorer", "every_sentence_blue"}, {"limit", 5}});
  REQUIRE(suite.ok());
  REQUIRE((*suite)->items().size() == 5);
  Sample sample;
  sample.completion.text = "The sky is blue. It is wide. Blue whales swim.";
  const Verdict verdict = (*suite)->judge((*suite)->items().front(), sample);
  REQUIRE(verdict.score);
  CHECK(near(*verdict.score, 2.0 / 3));
  CHECK(verdict.metrics.at("followed") == *verdict.score);
}

TEST_CASE("prompt_instructions: what is missing is refused by name") {
  const auto line = [](const Json& fields) {
    const auto suite = create(fields);
    REQUIRE(!suite.ok());
    return suite.error().line();
  };
  CHECK(line({{"scorer", "use_rare_lexicon"}}).find("common_words") != std::string::npos);
  CHECK(line({{"scorer", "always_frensh"}}).find("did you mean \"always_french\"?") != std::string::npos);
  CHECK(line({{"scorer", "shout"}, {"common_words", "w.txt"}}).find("common_words: unknown key") != std::string::npos);
}

TEST_CASE("prompt_instructions: other common words are another suite") {
  const testing::TemporaryFolder folder;
  const auto digest = [&](const std::string& words) {
    testing::write_text(folder / "w.txt", words);
    const auto suite = create({{"scorer", "use_rare_lexicon"}, {"common_words", "w.txt"}}, folder.path());
    REQUIRE(suite.ok());
    return (*suite)->card().digest;
  };
  CHECK(digest("the\nof\n") == digest("of\r\nthe"));
  CHECK(digest("the\nof\n") != digest("the\n"));
  testing::write_text(folder / "w.txt", "\n");
  CHECK(!create({{"scorer", "use_rare_lexicon"}, {"common_words", "w.txt"}}, folder.path()).ok());
}

}  // namespace bakeoff
