// Row files: the published sets in the formats that they come in, and what is said about damaged ones.
#include "harness/core/row_file.h"

#include <cstdlib>

#include "tests/catch.h"
#include "tests/support.h"

namespace bakeoff {

namespace {

/// What a file gives: the rows, and "LINE: what" of each bad one.
struct Rows {
  std::vector<Json> good;
  std::vector<std::size_t> lines;
  std::vector<std::string> bad;
  Status status;

  explicit Rows(const Path& file)
      : status(for_each_row(
            file,
            [this](std::size_t line, Json row) -> Status {
              good.push_back(std::move(row));
              lines.push_back(line);
              return {};
            },
            [this](std::size_t line, const Error& error) -> Status {
              bad.push_back(std::to_string(line) + ": " + error.what);
              return {};
            })) {}
};

struct Written {
  testing::TemporaryFolder folder;
  Rows operator()(const std::string& name, const std::string& content) {
    REQUIRE(write_file_atomically(folder / name, content).ok());
    return Rows(folder / name);
  }
};

using Lines = std::vector<std::size_t>;

}  // namespace

TEST_CASE("JSON lines and JSON lists name each bad row by its line and keep the others") {
  Written written;
  const Rows lines = written("a.jsonl", "{\"a\":1}\n\n[2]\r\n{\"a\":}\n{\"a\":3}");
  CHECK(lines.good == std::vector<Json>{{{"a", 1}}, {{"a", 3}}});
  CHECK(lines.lines == Lines{1, 5});
  REQUIRE(lines.bad.size() == 2);
  CHECK(lines.bad[0] == "3: expected a JSON object");
  CHECK(lines.bad[1].rfind("4: not valid JSON", 0) == 0);

  const Rows list =
      written("a.json", "[\n {\"a\": \"],}\\\"\"},\n {\"a\":\n  [1, {\"b\": 2}]},\n 7, {\"a\" 1},\n {}\n]\n");
  CHECK(list.good == std::vector<Json>{{{"a", "],}\""}}, {{"a", {1, {{"b", 2}}}}}, Json::object()});
  CHECK(list.lines == Lines{2, 3, 6});
  CHECK(list.bad.size() == 2);
  CHECK(list.status.ok());
}

TEST_CASE("a list that is cut off, followed by something or no list is an error") {
  Written written;
  for (const char* text : {"", "{}", "[{}", "[{}] x", "[{},", "[{\"a\": \"", "[\"\\"}) {
    INFO(text);
    CHECK(!written("a.json", text).status.ok());
  }
  CHECK(written("a.json", "[{},]").bad.size() == 1);
  CHECK(written("a.json", "[]").status.ok());
}

TEST_CASE("CSV is read as RFC 4180 says") {
  Written written;
  const Rows rows = written("a.csv",
                            "\xEF\xBB\xBFname,text\r\n"
                            "a,\"one, \"\"two\"\"\r\nthree\"\r\n"
                            "b,\r\n"
                            "\r\n"
                            "c\r\n"
                            "d,e\"f\r\n"
                            "g,\"h\"i\r\n"
                            "j,k");
  CHECK(rows.status.ok());
  CHECK(rows.good == std::vector<Json>{{{"name", "a"}, {"text", "one, \"two\"\r\nthree"}},
                                       {{"name", "b"}, {"text", ""}},
                                       {{"name", "j"}, {"text", "k"}}});
  CHECK(rows.lines == Lines{2, 4, 9});
  CHECK(rows.bad == std::vector<std::string>{"6: 1 fields, the first line has 2",
                                             "7: a quote stands where none may be (RFC 4180)",
                                             "8: a quote stands where none may be (RFC 4180)"});
  CHECK(!written("a.csv", "").status.ok());
  CHECK(!written("a.csv", "a,a\n1,2\n").status.ok());
  CHECK(written("a.csv", "a\n\"never closed").bad.size() == 1);
}

TEST_CASE("gzip files, also of several members, give the rows that gzip packed") {
  testing::TemporaryFolder folder;
  const std::string make =
      "cd '" + folder.path().string() +
      "' && printf '{\"a\":1}\\n' | gzip > a.jsonl.gz && printf '{\"a\":2}\\n' | gzip >> a.jsonl.gz"
      " && head -c 20 a.jsonl.gz > cut.jsonl.gz && printf 'a,b\\n1,2\\n' | gzip > a.csv.gz"
      " && printf 'no gzip' > not.jsonl.gz && : > empty.jsonl.gz";
  REQUIRE(std::system(make.c_str()) == 0);
  CHECK(Rows(folder / "a.jsonl.gz").good == std::vector<Json>{{{"a", 1}}, {{"a", 2}}});
  CHECK(Rows(folder / "a.csv.gz").good == std::vector<Json>{{{"a", "1"}, {"b", "2"}}});
  CHECK(!Rows(folder / "cut.jsonl.gz").status.ok());
  CHECK(!Rows(folder / "not.jsonl.gz").status.ok());
  CHECK(!Rows(folder / "empty.jsonl.gz").status.ok());
}

TEST_CASE("a file of another kind, or none, is an error that says so") {
  Written written;
  CHECK(written("a.txt", "{}").status.error().what.find(".jsonl") != std::string::npos);
  CHECK(!Rows(written.folder / "nowhere.csv").status.ok());
}

TEST_CASE("published sets have as many rows as their authors say") {
  struct Set {
    const char* file;
    std::size_t rows;
  };
  for (const Set set :
       {Set{"humaneval/HumanEval.jsonl.gz", 164}, Set{"mbpp/mbpp.jsonl", 974}, Set{"mbpp/sanitized-mbpp.json", 427},
        Set{"svamp/SVAMP.json", 1000}, Set{"truthfulqa/TruthfulQA.csv", 817}, Set{"gsm8k/test.jsonl", 1319}}) {
    const auto file = testing::data_path(set.file);
    if (!file) SKIP_TEST("the public sets are not there");
    const Rows rows(*file);
    INFO(set.file);
    CHECK(rows.status.ok());
    CHECK(rows.bad.empty());
    CHECK(rows.good.size() == set.rows);
  }
}

}  // namespace bakeoff
