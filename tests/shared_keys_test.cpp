// Keys that every suite has: `limit` and `ids`. (`strip_reasoning`: suites_test.cpp.)
#include "suites/shared_keys.h"

#include "harness/core/files.h"
#include "tests/catch.h"
#include "tests/support.h"

namespace bakeoff {

namespace {

/// What a suite must be told before it can be made without files.
Json needed_by(const std::string& name) {
  if (name == "prompt_decay") return {{"persona", "pirate"}};
  if (name == "code_basics") return {{"unsafe_no_sandbox", true}};
  return Json::object();
}

Result<std::unique_ptr<suites::Suite>> create(const char* name, Json fields, const Path& folder = ".") {
  fields.update(needed_by(name));
  return suites::create_suite(name, {std::move(fields), folder, 0, "e.yaml: suites[0]"});
}

std::vector<std::string> ids_of(const suites::Suite& suite) {
  std::vector<std::string> ids;
  for (const Item& item : suite.items()) ids.push_back(item.id);
  return ids;
}

}  // namespace

TEST_CASE("limit and ids take a part of every suite that needs no file") {
  int made = 0;
  for (const suites::SuiteEntry& entry : suites::all_suites()) {
    INFO(entry.name);
    const auto whole = create(entry.name, Json::object());
    if (!whole.ok()) continue;
    ++made;
    const auto ids = ids_of(**whole);
    REQUIRE(ids.size() > 2);
    const auto first = create(entry.name, {{"limit", 2}});
    REQUIRE(first.ok());
    CHECK(ids_of(**first) == std::vector{ids[0], ids[1]});
    const auto named = create(entry.name, {{"ids", {ids.back(), ids[0]}}});
    REQUIRE(named.ok());
    CHECK(ids_of(**named) == std::vector{ids.back(), ids[0]});
    CHECK((*named)->card().digest == (*whole)->card().digest);
  }
  CHECK(made >= 13);
}

TEST_CASE("limit and ids take a part of suites whose items lie in a file") {
  const testing::TemporaryFolder folder;
  const auto part = [&](const char* name, const std::string& rows, Json fields) {
    REQUIRE(write_file_atomically(folder / "items.jsonl", rows).ok());
    fields["items"] = "items.jsonl";
    fields["ids"] = {"c", "a"};
    fields["limit"] = 1;
    const auto suite = create(name, fields, folder.path());
    REQUIRE(suite.ok());
    return ids_of(**suite);
  };
  const auto rows = [](const std::string& rest) {
    std::string text;
    for (const char* id : {"a", "b", "c"}) text += "{\"id\":\"" + std::string(id) + "\"," + rest + "}\n";
    return text;
  };
  const std::vector<std::string> expected{"c"};
  CHECK(part("style", rows(R"("question":"Where?","contains":["Rome"])"), {{"pattern", "arr"}}) == expected);
  CHECK(part("facts", rows(R"("fact":"f","kind":"recall","question":"Where?","answer":["Rome"])"), {}) == expected);
  std::string tasks;
  for (const char* id : {"a", "b", "c"})
    tasks += Json{{"task_id", id},
                  {"prompt", "def f():\n"},
                  {"test", "def check(f):\n    assert f()\n"},
                  {"entry_point", "f"}}
                 .dump() +
             "\n";
  CHECK(part("humaneval", tasks, {{"unsafe_no_sandbox", true}}) == expected);
}

TEST_CASE("an id that no item has, one named twice and a limit of 0 are errors that name the key") {
  const auto line = [](const Json& fields) {
    const auto suite = create("arithmetic", fields);
    REQUIRE(!suite.ok());
    return suite.error().line();
  };
  CHECK(line({{"ids", {"problem-0001", "rome"}}}).starts_with("e.yaml: suites[0].ids: no item has the id \"rome\""));
  CHECK(line({{"ids", {"problem-0001", "problem-0001"}}}).find("named twice") != std::string::npos);
  CHECK(line({{"lmit", 3}}) == "e.yaml: suites[0].lmit: unknown key; did you mean \"limit\"?");
  CHECK(line({{"colour", 3}}).ends_with("every suite has limit, ids, strip_reasoning"));
  CHECK(line({{"levl", 3}}).ends_with("did you mean \"level\"?"));
  CHECK(line({{"limit", 0}}).starts_with("e.yaml: suites[0].limit: "));
  CHECK(line({{"ids", "problem-0001"}}).starts_with("e.yaml: suites[0].ids: "));
}

TEST_CASE("examples drawn from what the selection leaves over are part of the digest") {
  const auto digest = [](const Json& fields) {
    const auto suite = create("common_knowledge", fields);
    REQUIRE(suite.ok());
    return (*suite)->card().digest;
  };
  CHECK(digest({{"limit", 100}, {"shots", 2}}) != digest({{"limit", 20}, {"shots", 2}}));
  CHECK(digest({{"limit", 100}}) == digest({{"limit", 20}}));
}

TEST_CASE("suites that lack their items say how to get them") {
  const auto line = [](const char* name) {
    const auto suite = suites::create_suite(name, {Json::object(), ".", 0, "e.yaml: suites[0]"});
    REQUIRE(!suite.ok());
    return suite.error().line();
  };
  for (const char* name : {"facts", "style"}) CHECK(line(name).find("give items: FILE, rows") != std::string::npos);
  CHECK(line("prompt_decay").find("persona: pirate") != std::string::npos);
}

}  // namespace bakeoff
