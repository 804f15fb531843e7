// Suite `common_knowledge`: the written set is what its page says, checked by reading the file a second time; nothing
// but knowledge leads to the right choice.
#include <algorithm>
#include <map>
#include <set>

#include "harness/core/row_file.h"
#include "suites/suite.h"
#include "tests/catch.h"
#include "tests/workshop.h"

namespace bakeoff {

namespace {

std::unique_ptr<suites::Suite> open(Json fields = Json::object()) {
  auto suite = suites::create_suite("common_knowledge", {std::move(fields), ".", 0, "e.yaml: suites[0]"});
  INFO((suite.ok() ? "" : suite.error().line()));
  REQUIRE(suite.ok());
  return std::move(*suite);
}

std::vector<Json> rows_of_the_file() {
  const auto text = read_text_file(testing::source_path("../datasets/common_knowledge.jsonl"));
  REQUIRE(text.ok());
  std::vector<Json> rows;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) rows.push_back(Json::parse(line));
  return rows;
}

std::size_t place_of_answer(const Json& row) {
  const auto labels = row.at("choices").at("label").get<std::vector<std::string>>();
  return static_cast<std::size_t>(std::ranges::find(labels, row.at("answerKey").get<std::string>()) - labels.begin());
}

/// The share of rows in which the answer is the choice that `better` puts before all others.
template <class Better>
double share_led_by(const std::vector<Json>& rows, Better better) {
  double led = 0;
  for (const Json& row : rows) {
    const auto texts = row.at("choices").at("text").get<std::vector<std::string>>();
    const auto best = std::ranges::max_element(texts, [&](const auto& a, const auto& b) { return better(b, a); });
    led += static_cast<std::size_t>(best - texts.begin()) == place_of_answer(row);
  }
  return led / static_cast<double>(rows.size());
}

/// Small words that say nothing about what a question is about.
std::set<std::string> content_words(const std::string& text) {
  static const std::set<std::string> kSmall{"what", "which",  "who", "how",  "many", "do",   "does", "is", "are",
                                            "the",  "a",      "an",  "of",   "in",   "to",   "on",   "at", "with",
                                            "you",  "people", "for", "from", "we",   "that", "and",  "it", "these"};
  std::set<std::string> words;
  std::string word;
  for (const char c : text + " ") {
    if (std::isalnum(static_cast<unsigned char>(c))) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!word.empty()) {
      if (!kSmall.contains(word)) words.insert(word);
      word.clear();
    }
  }
  return words;
}

}  // namespace

TEST_CASE("common_knowledge: 14 domains of 12, four of each level, every answer's place used 42 times") {
  const auto rows = rows_of_the_file();
  REQUIRE(rows.size() == 168);
  std::map<std::pair<std::string, int>, int> cells;
  std::map<std::size_t, int> places;
  for (const Json& row : rows) {
    ++cells[{row.at("domain").get<std::string>(), row.at("level").get<int>()}];
    ++places[place_of_answer(row)];
    CHECK(row.at("choices").at("text").size() == 4);
  }
  CHECK(cells.size() == 14 * 3);
  for (const auto& [cell, count] : cells) CHECK(count == 4);
  CHECK(places == std::map<std::size_t, int>{{0, 42}, {1, 42}, {2, 42}, {3, 42}});
}

TEST_CASE("common_knowledge: no question twice, not in other words either, and no choice twice in a question") {
  const auto rows = rows_of_the_file();
  std::set<std::string> questions;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto words = content_words(rows[i].at("question").get<std::string>());
    CHECK(questions.insert(rows[i].at("question").get<std::string>()).second);
    const auto texts = rows[i].at("choices").at("text").get<std::set<std::string>>();
    CHECK(texts.size() == 4);
    for (std::size_t j = 0; j < i; ++j) {
      const auto others = content_words(rows[j].at("question").get<std::string>());
      std::vector<std::string> shared;
      std::ranges::set_intersection(words, others, std::back_inserter(shared));
      const bool same_answer = rows[i].at("choices").at("text").at(place_of_answer(rows[i])) ==
                               rows[j].at("choices").at("text").at(place_of_answer(rows[j]));
      INFO(rows[i].at("question") << " / " << rows[j].at("question"));
      CHECK(!(same_answer && 2 * shared.size() > std::min(words.size(), others.size())));
    }
  }
}

TEST_CASE("common_knowledge: neither length nor a word of the question gives the answer away") {
  const auto rows = rows_of_the_file();
  // Chance is 0.25; 0.35 lies three standard errors above it.
  CHECK(share_led_by(rows, [](const auto& a, const auto& b) { return a.size() > b.size(); }) < 0.35);
  CHECK(share_led_by(rows, [](const auto& a, const auto& b) { return a.size() < b.size(); }) < 0.35);
  for (const Json& row : rows) {
    const auto asked = content_words(row.at("question").get<std::string>());
    std::map<std::string, int> choices_with;
    for (const Json& text : row.at("choices").at("text"))
      for (const auto& word : content_words(text.get<std::string>())) ++choices_with[word];
    for (const auto& word : content_words(row.at("choices").at("text").at(place_of_answer(row)).get<std::string>())) {
      INFO(row.at("question") << " " << word);
      CHECK((choices_with[word] > 1 || !asked.contains(word)));
    }
  }
}

TEST_CASE("common_knowledge: the program's items are the file's rows, put as lm-evaluation-harness puts them") {
  const auto suite = open();
  const auto rows = rows_of_the_file();
  REQUIRE(suite->items().size() == rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Item& item = suite->items()[i];
    CHECK(item.id == rows[i].at("id"));
    CHECK(item.messages.back().content == "Question: " + rows[i].at("question").get<std::string>() + "\nAnswer:");
    CHECK(item.reference.at("choices") == rows[i].at("choices").at("text"));
    CHECK(item.reference.at("right") == place_of_answer(rows[i]));
  }
}

TEST_CASE("common_knowledge: examples are questions that are not asked") {
  const auto suite = open({{"limit", 160}, {"shots", 4}});
  REQUIRE(suite->items().size() == 160);
  const std::string context = suite->items().front().messages.back().content;
  const auto plain = open({{"limit", 160}});
  for (const Item& item : plain->items()) {
    const std::string& question = item.messages.back().content;
    CHECK((context.find(question) == context.npos) == (item.id != suite->items().front().id));
  }
  CHECK(!suites::create_suite("common_knowledge", {{{"shots", 1}}, ".", 0, "e.yaml"}).ok());
}

}  // namespace bakeoff
