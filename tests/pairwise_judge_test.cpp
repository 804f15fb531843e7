// Judges of two answers: every verdict that QLoRA's and LLMBar's authors read from their judges' texts, LLMBar's
// published statistics from these texts alone, and what must not be taken for a verdict.
#include <map>

#include "harness/core/row_file.h"
#include "harness/stats/agreement.h"
#include "judges/pairwise.h"
#include "tests/catch.h"
#include "tests/support.h"

namespace bakeoff {
namespace {

using judges::Winner;

judges::Reading read_as(const char* form, const std::string& text) {
  const auto found = judges::find_comparison_form(form);
  REQUIRE(found.ok());
  judges::Reading reading = (*found)->read(text);
  CHECK(reading.winner.has_value() == reading.reason.empty());
  return reading;
}

/// "first", "second", "tie" or "".
std::string winner_in(const char* form, const std::string& text) {
  const auto reading = read_as(form, text);
  return reading.winner ? judges::name_of(*reading.winner) : "";
}

/// LLMBar's files: the judge's text and the answer that the authors read as its winner, in both orders, by round.
struct LlmbarRow {
  int label;
  std::vector<std::map<bool, std::pair<std::string, std::string>>> rounds;  ///< swapped -> (text, "1" or "2")
};

std::vector<LlmbarRow> llmbar_rows(const Path& folder) {
  std::vector<LlmbarRow> rows;
  const Json all = read_json_file(folder / "result.json").value();
  for (const Json& item : all) {
    LlmbarRow& row = rows.emplace_back(LlmbarRow{item["label"].get<int>(), {}});
    for (const Json& round : item["results"]) {
      auto& orders = row.rounds.emplace_back();
      for (const bool swapped : {false, true}) {
        const Json& shown = round[swapped ? "swap = True" : "swap = False"];
        orders[swapped] = {shown["completion"][0].get<std::string>(), shown["winner"].get<std::string>()};
      }
    }
  }
  return rows;
}

/// "1" or "2": the answer that wins, where `swapped` says that answer 2 was shown first.
std::string answer_of(const judges::Reading& reading, bool swapped) {
  if (!reading.winner || *reading.winner == Winner::tie) return "";
  return (*reading.winner == Winner::first) != swapped ? "1" : "2";
}

}  // namespace

TEST_CASE("every verdict of QLoRA's published reviews is read from its text", "[pairwise]") {
  const auto folder = testing::data_path("qlora_pairwise/raw");
  if (!folder) SKIP_TEST("qlora_pairwise/raw is not there");
  int rows = 0;
  for (const auto& file : std::filesystem::directory_iterator(*folder)) {
    const Status read = for_each_row(file.path(), [&](std::size_t line, const Json& row) -> Status {
      INFO(file.path() << ":" << line);
      const std::string text = row["text"].get<std::string>();
      const Json& score = row["score"];
      ++rows;
      if (score.is_array()) {
        const auto reading = read_as("scores", text);
        REQUIRE(reading.scores);
        CHECK(reading.scores->first == score[0].get<double>());
        CHECK(reading.scores->second == score[1].get<double>());
      } else {
        const char* expected[] = {"", "first", "second", "tie"};
        CHECK(winner_in("number", text) == expected[score.get<int>()]);
      }
      return {};
    });
    REQUIRE(read.ok());
  }
  CHECK(rows == 400);
}

TEST_CASE("LLMBar's published winners and all of its statistics follow from the judge's texts", "[pairwise]") {
  for (const char* protocol : {"Vanilla", "Swap"}) {
    const auto folder = testing::data_path(std::string("llmbar/LLMBar/Natural/evaluators/GPT-4/") + protocol);
    if (!folder) SKIP_TEST("llmbar is not there");
    INFO(protocol);
    std::map<bool, int> right;
    int both = 0;
    std::vector<stats::BothOrders> pairs;
    std::vector<int> labels;
    std::map<bool, std::vector<int>> marks;  // as LLMBar's evaluate.py codes them for kappa: anything but "1" is 0
    for (const LlmbarRow& row : llmbar_rows(*folder)) {
      std::map<bool, judges::Reading> last;
      for (const auto& orders : row.rounds)
        for (const auto& [swapped, told] : orders) {
          last[swapped] = read_as("outputs", told.first);
          INFO(told.first);
          CHECK(answer_of(last[swapped], swapped) == told.second);
        }
      const std::string label = std::to_string(row.label);
      for (const bool swapped : {false, true}) {
        right[swapped] += answer_of(last[swapped], swapped) == label;
        marks[swapped].push_back(answer_of(last[swapped], swapped) == "1" ? 1 : 0);
      }
      labels.push_back(row.label);
      const auto outcome = judges::combine(last[false], last[true]);
      REQUIRE(outcome.winner);
      both += outcome.consistent && *outcome.winner == (row.label == 1 ? Winner::first : Winner::second);
      pairs.push_back(
          {static_cast<stats::Outcome>(*last[false].winner), static_cast<stats::Outcome>(*last[true].winner)});
      CHECK((outcome.consistent || *outcome.winner == Winner::tie));
    }
    const Json published = read_json_file(*folder / "statistics.json").value();
    const auto count = [&](const char* key) { return std::stoi(published[key].get<std::string>()); };
    const auto kappa = [](const std::vector<int>& one, const std::vector<int>& other) {
      return *stats::cohen_kappa(one, other)->kappa;
    };
    CHECK(right[false] == count("correct_False"));
    CHECK(right[true] == count("correct_True"));
    CHECK((right[false] + right[true]) / 2.0 == std::stod(published["correct_average"].get<std::string>()));
    CHECK(both == count("correct_both"));
    const double shown = kappa(marks[false], labels), swapped = kappa(marks[true], labels);
    CHECK(shown == Approx(published["kappa_False"].get<double>()));
    CHECK(swapped == Approx(published["kappa_True"].get<double>()));
    CHECK((shown + swapped) / 2 == Approx(published["kappa_average"].get<double>()));
    const auto bias = stats::position_bias(pairs);
    REQUIRE(bias.ok());
    CHECK(bias->consistent.successes == count("equal"));
    CHECK(*bias->kappa == Approx(published["kappa_agreement"].get<double>()));
  }
}

TEST_CASE("a verdict is read where its form puts it", "[pairwise]") {
  CHECK(winner_in("letters", "A is right and short.\n\n[[A]]") == "first");
  CHECK(winner_in("letters", "Final verdict: \"[[B]]\".") == "second");
  CHECK(winner_in("letters", "[[C]]") == "tie");
  CHECK(winner_in("number", "1. is long\n2. is short\n\n 3 \n") == "tie");
  CHECK(winner_in("number", "I choose:\n**2**") == "second");
  CHECK(winner_in("scores", "8 9\nThe second knows more.") == "second");
  CHECK(winner_in("scores", "9,9\n") == "tie");
  CHECK(winner_in("scores", "Reasons.\nRating: [[8.5,7]]") == "first");
  CHECK(winner_in("scores", "Assistant A: 4/10\nAssistant B: **7**\nB knows more.") == "second");
  CHECK(winner_in("outputs", "Output (b) is better than Output (a).") == "second");
  CHECK(winner_in("outputs", "output (a)") == "first");
  CHECK(winner_in("json", R"(Here: ```{"reason": "both {fine}", "winner": "tie"}```)") == "tie");
  CHECK(winner_in("json", R"({"winner": "B"})") == "second");
}

TEST_CASE("what states no verdict, or two, is unscored", "[pairwise]") {
  for (const char* form : {"letters", "number", "scores", "outputs", "json"})
    for (const char* text :
         {"", "\n\n", "A is better.", "I can not say.", "\xff\xfe[[", "{\"winner\": \"C\"", "[[D]]"}) {
      INFO(form << ": " << text);
      CHECK(winner_in(form, text).empty());
    }
  CHECK(winner_in("letters", "[[A]] would be fair, but [[B]] is, too.").empty());
  CHECK(winner_in("number", "2 of the answers are good").empty());
  CHECK(winner_in("number", "12").empty());
  CHECK(winner_in("scores", "2024 11").empty());
  CHECK(winner_in("scores", "The point (3, 4) is right.\nBoth are fine.").empty());
  CHECK(winner_in("outputs", "Output (a) is short, Output (b) is long.").empty());
  CHECK(winner_in("json", R"({"winner": 1})").empty());
  CHECK(winner_in("json", "[\"A\"]").empty());
  CHECK(winner_in("json", std::string(100'000, '{') + "}").empty());
}

TEST_CASE("an answer wins when it is preferred in both orders", "[pairwise]") {
  const auto joined = [](const char* shown, const char* swapped) {
    return judges::combine(read_as("letters", shown), read_as("letters", swapped));
  };
  CHECK(joined("[[A]]", "[[B]]").winner == Winner::first);
  CHECK(joined("[[B]]", "[[A]]").winner == Winner::second);
  CHECK(joined("[[B]]", "[[A]]").consistent);
  CHECK(joined("[[A]]", "[[A]]").winner == Winner::tie);  // the first place, not an answer
  CHECK_FALSE(joined("[[A]]", "[[A]]").consistent);
  CHECK(joined("[[C]]", "[[C]]").consistent);
  CHECK(joined("[[C]]", "[[B]]").winner == Winner::tie);
  CHECK_FALSE(joined("[[C]]", "[[B]]").consistent);
  CHECK_FALSE(joined("[[A]]", "no idea").winner);
  CHECK_THAT(joined("[[A]]", "no idea").reason, Catch::Matchers::StartsWith("in the second order"));
  CHECK_FALSE(joined("", "[[A]]").winner);
}

TEST_CASE("a judge sees request, reference and both answers, and how to state its verdict", "[pairwise]") {
  for (const judges::ComparisonForm& form : judges::all_comparison_forms()) {
    const Conversation asked =
        judges::comparison_messages(form, {"Why {answer_b}?", "one {question}", "two", "the truth"});
    REQUIRE(asked.size() == 2);
    CHECK(asked[0].role == "system");
    CHECK(asked[0].content.find(form.verdict_request) != std::string::npos);
    const std::string& shown = asked[1].content;
    std::size_t at = 0;
    for (const char* part :
         {"Why {answer_b}?", "the truth", form.first_label, "one {question}", form.second_label, "two"})
      REQUIRE((at = shown.find(part, at)) != std::string::npos);
    CHECK(judges::comparison_messages(form, {"q", "a", "b", ""})[1].content.find("reference") == std::string::npos);
  }
  CHECK_FALSE(judges::find_comparison_form("letter").ok());
}

}  // namespace bakeoff
