// The store: what is written is read back; damage, a full disk and other folders are told apart.
#include "harness/store/store.h"

#include <csignal>
#include <fstream>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "tests/workshop.h"

using namespace bakeoff;
using namespace bakeoff::testing;
using store::Access;
using store::Store;

namespace {

store::SampleRow sample_row(const std::string& key, const std::string& text) {
  store::SampleRow row;
  row.sample.key = key;
  row.sample.arm = "base";
  row.sample.suite = "style";
  row.sample.item = "one";
  row.sample.seed = 0xffffffffffffffffULL;
  row.sample.decoding.temperature = 0.5;
  row.sample.messages = {{"user", "Hi"}, {"assistant", text}};
  row.sample.completion = {{7, 8, 9}, text, "stop", "<user>Hi", 2, 3, 0.5};
  row.generator = "g1";
  row.identity = {{"model_digest", "m"}};
  row.suite_digest = "s1";
  row.total_prompt_tokens = 2;
  row.total_completion_tokens = 3;
  return row;
}

store::SuiteRow suite_row() { return {"style", "style", "1", "us", "CC0", "s1", {{"manner", true, "as asked"}}}; }

/// A store with one run, one arm, one suite with two items.
struct Fixture {
  Fixture() {
    auto opened = Store::open(folder.path(), Access::write);
    REQUIRE(opened.ok());
    store = std::move(*opened);
    REQUIRE(store
                ->transaction([&]() -> Status {
                  BAKEOFF_CHECK(store->claim_experiment("pirate"));
                  BAKEOFF_TRY(run, store->begin_run({"pirate", {{"name", "pirate"}}, {{"limit", nullptr}}}));
                  BAKEOFF_CHECK(store->put_arm(run, 0, {{"base", "base", "", "", 1.0}, "g1", {{"model_digest", "m"}}}));
                  return store->put_suite(run, 0, suite_row(),
                                          {{"two", "g", {{"user", "Ho"}}, 2}, {"one", "g", {{"user", "Hi"}}, 1}});
                })
                .ok());
  }
  Status put(const store::SampleRow& row, const Verdict& verdict) {
    return store->transaction([&]() -> Status {
      BAKEOFF_CHECK(store->put_sample(row, verdict));
      return store->link_sample(run, row.sample);
    });
  }
  TemporaryFolder folder;
  std::unique_ptr<Store> store;
  store::RunId run = 0;
};

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

TEST_CASE("a sample comes back as it was stored, long texts and 64-bit seeds included") {
  for (const std::string& text : {std::string("short"), std::string(100'000, 'x') + "\xF0\x9F\x8D\x9E"}) {
    Fixture at;
    store::SampleRow row = sample_row("abcdef0123", text);
    row.replies = Json::array({{{"kind", "score"}}, {{"kind", "completion"}}});
    REQUIRE(at.put(row, Verdict::scored(0.25, {{"manner", 0.25}}, {{"found", text}})).ok());
    const auto reader = Store::open(at.folder.path(), Access::read);
    REQUIRE(reader.ok());
    const auto back = (*reader)->sample("abcdef");
    REQUIRE(back.ok());
    CHECK(back->sample.key == "abcdef0123");
    CHECK(back->sample.arm == "base");
    CHECK(back->sample.seed == 0xffffffffffffffffULL);
    CHECK(back->sample.decoding == row.sample.decoding);
    CHECK(back->sample.messages == row.sample.messages);
    CHECK(back->sample.completion.text == text);
    CHECK(back->sample.completion.ids == std::vector<TokenId>{7, 8, 9});
    CHECK(back->sample.completion.rendered_prompt == "<user>Hi");
    CHECK(back->replies == row.replies);
    CHECK(back->identity == row.identity);
    REQUIRE(back->verdict);
    CHECK(back->verdict->score == 0.25);
    CHECK(back->verdict->evidence["found"] == text);
  }
}

TEST_CASE("verdicts of an arm come in the order of the items, and the unscored keep their reason") {
  Fixture at;
  store::SampleRow one = sample_row("aaaaaa1", "x"), two = sample_row("bbbbbb2", "y");
  two.sample.item = "two";
  REQUIRE(at.put(one, Verdict::scored(1, {{"manner", 1}})).ok());
  REQUIRE(at.put(two, Verdict::not_scored("no number found")).ok());
  const auto rows = at.store->verdicts(at.run, "base", "style");
  REQUIRE(rows.ok());
  REQUIRE(rows->size() == 2);
  CHECK((*rows)[0].item == "two");
  CHECK_FALSE((*rows)[0].verdict.score);
  CHECK((*rows)[0].verdict.unscored == "no number found");
  CHECK((*rows)[1].verdict.score == 1.0);
  CHECK((*rows)[1].group == "g");
  CHECK((*rows)[1].completion_tokens == 3);
  CHECK(*at.store->unscored(at.run) == 1);
}

TEST_CASE("a sample that failed for infrastructure is tried again, one that failed by itself is not") {
  Fixture at;
  store::SampleRow lost = sample_row("aaaaaa1", ""), refused = sample_row("bbbbbb2", "");
  lost.error = infrastructure_error("device lost");
  refused.error = input_error("prompt too long");
  REQUIRE(at.put(lost, Verdict::not_scored("device lost")).ok());
  REQUIRE(at.put(refused, Verdict::not_scored("prompt too long")).ok());
  CHECK_FALSE(*at.store->has_verdict("aaaaaa1", "s1"));
  CHECK(*at.store->has_verdict("bbbbbb2", "s1"));
  CHECK_FALSE(*at.store->has_verdict("bbbbbb2", "another version"));
  CHECK(at.store->sample("aaaaaa1")->error->kind == ErrorKind::infrastructure);
}

TEST_CASE("a failed transaction leaves nothing behind") {
  Fixture at;
  const Status status = at.store->transaction([&]() -> Status {
    BAKEOFF_CHECK(at.store->put_measurement(at.run, {"base", "kl", 1, "nats/token"}));
    return input_error("no");
  });
  CHECK(status.error().what == "no");
  CHECK(at.store->measurements(at.run)->empty());
}

TEST_CASE("bakes are found by key, by run and by the first digits of the adapter") {
  Fixture at;
  store::BakeRow row;
  row.key = "k1";
  row.adapter_id = "ad01ff";
  row.folder = Path("adapters") / "ad01ff";
  row.parent = "model";
  row.seed = 0x8000000000000000ULL;
  row.prompt = row.recipe = Json::object();
  row.questions = Json::array();
  row.outcome.adapter_id = row.adapter_id;
  row.outcome.kl_last = 0.15;
  row.outcome.seconds = {{"training", 2.5}};
  row.outcome.curve = {{1, 0.5, 0.9, 1e-3, 2.0}};
  REQUIRE(at.store
              ->transaction([&]() -> Status {
                BAKEOFF_CHECK(at.store->put_bake(row));
                return at.store->link_bake(at.run, 0, "pirate", "k1");
              })
              .ok());
  const auto bakes = at.store->bakes(at.run);
  REQUIRE(bakes.ok());
  REQUIRE(bakes->size() == 1);
  CHECK((*bakes)[0].name == "pirate");
  CHECK((*bakes)[0].seed == 0x8000000000000000ULL);
  CHECK((*bakes)[0].folder == at.folder.path() / "adapters" / "ad01ff");
  CHECK((*bakes)[0].outcome.kl_last == 0.15);
  CHECK((*bakes)[0].outcome.curve.size() == 1);
  CHECK((*at.store->bake_of_adapter("ad01"))->key == "k1");
  CHECK_FALSE(at.store->bake_of_adapter("ff")->has_value());
  CHECK_FALSE(at.store->bake("k2")->has_value());
}

TEST_CASE("a store can be read while another connection writes") {
  Fixture at;
  const auto reader = Store::open(at.folder.path(), Access::read);
  REQUIRE(reader.ok());
  REQUIRE(at.store
              ->transaction([&]() -> Status {
                BAKEOFF_CHECK(at.store->put_measurement(at.run, {"base", "kl", 1, "nats/token"}));
                CHECK((*reader)->measurements(at.run)->empty());
                return {};
              })
              .ok());
  CHECK((*reader)->measurements(at.run)->size() == 1);
}

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

TEST_CASE("exhibits come back in the order of the suites, and a suite's are replaced as a whole") {
  Fixture at;
  Exhibit curve{"stability", "Stability", "It \xC3\xA9rodes.", "turn", "stability", "share", {}, {}};
  curve.curves = {{"baked", {{1, 0.5, 0.25, 0.75, 12}, {2, 0.25, {}, {}, 12}}}};
  Exhibit matrix{"retention", "Retention", "", "after",
                 "prompt",    "share",     {}, Matrix{{"a", "b"}, {"1"}, {{0.5}, {{}}}}};
  REQUIRE(at.store
              ->transaction([&]() -> Status {
                BAKEOFF_CHECK(at.store->put_exhibits(at.run, "unknown", {matrix}));
                BAKEOFF_CHECK(at.store->put_exhibits(at.run, "style", {matrix}));
                return at.store->put_exhibits(at.run, "style", {curve, matrix});
              })
              .ok());
  const auto back = at.store->exhibits(at.run);
  REQUIRE(back.ok());
  REQUIRE(back->size() == 3);
  CHECK((*back)[0].first == "unknown");
  CHECK((*back)[1].first == "style");
  CHECK(to_json((*back)[1].second) == to_json(curve));
  CHECK(to_json((*back)[2].second) == to_json(matrix));
}

TEST_CASE("a vote is kept once, with everything it came with") {
  Fixture at;
  store::VoteRow vote{"v1",  "style",  "one",     "baked",      "prompted", "tie",
                      "gpt", "manner", "aaaaaa1", "2026-01-02", "arena"};
  store::VoteRow person{"v2", "", "two", "prompted", "baked", "model_b", "ann", "", {}, "2026-01-01", "arena"};
  REQUIRE(at.store
              ->transaction([&]() -> Status {
                BAKEOFF_CHECK(at.store->put_vote(at.run, vote));
                BAKEOFF_CHECK(at.store->put_vote(at.run, person));
                vote.winner = "model_a";
                return at.store->put_vote(at.run, vote);
              })
              .ok());
  const auto back = at.store->votes(at.run);
  REQUIRE(back.ok());
  REQUIRE(back->size() == 2);
  CHECK((*back)[0].id == "v2");
  CHECK_FALSE((*back)[0].sample_key);
  CHECK((*back)[1].winner == "tie");
  CHECK((*back)[1].sample_key == "aaaaaa1");
  CHECK((*back)[1].model_a == "baked");
  CHECK((*back)[1].judge == "gpt");
  CHECK((*back)[1].category == "manner");
  vote.id = "v3";
  vote.winner = "model_c";
  CHECK_FALSE(at.store->transaction([&] { return at.store->put_vote(at.run, vote); }).ok());
}

TEST_CASE("a name belongs to one run, moves, and goes") {
  Fixture at;
  const auto write = [&](const std::function<Status()>& work) { return at.store->transaction(work); };
  REQUIRE(write([&] { return at.store->tag_run("baseline", at.run); }).ok());
  CHECK(*at.store->run_of_tag("baseline") == at.run);
  store::RunId second = 0;
  REQUIRE(write([&]() -> Status {
            BAKEOFF_TRY(second, at.store->begin_run({"pirate", {{"name", "pirate"}}, {{"limit", 5}}}));
            return at.store->tag_run("baseline", second);
          }).ok());
  CHECK(*at.store->tags() == std::vector<std::pair<std::string, store::RunId>>{{"baseline", second}});
  CHECK(write([&] { return at.store->tag_run("12", at.run); }).error().kind == ErrorKind::input);
  CHECK(write([&] { return at.store->tag_run("", at.run); }).error().kind == ErrorKind::input);
  CHECK(write([&] { return at.store->tag_run("x", 99); }).error().what == "there is no run 99");
  REQUIRE(write([&] { return at.store->untag("baseline"); }).ok());
  CHECK(at.store->tags()->empty());
  CHECK(write([&] { return at.store->untag("baseline"); }).error().what == "no run is called \"baseline\"");
}

TEST_CASE("kept scores are those that counting the verdicts gives, also after a verdict changed") {
  Fixture at;
  store::SampleRow one = sample_row("aaaaaa1", "x"), two = sample_row("bbbbbb2", "y");
  two.sample.item = "two";
  two.error = infrastructure_error("device lost");
  REQUIRE(at.put(one, Verdict::scored(0.5)).ok());
  REQUIRE(at.put(two, Verdict::not_scored("device lost")).ok());
  const auto end = [&] { return at.store->transaction([&] { return at.store->end_run(at.run, "complete"); }); };
  const auto kept = [&] { return rows_of(at.folder.path(), "SELECT mean, scored, unscored FROM scores", 3); };
  CHECK(at.store->scores(at.run)->at(0).scored == 1);
  CHECK(kept().empty());
  REQUIRE(end().ok());
  CHECK(kept() == std::vector<std::string>{"0.5|1|1|"});
  two.error.reset();
  REQUIRE(at.put(two, Verdict::scored(1)).ok());
  CHECK(kept().empty());
  CHECK(at.store->scores(at.run)->at(0).mean == 0.75);
  REQUIRE(end().ok());
  CHECK(kept() == std::vector<std::string>{"0.75|2|0|"});
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
