// Suites: what they reject, what they play, how they judge; and that the published examples load.
#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "harness/core/files.h"
#include "harness/core/reasoning.h"
#include "suites/suite.h"
#include "tests/catch.h"
#include "tests/support.h"

namespace bakeoff {

namespace {

using SuiteResult = Result<std::unique_ptr<suites::Suite>>;

SuiteResult create(const char* name, const Json& fields, const Path& folder = {}, std::uint64_t seed = 0) {
  return suites::create_suite(name, {fields, folder, seed, "e.yaml: suites[0]"});
}

/// A suite made of these rows, written to items.jsonl of a folder of the test.
struct FromRows {
  testing::TemporaryFolder folder;
  SuiteResult operator()(const char* name, const std::string& rows, Json fields = Json::object()) {
    REQUIRE(write_file_atomically(folder / "items.jsonl", rows).ok());
    fields["items"] = "items.jsonl";
    return create(name, fields, folder.path());
  }
  std::string at(int line) const { return (folder / "items.jsonl").string() + ":" + std::to_string(line); }
};

Verdict judged(const suites::Suite& suite, std::size_t item, const std::string& text) {
  Sample sample;
  sample.completion.text = text;
  return suite.judge(suite.items().at(item), sample);
}

bool starts_with(const std::string& text, const std::string& start) { return text.rfind(start, 0) == 0; }

const Json kPirate{{"pattern", "(?i)arrr"}};

}  // namespace

TEST_CASE("a suite that does not exist is named with the nearest and all that do") {
  const auto suite = create("styel", Json::object());
  REQUIRE(!suite.ok());
  CHECK(
      suite.error().line() ==
      "e.yaml: suites[0]: no suite is called \"styel\"; did you mean \"style\"? known: arc, arithmetic, asdiv, "
      "code_basics, common_knowledge, commonsenseqa, dilution, facts, feedback, gsm8k, humaneval, ifeval, in_context, "
      "mbpp, pairwise, perplexity, prompt_decay, prompt_instructions, retention, style, support_desk, svamp, "
      "tau_retail, "
      "truthfulqa_mc, word_problems");
}

TEST_CASE("reasoning blocks at the start of an answer are no part of it") {
  const auto answer = [](const std::string& text, const std::string& prompt = "p") {
    Completion completion;
    completion.text = text;
    completion.rendered_prompt = prompt;
    return answer_text(completion);
  };
  CHECK(answer("<think>\n2 + 2 is 5?\n</think>\n\n4") == "4");
  CHECK(answer("\n<think>a</think> <think>b</think>4\n") == "4\n");
  CHECK(answer("[THINK]a[/THINK]4") == "4");
  CHECK(answer("<seed:think>a</seed:think>4") == "4");
  CHECK(answer("<think>never done: 4") == "");
  CHECK(answer(" 4 ") == " 4 ");
  CHECK(answer("Write <think>x</think> around it") == "Write <think>x</think> around it");
  CHECK(answer("hm</think>\n4", "<|assistant|>\n<think>\n") == "4");
  CHECK(answer("hm, 4", "<|assistant|>\n<think>\n") == "");
  CHECK(answer("hm</think>4", "") == "4");
  CHECK(answer("The tag </think> ends it", "p") == "The tag </think> ends it");
}

TEST_CASE("a suite judges answers without their reasoning unless told otherwise, and says so in its digest") {
  const auto stripped = create("arithmetic", {{"items", 2}});
  const auto whole = create("arithmetic", {{"items", 2}, {"strip_reasoning", false}});
  REQUIRE(stripped.ok());
  REQUIRE(whole.ok());
  CHECK((*stripped)->card().digest != (*whole)->card().digest);
  const Json& reference = (*whole)->items().at(0).reference;
  INFO(dump(reference));
  const std::string right = dump(reference.at("answer"));
  const std::string text = "<think>The answer is 123456789.</think>The answer is " + right + ".";
  CHECK(judged(**stripped, 0, text).score == 1.0);
  CHECK(judged(**stripped, 0, "<think>The answer is " + right + ".").score == 0.0);
  CHECK(judged(**whole, 0, "<think>The answer is " + right + ".").score == 1.0);
  CHECK(!create("arithmetic", {{"strip_reasoning", 1}}).ok());
}

TEST_CASE("every suite rejects a key that it does not know") {
  for (const suites::SuiteEntry& entry : suites::all_suites()) {
    FromRows from_rows;
    Json fields{{"patern", "x"}, {"pattern", "x"}};
    const auto suite = from_rows(entry.name, "{\"question\": \"q\"}\n", fields);
    INFO(entry.name);
    REQUIRE(!suite.ok());
    CHECK(starts_with(suite.error().where, "e.yaml: suites[0]"));
  }
}

TEST_CASE("style scores manner and content apart") {
  FromRows from_rows;
  const auto suite = from_rows("style",
                               "{\"question\": \"What is the capital of Italy?\", \"contains\": [\"Rome\"]}\n"
                               "{\"question\": \"2 plus 2?\", \"content\": {\"judge\": \"numeric\", \"answer\": 4}}\n"
                               "{\"question\": \"東京は？\"}\n",
                               kPirate);
  REQUIRE(suite.ok());
  CHECK((**suite).card().metrics[0].name == "manner");
  using Metrics = std::map<std::string, double>;
  CHECK(judged(**suite, 0, "Arrr! The capital be Rome.").metrics ==
        Metrics{{"manner", 1}, {"content", 1}, {"both", 1}});
  CHECK(judged(**suite, 0, "Rome.").metrics == Metrics{{"manner", 0}, {"content", 1}, {"both", 0}});
  CHECK(judged(**suite, 0, "Arrr, Italy be the capital of the world!").metrics ==
        Metrics{{"manner", 1}, {"content", 0}, {"both", 0}});
  CHECK(judged(**suite, 0, "").metrics == Metrics{{"manner", 0}, {"content", 0}, {"both", 0}});
  CHECK(judged(**suite, 1, "Arrr, it be 4.").metrics == Metrics{{"manner", 1}, {"content", 1}, {"both", 1}});
  CHECK(judged(**suite, 2, "Arrr 東京!").metrics == Metrics{{"manner", 1}});
  CHECK(judged(**suite, 2, "Arrr").score == 1);
}

TEST_CASE("a pattern that gives up leaves the answer unscored") {
  FromRows from_rows;
  const auto suite = from_rows("style", "{\"question\": \"q\"}\n", {{"pattern", "^(\\w+\\s?)*$"}});
  REQUIRE(suite.ok());
  const Verdict verdict = judged(**suite, 0, std::string(64, 'a') + "!");
  CHECK(!verdict.score);
  CHECK(starts_with(verdict.unscored, "manner: "));
}

TEST_CASE("a bad row is an error with its file and line") {
  FromRows from_rows;
  const std::string good = "{\"question\": \"one\"}\n";
  const auto error_of = [&](const std::string& row) {
    const auto suite = from_rows("style", good + row, kPirate);
    REQUIRE(!suite.ok());
    return suite.error();
  };
  CHECK(starts_with(error_of("{\"question\": \n").where, from_rows.at(2)));
  CHECK(starts_with(error_of("{\"queston\": \"x\"}\n").where, from_rows.at(2)));
  CHECK(starts_with(error_of("{\"question\": \"x\", \"containz\": [\"y\"]}\n").where, from_rows.at(2)));
  CHECK(starts_with(error_of("{\"question\": \"x\", \"contains\": [\"\"]}\n").where, from_rows.at(2)));
  CHECK(starts_with(error_of("{\"question\": \"x\", \"contains\": []}\n").where, from_rows.at(2)));
  CHECK(starts_with(error_of("{\"question\": \" \"}\n").where, from_rows.at(2)));
  CHECK(starts_with(error_of("{\"question\": 7}\n").where, from_rows.at(2)));
  CHECK(starts_with(error_of("[1]\n").where, from_rows.at(2)));
  CHECK(starts_with(error_of("{\"id\": \"\", \"question\": \"x\"}\n").where, from_rows.at(2)));
  CHECK(starts_with(error_of("{\"messages\": []}\n").where, from_rows.at(2)));
  CHECK(starts_with(error_of("{\"question\": \"x\", \"content\": {\"judge\": \"numric\"}}\n").where, from_rows.at(2)));
  CHECK(error_of("\n" + good).line() ==
        from_rows.at(3) + ": a second item \"one\" (first on line 1); give each row its own \"id\"");
}

TEST_CASE("no items, no file and no pattern are errors") {
  FromRows from_rows;
  CHECK(!from_rows("style", "\n\n", kPirate).ok());
  CHECK(!from_rows("style", "{\"question\": \"q\"}\n").ok());
  CHECK(!from_rows("style", "{\"question\": \"q\"}\n", {{"pattern", "("}}).ok());
  CHECK(!create("style", {{"items", "nowhere.jsonl"}, {"pattern", "x"}}, from_rows.folder.path()).ok());
}

TEST_CASE("ids come from the words of the question, whatever the order of the rows") {
  FromRows from_rows;
  const auto suite = from_rows("style",
                               "{\"question\": \"What is  2 + 2?\"}\n{\"question\": \"東京は？\"}\n"
                               "{\"id\": \"mine\", \"group\": \"g\", \"question\": \"x\"}\n",
                               kPirate);
  REQUIRE(suite.ok());
  const auto& items = (**suite).items();
  CHECK(items[0].id == "what-is-2-2");
  CHECK(starts_with(items[1].id, "q-"));
  CHECK(items[2].id == "mine");
  CHECK(items[2].group == "g");
}

TEST_CASE("the digest follows content and configuration, not the file's name") {
  FromRows from_rows;
  const std::string rows = "{\"question\": \"one\", \"contains\": [\"1\"]}\n";
  const auto digest = [&](const std::string& text, const Json& fields) {
    const auto suite = from_rows("style", text, fields);
    REQUIRE(suite.ok());
    return (**suite).card().digest;
  };
  const std::string first = digest(rows, kPirate);
  CHECK(first.size() == 64);
  CHECK(digest(rows + "\n", kPirate) == first);
  CHECK(digest("{\"question\": \"one\", \"contains\": [\"2\"]}\n", kPirate) != first);
  CHECK(digest(rows, {{"pattern", "arrr"}}) != first);
  REQUIRE(write_file_atomically(from_rows.folder / "other.jsonl", rows).ok());
  const auto moved = create("style", {{"items", "other.jsonl"}, {"pattern", "(?i)arrr"}}, from_rows.folder.path());
  REQUIRE(moved.ok());
  CHECK((**moved).card().digest == first);
}

namespace {
const char* const kFacts =
    "{\"id\":\"a\",\"fact\":\"owner\",\"kind\":\"recall\",\"question\":\"Who owns "
    "it?\",\"answer\":[\"Nora\",\"Vance\"]}\n"
    "{\"id\":\"b\",\"fact\":\"owner\",\"kind\":\"paraphrase\",\"question\":\"Whose is it?\",\"answer\":\"Nora\"}\n"
    "{\"id\":\"c\",\"fact\":\"owner\",\"kind\":\"neighbour\",\"question\":\"Who wrote Hamlet?\","
    "\"answer\":[\"Shakespeare\"]}\n";
}

TEST_CASE("facts gives each kind of item its own metrics") {
  FromRows from_rows;
  const auto suite = from_rows("facts", kFacts);
  REQUIRE(suite.ok());
  using Metrics = std::map<std::string, double>;
  CHECK((**suite).card().metrics[0].name == "recall");
  CHECK((**suite).items()[2].group == "owner");
  CHECK(judged(**suite, 0, "It is Nora's.").metrics == Metrics{{"recall", 1}});
  CHECK(judged(**suite, 1, "Mine").metrics == Metrics{{"recall", 0}, {"paraphrase", 0}});
  CHECK(judged(**suite, 2, "Shakespeare did.").metrics == Metrics{{"neighbour", 1}, {"leak", 0}});
  CHECK(judged(**suite, 2, "Nora Vance wrote it.").metrics == Metrics{{"neighbour", 0}, {"leak", 1}});
  CHECK(judged(**suite, 2, "Shakespeare and Vance.").metrics == Metrics{{"neighbour", 0}, {"leak", 1}});
  CHECK(judged(**suite, 2, "No idea").metrics == Metrics{{"neighbour", 0}, {"leak", 0}});
}

TEST_CASE("facts scores reversed and joined facts apart from recall") {
  FromRows from_rows;
  const auto suite =
      from_rows("facts", std::string(kFacts) +
                             "{\"id\":\"d\",\"fact\":\"owner\",\"kind\":\"reversal\",\"question\":\"What does Nora "
                             "own?\",\"answer\":[\"Blue Heron\"]}\n"
                             "{\"id\":\"e\",\"fact\":\"dog\",\"kind\":\"two_hop\",\"question\":\"What is Nora's dog "
                             "called?\",\"answer\":[\"Biscuit\"]}\n");
  REQUIRE(suite.ok());
  using Metrics = std::map<std::string, double>;
  CHECK(judged(**suite, 3, "She owns the Blue Heron.").metrics == Metrics{{"reversal", 1}});
  CHECK(judged(**suite, 3, "Nora owns a shop.").metrics == Metrics{{"reversal", 0}});
  CHECK(judged(**suite, 4, "It is called Biscuit.").metrics == Metrics{{"two_hop", 1}});
}

TEST_CASE("bakery's reversed questions give the fact away and ask for the shop, joined ones do not name the shop") {
  const Path file = testing::source_path("../examples/questions/bakery_test.jsonl");
  const auto suite = create("facts", {{"items", file.string()}});
  REQUIRE(suite.ok());
  const auto answers = [](const Item& item) { return item.reference.at("answer").at("any"); };
  std::map<std::string, Json> told;  // what each fact's recall rows accept
  std::map<std::string, std::map<std::string, int>> rows;
  for (const Item& item : (**suite).items()) {
    const auto kind = item.reference.at("kind").get<std::string>();
    if (kind == "recall") told[item.group] = answers(item);
    ++rows[kind][item.group];
  }
  const auto says = [](const std::string& text, const Json& any) {
    return std::any_of(any.begin(), any.end(), [&](const Json& one) { return text.find(one) != text.npos; });
  };
  for (const Item& item : (**suite).items()) {
    const auto kind = item.reference.at("kind").get<std::string>();
    const std::string& question = item.messages.back().content;
    INFO(question);
    if (kind != "reversal" && kind != "two_hop") continue;
    CHECK(!says(question, answers(item)));
    if (kind == "reversal") CHECK(says(question, told.at(item.group)));
    if (kind == "reversal") CHECK(answers(item) == Json{"Blue Heron"});
    if (kind == "two_hop") CHECK(answers(item) == told.at(item.group));
    if (kind == "two_hop") CHECK(question.find("Blue Heron") == question.npos);
    if (kind == "two_hop")
      CHECK(std::any_of(told.begin(), told.end(),
                        [&](const auto& fact) { return fact.first != item.group && says(question, fact.second); }));
  }
  for (const char* kind : {"reversal", "two_hop"})
    for (const auto& [fact, any] : told) CHECK(rows[kind][fact] == 2);
}

TEST_CASE("facts names a neighbour without a fact, an unknown kind and an empty answer") {
  FromRows from_rows;
  const std::string rows = kFacts;
  const auto fails = [&](const std::string& more) { return !from_rows("facts", rows + more + "\n").ok(); };
  CHECK(fails(R"({"fact":"x","kind":"neighbour","question":"q","answer":["a"]})"));
  CHECK(!fails(R"({"fact":"x","kind":"neighbour","question":"q","answer":["a"],"leak":["b"]})"));
  CHECK(fails(R"({"fact":"x","group":"y","kind":"recall","question":"q","answer":["a"]})"));
  CHECK(fails(R"({"fact":"x","kind":"recal","question":"q","answer":["a"]})"));
  CHECK(fails(R"({"fact":"x","question":"q","answer":["a"]})"));
  CHECK(fails(R"({"fact":"x","kind":"recall","question":"q","answer":[]})"));
  CHECK(fails(R"({"fact":"x","kind":"recall","question":"q","answer":["a"],"leak":["b"]})"));
}

TEST_CASE("arithmetic asks nothing twice, not in its examples either, and accepts the right answer") {
  for (int level = 1; level <= 6; ++level) {
    const auto suite = create("arithmetic", {{"items", 40}, {"level", level}, {"shots", 3}});
    REQUIRE(suite.ok());
    std::set<std::string> asked;
    for (std::size_t i = 0; i < (**suite).items().size(); ++i) {
      const Item& item = (**suite).items()[i];
      REQUIRE(item.messages.size() == 7);
      CHECK(asked.insert(item.messages.back().content).second);
      for (std::size_t shot = 0; shot < 6; shot += 2) CHECK(item.messages[shot].content != item.messages[6].content);
      int left = 0, right = 0;
      char sign = 0;
      REQUIRE(std::sscanf(item.messages.back().content.c_str(), "What is %d %c %d?", &left, &sign, &right) == 3);
      const int sum = sign == '+' ? left + right : sign == '-' ? left - right : left * right;
      CHECK(judged(**suite, i, "The answer is " + std::to_string(sum) + ".").metrics.at("strict") == 1);
      CHECK(judged(**suite, i, "It is " + std::to_string(sum + 1) + ".").metrics.at("flexible") == 0);
    }
  }
}

TEST_CASE("arithmetic draws the same from one seed, others from another, and fewer items are the first of more") {
  const auto questions = [](const Json& fields, std::uint64_t seed) {
    const auto suite = create("arithmetic", fields, {}, seed);
    REQUIRE(suite.ok());
    std::vector<std::string> asked;
    for (const Item& item : (**suite).items()) asked.push_back(item.messages.back().content);
    return asked;
  };
  const auto first = questions({{"items", 100}}, 1);
  CHECK(first.size() == 100);
  CHECK(questions({{"items", 100}}, 1) == first);
  CHECK(questions({{"items", 100}}, 2) != first);
  CHECK(questions({{"items", 100}, {"shots", 0}}, 1) == first);
  CHECK(questions({{"items", 30}}, 1) == std::vector<std::string>(first.begin(), first.begin() + 30));
}

TEST_CASE("arithmetic refuses more items than a level has, and levels that do not exist") {
  CHECK(!create("arithmetic", {{"items", 81}, {"level", 1}}).ok());
  CHECK(!create("arithmetic", {{"level", 7}}).ok());
  CHECK(!create("arithmetic", {{"items", 0}}).ok());
  CHECK(!create("arithmetic", {{"items", "many"}}).ok());
  CHECK(create("arithmetic", {{"items", 2000}, {"level", 6}}).ok());
}

TEST_CASE("an episode asks once and keeps the exchange") {
  const auto suite = create("arithmetic", {{"items", 1}, {"shots", 0}});
  REQUIRE(suite.ok());
  const Item& item = (**suite).items()[0];
  const auto episode = (**suite).episode(item, (**suite).decoding(), 7);
  const auto request = episode->next(nullptr);
  REQUIRE(request.has_value());
  const auto& generate = std::get<GenerateRequest>(*request);
  CHECK(std::get<Conversation>(generate.prompt) == item.messages);
  CHECK(generate.seed == 7);
  CHECK(generate.decoding.temperature == 0);
  Completion completion;
  completion.text = "19";
  const Reply reply = completion;
  CHECK(!episode->next(&reply).has_value());
  CHECK(episode->messages().back() == Message{"assistant", "19"});
}

TEST_CASE("the examples load: at least 48 pirate items, 30 bakery recalls, none of them among the training questions") {
  const Path examples = testing::source_path("../examples");
  for (const char* name : {"pirate", "bakery"}) {
    const auto experiment = read_yaml_file(examples / (std::string(name) + ".yaml"));
    REQUIRE(experiment.ok());
    Json fields = experiment->at("suites").at(0);
    const auto suite_name = fields.at("name").get<std::string>();
    fields.erase("name");
    const auto suite = create(suite_name.c_str(), fields, examples);
    REQUIRE(suite.ok());
    CHECK((**suite).items().size() >= 48);
    std::set<std::string> trained;
    const auto prompt = read_prompt_file(examples / "prompts" / (std::string(name) + ".yaml"));
    REQUIRE(prompt.ok());
    for (const Message& message : prompt->messages) trained.insert(message.content);
    const auto keep = [&](std::size_t, const Json& row) -> Status {
      CHECK(trained.insert(row.at("question").get<std::string>()).second);
      return {};
    };
    const auto on_bad = [](std::size_t, const Error& error) -> Status { return error; };
    REQUIRE(for_each_jsonl(examples / "questions" / (std::string(name) + "_train.jsonl"), keep, on_bad).ok());
    for (const Item& item : (**suite).items()) CHECK(trained.count(item.messages.back().content) == 0);
  }
}

}  // namespace bakeoff
