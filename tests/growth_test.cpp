// Work that follows from work: rounds of growth, divergences and exhibits, and that a kill at any moment changes
// nothing.
#include <csignal>
#include <random>

#include "harness/core/exhibit.h"
#include "tests/growing_suite.h"
#include "tests/killing.h"

using namespace bakeoff;
using namespace bakeoff::testing;

namespace {

run::RunOptions growing_options(const Path& folder, const std::string& suite = "growing") {
  run::RunOptions options;
  options.experiment = folder / "pirate.yaml";
  options.out = folder / "out";
  options.overrides = {"suites=[{name: " + suite + "}]", "engine.batch_rows=2", "arms=[base, prompted, baked]"};
  options.jobs = 2;
  options.more_suites = kGrowingSuites;
  return options;
}

Result<run::RunOutcome> run_growing(Workshop& shop, const std::string& suite = "growing") {
  return run::run_experiment(growing_options(shop.folder.path(), suite), shop.baker.factory());
}

std::vector<std::string> names(const Workshop& shop, const std::string& sql) {
  return rows_of(shop.folder / "out", sql, 1);
}

}  // namespace

TEST_CASE("suites add bakes, arms and suites from what was played, until nothing new comes") {
  Workshop shop;
  const auto outcome = run_growing(shop);
  INFO((outcome.ok() ? "" : outcome.error().line()));
  REQUIRE(outcome.ok());
  CHECK(outcome->bakes_made == 2);
  CHECK(outcome->bakes_reused == 0);
  // growing: base, prompted, baked, late, removed, 4 items each; pairs: base, half and removed, 4 pairs each
  CHECK(outcome->samples_made == 32);
  CHECK(outcome->samples_reused == 0);
  const auto store = shop.store();
  CHECK(store->latest_run()->status == "complete");
  CHECK(names(shop, "SELECT name FROM arms ORDER BY position") ==
        std::vector<std::string>{"base|", "prompted|", "baked|", "late|", "half|", "removed|"});
  CHECK(names(shop, "SELECT label FROM run_suites ORDER BY position") ==
        std::vector<std::string>{"growing|", "pairs|"});
  const auto late = store->verdicts(outcome->run, "late", "growing");
  REQUIRE(late->size() == 4);
  CHECK((*late)[0].verdict.score == 1.0);
  CHECK(store->verdicts(outcome->run, "late", "pairs")->empty());
  const auto pairs = store->verdicts(outcome->run, "base", "pairs");
  REQUIRE(pairs->size() == 4);
  CHECK(store->sample((*pairs)[0].sample_key)->sample.messages[0].content == "It is rum. or Arrr, rum!");
}

TEST_CASE("a bake on top of another starts from its adapter, and its arm applies both") {
  Workshop shop;
  const auto outcome = run_growing(shop);
  REQUIRE(outcome.ok());
  CHECK(shop.baker.calls.parents == std::vector<std::size_t>{0, 1});
  const auto store = shop.store();
  const auto bakes = store->bakes(outcome->run);
  REQUIRE(bakes->size() == 2);
  CHECK((*bakes)[1].name == "late");
  CHECK((*bakes)[1].parent == (*bakes)[0].adapter_id);
  for (const auto& row : *store->arms(outcome->run)) {
    const std::string first = (*bakes)[0].adapter_id + ":1.0", second = (*bakes)[1].adapter_id;
    if (row.arm.name == "baked") CHECK(row.identity["adapters"] == Json{first});
    if (row.arm.name == "late") CHECK(row.identity["adapters"] == Json{first, second + ":1.0"});
    if (row.arm.name == "half") CHECK(row.identity["adapters"] == Json{first, second + ":0.5"});
    if (row.arm.name == "removed") CHECK(row.identity["adapters"] == Json{second + ":1.0"});
  }
}

TEST_CASE("divergences are computed once, kept as measurements, and shown to the suite's exhibits") {
  Workshop shop;
  const auto outcome = run_growing(shop);
  REQUIRE(outcome.ok());
  const auto store = shop.store();
  std::vector<Measurement> found;
  for (const Measurement& entry : *store->measurements(outcome->run))
    if (entry.name == "growing/drift") found.push_back(entry);
  REQUIRE(found.size() == 1);
  CHECK(found[0].subject == "late");
  CHECK(found[0].unit == "nats/token");
  CHECK(found[0].value == Approx(0.01 * 10));  // "Arrr, rum!" and its like: ten bytes each
  CHECK(shop.baker.calls.compared == 5);
  const auto exhibits = store->exhibits(outcome->run);
  REQUIRE(exhibits.ok());
  REQUIRE(exhibits->size() == 1);
  CHECK((*exhibits)[0].first == "growing");
  const auto& points = (*exhibits)[0].second.curves[0].points;
  REQUIRE(points.size() == 5);
  CHECK(points[0].value == Approx(0.1));
  CHECK(points[4].value == -1);  // the silent conversation
  const auto again = run_growing(shop);
  REQUIRE(again.ok());
  CHECK(shop.baker.calls.compared == 5);
}

TEST_CASE("a second run of a suite that grows loads no model and changes no row") {
  Workshop shop;
  REQUIRE(run_growing(shop).ok());
  const auto before = content_of(shop.folder / "out");
  const int loads = shop.baker.loads;
  const auto again = run_growing(shop);
  REQUIRE(again.ok());
  CHECK(shop.baker.loads == loads);
  CHECK(again->bakes_reused == 2);
  CHECK(again->samples_reused == 32);
  CHECK(again->samples_made == 0);
  CHECK(content_of(shop.folder / "out") == before);
}

TEST_CASE("a plan shows what is known so far, and what suites have added once it was played") {
  Workshop shop;
  const auto before = run::plan_experiment(growing_options(shop.folder.path()), shop.baker.factory());
  REQUIRE(before.ok());
  CHECK(before->json["jobs"].size() == 4);
  CHECK(before->json["complete"] == false);
  CHECK(before->text.find("suites may add work once this is played") != std::string::npos);
  REQUIRE(run_growing(shop).ok());
  const auto after = run::plan_experiment(growing_options(shop.folder.path()), shop.baker.factory());
  REQUIRE(after.ok());
  CHECK(after->json["jobs"].size() == 10);
  CHECK(after->json["complete"] == true);
  CHECK(after->json["estimate"]["seconds"] == 0);
  CHECK(after->text.find("suites may add work") == std::string::npos);
}

TEST_CASE("work added without end, and work that can not be, are errors that name the suite") {
  Workshop shop;
  const auto endless = run_growing(shop, "endless");
  REQUIRE_FALSE(endless.ok());
  CHECK(endless.error().what.find("suites add work without end") == 0);
  Workshop other;
  const auto mistaken = run_growing(other, "mistaken");
  REQUIRE_FALSE(mistaken.ok());
  CHECK(mistaken.error().what == "a suite adds the bake \"late\" on top of \"nobody\", which is not there");
  CHECK(mistaken.error().where.find("suites[0]") != std::string::npos);
}

TEST_CASE("a growing run to be killed", "[.][growing_run_to_be_killed]") {
  const char* folder = std::getenv("BAKEOFF_TEST_FOLDER");
  REQUIRE(folder);
  ScriptedBaker baker({.model_file = Path(folder) / "model.bin", .slow_milliseconds = 4});
  baker.script.after_answer = [last = std::atoi(std::getenv("BAKEOFF_TEST_KILLED_AFTER"))](int answers) {
    if (answers == last) raise(SIGKILL);
  };
  static_cast<void>(run::run_experiment(growing_options(folder), baker.factory()));
}

TEST_CASE("a run that grows and is killed again and again ends with the rows of an undisturbed one") {
  Workshop shop, undisturbed;
  REQUIRE(run_growing(undisturbed).ok());
  std::mt19937 random(20250211);
  int kills = 0;
  for (int attempt = 0; attempt < 40; ++attempt) {
    const pid_t child =
        start_child("[growing_run_to_be_killed]", shop.folder.path(), std::uniform_int_distribution<int>(1, 4)(random));
    REQUIRE(child > 0);
    if (attempt % 2 == 1) {
      usleep(static_cast<useconds_t>(std::uniform_int_distribution<int>(5'000, 120'000)(random)));
      kill(child, SIGKILL);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    kills += WIFSIGNALED(status) ? 1 : 0;
  }
  CHECK(kills > 5);
  const auto finished = run_growing(shop);
  REQUIRE(finished.ok());
  CHECK(finished->samples_made + finished->samples_reused == 32);
  CHECK(content_of(shop.folder / "out") == content_of(undisturbed.folder / "out"));
}
