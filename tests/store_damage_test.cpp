// The store in trouble: other folders, older and newer schemas, damage, a full disk and killed writers are told apart,
// and nothing is lost that was reported done.
#include <csignal>
#include <fstream>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "tests/store_fixture.h"

using namespace bakeoff;
using namespace bakeoff::testing;

namespace {

/// A store as the first schema's program left it: one run with three verdicts.
void write_first_schema(const Path& folder) {
  auto schema = read_file(source_path("golden/store_v1.sql"));
  REQUIRE(schema.ok());
  auto database = store::Database::open(folder / "bakeoff.db", {.create = true});
  REQUIRE(database.ok());
  REQUIRE(database->run(*schema + "PRAGMA application_id = 0x42414b45; PRAGMA user_version = 1").ok());
  const std::string sample =
      "'{}', '[]', NULL, '[]', 'x', NULL, 'p', NULL, NULL, NULL, 'stop', 1, 1, 0.1, 1, 1, 1, '', '', 't'";
  REQUIRE(database
              ->run("INSERT INTO experiments VALUES (1, 'pirate', 't');"
                    "INSERT INTO runs VALUES (1, 1, 'd', '{}', '{}', 'complete', 't', 't');"
                    "INSERT INTO generators VALUES ('g', '{}');"
                    "INSERT INTO suites VALUES ('s', 'style', '1', '', '', '[]');"
                    "INSERT INTO run_suites VALUES (1, 0, 'style', 's');")
              .ok());
  int position = 0;
  for (const std::string item : {"a", "b", "c"}) {
    REQUIRE(database
                ->run("INSERT INTO items VALUES ('s', '" + item + "', " + std::to_string(position++) +
                      ", '', '[]', '{}');"
                      "INSERT INTO samples VALUES ('k" +
                      item + "', 'g', 's', '" + item + "', 0, '1', " + sample +
                      ");"
                      "INSERT INTO run_samples VALUES (1, 'base', 'style', '" +
                      item + "', 0, 'k" + item + "');")
                .ok());
  }
  REQUIRE(database
              ->run("INSERT INTO verdicts VALUES ('ka', 's', 1, '{}', NULL, '{}', NULL, 't'),"
                    "('kb', 's', 0.5, '{}', NULL, '{}', NULL, 't'), ('kc', 's', NULL, '{}', 'lost', '{}', NULL, 't')")
              .ok());
}

/// Adds votes to a run of its own, a commit each, and a byte to `report` (< 0: none) after each commit.
bool write_votes(const Path& folder, const std::string& judge, int count, int report) {
  const auto opened = Store::open(folder, Access::write);
  if (!opened.ok()) return false;
  Store& store = **opened;
  store::RunId run = 0;
  const Status begun = store.transaction([&]() -> Status {
    BAKEOFF_CHECK(store.claim_experiment("pirate"));
    BAKEOFF_TRY(run, store.begin_run({"pirate", {{"of", judge}}, Json::object()}));
    return {};
  });
  for (int i = 0; begun.ok() && i < count; ++i) {
    const store::VoteRow vote{std::to_string(i), "", "", "a", "b", "tie", judge, "", {}, "2026-01-01", "arena"};
    if (!store.transaction([&] { return store.put_vote(run, vote); }).ok()) return false;
    if (report >= 0 && write(report, "+", 1) != 1) return false;
  }
  return begun.ok();
}

}  // namespace

TEST_CASE("a folder of another experiment is refused, and nothing is written to it") {
  Fixture at;
  const Status status = at.store->transaction([&] { return at.store->claim_experiment("ninja"); });
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().kind == ErrorKind::input);
  CHECK(status.error().what == "this folder holds the experiment \"pirate\", not \"ninja\"");
}

TEST_CASE("a folder without a store, a foreign database and a damaged file are each told as what they are") {
  TemporaryFolder folder;
  CHECK(Store::open(folder.path(), Access::read).error().what == "there is no store here");
  {
    auto foreign = store::Database::open(folder / "bakeoff.db", {.create = true});
    REQUIRE(foreign.ok());
    REQUIRE(foreign->run("CREATE TABLE t(x)").ok());
  }
  CHECK(Store::open(folder.path(), Access::write).error().what == "this SQLite file is not a store of Bakeoff");
  write_text(folder / "bakeoff.db", std::string(8192, 'z'));
  const auto damaged = Store::open(folder.path(), Access::write);
  REQUIRE_FALSE(damaged.ok());
  CHECK(damaged.error().kind == ErrorKind::input);
  CHECK(damaged.error().what.find("damaged") != std::string::npos);
}

TEST_CASE("a store of a newer schema is refused with what to do") {
  TemporaryFolder folder;
  REQUIRE(Store::open(folder.path(), Access::write).ok());
  {
    auto database = store::Database::open(folder / "bakeoff.db", {});
    REQUIRE(database->run("PRAGMA user_version = 99").ok());
  }
  const auto opened = Store::open(folder.path(), Access::write);
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().hint == "update Bakeoff");
}

TEST_CASE("a full database is an infrastructure error with a way out, and keeps what it had") {
  TemporaryFolder folder;
  auto database = store::Database::open(folder / "small.db", {.create = true});
  REQUIRE(database.ok());
  REQUIRE(database->run("CREATE TABLE t(x); PRAGMA max_page_count = 10").ok());
  Status status;
  for (int i = 0; i < 100 && status.ok(); ++i)
    status = database->execute("INSERT INTO t VALUES (?)", {std::string(1000, 'x')});
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().kind == ErrorKind::infrastructure);
  CHECK(status.error().hint.find("free space") == 0);
  auto rows = database->query("SELECT count(*) FROM t");
  REQUIRE(rows.ok());
  REQUIRE(*rows->step());
  CHECK(rows->integer(0) > 10);
}

TEST_CASE("a store that a killed writer left in the middle of a transaction opens with the commits before it") {
  TemporaryFolder folder, copy;
  auto opened = Store::open(folder.path(), Access::write);
  REQUIRE(opened.ok());
  Store& writer = **opened;
  store::RunId run = 0;
  REQUIRE(writer
              .transaction([&]() -> Status {
                BAKEOFF_CHECK(writer.claim_experiment("pirate"));
                BAKEOFF_TRY(run, writer.begin_run({"pirate", Json::object(), Json::object()}));
                return writer.put_measurement(run, {"base", "kept", 1, "s"});
              })
              .ok());
  // What a kill leaves on the disk is what another process sees in the files now.
  REQUIRE(writer
              .transaction([&]() -> Status {
                BAKEOFF_CHECK(writer.put_measurement(run, {"base", "lost", 2, "s"}));
                for (const char* name : {"bakeoff.db", "bakeoff.db-wal"})
                  std::filesystem::copy_file(folder / name, copy / name);
                return {};
              })
              .ok());
  const auto survivor = Store::open(copy.path(), Access::write);
  REQUIRE(survivor.ok());
  const auto measurements = (*survivor)->measurements(run);
  REQUIRE(measurements.ok());
  REQUIRE(measurements->size() == 1);
  CHECK((*measurements)[0].name == "kept");
}

TEST_CASE("a store of the first schema is migrated to what a new one has, and keeps its rows") {
  TemporaryFolder folder, fresh;
  write_first_schema(folder.path());
  const auto old = Store::open(folder.path(), Access::write);
  REQUIRE(old.ok());
  REQUIRE(Store::open(fresh.path(), Access::write).ok());
  const char* tables = "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name";
  CHECK(rows_of(folder.path(), tables, 3) == rows_of(fresh.path(), tables, 3));
  CHECK(rows_of(folder.path(), "PRAGMA user_version", 1) == rows_of(fresh.path(), "PRAGMA user_version", 1));
  CHECK((*old)->latest_run()->experiment == "pirate");
  CHECK((*old)->tags()->empty());
  // One item scored 1, one 0.5, one not at all: counted by hand.
  CHECK(rows_of(folder.path(), "SELECT arm, suite, mean, scored, unscored FROM scores", 5) ==
        std::vector<std::string>{"base|style|0.75|2|1|"});
}

TEST_CASE("a store of the first schema that can not be written is read as it is") {
  TemporaryFolder folder;
  write_first_schema(folder.path());
  std::filesystem::permissions(folder / "bakeoff.db", std::filesystem::perms::owner_read);
  const auto opened = Store::open(folder.path(), Access::read);
  REQUIRE(opened.ok());
  CHECK((*opened)->latest_run()->experiment == "pirate");
  CHECK((*opened)->verdicts(1, "base", "style")->size() == 3);
  CHECK((*opened)->exhibits(1)->empty());
  CHECK((*opened)->votes(1)->empty());
  CHECK((*opened)->tags()->empty());
  CHECK_FALSE((*opened)->run_of_tag("baseline")->has_value());
  const auto scores = (*opened)->scores(1);
  REQUIRE(scores.ok());
  REQUIRE(scores->size() == 1);
  CHECK((*scores)[0].mean == 0.75);
  CHECK((*scores)[0].unscored == 1);
  CHECK(rows_of(folder.path(), "PRAGMA user_version", 1) == std::vector<std::string>{"1|"});
}

TEST_CASE("a migration that fails half way leaves the store of the first schema") {
  TemporaryFolder folder;
  write_first_schema(folder.path());
  {
    auto database = store::Database::open(folder / "bakeoff.db", {});
    REQUIRE(database->run("CREATE TABLE votes(x)").ok());  // in the way of the new table
  }
  CHECK_FALSE(Store::open(folder.path(), Access::write).ok());
  CHECK(rows_of(folder.path(), "PRAGMA user_version", 1) == std::vector<std::string>{"1|"});
  CHECK(rows_of(folder.path(), "SELECT count(*) FROM sqlite_schema WHERE name IN ('tags', 'exhibits', 'scores')", 1) ==
        std::vector<std::string>{"0|"});
}

TEST_CASE("two processes that write at the same time both keep everything") {
  TemporaryFolder folder;
  REQUIRE(Store::open(folder.path(), Access::write).ok());
  std::fflush(nullptr);
  std::vector<pid_t> children;
  for (const char* name : {"ann", "bob"}) {
    const pid_t child = fork();
    if (child == 0) _exit(write_votes(folder.path(), name, 150, -1) ? 0 : 1);
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  CHECK(rows_of(folder.path(), "SELECT judge, count(*) FROM votes GROUP BY judge", 2) ==
        std::vector<std::string>{"ann|150|", "bob|150|"});
}

TEST_CASE("kill -9 at any moment loses nothing that was reported done") {
  TemporaryFolder folder;
  REQUIRE(Store::open(folder.path(), Access::write).ok());
  std::fflush(nullptr);
  std::int64_t reported = 0;
  for (int round = 0; round < 15; ++round) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const pid_t child = fork();
    if (child == 0) {
      close(ends[0]);
      _exit(write_votes(folder.path(), "round" + std::to_string(round), 1'000'000, ends[1]) ? 0 : 1);
    }
    close(ends[1]);
    // Ended in the middle of whatever it does after so many commits.
    char byte = 0;
    std::int64_t seen = 0;
    while (seen < 5 + 7 * round && read(ends[0], &byte, 1) == 1) ++seen;
    kill(child, SIGKILL);
    while (read(ends[0], &byte, 1) == 1) ++seen;  // reported before it died
    close(ends[0]);
    REQUIRE(waitpid(child, nullptr, 0) == child);
    REQUIRE(seen >= 5 + 7 * round);
    reported += seen;
    const auto opened = Store::open(folder.path(), Access::write);
    REQUIRE(opened.ok());
    const std::string judge = "round" + std::to_string(round);
    const auto kept = rows_of(folder.path(), "SELECT count(*) FROM votes WHERE judge = '" + judge + "'", 1);
    // The last commit may have been done and not yet reported.
    CHECK((kept[0] == std::to_string(seen) + "|" || kept[0] == std::to_string(seen + 1) + "|"));
  }
  CHECK(rows_of(folder.path(), "PRAGMA integrity_check", 1) == std::vector<std::string>{"ok|"});
  CHECK(std::stoll(rows_of(folder.path(), "SELECT count(*) FROM votes", 1)[0]) >= reported);
}

TEST_CASE("a damaged page is told, and what lies elsewhere can still be read") {
  Fixture at;
  REQUIRE(at.put(sample_row("aaaaaa1", "x"), Verdict::scored(1, {{"manner", 1}})).ok());
  REQUIRE(at.store
              ->transaction([&]() -> Status {
                return at.store->put_vote(
                    at.run, {"v1", "style", "one", "a", "b", "tie", "ann", "", {}, "2026-01-01", "arena"});
              })
              .ok());
  at.store.reset();
  const std::string page = rows_of(at.folder.path(), "SELECT rootpage FROM sqlite_schema WHERE name = 'votes'", 1)[0];
  const auto bytes = std::stoll(rows_of(at.folder.path(), "PRAGMA page_size", 1)[0]);
  {
    std::fstream file(at.folder / "bakeoff.db", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp((std::stoll(page) - 1) * bytes);
    file << std::string(static_cast<std::size_t>(bytes), '\xff');
  }
  const auto reader = Store::open(at.folder.path(), Access::read);
  REQUIRE(reader.ok());
  const auto votes = (*reader)->votes(at.run);
  REQUIRE_FALSE(votes.ok());
  CHECK(votes.error().kind == ErrorKind::input);
  CHECK(votes.error().what.find("damaged") != std::string::npos);
  CHECK(votes.error().where.find("bakeoff.db") != std::string::npos);
  CHECK((*reader)->verdicts(at.run, "base", "style")->size() == 1);
  CHECK((*reader)->sample("aaaaaa")->sample.completion.text == "x");
}
