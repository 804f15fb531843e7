// What customers of support_desk say, and what its example asks and shows.
#include "suites/support_desk.h"

#include <regex>

#include "harness/core/row_file.h"
#include "harness/core/seed.h"
#include "tests/catch.h"
#include "tests/support.h"

namespace bakeoff {

namespace {

using suites::Dialogue;

std::unique_ptr<suites::Suite> desk(Json fields, std::uint64_t seed = 0) {
  auto suite = suites::create_suite("support_desk", {std::move(fields), {}, seed, "e.yaml: suites[0]"});
  REQUIRE(suite.ok());
  return std::move(*suite);
}

}  // namespace

TEST_CASE(
    "support_desk: the examples' questions are the places of the training conversations where the agent answers") {
  for (int level = 1; level <= suites::support_desk::kLevels; ++level) {
    const std::string number = level == 1 ? "" : "_" + std::to_string(level);
    const auto suite = desk({{"level", level}, {"items", level <= 2 ? 40 : 20}, {"split", "train"}});
    std::vector<Json> places, written;
    for (const Item& item : suite->items()) {
      Dialogue dialogue(item.messages, suites::support_desk::make_world(item.reference),
                        suites::support_desk::make_customer(item.reference), {});
      for (const Json& answer : item.reference.at("path")) {
        places.push_back({{"messages", to_json(dialogue.messages())}});
        dialogue.answer(answer.get<std::string>());
      }
    }
    REQUIRE(for_each_jsonl(
                testing::source_path("../examples/questions/support_desk_train" + number + ".jsonl"),
                [&](std::size_t, Json row) { return written.push_back(std::move(row)), Status(); },
                [](std::size_t, const Error& error) { return Status(error); })
                .ok());
    CHECK(written == places);
  }
}

TEST_CASE("support_desk: no prompt of the example holds an order number of the items that it is played on") {
  for (int level = 1; level <= suites::support_desk::kLevels; ++level) {
    const std::string number = level == 1 ? "" : "_" + std::to_string(level);
    const auto prompt = read_text_file(testing::source_path("../examples/prompts/support_desk" + number + ".yaml"));
    REQUIRE(prompt.ok());
    const auto suite = desk({{"level", level}, {"items", 60}}, derive_seed(0, {"suite", "support_desk"}));  // seed 0
    for (const Item& item : suite->items())
      for (const auto& [order, _] : item.reference.at("orders").items()) {
        INFO(order << " of " << item.id);
        CHECK(prompt->find(order) == std::string::npos);
      }
  }
}

TEST_CASE("support_desk: each sentence of a customer begins with a capital, and only names and I have one inside") {
  // "Hello, Has order 4417 been shipped yet?" was asked once.
  const std::regex name(R"([0-9]+ [A-Z][a-z]+ [A-Z][a-z]+, [A-Z][a-z]+)"), inside(R"([^.!?:] (?!I\b)[A-Z])"),
      small(R"((^|[.!?] )[a-z])"), place(R"([{}]|  )");
  for (const char* split : {"test", "train"})
    for (int level = 1; level <= suites::support_desk::kLevels; ++level) {
      const auto suite = desk({{"level", level}, {"items", 300}, {"split", split}});
      for (const Item& item : suite->items()) {
        std::vector<std::string> texts{item.messages.front().content};
        for (const char* key : {"insists", "wishes"})
          for (const Json& text : item.reference["user"][key]) texts.push_back(text.get<std::string>());
        for (const std::string& text : texts) {
          INFO(text);
          const std::string plain = std::regex_replace(text, name, "place");
          CHECK_FALSE(std::regex_search(plain, inside));
          CHECK_FALSE(std::regex_search(plain, small));
          CHECK_FALSE(std::regex_search(plain, place));
        }
      }
    }
}

}  // namespace bakeoff
