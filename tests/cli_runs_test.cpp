// Runs on the command line: resumed, sharded, compared, gated, stopped early, certified, shown.
#include "tests/cli_bench.h"

using namespace bakeoff;
using testing::Bench;
using testing::is_one_line;
using testing::Outcome;

TEST_CASE("an experiment runs to its report, a second run makes nothing new, and every sample can be shown") {
  const Bench bench;
  bench.write("exp.yaml",
              "name: pirate\nmodel: scripted\nprompts: {pirate: {system: You are a pirate.}}\nquestions: q.jsonl\n"
              "bakes: [{prompt: pirate}]\nsuites: [{name: arithmetic, items: 5}]\n");
  bench.write("q.jsonl", "{\"question\":\"a\"}\n");
  const Outcome plan = bench.run("plan exp.yaml --json");
  CHECK(plan.status == 0);
  CHECK_FALSE(bench.has("runs"));
  CHECK(parse_json(plan.out, "plan").value()["jobs"].size() == 5);  // one bake and four arms on one suite

  const Outcome first = bench.run("run exp.yaml --limit 3");
  INFO(first.err);
  CHECK(first.status == 0);
  CHECK(first.err.find("1 bake made, 0 bakes reused") != std::string::npos);
  CHECK(first.err.find("12 samples made") != std::string::npos);
  CHECK(bench.has("runs/pirate/report.html"));
  const Outcome second = bench.run("run exp.yaml --limit 3 --json");
  CHECK(second.err.find("0 samples made, 12 samples reused") != std::string::npos);
  CHECK(parse_json(second.out, "run").value().contains("suites"));
  CHECK(bench.run("report pirate --out page.html --csv tables").status == 0);
  CHECK(bench.read("page.html").starts_with("<!"));
  CHECK(bench.has("tables/scores.csv"));
  CHECK(bench.run("show 000000000000").status == 3);
}

TEST_CASE("shards are run, merged, listed, named and held against a baseline; an adapter has its ancestry") {
  const Bench bench;
  bench.write("exp.yaml",
              "name: pirate\nmodel: scripted\nprompts: {pirate: {system: You are a pirate.}}\nquestions: q.jsonl\n"
              "bakes: [{prompt: pirate}]\nsuites: [{name: arithmetic, items: 5}]\n");
  bench.write("q.jsonl", "{\"question\":\"a\"}\n");
  CHECK(bench.run("run exp.yaml --shard 3/2").status == 3);
  CHECK(bench.run("run exp.yaml --shard ''").status == 3);
  for (const char* shard : {"1", "2"})
    REQUIRE(bench.run(std::string("run exp.yaml --shard ") + shard + "/2 --out shard" + shard).status == 0);
  CHECK(bench.run("runs merge shard1 --out runs/pirate").status == 3);
  CHECK_FALSE(bench.has("runs/pirate"));
  REQUIRE(bench.run("runs merge shard1 shard2 --out runs/pirate").status == 0);
  CHECK(bench.run("run exp.yaml").err.find("0 samples made, 20 samples reused") != std::string::npos);
  REQUIRE(bench.run("run exp.yaml --limit 4").status == 0);

  const auto listed = bench.run("runs list --json").rows();
  REQUIRE(listed.size() == 2);
  CHECK(listed[0]["run"] == "runs/pirate@1");
  CHECK(bench.run("history pirate --regressions").err.find("runs tag") != std::string::npos);
  CHECK(bench.run("runs tag pirate@1 baseline").status == 0);
  CHECK(bench.run("runs list").out.find("baseline") != std::string::npos);
  const Json history = bench.run("history --json").rows().at(0);
  CHECK(history["series"].size() == 4);
  CHECK(history["series"][0]["points"].size() == 2);
  const Json found = bench.run("history pirate --regressions --json").rows().at(0);
  CHECK(found["first_bad"].is_null());
  CHECK(found["baseline"] == 1);
  CHECK(found["rows"].size() == 4);
  CHECK(bench.run("history pirate").out.find("arithmetic / baked") != std::string::npos);

  const Path adapters = bench.path("runs/pirate/adapters");
  const std::string id = std::filesystem::directory_iterator(adapters)->path().filename().string();
  const Json ancestry = bench.run("lineage " + id + " --json").rows().at(0);
  CHECK(ancestry["ancestry"].size() == 1);
  CHECK(ancestry["root"] == ancestry["ancestry"][0]["model_digest"]);
  CHECK(bench.run("lineage " + id).out.find("model ") != std::string::npos);
  CHECK(bench.run("lineage ffffffffff0").status == 3);
  CHECK(bench.run("lineage ''").status == 3);

  // What can not be read is told, and keeps nobody from the rest.
  REQUIRE(make_folder(bench.path("runs/junk")).ok());
  bench.write("runs/junk/bakeoff.db", "no store");
  CHECK(bench.run("runs list").out.find("pirate@2") != std::string::npos);
  CHECK(bench.run("runs list junk").out.empty());
  CHECK(bench.run("lineage " + id).status == 0);
  const Outcome swept = bench.run("runs gc --json --dry-run");
  CHECK(swept.status == 3);
  CHECK(swept.rows().size() == 1);
  std::filesystem::remove_all(bench.path("runs/junk"));

  // No green light where nothing was measured, and no silence about a name that is not there.
  CHECK(bench.run("history pirate --baseline 2").out == "nothing to hold against run 2 yet\n");
  for (const char* wrong : {"--suite none", "--arm none", "--baseline 1 --suite none", "--baseline 1 --arm none"}) {
    const Outcome refused = bench.run(std::string("history pirate ") + wrong);
    CHECK(refused.status == 3);
    CHECK(refused.err.find("none") != std::string::npos);
    CHECK(is_one_line(refused.err));
  }

  CHECK(bench.run("runs rm pirate").err.find("pirate@2") != std::string::npos);
  CHECK(bench.run("runs rm pirate@2").status == 0);
  CHECK(bench.run("runs gc").status == 0);
  CHECK(bench.run("runs list --json").rows().size() == 1);
  CHECK(is_one_line(bench.run("runs melt").err));
}

TEST_CASE("show and report name what is not there") {
  const Bench bench;
  CHECK(bench.run("show abcdef").status == 3);
  CHECK(bench.run("report nowhere").status == 3);
  CHECK(bench.run("run nowhere.yaml").status == 3);
  CHECK_FALSE(bench.has("runs"));
}

TEST_CASE("compare and gate read a run's arms, and the gate's answer is its exit status") {
  testing::Workshop made;
  std::string items;
  for (int i = 0; i < 40; ++i) items += R"({"id":"q)" + std::to_string(i) + R"(","question":"rum"})" + "\n";
  testing::write_text(made.folder / "questions" / "test.jsonl", items);
  REQUIRE(made.run().ok());
  const Bench bench;
  REQUIRE(make_folder(bench.path("runs")).ok());
  std::filesystem::rename(made.folder / "out", bench.path("runs/pirate"));
  bench.write("items.jsonl", items);

  const Outcome compared = bench.run("compare runs/pirate:base pirate:baked --json");
  REQUIRE(compared.status == 0);
  const Json record = compared.rows().at(0);
  CHECK(record["comparable"] == true);
  CHECK(record["suites"]["style"]["metrics"]["manner"]["verdict"] == "better");
  CHECK(record["suites"]["style"]["metrics"]["manner"]["wins"] == 40);
  CHECK(record["suites"]["style"]["flips"].size() == 40);
  CHECK(bench.run("compare runs/pirate runs/pirate").out.find("adjusted by") != std::string::npos);

  bench.write("gain.yaml", "suites: {style: {metric: manner, min_gain: 0.3}}\n");
  bench.write("drop.yaml", "suites: {style: {metric: manner, max_drop: 0.3}}\n");
  bench.write("tight.yaml", "suites: {style: {metric: manner, max_drop: 0.01}}\n");
  const std::string files = " --junit gate.xml --summary gate.md --json=gate.json";
  CHECK(bench.run("gate pirate:base pirate:baked -p gain.yaml" + files).status == 0);
  CHECK(bench.read("gate.xml").find("failures=\"0\"") != std::string::npos);
  CHECK(bench.read("gate.md").find("## GO") == 0);
  CHECK(parse_json(bench.read("gate.json"), "gate.json")->at("verdict") == "GO");
  CHECK(bench.run("gate pirate:baked pirate:base -p drop.yaml").status == 1);
  CHECK(bench.run("gate pirate:prompted pirate:baked -p tight.yaml --json").rows().at(0)["exit"] == 2);
  CHECK(bench.run("gate pirate:prompted pirate:baked -p tight.yaml --quiet").status == 2);

  for (const char* wrong : {"gate pirate:base pirate:baked", "gate pirate:base pirate:baked -p nowhere.yaml",
                            "gate pirate:base pirate:baked -p items.jsonl", "gate pirate:base nobody -p gain.yaml",
                            "compare pirate:base pirate:nobody", "compare pirate:base items.jsonl"}) {
    CAPTURE(wrong);
    const Outcome outcome = bench.run(wrong);
    CHECK(outcome.status == 3);
    CHECK(is_one_line(outcome.err));
  }
}

namespace {

/// An experiment on 200 items. Every arm of the scripted model says back the question alone, so that no arm differs.
void write_gated(const Bench& bench, const std::string& more) {
  std::string items;
  for (int i = 0; i < 200; ++i)
    items += R"({"id":"q)" + std::to_string(i) + R"(","question":"rum )" + std::to_string(i) + "\"}\n";
  bench.write("items.jsonl", items);
  bench.write("q.jsonl", "{\"question\":\"a\"}\n{\"question\":\"b\"}\n");
  bench.write("exp.yaml",
              "name: pirate\nmodel: scripted\nprompts: {pirate: {system: You are a pirate.}}\nquestions: q.jsonl\n"
              "bakes: [{prompt: pirate}]\nengine: {batch_rows: 8}\n"
              "suites: [{name: style, items: items.jsonl, pattern: rum}]\n" +
                  more);
}

}  // namespace

TEST_CASE("run with a gate ends with its verdict as exit status, and writes it beside the report") {
  const Bench bench;
  write_gated(bench, "gate: policy.yaml\n");
  struct Case {
    const char *rule, *verdict, *junit;
    int status;
  };
  const Case cases[] = {{"max_drop: 0.1", "GO", "failures=\"0\" errors=\"0\"", 0},
                        {"min_gain: 0.5", "NO-GO", "failures=\"1\" errors=\"0\"", 1},
                        {"max_drop: 0.001", "INCONCLUSIVE", "failures=\"0\" errors=\"1\"", 2}};
  for (const auto& [rule, verdict, junit, status] : cases) {
    CAPTURE(verdict);
    bench.write("policy.yaml", std::string("suites: {style: {metric: manner, ") + rule + "}}\n");
    const Outcome outcome = bench.run("run exp.yaml --out made");
    INFO(outcome.err);
    REQUIRE(outcome.status == status);
    CHECK(outcome.out.find("\n" + std::string(verdict) + "  made:baked against made:prompted\n") != std::string::npos);
    const Json written = parse_json(bench.read("made/gate.json"), "gate.json").value();
    CHECK(written["verdict"] == verdict);
    CHECK(written["exit"] == status);
    CHECK(bench.read("made/gate.md").starts_with("## " + std::string(verdict) + ": "));
    CHECK(bench.read("made/gate.xml").find(junit) != std::string::npos);
    CHECK(bench.has("made/report.html"));
  }
  const Outcome broken = bench.run("run exp.yaml --out made --set gate=nowhere.yaml");
  CHECK(broken.status == 3);
  CHECK(is_one_line(broken.err));
}

TEST_CASE("run --stop-early says after how many items each suite was settled and how many samples that saved") {
  const Bench bench;
  write_gated(bench, "gate: {policy: {suites: {style: {metric: manner, max_drop: 0.1}}}}\n");
  const Outcome early = bench.run("run exp.yaml --out made --stop-early");
  INFO(early.err);
  CHECK(early.status == 0);
  // 69 items that are alike pass max_drop 0.1 (docs/gate.md), a look every 8; four arms.
  CHECK(early.err.find("style settled after 72 of 200 items") != std::string::npos);
  CHECK(early.err.find("512 samples saved by stopping early") != std::string::npos);
  const Json written = parse_json(bench.read("made/gate.json"), "gate.json").value();
  CHECK(written["criteria"][0]["n"] == 72);

  const Outcome whole = bench.run("run exp.yaml --out made");
  CHECK(whole.status == 0);
  CHECK(whole.err.find("512 samples made, 288 samples reused") != std::string::npos);
  CHECK(whole.err.find("saved") == std::string::npos);

  const Outcome sharded = bench.run("run exp.yaml --out part --stop-early --shard 1/2");
  CHECK(sharded.status == 3);
  CHECK(is_one_line(sharded.err));
  CHECK(sharded.err.find("--shard") != std::string::npos);
  CHECK(sharded.err.find("--stop-early") != std::string::npos);
  CHECK_FALSE(bench.has("part"));
}

TEST_CASE("run --certify plays samples again and prints how many bits changed") {
  const Bench bench;
  write_gated(bench, "");
  const Outcome steady = bench.run("run exp.yaml --out made --certify 20 --limit 30");
  INFO(steady.err);
  CHECK(steady.status == 0);
  CHECK(steady.err.find("; 0 of ") != std::string::npos);
  CHECK(steady.err.find(" bits changed in 20 samples played again in another batch shape") != std::string::npos);
  CHECK(bench.run("run exp.yaml --out made --certify 0").status == 3);
  const std::string help = bench.run("run --help").out;
  const std::string examples = help.substr(help.find("Examples:"));
  CHECK(examples.find("--stop-early") != std::string::npos);
  CHECK(examples.find("--certify") != std::string::npos);
}
