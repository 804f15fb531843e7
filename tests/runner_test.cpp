// A run from its file to the store: what is made once, what survives a kill, what an error becomes.
#include <csignal>
#include <random>

#include <sys/resource.h>

#include "harness/run/run.h"
#include "tests/killing.h"

using namespace bakeoff;
using namespace bakeoff::testing;

namespace {

/// Two hundred answers: long enough to be killed in the middle.
const std::vector<std::string> kLonger = {"suites=[{name: arithmetic, items: 50}]", "engine.batch_rows=4"};

run::RunOptions longer_options(const Path& folder, const Path& out) {
  run::RunOptions options;
  options.experiment = folder / "pirate.yaml";
  options.out = out;
  options.overrides = kLonger;
  options.jobs = 2;
  return options;
}

/// Until the store holds this many samples, at most ten seconds.
void wait_for_samples(const Path& folder, int samples) {
  for (int i = 0; i < 1000 && samples_stored(folder) < samples; ++i) usleep(10'000);
}

/// From now on no file may grow beyond the largest one of this store, as on a disk that is full.
void fill_the_disk(const Path& folder, const rlimit& before) {
  std::uintmax_t largest = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.is_regular_file()) largest = std::max(largest, entry.file_size());
  const rlimit small{static_cast<rlim_t>(largest), before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
}

}  // namespace

TEST_CASE("a run bakes, plays every arm, judges, and stores what each said") {
  Workshop shop;
  const auto outcome = shop.run();
  REQUIRE(outcome.ok());
  CHECK(outcome->bakes_made == 1);
  CHECK(outcome->samples_made == 8);
  CHECK(outcome->unscored == 0);
  CHECK(shop.baker.calls.proofs == 1);
  const auto store = shop.store();
  CHECK(store->latest_run()->status == "complete");
  const auto prompted = store->verdicts(outcome->run, "prompted", "style");
  const auto base = store->verdicts(outcome->run, "base", "style");
  REQUIRE(prompted.ok());
  REQUIRE(prompted->size() == 2);
  CHECK((*prompted)[0].item == "one");
  CHECK((*prompted)[0].verdict.score == 1.0);
  CHECK((*base)[0].verdict.score == 0.0);
  const auto sample = store->sample((*prompted)[1].sample_key);
  REQUIRE(sample.ok());
  CHECK(sample->sample.completion.text == "Arrr, sea!");
  CHECK(sample->sample.messages == Conversation{{"user", "sea"}, {"assistant", "Arrr, sea!"}});
  CHECK(sample->sample.completion.rendered_prompt.size() > 2000);
}

TEST_CASE("a bake leaves its adapter under its content id, its lineage, its measurements and its costs") {
  Workshop shop;
  const auto outcome = shop.run();
  REQUIRE(outcome.ok());
  const auto store = shop.store();
  const auto bakes = store->bakes(outcome->run);
  REQUIRE(bakes.ok());
  REQUIRE(bakes->size() == 1);
  const store::BakeRow& bake = (*bakes)[0];
  CHECK(bake.folder == shop.folder / "out" / "adapters" / short_id(bake.adapter_id));
  CHECK(*sha256_file(bake.folder / "adapter_model.safetensors") == bake.adapter_id);
  CHECK(bake.parent == *sha256_file(shop.folder / "model.bin"));
  CHECK(bake.outcome.effect_kl == 0.5);
  std::map<std::string, double> measured;
  const auto measurements = store->measurements(outcome->run);
  REQUIRE(measurements.ok());
  for (const Measurement& entry : *measurements)
    if (entry.subject == "pirate") measured[entry.name + " " + entry.unit] = entry.value;
  CHECK(measured["kl_held_out_before nats/token"] == 1.5);
  CHECK(measured["kl_held_out nats/token"] == 0.2);
  CHECK(measured["effect_kl nats/token"] == 0.5);
  CHECK(measured["seconds_training s"] == 2.0);
  CHECK(measured["answer_tokens tokens"] == 320);
  double seconds = 0;
  const auto costs = store->costs(outcome->run);
  REQUIRE(costs.ok());
  for (const store::CostRow& cost : *costs) seconds += cost.subject == "pirate" ? cost.wall_seconds : 0;
  CHECK(seconds == 3.0);
}

TEST_CASE("a second run with nothing changed loads no model and changes no row") {
  Workshop shop;
  REQUIRE(shop.run().ok());
  const auto before = content_of(shop.folder / "out");
  const int loads = shop.baker.loads;
  const auto again = shop.run();
  REQUIRE(again.ok());
  CHECK(shop.baker.loads == loads);
  CHECK(shop.baker.calls.answers == 8);
  CHECK(again->samples_reused == 8);
  CHECK(again->bakes_reused == 1);
  CHECK(content_of(shop.folder / "out") == before);
}

TEST_CASE("a changed line makes only what it changes") {
  Workshop shop;
  REQUIRE(shop.run().ok());
  const auto more = shop.run({"replicates=2"});
  REQUIRE(more.ok());
  CHECK(more->samples_made == 8);
  CHECK(more->samples_reused == 8);
  const auto rank = shop.run({"bakes[0].rank=8"});
  REQUIRE(rank.ok());
  CHECK(rank->bakes_made == 1);
  CHECK(rank->samples_made == 4);  // baked and reprompted
  CHECK(rank->samples_reused == 4);
  const auto suite = shop.run({"suites=[{name: arithmetic, items: 5}]"});
  REQUIRE(suite.ok());
  CHECK(suite->bakes_made == 0);
  CHECK(suite->samples_made == 20);
  write_text(shop.folder / "model.bin", "other weights");
  const auto model = shop.run();
  REQUIRE(model.ok());
  CHECK(model->bakes_made == 1);
  CHECK(model->samples_made == 8);
}

TEST_CASE("other template settings make every bake and answer anew, and the same ones none") {
  Workshop shop;
  REQUIRE(shop.run().ok());
  CHECK(shop.baker.calls.renderings == std::set<std::string>{dump(to_json(TemplateSettings{}))});
  const auto spelt_out = shop.run({"template={}", "date=2024-07-26"});
  REQUIRE(spelt_out.ok());
  CHECK(spelt_out->samples_reused == 8);
  CHECK(spelt_out->bakes_reused == 1);
  const std::vector<std::string> arguments = {"template={enable_thinking: false}"}, date = {"date=2025-01-31"};
  for (const auto& settings : {arguments, date}) {
    shop.baker.calls.renderings.clear();
    const int proofs = shop.baker.calls.proofs;
    const auto other = shop.run(settings);
    REQUIRE(other.ok());
    CHECK(other->bakes_made == 1);
    CHECK(other->samples_made == 8);
    CHECK(shop.baker.calls.proofs == proofs + 1);
    CHECK(shop.baker.calls.renderings.size() == 1);  // generators, bake and proof are told the same
    CHECK_FALSE(shop.baker.calls.renderings.contains(dump(to_json(TemplateSettings{}))));
    const int loads = shop.baker.loads;
    const auto again = shop.run(settings);
    REQUIRE(again.ok());
    CHECK(again->samples_reused == 8);
    CHECK(shop.baker.loads == loads);
  }
  const auto back = shop.run();
  REQUIRE(back.ok());
  CHECK(back->samples_reused == 8);
}

TEST_CASE("a limit plays the first items of each suite, and raising it keeps them") {
  Workshop shop;
  auto options = shop.options();
  options.limit = 1;
  const auto first = run::run_experiment(options, shop.baker.factory());
  REQUIRE(first.ok());
  CHECK(first->samples_made == 4);
  CHECK(shop.run()->samples_reused == 4);
}

TEST_CASE("every arm is asked with the same seeds, and drawn answers differ between replicates") {
  Workshop shop("replicates: 2\n");
  const auto outcome = shop.run({"suites[0].decoding={temperature: 1}"});
  REQUIRE(outcome.ok());
  std::map<std::uint64_t, int> counts;
  for (const std::uint64_t seed : shop.baker.calls.seeds) ++counts[seed];
  CHECK(counts.size() == 4);  // 2 items x 2 replicates
  for (const auto& [seed, count] : counts) CHECK(count == 4);
  const auto rows = shop.store()->verdicts(outcome->run, "base", "style");
  CHECK((*rows)[0].sample_key != (*rows)[1].sample_key);
}

TEST_CASE("as many episodes are alive as the model decodes together, and no more") {
  Workshop shop;
  REQUIRE(shop.run(kLonger).ok());
  const auto& held = shop.baker.calls.in_flight;
  CHECK(*std::max_element(held.begin(), held.end()) == 4);
}

TEST_CASE("a refused request is unscored with its reason and is not a zero; a lost device is tried again") {
  Workshop shop;
  write_text(shop.folder / "questions" / "test.jsonl",
             "{\"id\": \"one\", \"question\": \"FAIL\"}\n{\"id\": \"two\", \"question\": \"DISK\"}\n");
  const auto outcome = shop.run();
  REQUIRE(outcome.ok());
  CHECK(outcome->unscored == 8);
  const auto rows = shop.store()->verdicts(outcome->run, "base", "style");
  REQUIRE(rows.ok());
  CHECK_FALSE((*rows)[0].verdict.score);
  CHECK((*rows)[0].verdict.unscored == "the request failed: the prompt is too long");
  CHECK((*rows)[1].verdict.unscored == "the request failed: the device is lost");
  const auto again = shop.run();
  REQUIRE(again.ok());
  CHECK(again->samples_made == 4);  // the lost device, once an arm
  CHECK(again->samples_reused == 4);
}

TEST_CASE("an adapter without effect is an error before any score") {
  Workshop shop;
  shop.baker.script.effect_kl = 0;
  const auto outcome = shop.run();
  REQUIRE_FALSE(outcome.ok());
  CHECK(outcome.error().what == "the adapter changes nothing");
  CHECK(shop.baker.calls.answers == 0);
  CHECK(shop.store()->latest_run()->status == "failed");
}

TEST_CASE("an adapter whose bytes changed since its bake is refused") {
  Workshop shop;
  REQUIRE(shop.run().ok());
  const auto bakes = shop.store()->bakes(1);
  write_text((*bakes)[0].folder / "adapter_model.safetensors", "other");
  const auto outcome = shop.run({"suites=[{name: arithmetic, items: 2}]"});
  REQUIRE_FALSE(outcome.ok());
  CHECK(outcome.error().what == "the adapter is not the one that was baked: its bytes changed");
}

TEST_CASE("Ctrl-C keeps what is done, says how to resume, and the next run ends as if nothing had happened") {
  Workshop shop, undisturbed;
  REQUIRE(undisturbed.run(kLonger).ok());
  shop.baker.script.after_answer = [](int answers) {
    if (answers == 70) set_interrupted(true);
  };
  const auto stopped = shop.run(kLonger);
  REQUIRE_FALSE(stopped.ok());
  CHECK(stopped.error().kind == ErrorKind::interrupted);
  CHECK(stopped.error().hint.find("to go on: bakeoff run ") != std::string::npos);
  CHECK(shop.store()->latest_run()->status == "interrupted");
  const auto kept = rows_of(shop.folder / "out", "SELECT key FROM samples", 1).size();
  CHECK(kept >= 70);
  CHECK(kept <= 74);  // with what was in flight
  set_interrupted(false);
  const auto resumed = shop.run(kLonger);
  REQUIRE(resumed.ok());
  CHECK(resumed->samples_reused == static_cast<std::int64_t>(kept));
  CHECK(resumed->samples_made == 200 - static_cast<std::int64_t>(kept));
  CHECK(content_of(shop.folder / "out") == content_of(undisturbed.folder / "out"));
}

TEST_CASE("Ctrl-C during a bake ends as interrupted") {
  Workshop shop;
  shop.baker.script.interrupt_in_bake = true;
  const auto stopped = shop.run();
  REQUIRE_FALSE(stopped.ok());
  CHECK(exit_status(stopped.error().kind) == 130);
}

TEST_CASE("a run to be killed", "[.][run_to_be_killed]") {
  const char* folder = std::getenv("BAKEOFF_TEST_FOLDER");
  REQUIRE(folder);
  ScriptedBaker baker({.model_file = Path(folder) / "model.bin", .slow_milliseconds = 8});
  baker.script.after_answer = [last = std::atoi(std::getenv("BAKEOFF_TEST_KILLED_AFTER"))](int answers) {
    if (answers == last) raise(SIGKILL);
  };
  static_cast<void>(run::run_experiment(longer_options(folder, Path(folder) / "out"), baker.factory()));
}

TEST_CASE("a run that is killed again and again ends with the rows of an undisturbed one") {
  Workshop shop, undisturbed;
  REQUIRE(run::run_experiment(longer_options(undisturbed.folder.path(), undisturbed.folder / "out"),
                              undisturbed.baker.factory())
              .ok());
  std::mt19937 random(20240907);
  int samples_before = 0, kills_while_playing = 0;
  for (int attempt = 0; attempt < 24; ++attempt) {
    // Every second one is killed from outside at any moment, if it has not come to its own end by then.
    const pid_t child =
        start_child("[run_to_be_killed]", shop.folder.path(), std::uniform_int_distribution<int>(1, 7)(random));
    REQUIRE(child > 0);
    if (attempt % 2 == 1) {
      usleep(static_cast<useconds_t>(std::uniform_int_distribution<int>(5'000, 100'000)(random)));
      kill(child, SIGKILL);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    const int samples = samples_stored(shop.folder / "out");
    kills_while_playing += samples > samples_before ? 1 : 0;
    samples_before = samples;
  }
  CHECK(kills_while_playing > 0);
  const auto finished =
      run::run_experiment(longer_options(shop.folder.path(), shop.folder / "out"), shop.baker.factory());
  REQUIRE(finished.ok());
  CHECK(finished->samples_reused > 0);
  CHECK(finished->samples_made + finished->samples_reused == 200);
  CHECK(content_of(shop.folder / "out") == content_of(undisturbed.folder / "out"));
}

TEST_CASE("a disk that fills up is told as such, and what was finished stays readable and is reused") {
  Workshop shop, undisturbed;
  REQUIRE(undisturbed.run(kLonger).ok());
  // A limit on the size of files stands for the disk: writes beyond it fail as they do on a full one.
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto old = std::signal(SIGXFSZ, SIG_IGN);
  shop.baker.script.after_answer = [&](int answers) {
    if (answers != 70) return;
    wait_for_samples(shop.folder / "out", 1);
    fill_the_disk(shop.folder / "out", before);
  };
  const auto stopped = shop.run(kLonger);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old);
  REQUIRE_FALSE(stopped.ok());
  CHECK(stopped.error().kind == ErrorKind::infrastructure);
  CHECK(stopped.error().hint.find("finished work is kept") != std::string::npos);
  const auto kept = rows_of(shop.folder / "out", "SELECT sample FROM verdicts", 1).size();
  CHECK(kept > 0);
  CHECK(kept < 200);
  shop.baker.script.after_answer = [](int) {};
  const auto resumed = shop.run(kLonger);
  REQUIRE(resumed.ok());
  CHECK(resumed->samples_reused == static_cast<std::int64_t>(kept));
  CHECK(content_of(shop.folder / "out") == content_of(undisturbed.folder / "out"));
}

TEST_CASE("the folder of another experiment is refused before anything is written or loaded") {
  Workshop shop;
  REQUIRE(shop.run().ok());
  const auto before = content_of(shop.folder / "out");
  const int loads = shop.baker.loads;
  const auto other = shop.run({"name=ninja"});
  REQUIRE_FALSE(other.ok());
  CHECK(exit_status(other.error().kind) == 3);
  CHECK(other.error().what == "this folder holds the experiment \"pirate\", not \"ninja\"");
  CHECK(shop.baker.loads == loads);
  CHECK(content_of(shop.folder / "out") == before);
}

TEST_CASE("a mistake in the experiment or in a suite's data writes nothing") {
  Workshop shop;
  CHECK_FALSE(shop.run({"prompts.pirate={system: \"\"}"}).ok());
  CHECK_FALSE(shop.run({"suites[0].items=missing.jsonl"}).ok());
  CHECK_FALSE(shop.run({"suites[0].name=stile"}).ok());
  CHECK_FALSE(std::filesystem::exists(shop.folder / "out"));
}

TEST_CASE("two runs at once in one folder: the second is told to wait") {
  Workshop shop;
  const pid_t child = start_child("[run_to_be_killed]", shop.folder.path());
  REQUIRE(child > 0);
  Result<run::RunOutcome> second = internal_error("not tried");
  for (int attempt = 0; attempt < 200; ++attempt) {  // until the child has the folder
    usleep(5'000);
    if (!std::filesystem::exists(shop.folder / "out" / "bakeoff.db")) continue;
    second = shop.run();
    break;
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().what == "another run is working in this folder");
}

TEST_CASE("a plan shows jobs and what is cached, and writes nothing") {
  Workshop shop;
  const auto before = run::plan_experiment(shop.options(), shop.baker.factory());
  REQUIRE(before.ok());
  CHECK_FALSE(std::filesystem::exists(shop.folder / "out"));
  REQUIRE(before->json["jobs"].size() == 5);
  CHECK(before->json["jobs"][0]["kind"] == "bake");
  CHECK(before->json["jobs"][3]["after"][0] == before->json["jobs"][0]["id"]);
  // 2 questions x 4 samples x 40 tokens, and 8 answers of at most 48
  CHECK(before->json["estimate"]["drawn_tokens"] == 2 * 4 * 40 + 8 * 48);
  REQUIRE(shop.run().ok());
  const auto after = run::plan_experiment(shop.options(), shop.baker.factory());
  REQUIRE(after.ok());
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(after->json["jobs"][i]["cached"] == after->json["jobs"][i]["items"]);
    CHECK(after->json["jobs"][i]["id"] == before->json["jobs"][i]["id"]);
  }
  CHECK(after->json["estimate"]["seconds"] == 0);
  CHECK(after->text.find("style: reprompted") != std::string::npos);
}
