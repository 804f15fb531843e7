// The examples of docs/store.md do what the page says, on a store that a run left.
#include <cstdlib>

#include "tests/workshop.h"

using namespace bakeoff;
using namespace bakeoff::testing;

namespace {

/// The fenced blocks of one language.
std::vector<std::string> blocks_of(const std::string& page, const std::string& language) {
  std::vector<std::string> blocks;
  const std::string open = "```" + language + "\n", close = "\n```";
  for (auto at = page.find(open); at != page.npos; at = page.find(open, at)) {
    const auto end = page.find(close, at);
    REQUIRE(end != page.npos);
    blocks.push_back(page.substr(at + open.size(), end + 1 - at - open.size()));
    at = end;
  }
  return blocks;
}

std::string store_page() { return read_file(source_path("../docs/store.md")).value(); }

/// What a command prints when it runs in `folder`; it must succeed.
std::string printed(const Path& folder, const std::string& command) {
  const int status = std::system(("cd '" + folder.string() + "' && " + command + " >printed 2>&1").c_str());
  const std::string text = read_file(folder / "printed").value();
  INFO(command << "\n" << text);
  REQUIRE(status == 0);
  return text;
}

bool succeeds(const std::string& command) { return std::system((command + " >/dev/null 2>&1").c_str()) == 0; }

/// A folder with runs/pirate in it.
struct Example {
  Example() {
    run::RunOptions options = shop.options();
    options.out = shop.folder / "runs" / "pirate";
    std::filesystem::create_directories(shop.folder / "runs");
    REQUIRE(run::run_experiment(options, shop.baker.factory()).ok());
  }
  Path folder() const { return shop.folder.path(); }
  Workshop shop;
};

}  // namespace

TEST_CASE("the sqlite3 examples of the page on the store run in the shell") {
  if (!succeeds("sqlite3 -version")) SKIP_TEST("the sqlite3 shell is not installed");
  const Example at;
  const auto blocks = blocks_of(store_page(), "sql");
  REQUIRE(blocks.size() >= 6);
  std::vector<std::string> answers;
  for (const std::string& block : blocks) {
    write_text(at.folder() / "query.sql", block);
    answers.push_back(printed(at.folder(), "sqlite3 -readonly -bail runs/pirate/bakeoff.db <query.sql"));
  }
  // The scripted pirate says "Arrr" where it is prompted or baked, to both items.
  CHECK(answers[0].find("baked|style|1.0|2|2") != std::string::npos);
  CHECK(answers[0].find("base|style|0.0|2|2") != std::string::npos);
  CHECK(answers[4].find("pirate|kl_held_out|0.2|nats/token") != std::string::npos);
  CHECK(answers[5].find("|1\n") != std::string::npos);
}

TEST_CASE("the pandas example of the page on the store runs") {
  if (!succeeds("python3 -c 'import pandas'")) SKIP_TEST("python3 with pandas is not installed");
  const Example at;
  const auto blocks = blocks_of(store_page(), "python");
  REQUIRE(blocks.size() == 1);
  write_text(at.folder() / "example.py", blocks[0]);
  const std::string text = printed(at.folder(), "python3 example.py");
  CHECK(text.find("prompted") != std::string::npos);
  CHECK(text.find("style") != std::string::npos);
}

TEST_CASE("every table of a store is named on the page, and every table is STRICT") {
  const Example at;
  const std::string page = store_page();
  const auto tables = rows_of(at.folder() / "runs" / "pirate",
                              "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND "
                              "name NOT LIKE 'sqlite_%'",
                              2);
  CHECK(tables.size() >= 15);
  for (const std::string& row : tables) {
    INFO(row);
    CHECK(row.ends_with("|1|"));
    CHECK(page.find("`" + row.substr(0, row.find('|')) + "`") != std::string::npos);
  }
}
