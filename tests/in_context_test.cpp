// in_context: what is asked can be worked out from the examples and from nothing else. The second method is a solver
// that sees the conversation alone and knows kinds of rules, not what was drawn.
#include <array>
#include <optional>
#include <set>

#include "suites/suite.h"
#include "tests/catch.h"

namespace bakeoff {

namespace {

std::unique_ptr<suites::Suite> in_context(const Json& fields, std::uint64_t seed = 0) {
  auto suite = suites::create_suite("in_context", {fields, {}, seed, "e.yaml: suites[0]"});
  REQUIRE(suite.ok());
  return std::move(*suite);
}

struct Example {
  std::string asked, answer;
};

struct Puzzle {
  std::vector<Example> examples;
  std::string asked;
};

Puzzle puzzle_of(const Item& item) {
  Puzzle puzzle;
  for (std::size_t i = 0; i + 1 < item.messages.size(); i += 2)
    puzzle.examples.push_back({item.messages[i].content, item.messages[i + 1].content});
  puzzle.asked = item.messages.back().content;
  return puzzle;
}

using Answer = std::optional<std::string>;

Answer ends_added(const Example& seen, const std::string& asked) {
  if (!seen.answer.starts_with(seen.asked)) return std::nullopt;
  return asked + seen.answer.substr(seen.asked.size());
}

Answer start_added(const Example& seen, const std::string& asked) {
  if (!seen.answer.ends_with(seen.asked)) return std::nullopt;
  return seen.answer.substr(0, seen.answer.size() - seen.asked.size()) + asked;
}

Answer doubled(const Example&, const std::string& asked) { return asked + " " + asked; }

Answer last_word(const Example&, const std::string& asked) {
  const std::size_t gap = asked.find(' ');
  return gap == asked.npos ? Answer() : asked.substr(gap + 1);
}

Answer turned_round(const Example& seen, const std::string& asked) {
  const auto last = last_word(seen, asked);
  return last ? Answer(*last + " " + asked.substr(0, asked.find(' '))) : Answer();
}

bool is_fruit(const std::string& thing) {
  static const std::set<std::string> kFruits{"apple", "banana", "cherry", "grape", "lemon",
                                             "mango", "orange", "peach",  "pear",  "plum"};
  return kFruits.contains(thing);
}

/// A name for what is alike: by the last three letters, or by what the thing is.
Answer named_alike(const Puzzle& puzzle, const std::string& asked, std::size_t without) {
  for (std::size_t i = 0; i < puzzle.examples.size(); ++i) {
    const auto& [seen, name] = puzzle.examples[i];
    const bool invented = seen.size() > 6 && asked.size() > 6;
    const bool alike =
        invented ? seen.substr(seen.size() - 3) == asked.substr(asked.size() - 3) : is_fruit(seen) == is_fruit(asked);
    if (i != without && alike) return name;
  }
  return std::nullopt;
}

Answer solve(const Puzzle& puzzle) {
  for (const auto rule : {ends_added, start_added, doubled, last_word, turned_round}) {
    bool holds = true;
    for (const Example& one : puzzle.examples)
      for (const Example& other : puzzle.examples) holds = holds && rule(one, other.asked) == other.answer;
    if (holds) return rule(puzzle.examples.front(), puzzle.asked);
  }
  return named_alike(puzzle, puzzle.asked, puzzle.examples.size());
}

Verdict judged(const suites::Suite& suite, const Item& item, const std::string& text) {
  Sample sample;
  sample.completion.text = text;
  return suite.judge(item, sample);
}

}  // namespace

TEST_CASE("in_context: a solver that sees only the conversation finds every answer from two examples on") {
  std::set<std::string> solved;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const auto suite = in_context({{"items", 40}}, seed);
    for (const Item& item : suite->items()) {
      if (item.reference.at("shots") < 2) continue;
      INFO(item.id << " of seed " << seed);
      const auto answer = solve(puzzle_of(item));
      REQUIRE(answer);
      CHECK(judged(*suite, item, *answer).score == 1);
      CHECK(judged(*suite, item, *answer + "x").score == 0);
      solved.insert(item.id.substr(0, item.id.find('-')));
    }
  }
  CHECK(solved.size() == 8);
}

TEST_CASE("in_context: fewer shots show the last of more, and the answer stands in no example of the copying kinds") {
  const auto suite = in_context({{"items", 8}, {"shots", {0, 1, 4}}});
  REQUIRE(suite->items().size() == 24);
  for (std::size_t i = 0; i < 24; i += 3) {
    const auto &four = suite->items()[i], &one = suite->items()[i + 1], &none = suite->items()[i + 2];
    CHECK(none.messages.size() == 1);
    CHECK(one.messages.size() == 3);
    CHECK(four.messages.size() == 9);
    CHECK(none.group == four.group);
    CHECK(std::equal(one.messages.rbegin(), one.messages.rend(), four.messages.rbegin()));
    CHECK(none.messages.back() == four.messages.back());
    if (none.group.starts_with("named")) continue;
    for (const Example& example : puzzle_of(four).examples) CHECK(example.answer != four.reference.at("answer"));
  }
}

TEST_CASE("in_context: no question of a test is one for bakes, whatever the seeds") {
  const auto questions = [](const char* split) {
    std::set<std::string> all;
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
      const auto suite = in_context({{"items", 200}, {"shots", {0}}, {"split", split}}, seed);
      for (const Item& item : suite->items())
        all.insert(item.messages.back().content + " -> " + item.reference.at("answer").get<std::string>());
    }
    return all;
  };
  const auto test = questions("test"), bake = questions("bake");
  CHECK(test.size() > 1150);  // of 1,200: the few things of named_group come again with other names
  for (const std::string& question : bake) CHECK(!test.contains(question));
}

TEST_CASE("in_context: only the first line counts, and only items with examples have a say in accuracy") {
  const auto suite = in_context({{"items", 1}, {"shots", {0, 2}}});
  const Item &two = suite->items()[0], &none = suite->items()[1];
  const auto answer = two.reference.at("answer").get<std::string>();
  using Metrics = std::map<std::string, double>;
  CHECK(judged(*suite, two, "\n " + answer + ".\nAnd more").metrics == Metrics{{"accuracy", 1}, {"shots_2", 1}});
  CHECK(judged(*suite, two, "The answer:\n" + answer).metrics == Metrics{{"accuracy", 0}, {"shots_2", 0}});
  CHECK(judged(*suite, none, answer).metrics == Metrics{{"shots_0", 1}});
  CHECK(judged(*suite, none, "").score == 0);
}

TEST_CASE("in_context: numbers of shots that can not be are refused") {
  for (const Json& shots : {Json(8), Json::array(), Json{0, 11}, Json{-1}, Json{1, 1}, Json{1.5}, Json{"two"}}) {
    const auto suite = suites::create_suite("in_context", {{{"shots", shots}}, {}, 0, "e.yaml: suites[0]"});
    INFO(dump(shots));
    REQUIRE(!suite.ok());
    CHECK(suite.error().where == "e.yaml: suites[0].shots");
  }
}

namespace {

/// What was played, without a store: every item right from `enough` shots on.
class Scripted : public suites::Results {
 public:
  Scripted(const suites::Suite& suite, int enough) : suite_(suite), enough_(enough) {}
  const std::string& own_label() const override { return label_; }
  const std::vector<Arm>& arms() const override { return arms_; }
  std::vector<std::string> labels() const override { return {label_}; }
  const suites::Suite* suite(const std::string&) const override { return &suite_; }
  Result<std::vector<Played>> played(const std::string& arm, const std::string&) const override {
    std::vector<Played> all;
    for (const Item& item : suite_.items()) {
      const bool right = arm == "base" && item.reference.at("shots") >= enough_;
      all.push_back({&item, {}, judged(suite_, item, right ? item.reference.at("answer").get<std::string>() : "")});
    }
    return all;
  }
  std::vector<std::optional<double>> contrast(const std::string&) const override { return {}; }

 private:
  const suites::Suite& suite_;
  int enough_;
  std::string label_ = "in_context";
  std::vector<Arm> arms_{{"base", "base", "", ""}, {"baked", "baked", "p", "p"}};
};

}  // namespace

TEST_CASE("in_context: the exhibit has one curve per arm and says what each gains") {
  const auto suite = in_context({{"items", 16}});
  const auto exhibits = suite->exhibits(Scripted(*suite, 2));
  REQUIRE(exhibits.ok());
  REQUIRE(exhibits->size() == 1);
  const Exhibit& exhibit = exhibits->front();
  REQUIRE(exhibit.curves.size() == 2);
  const auto& base = exhibit.curves[0].points;
  REQUIRE(base.size() == 5);
  const std::array<double, 5> shots{0, 1, 2, 4, 8}, right{0, 0, 1, 1, 1};
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(base[i].x == shots[i]);
    CHECK(base[i].value == right[i]);
    CHECK(base[i].n == 16);
    CHECK((base[i].low && *base[i].low <= right[i] && *base[i].high >= right[i]));
  }
  CHECK(exhibit.finding == "Gain from 0 to 8 examples: base +100 points, baked 0 points.");
  CHECK(exhibit_from_json(to_json(exhibit), "e").ok());
}

}  // namespace bakeoff
