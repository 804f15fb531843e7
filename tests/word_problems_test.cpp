// word_problems: each answer is found again by a reader that knows English sentences and not how stories are made.
#include <optional>
#include <regex>
#include <set>

#include "suites/suite.h"
#include "tests/catch.h"

namespace bakeoff {

namespace {

std::unique_ptr<suites::Suite> word_problems(const Json& fields, std::uint64_t seed = 0) {
  auto suite = suites::create_suite("word_problems", {fields, {}, seed, "e.yaml: suites[0]"});
  REQUIRE(suite.ok());
  return std::move(*suite);
}

std::vector<Item> items_of(const Json& fields, std::uint64_t seed = 0) { return word_problems(fields, seed)->items(); }

/// The whole number that solves `holds`; stories have one below 10,000.
template <class Condition>
std::optional<int> the_number(const Condition& holds) {
  std::optional<int> found;
  for (int x = 0; x < 10000; ++x)
    if (holds(x)) {
      REQUIRE(!found);
      found = x;
    }
  return found;
}

using Numbers = std::vector<int>;

/// The numbers that the groups of an expression catch in the text, or nothing.
std::optional<Numbers> caught(const std::string& text, const char* expression) {
  std::smatch match;
  if (!std::regex_search(text, match, std::regex(expression))) return std::nullopt;
  Numbers numbers;
  for (std::size_t i = 1; i < match.size(); ++i) numbers.push_back(std::stoi(match[i]));
  return numbers;
}

/// Stories that one sentence or two tell at once.
std::optional<int> told_at_once(const std::string& text) {
  if (auto n = caught(text, R"(collects (\d+) \w+ every day\. .* in (\d+) days\?)")) return (*n)[0] * (*n)[1];
  if (auto n = caught(text, R"(Every day \w+ sorts (\d+) .* in (\d+) days\?)")) return (*n)[0] * (*n)[1];
  if (auto n = caught(text, R"(costs \$?(\d+)(?: dollars)?\. How (?:many|much) .*?(\d+) of them)"))
    return (*n)[0] * (*n)[1];
  if (auto n = caught(text, R"(shares (\d+) \w+ equally among (\d+) friends)"))
    return the_number([&](int x) { return x * (*n)[1] == (*n)[0]; });
  if (auto n = caught(text, R"(^(\d+) friends share (\d+) \w+ equally)"))
    return the_number([&](int x) { return x * (*n)[0] == (*n)[1]; });
  if (auto n = caught(text, R"(puts (\d+) \w+ into (\d+) \w+(?:,| so))"))
    return the_number([&](int x) { return x * (*n)[1] == (*n)[0]; });
  if (auto n = caught(text, R"(has \$(\d+)\. S?[Hh]e buys (\d+) boxes of \w+ for \$(\d+) each)"))
    return the_number([&](int x) { return x + (*n)[1] * (*n)[2] == (*n)[0]; });
  if (auto n = caught(text, R"(for (\d+) boxes of \w+ with \$(\d+)\. Each box costs \$(\d+)\.)"))
    return the_number([&](int x) { return x + (*n)[0] * (*n)[2] == (*n)[1]; });
  if (auto n = caught(text, R"(is (\d+) metres long\. \w+ cuts off (\d+) centimetres)"))
    return the_number([&](int x) { return x + (*n)[1] == 100 * (*n)[0]; });
  if (auto n = caught(text, R"(buys (\d+) kilograms of \w+ and uses (\d+) grams)"))
    return the_number([&](int x) { return x + (*n)[1] == 1000 * (*n)[0]; });
  if (auto n = caught(text, R"((\d+) hours and (?:then for another )?(\d+) minutes)")) return 60 * (*n)[0] + (*n)[1];
  if (auto n = caught(text, R"(is \$(\d+)\. (?:In a sale it falls by|\w+ gets) (\d+) percent)"))
    return the_number([&](int x) { return 100 * x == (*n)[0] * (100 - (*n)[1]); });
  return std::nullopt;
}

/// What the first sentence counts.
std::optional<int> counted_first(const std::string& sentence) {
  if (auto n = caught(sentence, R"(has (\d+) (?:bags|boxes|baskets|jars) with (\d+))")) return (*n)[0] * (*n)[1];
  if (auto n = caught(sentence, R"((?:has|owns|day with|There are) (\d+) )")) return (*n)[0];
  return std::nullopt;
}

/// Stories of something that grows and shrinks, read from sentence to sentence.
std::optional<int> followed(const std::string& text) {
  if (auto n = caught(text, R"(has (\d+) \w+ of \w+\. There are (\d+) in each)")) return (*n)[0] * (*n)[1];
  const std::size_t first = text.find('.'), question = text.find("How many");
  if (first == text.npos || question == text.npos) return std::nullopt;
  auto count = counted_first(text.substr(0, first));
  if (!count) return std::nullopt;
  if (question <= first + 2) return count;
  const std::string events = text.substr(first + 1, question - first - 1);
  if (auto n = caught(events, R"(has (\d+) more)")) return *count + *count + (*n)[0];
  if (auto n = caught(events, R"(has (\d+) fewer)")) return *count + *count - (*n)[0];
  static const std::regex kEvent(
      R"((half of them)|(?:finds|buys|gets|gives h\w+) (?:another )?(\d+)|(?:loses|gives|gives away|borrows) (\d+))");
  for (auto event = std::sregex_iterator(events.begin(), events.end(), kEvent); event != std::sregex_iterator();
       ++event) {
    if ((*event)[1].matched) count = the_number([&](int x) { return x + x == *count; });
    if ((*event)[2].matched) *count += std::stoi((*event)[2]);
    if ((*event)[3].matched) *count -= std::stoi((*event)[3]);
  }
  return count;
}

std::optional<int> read(const std::string& text) {
  const auto at_once = told_at_once(text);
  return at_once ? at_once : followed(text);
}

Verdict judged(const suites::Suite& suite, const Item& item, const std::string& text) {
  Sample sample;
  sample.completion.text = text;
  return suite.judge(item, sample);
}

}  // namespace

TEST_CASE("word_problems: a reader of the sentences finds every answer, of questions and of examples") {
  for (int level = 1; level <= 7; ++level)
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      const auto suite = word_problems({{"items", 100}, {"level", level}, {"shots", 2}}, seed);
      for (const Item& item : suite->items()) {
        INFO(item.id << ": " << item.messages.back().content);
        const auto answer = read(item.messages.back().content);
        REQUIRE(answer);
        CHECK(*answer == item.reference.at("answer").get<int>());
        CHECK(*answer > 0);
        for (std::size_t i = 0; i + 1 < item.messages.size(); i += 2) {
          INFO(item.messages[i].content);
          CHECK(item.messages[i + 1].content.ends_with(
              "The answer is " + std::to_string(read(item.messages[i].content).value_or(-1)) + "."));
        }
      }
    }
}

TEST_CASE("word_problems: each step of a solution is true and the last one is the answer") {
  static const std::regex kStep(R"((\d+) ([-+*/]) (\d+) = (\d+))");
  for (int level = 1; level <= 7; ++level)
    for (const Item& item : items_of({{"items", 100}, {"level", level}})) {
      const Json& steps = item.reference.at("steps");
      CHECK(steps.size() == (level <= 4 ? 1u : steps.size() == 3 ? 3u : 2u));
      for (const Json& step : steps) {
        std::smatch match;
        const auto text = step.get<std::string>();
        INFO(text);
        REQUIRE(std::regex_match(text, match, kStep));
        const int left = std::stoi(match[1]), right = std::stoi(match[3]), value = std::stoi(match[4]);
        const char sign = match[2].str()[0];
        CHECK((sign == '+'   ? left + right == value
               : sign == '-' ? left - right == value
               : sign == '*' ? left * right == value
                             : value * right == left));
      }
      CHECK(steps.back().get<std::string>().ends_with("= " + dump(item.reference.at("answer"))));
    }
}

TEST_CASE("word_problems: no story twice, none among its examples, none both for tests and for bakes") {
  for (int level = 1; level <= 7; ++level) {
    const auto stories = [&](const char* split) {
      std::set<std::string> all;
      for (std::uint64_t seed = 0; seed < 4; ++seed) {
        std::set<std::string> asked;
        for (const Item& item : items_of({{"items", 200}, {"level", level}, {"split", split}}, seed)) {
          CHECK(asked.insert(item.messages.back().content).second);
          std::set<std::string> shown;
          for (const Message& message : item.messages)
            if (message.role == "user") CHECK(shown.insert(message.content).second);
          all.merge(shown);
        }
      }
      return all;
    };
    const auto bake = stories("bake");
    for (const std::string& story : stories("test")) CHECK(!bake.contains(story));
  }
}

TEST_CASE(
    "word_problems: the problems stay the same with other numbers of items and shots, and every level reads well") {
  const auto many = word_problems({{"items", 60}, {"shots", 0}, {"level", 6}}),
             few = word_problems({{"items", 20}, {"level", 6}});
  for (std::size_t i = 0; i < 20; ++i) {
    CHECK(many->items()[i].messages.back() == few->items()[i].messages.back());
    CHECK(few->items()[i].messages.size() == 7);
  }
  static const std::regex kWrong(R"(\b1 \w+s\b|  | [.?]|WHO|SHE|HER|THINGS|ELSE|#|\. [a-z]|^[a-z])");
  for (int level = 1; level <= 7; ++level)
    for (const Item& item : items_of({{"items", 300}, {"level", level}, {"shots", 0}})) {
      INFO(item.messages.back().content);
      CHECK(!std::regex_search(item.messages.back().content, kWrong));
    }
}

TEST_CASE("word_problems: units and currency beside the number do no harm, another number does") {
  const auto suite = word_problems({{"items", 1}});
  const Item& item = suite->items().front();
  const std::string right = dump(item.reference.at("answer"));
  using Metrics = std::map<std::string, double>;
  CHECK(judged(*suite, item, suite->example_answer(item)).metrics == Metrics{{"flexible", 1}, {"strict", 1}});
  CHECK(judged(*suite, item, "The answer is $" + right + ".00.").metrics == Metrics{{"flexible", 1}, {"strict", 1}});
  CHECK(judged(*suite, item, "So there are " + right + ".").metrics == Metrics{{"flexible", 1}, {"strict", 0}});
  CHECK(judged(*suite, item, "The answer is " + right + "1.").score == 0);
  CHECK(judged(*suite, item, "").score == 0);
}

}  // namespace bakeoff
