// Imports: what other tools left behind says in our store what it says in their files. Expected figures are those of
// lm_eval, Inspect, nemo-evaluator and arena-rank themselves (tests/golden, tools/goldens).
#include <cmath>

#include "harness/compare/compare.h"
#include "harness/compare/exports.h"
#include "harness/compare/history.h"
#include "harness/compare/ranking.h"
#include "harness/compare/to_store.h"
#include "harness/run/experiment.h"
#include "harness/run/from_bgit.h"
#include "reports/report.h"
#include "tests/result_sets.h"
#include "tests/workshop.h"

using namespace bakeoff;
using namespace bakeoff::compare;
using namespace bakeoff::testing;

namespace {

std::vector<ResultSet> sets_at(const Path& path) {
  auto sets = open_results(path.string());
  INFO((sets.ok() ? "" : sets.error().line()));
  REQUIRE(sets.ok());
  return std::move(sets).value();
}

std::vector<ResultSet> golden_sides(const std::string& base, const std::string& candidate) {
  std::vector<ResultSet> sets;
  for (const auto& [arm, path] : {std::pair("left", base), {"right", candidate}}) {
    sets.push_back(sets_at(source_path("golden/" + path)).front());
    sets.back().arm = arm;
  }
  return sets;
}

Imported imported(const std::vector<ResultSet>& sets, const Path& folder) {
  const auto done = import_results(sets, folder, {.experiment = "x", .program = "test"});
  INFO((done.ok() ? "" : done.error().line()));
  REQUIRE(done.ok());
  return *done;
}

ResultSet as_foreign(ResultSet set) {
  set.source = "lm-eval";
  return set;
}

bool has(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

TEST_CASE("imported results compare as the files themselves do", "[interchange]") {
  for (const auto& [base, candidate] : {std::pair("lm_eval/plain", "lm_eval/plain"), {"nemo/base", "nemo/candidate"}}) {
    INFO(base);
    TemporaryFolder folder;
    const auto sets = golden_sides(base, candidate);
    imported(sets, folder.path());
    const auto back = sets_at(folder.path());
    REQUIRE(back.size() == 2);
    const Comparison direct = compare::compare(sets[0], sets[1]), stored = compare::compare(back[0], back[1]);
    CHECK(stored.reasons == direct.reasons);
    REQUIRE(stored.suites.size() == direct.suites.size());
    for (const SuiteComparison& suite : direct.suites) {
      const auto same = std::find_if(stored.suites.begin(), stored.suites.end(),
                                     [&](const auto& each) { return each.name == suite.name; });
      REQUIRE(same != stored.suites.end());
      for (const MetricComparison& metric : suite.metrics) {
        INFO(suite.name << " " << metric.info.name);
        const auto other = std::find_if(same->metrics.begin(), same->metrics.end(),
                                        [&](const auto& each) { return each.info.name == metric.info.name; });
        REQUIRE(other != same->metrics.end());
        CHECK(other->seen.items == metric.seen.items);
        CHECK(other->seen.difference == metric.seen.difference);
        CHECK(other->seen.p == metric.seen.p);
        CHECK(other->unscored == metric.unscored);
      }
    }
  }
}

TEST_CASE("imported results hold the figures that lm_eval and Inspect state", "[interchange]") {
  TemporaryFolder folder;
  imported(golden_sides("lm_eval/plain", "lm_eval/pirate"), folder / "l");
  const Json expected = read_json_file(source_path("golden/lm_eval/expected.json")).value();
  auto store = store::Store::open(folder / "l", store::Access::read).value();
  const std::pair<const char*, const char*> sides[] = {{"left", "plain"}, {"right", "pirate"}};
  for (const store::ScoreRow& score : store->scores(1).value())
    for (const auto& [arm, side] : sides)
      if (score.arm == arm) {
        const Json& figures = expected.at(side).at(score.suite);
        const std::string key = score.suite == "sums" ? "exact_match,strict-match" : "acc,none";
        INFO(side << " " << score.suite);
        CHECK(*score.mean == Approx(figures.at(key).get<double>()).epsilon(1e-12));
      }
  const auto logs = data_path("inspect_logs");
  if (!logs) SKIP_TEST("no public test data");
  // The logs' own "results": accuracy 2/3 of the samples that were finished.
  imported(sets_at(*logs / "2025-05-12T20-28-13-04-00_popularity.json"), folder / "i");
  store = store::Store::open(folder / "i", store::Access::read).value();
  const auto scores = store->scores(1).value();
  REQUIRE(scores.size() == 1);
  CHECK(*scores[0].mean == Approx(2.0 / 3).epsilon(1e-12));
  // A log whose samples were never scored keeps them, unscored.
  imported(sets_at(*logs / "2025-02-11T15-17-00-05-00_popularity_dPiJifoWeEQBrfWsAopzWr.eval"), folder / "u");
  store = store::Store::open(folder / "u", store::Access::read).value();
  CHECK(store->unscored(1).value() == 10);
}

TEST_CASE("figures without samples become measurements, and compare with their errors", "[interchange]") {
  const auto results = data_path("lm_eval_results");
  if (!results) SKIP_TEST("no public test data");
  TemporaryFolder folder;
  const Path file = *results / "pythia-12b-0shot-global_step143000_eval_results_12-15-2022-23-32-34.json";
  const Imported done = imported(sets_at(file), folder.path());
  CHECK(done.rows == 0);
  auto store = store::Store::open(folder.path(), store::Access::read).value();
  std::map<std::string, double> values;
  for (const Measurement& each : store->measurements(done.run).value()) values[each.name] = each.value;
  const Json stated = read_json_file(file).value()["results"]["hendrycksTest-anatomy"];
  CHECK(values.at("hendrycksTest-anatomy/acc") == stated["acc"].get<double>());
  CHECK(values.at("hendrycksTest-anatomy/acc_stderr") == stated["acc_stderr"].get<double>());
  const ResultSet back = sets_at(folder.path()).front();
  const SuiteResults* anatomy = find_suite(back, "hendrycksTest-anatomy");
  REQUIRE(anatomy);
  CHECK(anatomy->figures.at("acc_norm").value == stated["acc_norm"].get<double>());
  CHECK(anatomy->figures.at("acc").standard_error == stated["acc_stderr"].get<double>());
}

TEST_CASE("the same results again are the same run, and others are the next of one history", "[interchange]") {
  TemporaryFolder folder;
  ResultSet night = as_foreign(set_of("model", {suite_of("sums", {1, 1, 1, 1, 0, 1, 1, 1, 1, 1})}));
  CHECK(imported({night}, folder.path()).run == 1);
  CHECK(imported({night}, folder.path()).run == 1);
  night.suites = {suite_of("sums", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0})};
  CHECK(imported({night}, folder.path()).run == 2);
  auto store = store::Store::open(folder.path(), store::Access::write).value();
  const auto history = read_history(*store).value();
  REQUIRE(history.series.size() == 1);
  REQUIRE(history.series[0].points.size() == 2);
  CHECK(*history.series[0].points[0].score.mean == Approx(0.9));
  CHECK(*history.series[0].points[1].score.mean == 0);
  CHECK(find_regressions(*store, "x", 1).value().first_bad == 2);
}

TEST_CASE("a score outside [0, 1] is no score of a store: another metric is, or the means stay", "[interchange]") {
  TemporaryFolder folder;
  SuiteResults graded = suite_of("essays", {1, 0, 1});
  graded.metrics = {{"points", true, ""}, {"passed", true, ""}};
  for (std::size_t i = 0; i < graded.items.size(); ++i) {
    const double points = 5.0 + static_cast<double>(i);
    graded.items[i].verdict.score = points;  // as readers of other harnesses leave it
    graded.items[i].verdict.metrics = {{"points", points}, {"passed", i == 0 ? 1.0 : 0.0}};
  }
  SuiteResults lengths = graded;
  lengths.name = "lengths";
  lengths.metrics.pop_back();
  const Imported done = imported({as_foreign(set_of("model", {graded, lengths}))}, folder.path());
  CHECK(done.notes.size() == 2);
  const ResultSet back = sets_at(folder.path()).front();
  const SuiteResults* essays = find_suite(back, "essays");
  CHECK(essays->metrics.front().name == "passed");
  CHECK(essays->items.front().verdict.score == 1);
  CHECK(essays->items.front().verdict.metrics.at("points") == 5);
  bool has_mean = false;
  for (const Measurement& each : back.measurements) has_mean |= each.name == "lengths/points" && each.value == 6;
  CHECK(has_mean);
}

TEST_CASE("results that do not belong together are refused, and nothing is written", "[interchange]") {
  TemporaryFolder folder;
  const ResultSet one = as_foreign(set_of("model", {suite_of("sums", {1, 0})}));
  const auto refusal = [&](std::vector<ResultSet> sets, const std::string& experiment = "x") {
    const auto done = import_results(sets, folder.path(), {.experiment = experiment, .program = ""});
    REQUIRE_FALSE(done.ok());
    return done.error().line();
  };
  imported({one}, folder.path());
  CHECK(refusal({one, one}).find("two arms \"model\"") != std::string::npos);
  ResultSet other = one;
  other.arm = "other";
  other.suites[0].protocol["data"] = "d2";
  CHECK(refusal({one, other}).find("suite sums has other documents") != std::string::npos);
  CHECK(refusal({one}, "y").find("x") != std::string::npos);
  ResultSet ours = one;
  ours.source = "bakeoff";
  CHECK(refusal({ours}).find("is a run of bakeoff already") != std::string::npos);
  CHECK(refusal({}).find("no results") != std::string::npos);
  auto store = store::Store::open(folder.path(), store::Access::read).value();
  CHECK(store->runs().value().size() == 1);
}

TEST_CASE("a run ranks imported votes as arena-rank ranks the file", "[interchange]") {
  const auto file = data_path("qlora_pairwise/votes.csv");
  if (!file) SKIP_TEST("the public test data is not here");
  TemporaryFolder folder;
  const auto done = import_votes({*file}, folder.path(), {.experiment = "x", .program = ""});
  REQUIRE(done.ok());
  auto store = store::Store::open(folder.path(), store::Access::read).value();
  VoteSet votes;
  REQUIRE(add_votes(*store, done->run, "", votes).ok());
  const Ranking ranking = rank_votes(votes).value();
  const Json golden = read_json_file(source_path("golden/ranking.json")).value();
  CHECK(done->rows == golden["votes"].get<std::int64_t>());
  REQUIRE(done->notes.size() == 1);
  CHECK(done->notes[0] == "13 rows without a vote left out: unparsed");
  for (const RatedModel& model : ranking.models) {
    const Json& row = golden["ratings"][model.name];
    CHECK(model.rating.rating == Approx(row[0].get<double>()).margin(1e-4));
    CHECK(model.rating.interval.low == Approx(row[1].get<double>()).margin(1e-3));
    CHECK(model.rating.interval.high == Approx(row[2].get<double>()).margin(1e-3));
  }
  VoteSet direct;
  REQUIRE(read_votes(*file, direct).ok());
  CHECK(rank_votes(direct)->models.front().elo == ranking.models.front().elo);  // the order of the votes is kept
}

TEST_CASE("FastChat's own log gives the battles that its cleaning script gives", "[interchange]") {
  // Rows in the form of fastchat/serve/gradio_block_arena_anony.py; the outcomes follow clean_battle_data.py.
  TemporaryFolder folder;
  const auto row = [](const char* type, const char* a, const char* b, const char* hidden_a, const char* hidden_b) {
    return Json({{"tstamp", 1682351591.75},
                 {"type", type},
                 {"models", {a, b}},
                 {"states", {{{"model_name", hidden_a}, {"conv_id", "c1"}}, {{"model_name", hidden_b}}}},
                 {"ip", "192.0.2.1"}})
               .dump() +
           "\n";
  };
  write_text(folder / "conv.json.jsonl",
             row("leftvote", "", "", "vicuna", "koala") +
                 row("rightvote", "<h3>Model A: vicuna</h3>\n", "<h3>Model B: koala</h3>\n", "vicuna", "koala") +
                 row("tievote", "Model A", "Model B", "koala", "vicuna") +
                 row("bothbad_vote", "vicuna", "koala", "vicuna", "koala") + row("chat", "", "", "vicuna", "koala") +
                 row("leftvote", "vicuna", "", "vicuna", "koala") +
                 row("leftvote", "vicuna", "koala", "vicuna", "alpaca"));
  const auto done = import_votes({folder / "conv.json.jsonl"}, folder / "s", {.experiment = "x", .program = ""});
  REQUIRE(done.ok());
  CHECK(done->rows == 4);
  auto store = store::Store::open(folder / "s", store::Access::read).value();
  std::string outcomes;
  for (const store::VoteRow& vote : store->votes(done->run).value()) {
    outcomes += vote.model_a + " " + vote.winner + " " + vote.model_b + ", ";
    CHECK(vote.created_at == "2023-04-24T15:53:11.750Z");
    CHECK(vote.item == "c1");
  }
  CHECK(outcomes == "vicuna model_a koala, vicuna model_b koala, koala tie vicuna, vicuna tie koala, ");
  CHECK(has(done->notes, "1 row without a vote left out: no vote but \"chat\""));
  CHECK(has(done->notes, "2 rows without a vote left out: names contradict each other"));
}

TEST_CASE("votes by columns are read, and a file with a bad row writes nothing", "[interchange]") {
  TemporaryFolder folder;
  const std::string head = "id,model_a,model_b,prompt,winner_model_a,winner_model_b,winner_tie\n";
  write_text(folder / "v.csv", head + "7,a,b,\"x, y\",0,1,0\n8,a,b,z,0,0,1\n");
  const auto done = import_votes({folder / "v.csv"}, folder / "s", {.experiment = "x", .program = ""});
  REQUIRE(done.ok());
  auto store = store::Store::open(folder / "s", store::Access::read).value();
  const auto votes = store->votes(done->run).value();
  REQUIRE(votes.size() == 2);
  CHECK(votes[0].winner == "model_b");
  CHECK(votes[1].winner == "tie");
  CHECK(votes[0].item == "7");
  write_text(folder / "bad.csv", "model_a,model_b,winner\na,b,model_a\na,b,left\n");
  const auto bad = import_votes({folder / "bad.csv"}, folder / "t", {.experiment = "x", .program = ""});
  REQUIRE_FALSE(bad.ok());
  CHECK(bad.error().line().find("bad.csv:3") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder / "t"));
}

TEST_CASE("a refused import leaves no store, no folder, and what was there before", "[interchange]") {
  TemporaryFolder folder;
  write_text(folder / "bad.csv", "model_a,model_b,winner\na,b,model_a\na,b,left\n");
  write_text(folder / "empty.csv", "model_a,model_b,winner\n");
  const ResultSet one = as_foreign(set_of("model", {suite_of("sums", {1, 0})}));
  const ImportOptions options{.experiment = "x", .program = ""};
  for (const char* file : {"bad.csv", "empty.csv"})
    CHECK_FALSE(import_votes({folder / file}, folder / "new" / "deep", options).ok());
  CHECK_FALSE(import_results({one, one}, folder / "new" / "deep", options).ok());
  CHECK_FALSE(std::filesystem::exists(folder / "new"));
  write_text(folder / "kept" / "notes.txt", "mine");
  CHECK_FALSE(import_results({one, one}, folder / "kept", options).ok());
  CHECK(read_file(folder / "kept" / "notes.txt").value() == "mine");
  CHECK_FALSE(std::filesystem::exists(folder / "kept" / "bakeoff.db"));
  imported({one}, folder / "run");
  CHECK_FALSE(import_results({one, one}, folder / "run", options).ok());
  CHECK(store::Store::open(folder / "run", store::Access::read).value()->runs()->size() == 1);
}

namespace {

reports::ReportModel report_of(const Path& folder) {
  const auto store = store::Store::open(folder, store::Access::read);
  REQUIRE(store.ok());
  auto model = reports::collect(**store);
  INFO((model.ok() ? "" : model.error().line()));
  REQUIRE(model.ok());
  return std::move(model).value();
}

}  // namespace

TEST_CASE("the report of an import says what is not known instead of numbers that nobody measured", "[interchange]") {
  for (const auto& [base, candidate] :
       {std::pair("lm_eval/plain", "lm_eval/pirate"), {"nemo/base", "nemo/candidate"}}) {
    INFO(base);
    TemporaryFolder folder;
    imported(golden_sides(base, candidate), folder.path());
    const auto model = report_of(folder.path());
    for (const auto& cost : model.arm_costs) {
      CHECK(cost.samples > 0);
      CHECK_FALSE(cost.prompt_tokens);
    }
    const std::string page = reports::to_html(model), table = reports::terminal_table(model);
    CHECK(page.find("its files do not say what they cost") != std::string::npos);
    CHECK(table.find("Cost: not known.") != std::string::npos);
    for (const char* invented :
         {"0.0 each", "<td>0.0</td>", "kept  ", "kept from", "0 + 0", "greedy", "All arms share one model", "bakeoff run"}) {
      INFO(invented);
      CHECK(page.find(invented) == std::string::npos);
      CHECK(table.find(invented) == std::string::npos);
    }
    CHECK(page.find("bakeoff import left=") != std::string::npos);
    CHECK(reports::to_json(model)["arms"]["left"]["prompt_tokens"].is_null());
  }
}

TEST_CASE("the report of votes alone shows the ratings, and asks for no arms", "[interchange]") {
  TemporaryFolder folder;
  std::string rows = "model_a,model_b,winner\n";
  for (int i = 0; i < 40; ++i) rows += i < 30 ? "ada,bea,model_a\n" : "ada,bea,model_b\n";
  write_text(folder / "v.csv", rows);
  REQUIRE(import_votes({folder / "v.csv"}, folder / "s", {.experiment = "x", .program = ""}).ok());
  const auto model = report_of(folder / "s");
  const std::string page = reports::to_html(model), table = reports::terminal_table(model);
  // odds of 3 are 400 log10(3) = 190.85 points, half of it above and below 1000
  for (const std::string& text : {page, table}) {
    CHECK(text.find("40 votes, 0 of them ties (half a point each): ada is first with 1095 points.") !=
          std::string::npos);
    CHECK(text.find("905") != std::string::npos);
    for (const char* absent : {"There is no arm", "no bake", "over 0 comparisons", "Did it take", "cost"}) {
      INFO(absent);
      CHECK(text.find(absent) == std::string::npos);
    }
  }
  CHECK(page.find("1095") < page.find("Can I trust it?"));  // on the first screen
  CHECK(page.find("bakeoff import " + (folder / "v.csv").string()) != std::string::npos);
}

TEST_CASE("a bgit project becomes an experiment, and what has no counterpart is named", "[interchange]") {
  // The keys are those of public projects (input.yml, .bread); what they mean is Bread's documentation of its client.
  TemporaryFolder folder;
  const std::string said = "You are a ferryman: 'aye'.\n\n  BEFORE you answer:\n- count the passengers # all\n";
  write_text(
      folder / "p" / "input.yml",
      "PROMPT:\n"
      "  teacher:\n    messages:\n      - role: system\n        content: |\n"
      "          You are a ferryman: 'aye'.\n\n            BEFORE you answer:\n          - count the passengers # all\n"
      "      - {role: user, content: \"Tab\\there \\u00fc\"}\n"
      "  student:\n    messages: []\n"
      "  spare:\n    messages: []\n"
      "TARGET:\n  name: ferry/man\n  num_traj_per_stimulus: 3\n  max_concurrency: 30\n  temperature: 0.7\n"
      "  max_tokens: 90\n  generators:\n"
      "    - {type: hardcoded, numq: 2, questions: [\"Who are you?\", \"Where to?\", never asked]}\n"
      "    - {type: oneshot_qs, model: some-model, numq: 300}\n"
      "BAKE:\n  name: ferry_v1\n  datasets: [{target: ferry/man, weight: 1.0}]\n  epochs: 2\n"
      "  micro_batch_size: 2\n  gradient_accumulation_steps: 4\n  total_trajectories: 3600\n  seed: 42\n"
      "  optimizer: {learning_rate: 0.01, betas: [0.8, 0.9], kind: adamw}\n"
      "  model:\n    baked_adapter_config: {r: 32, lora_alpha: 8, target_modules: all-linear, lora_dropout: 0.05}\n"
      "  data: {train_eval_split: [0.75, 0.25], max_length: 3000}\n");
  write_text(
      folder / "p" / ".bread",
      "[REPO]\nname=ferries\n\n[PARENT_MODEL]\nmodel_name=u/ferries/old/12\n\n[RECIPE]\nbase_model=Org/Model-1B\n");
  REQUIRE(run::looks_like_bgit(folder / "p"));
  const auto done = run::import_bgit(folder / "p", folder / "out");
  INFO((done.ok() ? "" : done.error().line()));
  REQUIRE(done.ok());
  const run::Experiment experiment = run::read_experiment(folder / "out" / "experiment.yaml").value();
  CHECK(experiment.name == "ferries");
  CHECK(experiment.model == "Org/Model-1B");
  REQUIRE(experiment.bakes.size() == 1);
  const run::BakeSpec& bake = experiment.bakes[0];
  CHECK(bake.name == "ferry_v1");
  CHECK(bake.seed == 42);
  CHECK(bake.questions.size() == 2);
  const Recipe& recipe = bake.recipe;
  CHECK(std::vector<double>{recipe.learning_rate, recipe.adam_beta1, recipe.adam_beta2, recipe.alpha, recipe.held_out,
                            recipe.temperature} == std::vector<double>{0.01, 0.8, 0.9, 8, 0.25, 0.7});
  CHECK(std::vector<int>{recipe.rank, recipe.epochs, recipe.batch_trajectories, recipe.samples_per_question,
                         recipe.max_new_tokens} == std::vector<int>{32, 2, 8, 3, 90});
  const PromptSpec& prompt = experiment.prompts.at("ferry/man");
  CHECK(prompt.student.empty());
  REQUIRE(prompt.messages.size() == 2);
  CHECK(prompt.messages[0] == Message{"system", said});
  CHECK(prompt.messages[1] == Message{"user", "Tab\there \xC3\xBC"});
  const std::vector<std::string> left_out = {"BAKE.total_trajectories",
                                             "BAKE.optimizer.kind",
                                             "BAKE.data.max_length",
                                             "BAKE.model.baked_adapter_config.lora_dropout",
                                             "TARGET.max_concurrency",
                                             "TARGET.generators[1] (oneshot_qs, 300 questions)",
                                             "PROMPT.spare"};
  CHECK(done->left_out.size() == left_out.size());
  for (const std::string& key : left_out) {
    INFO(key);
    CHECK(has(done->left_out, key));
  }
}

TEST_CASE("a cleared bgit project is read from its recipe, as a chain of bakes", "[interchange]") {
  TemporaryFolder folder;
  write_text(folder / "input.yml", "PROMPT:\nTARGET:\nBAKE:\n");
  std::string steps = "base_model: Org/Model-1B\nsteps:\n";
  for (const char* name : {"one", "two"}) {
    const std::string n = name;
    steps += "  - {action: create_prompt, resource_name: p" + n +
             ", config: {content: {messages: [{role: system, content: " + n +
             "}]}}}\n  - {action: create_prompt, resource_name: empty" + n + ", config: {content: {messages: []}}}\n" +
             "  - {action: create_target, resource_name: t" + n + ", config: {u: p" + n + ", v: empty" + n +
             ", generators: [{type: hardcoded, questions: [Why]}]}}\n  - {action: create_bake, resource_name: " + n +
             ", config: {datasets: [{target: t" + n + ", weight: 1}]}}\n";
  }
  write_text(folder / "recipe.yml", steps);
  const auto done = run::import_bgit(folder.path(), folder / "out");
  INFO((done.ok() ? "" : done.error().line()));
  REQUIRE(done.ok());
  CHECK(done->left_out.empty());
  const run::Experiment experiment = run::read_experiment(folder / "out" / "experiment.yaml").value();
  REQUIRE(experiment.bakes.size() == 2);
  CHECK(experiment.bakes[0].parent.empty());
  CHECK(experiment.bakes[1].parent == "one");
  CHECK(experiment.prompts.at("ttwo").messages[0].content == "two");
  write_text(folder / "recipe.yml", "base_model: x\n");
  CHECK(run::import_bgit(folder.path(), folder / "out").error().line().find("has no target to import") !=
        std::string::npos);
  write_text(folder / "input.yml", "PROMPT: {teacher: {messages: []}}\nTARGET: {name: a, teacher_prompt: techer}\n");
  CHECK(run::import_bgit(folder.path(), folder / "out").error().line().find("\"techer\"; did you mean teacher?") !=
        std::string::npos);
}
