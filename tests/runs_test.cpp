// What is done with runs once they are there: joined from shards, named, removed, cleaned up, held against a baseline.
#include <cmath>

#include "harness/compare/history.h"
#include "harness/compare/open.h"
#include "harness/store/merge.h"
#include "harness/store/place.h"
#include "harness/store/upkeep.h"
#include "tests/killing.h"

using namespace bakeoff;
using namespace bakeoff::testing;
using store::Access;
using store::Store;

namespace {

const std::vector<std::string> kLonger = {"suites=[{name: arithmetic, items: 25}]", "replicates=2"};

/// The experiment of a workshop, whole or in part.
Result<run::RunOutcome> run_part(Workshop& shop, const Path& out, const std::string& shard = "",
                                 std::vector<std::string> overrides = kLonger) {
  run::RunOptions options = shop.options();
  options.out = out;
  options.overrides = std::move(overrides);
  if (!shard.empty()) options.shard = run::parse_shard(shard).value();
  return run::run_experiment(options, shop.baker.factory());
}

/// A store whose runs answer the same items; what each item scored is given.
struct Scored {
  Scored() { store = Store::open(folder.path(), Access::write).value(); }

  store::RunId add(const std::vector<double>& scores, const std::string& suite_digest = "s1") {
    store::RunId run = 0;
    REQUIRE(store->transaction([&] { return fill(scores, suite_digest, run); }).ok());
    return run;
  }
  Status fill(const std::vector<double>& scores, const std::string& digest, store::RunId& run) {
    BAKEOFF_CHECK(store->claim_experiment("pirate"));
    BAKEOFF_TRY(run, store->begin_run({"pirate", {{"number", ++runs}}, Json::object()}));
    const Json identity = {{"model_digest", "m"}};
    BAKEOFF_CHECK(store->put_arm(run, 0, {{"baked", "baked", "", "", 1.0}, "g", identity}));
    std::vector<Item> items;
    for (std::size_t i = 0; i < scores.size(); ++i)
      items.push_back({"item-" + std::to_string(i), "", {{"user", "Hi"}}, 1});
    BAKEOFF_CHECK(store->put_suite(run, 0, {"style", "style", "1", "", "", digest, {{"style", true, ""}}}, items));
    for (std::size_t i = 0; i < scores.size(); ++i) {
      store::SampleRow row;
      row.sample.key = std::to_string(100'000 + runs) + std::to_string(100'000 + i);
      row.sample.arm = "baked";
      row.sample.suite = "style";
      row.sample.item = items[i].id;
      row.sample.messages = {{"user", "Hi"}, {"assistant", std::string(2000, 'x') + std::to_string(runs)}};
      row.generator = "g";
      row.identity = identity;
      row.suite_digest = digest;
      const Verdict verdict =
          scores[i] < 0 ? Verdict::not_scored("lost") : Verdict::scored(scores[i], {{"style", scores[i]}});
      BAKEOFF_CHECK(store->put_sample(row, verdict));
      BAKEOFF_CHECK(store->link_sample(run, row.sample));
    }
    return store->end_run(run, "complete");
  }

  TemporaryFolder folder;
  std::unique_ptr<Store> store;
  int runs = 0;
};

/// Forty items of which the first `right` are right.
std::vector<double> right(int count) {
  std::vector<double> scores(40, 0.0);
  std::fill_n(scores.begin(), count, 1.0);
  return scores;
}

}  // namespace

TEST_CASE("shards of a run, merged, are the run that was never cut") {
  Workshop shop;
  const Path whole = shop.folder / "whole", merged = shop.folder / "merged";
  REQUIRE(run_part(shop, whole).ok());
  std::vector<Path> shards;
  std::int64_t made = 0;
  for (const char* shard : {"1/3", "2/3", "3/3"}) {
    shards.push_back(shop.folder / ("shard" + std::to_string(shards.size())));
    const auto outcome = run_part(shop, shards.back(), shard);
    REQUIRE(outcome.ok());
    made += outcome->samples_made;
  }
  CHECK(made == 25 * 2 * 4);        // items, replicates, arms: each made once
  std::swap(shards[0], shards[2]);  // in any order
  const auto outcome = store::merge_shards(shards, merged);
  REQUIRE(outcome.ok());
  CHECK(outcome->samples == made);
  CHECK(content_of(merged) == content_of(whole));
  const char* scores = "SELECT run, arm, suite, mean, scored, unscored FROM scores ORDER BY 1, 2, 3";
  CHECK(rows_of(merged, scores, 6) == rows_of(whole, scores, 6));
  CHECK(rows_of(merged, "PRAGMA foreign_key_check", 1).empty());
  CHECK(rows_of(merged, "PRAGMA integrity_check", 1) == std::vector<std::string>{"ok|"});

  // Once more changes nothing, costs included; and nothing is left to make.
  const char* costs = "SELECT subject, phase, wall_seconds, prompt_tokens, completion_tokens FROM costs ORDER BY 1, 2";
  const auto before = rows_of(merged, costs, 5);
  REQUIRE(store::merge_shards(shards, merged).ok());
  CHECK(rows_of(merged, costs, 5) == before);
  const auto again = run_part(shop, merged);
  REQUIRE(again.ok());
  CHECK(again->run == outcome->run);
  CHECK(again->bakes_made == 0);
  CHECK(again->samples_made == 0);
  CHECK(again->samples_reused == made);
}

TEST_CASE("shards that are no parts of one whole are refused by what is wrong") {
  Workshop shop;
  const Path one = shop.folder / "one", other = shop.folder / "other", out = shop.folder / "merged";
  REQUIRE(run_part(shop, one, "1/2").ok());
  const auto refused = [&](const std::vector<Path>& folders) { return store::merge_shards(folders, out).error().what; };
  CHECK(refused({one}) == "not all shards are there: 2/2 missing");
  CHECK(refused({one, one}) == "shard 1/2 is there twice");
  CHECK(refused({shop.folder.path()}) != "");
  REQUIRE(run_part(shop, other, "2/2", {kLonger[0], "replicates=3"}).ok());
  CHECK(refused({one, other}).find("replicates differ") != std::string::npos);
  REQUIRE(run_part(shop, other, "").ok());
  CHECK(refused({one, other}) == "the newest run is no shard");
  CHECK_FALSE(std::filesystem::exists(out));
  for (const char* wrong : {"", "1", "0/2", "3/2", "1/2/3", "a/b", "1/", "/2", "-1/2"})
    CHECK_FALSE(run::parse_shard(wrong).ok());
}

TEST_CASE("a run that is removed takes its own rows along, and gc what no other run shows") {
  Scored at;
  const store::RunId first = at.add(right(30)), second = at.add(right(20), "s2");
  REQUIRE(at.store->transaction([&] { return at.store->tag_run("old", first); }).ok());
  const char* kept = "SELECT item, sample, score FROM results ORDER BY 1";
  REQUIRE(std::filesystem::create_directories(at.folder / "adapters" / "0123"));
  REQUIRE(std::filesystem::create_directories(at.folder / "adapters" / "bake-77"));
  CHECK(store::remove_run(at.folder.path(), 9).error().what == "there is no run 9");
  REQUIRE(store::remove_run(at.folder.path(), first).ok());
  CHECK(at.store->runs()->size() == 1);
  CHECK(at.store->tags()->empty());
  const auto rows = rows_of(at.folder.path(), kept, 3);
  CHECK(rows.size() == 40);
  CHECK(rows_of(at.folder.path(), "SELECT count(*) FROM samples", 1) == std::vector<std::string>{"80|"});

  const auto told = store::collect_garbage(at.folder.path(), {.dry_run = true});
  REQUIRE(told.ok());
  CHECK(told->rows.at("samples") == 40);
  CHECK(rows_of(at.folder.path(), "SELECT count(*) FROM samples", 1) == std::vector<std::string>{"80|"});
  const auto garbage = store::collect_garbage(at.folder.path());
  REQUIRE(garbage.ok());
  CHECK(garbage->rows == told->rows);
  CHECK(garbage->rows.at("verdicts") == 40);
  CHECK(garbage->rows.at("items") == 40);
  CHECK(garbage->rows.at("suites") == 1);
  CHECK(garbage->rows.at("blobs") == 1);
  CHECK(garbage->adapters == std::vector<Path>{at.folder / "adapters" / "0123"});
  CHECK(std::filesystem::exists(at.folder / "adapters" / "bake-77"));
  CHECK_FALSE(std::filesystem::exists(at.folder / "adapters" / "0123"));
  CHECK(rows_of(at.folder.path(), kept, 3) == rows);
  CHECK(at.store->sample(at.store->verdicts(second, "baked", "style")->front().sample_key).ok());
  CHECK(rows_of(at.folder.path(), "PRAGMA foreign_key_check", 1).empty());
  CHECK(store::collect_garbage(at.folder.path())->rows.empty());
}

TEST_CASE("gc keeps what a finished experiment needs: nothing is made again afterwards") {
  Workshop shop;
  REQUIRE(run_part(shop, shop.folder / "out").ok());
  const auto before = content_of(shop.folder / "out");
  const auto garbage = store::collect_garbage(shop.folder / "out");
  REQUIRE(garbage.ok());
  CHECK(garbage->rows.empty());
  CHECK(garbage->adapters.empty());
  CHECK(content_of(shop.folder / "out") == before);
  CHECK(run_part(shop, shop.folder / "out")->samples_made == 0);
}

TEST_CASE("a history has each run's scores, and the first run worse than the baseline is named") {
  Scored at;
  const store::RunId baseline = at.add(right(30));
  at.add(right(29));
  at.add(right(31));
  const store::RunId bad = at.add(right(10));
  at.add(right(9));
  const auto history = compare::read_history(*at.store, {.last = 3, .arm = {}, .suite = {}});
  REQUIRE(history.ok());
  REQUIRE(history->series.size() == 1);
  REQUIRE(history->series[0].points.size() == 3);
  CHECK(history->series[0].points[0].score.mean == 31.0 / 40);
  CHECK(history->series[0].points[2].score.mean == 9.0 / 40);
  CHECK(compare::read_history(*at.store, {.last = 9, .arm = "none", .suite = {}})->series.empty());

  CHECK_FALSE(compare::find_baseline(*at.store, "").ok());
  REQUIRE(at.store->transaction([&] { return at.store->tag_run(store::kBaselineTag, baseline); }).ok());
  CHECK(compare::find_baseline(*at.store, "").value() == baseline);
  const auto found = compare::find_regressions(*at.store, "runs/x", baseline);
  REQUIRE(found.ok());
  CHECK(found->first_bad == bad);
  CHECK(found->runs == 4);
  CHECK(found->correction == "Holm over 4 tests");
  REQUIRE(found->rows.size() == 4);
  // Twenty items lost and none won: McNemar's exact p is 2 / 2^20. Of four tests it is the second smallest (21 lost:
  // 2 / 2^21), so Holm multiplies it by three.
  CHECK(found->rows[2].metric.seen.p == Approx(2 * std::pow(0.5, 20)));
  CHECK(found->rows[2].metric.adjusted_p == Approx(6 * std::pow(0.5, 20)));
  CHECK(found->rows[3].metric.adjusted_p == Approx(8 * std::pow(0.5, 21)));
  CHECK(found->rows[0].metric.adjusted_p == 1);
  CHECK(compare::find_regressions(*at.store, "runs/x", bad)->first_bad == std::nullopt);
  compare::RegressionOptions newest;
  newest.last = 1;
  const auto of_last = compare::find_regressions(*at.store, "runs/x", baseline, newest);
  REQUIRE(of_last.ok());
  CHECK(of_last->correction == "Holm over 1 test");
  CHECK(of_last->first_bad == bad + 1);
}

TEST_CASE("what one run shows is looked up by keys, so that other runs cost nothing") {
  Scored at;
  at.add(right(30));
  for (const char* read : {"SELECT * FROM results WHERE run = 1", "SELECT * FROM scores WHERE run = 1",
                           "SELECT * FROM results WHERE run = 1 AND arm = 'baked' AND suite = 'style'",
                           "SELECT * FROM run_samples WHERE sample = 'k'", "SELECT * FROM votes WHERE run = 1"})
    for (const std::string& step : rows_of(at.folder.path(), (std::string("EXPLAIN QUERY PLAN ") + read).c_str(), 4)) {
      INFO(read);
      CHECK(step.find("SEARCH") != std::string::npos);
    }
}

TEST_CASE("many runs like the baseline do not make one of them bad") {
  // Six items lost and none won is p = 1/32: alone below 0.05, among thirty such runs it is not.
  Scored at;
  const store::RunId baseline = at.add(right(30));
  at.add(right(24));
  CHECK(compare::find_regressions(*at.store, "x", baseline)->first_bad.has_value());
  for (int i = 0; i < 29; ++i) at.add(right(30 + i % 3));
  CHECK_FALSE(compare::find_regressions(*at.store, "x", baseline)->first_bad.has_value());
}

TEST_CASE("a run on other data is told, not compared") {
  Scored at;
  const store::RunId baseline = at.add(right(30)), other = at.add(right(2), "s2");
  const auto found = compare::find_regressions(*at.store, "x", baseline);
  REQUIRE(found.ok());
  CHECK(found->rows.empty());
  CHECK_FALSE(found->first_bad);
  REQUIRE(found->skipped.size() == 1);
  CHECK(found->skipped[0].run == other);
  CHECK(found->skipped[0].reason.find("data differs") != std::string::npos);
}

TEST_CASE("an execution that has a name is compared by it") {
  Scored at;
  const store::RunId first = at.add(right(30));
  at.add(right(10));
  REQUIRE(at.store->transaction([&] { return at.store->tag_run("best", first); }).ok());
  for (const char* wrong : {"", "7", "a:b", "a@b", "a b", "a/b"})
    CHECK_FALSE(at.store->transaction([&] { return at.store->tag_run(wrong, first); }).ok());
  const std::string folder = at.folder.path().string();
  for (const char* name : {"@best", "@best:baked", "@1:baked"}) {
    const auto sets = compare::open_results(folder + name);
    REQUIRE(sets.ok());
    CHECK(sets->front().suites.front().items.size() == 40);
    double sum = 0;
    for (const auto& item : sets->front().suites.front().items) sum += *item.verdict.score;
    CHECK(sum == 30);
  }
  CHECK(compare::open_results(folder + "@worst").error().what == "no run is called \"worst\"");
}
