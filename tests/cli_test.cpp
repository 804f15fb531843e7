// The program as a child process: help, exit codes, one-line errors, and the verbs that look after models and data.
#include "tests/cli_bench.h"

using namespace bakeoff;
using testing::Bench;
using testing::is_one_line;
using testing::Outcome;

namespace {

const char* const kVerbs[] = {"run",      "plan",   "bake",    "generate", "logprobs", "tokenize", "template",
                              "judge",    "show",   "report",  "rank",     "models",   "adapters", "suites",
                              "datasets", "doctor", "compare", "gate",     "history",  "lineage",  "runs"};

}  // namespace

TEST_CASE("the program links no LibTorch") {
  Bench bench;
  bench.before = "env LD_TRACE_LOADED_OBJECTS=1";
  const Outcome libraries = bench.run("");
  CHECK(libraries.out.find("libc.so") != std::string::npos);
  for (const char* library : {"libtorch", "libc10", "libbakeoff_baker"})
    CHECK(libraries.out.find(library) == std::string::npos);
}

TEST_CASE("every verb's help ends with worked examples") {
  const Bench bench;
  const Outcome all = bench.run("--help");
  CHECK(all.status == 0);
  for (const std::string verb : kVerbs) {
    INFO(verb);
    CHECK(all.out.find("  " + verb) != std::string::npos);
    const Outcome help = bench.run(verb + " --help");
    CHECK(help.status == 0);
    CHECK(help.err.empty());
    CHECK(help.out.find("Examples:\n") != std::string::npos);
    CHECK(help.out.find("bakeoff " + verb) != std::string::npos);
  }
  CHECK(bench.run("--version").out.starts_with("bakeoff "));
}

TEST_CASE("a misspelt verb or flag is a usage error with a suggestion, on one line") {
  const Bench bench;
  const Outcome verb = bench.run("genrate");
  CHECK(verb.status == 3);
  CHECK(verb.err == "bakeoff: unknown verb \"genrate\"; did you mean generate?\n");
  const Outcome flag = bench.run("generate --temprature 1");
  CHECK(flag.status == 3);
  CHECK(is_one_line(flag.err));
  CHECK(flag.err.find("did you mean --temperature?") != std::string::npos);
  CHECK(bench.run("").status == 3);
  CHECK(bench.run("bake --out x").status == 3);
  CHECK(bench.run("generate --temperature -1").status == 3);
}

TEST_CASE("a missing module is an infrastructure error that says how to get it") {
  Bench bench;
  bench.module = "/nowhere/libbakeoff_baker.so";
  const Outcome outcome = bench.run("generate", R"({"prompt":"x"})");
  CHECK(outcome.status == 4);
  CHECK(is_one_line(outcome.err));
  CHECK(outcome.err.find("BAKEOFF_BAKER=ON") != std::string::npos);
}

TEST_CASE("Ctrl-C is seen inside the module, exits 130, and a bake says how to go on") {
  const Bench bench;
  CHECK(bench.run("generate --model patient --quiet", R"({"prompt":"x"})").status == 130);
  bench.write("prompt.yaml", "system: x\n");
  bench.write("q.jsonl", "{\"question\":\"a\"}\n");
  const Outcome baked = bench.run("bake --model patient --quiet --prompt prompt.yaml --questions q.jsonl --out o");
  CHECK(baked.status == 130);
  CHECK(is_one_line(baked.err));
  CHECK(baked.err.find("--resume") != std::string::npos);
}

TEST_CASE("a full disk is an infrastructure error") {
  const Outcome outcome = Bench().run("tokenize --output /dev/full", R"({"text":"hi"})");
  CHECK(outcome.status == 4);
  CHECK(is_one_line(outcome.err));
}

TEST_CASE("progress is quiet on request and JSON on request") {
  const Bench bench;
  CHECK(bench.run("generate --quiet", R"({"prompt":"x"})").err.empty());
  const Outcome json = bench.run("generate --json-progress", R"({"prompt":"x"})");
  const auto first = parse_json(json.err.substr(0, json.err.find('\n')), "progress").value();
  CHECK(first["stage"] == "generate");
  CHECK(first["total"] == 1);
}

TEST_CASE("a model gets its place only when its content is right") {
  const Bench bench;
  CHECK(bench.run("models list").rows().at(0)["present"] == false);
  CHECK(bench.run("models verify smollm2-135m-instruct").status == 3);
  bench.write("fake.gguf", "GGUF");
  const Outcome fake = bench.run("models pull smollm2-135m-instruct --from fake.gguf");
  CHECK(fake.status == 3);
  CHECK(is_one_line(fake.err));
  CHECK(bench.run("models list").rows().at(0)["present"] == false);
  CHECK(bench.run("models pull smolm2-135m-instruct").err.find("did you mean smollm2-135m-instruct?") !=
        std::string::npos);
  const auto model = testing::default_model();
  if (!model) SKIP_TEST("the default model is not here");
  CHECK(bench.run("models pull smollm2-135m-instruct --from '" + model->string() + "'").status == 0);
  CHECK(bench.run("models verify smollm2-135m-instruct").rows().at(0)["verified"] == true);
}

TEST_CASE("doctor names every check and says what to do about what is missing") {
  const Outcome outcome = Bench().run("doctor");
  CHECK(outcome.status == 4);  // the model is not in this test's cache folder
  for (const char* subject : {"machine", "processor", "memory", "disk", "SQLite", "baker", "dtype", "model", "sandbox"})
    CHECK(outcome.out.find(subject) != std::string::npos);
  CHECK(outcome.out.find("bakeoff models pull smollm2-135m-instruct") != std::string::npos);
}

TEST_CASE("adapters refuses what names no adapter, no number or no place, in one line, before anything is loaded") {
  Bench bench;
  bench.module = "nowhere.so";
  bench.write("a/adapter_config.json", "{}");
  const std::pair<const char*, const char*> cases[] = {{"adapters scale a half --out b", "number"},
                                                       {"adapters scale a 0.5", "--out"},
                                                       {"adapters scale a", "number"},
                                                       {"adapters sum a --out b", "at least 2"},
                                                       {"adapters sum a c:0.5 --out b", "no such adapter folder"},
                                                       {"adapters truncate a --out b", "--rank"},
                                                       {"adapters truncate a a --rank 1 --out b", "one folder"},
                                                       {"adapters merge a", "--out"},
                                                       {"adapters export a --format onnx --out b", "--format"},
                                                       {"adapters list c", "no such folder"},
                                                       {"adapters melt a", "action"}};
  for (const auto& [words, part] : cases) {
    const Outcome refused = bench.run(words);
    INFO(words << ": " << refused.err);
    CHECK(refused.status == 3);
    CHECK(is_one_line(refused.err));
    CHECK(refused.err.find(part) != std::string::npos);
    CHECK_FALSE(bench.has("b"));
  }
}

TEST_CASE("suites are listed, and one is shown with an item and its judged answer") {
  const Bench bench;
  const Outcome listed = bench.run("suites list");
  CHECK(listed.status == 0);
  CHECK(listed.rows().size() >= 7);
  const Outcome shown = bench.run("suites inspect arithmetic");
  REQUIRE(shown.status == 0);
  const Json record = shown.rows().at(0);
  for (const char* key : {"version", "source", "licence", "cost_per_item"})
    CHECK(!record.at("card").at(key).get<std::string>().empty());
  CHECK(record.at("example").at("verdict").at("score") == 1);
  const Outcome wrong = bench.run("suites inspect arithmetic --answer 'I do not know.'");
  CHECK(wrong.rows().at(0).at("example").at("verdict").at("score") == 0);
  CHECK(bench.run("suites inspect").status == 3);
  CHECK(bench.run("suites inspect arithmetik").err.find("did you mean \"arithmetic\"?") != std::string::npos);
}

TEST_CASE("datasets are pulled from a folder or an address, and what has another content is not kept") {
  const auto data = testing::data_path("gsm8k/test.jsonl");
  if (!data) SKIP_TEST("the public sets are not there");
  const std::string root = data->parent_path().parent_path().string();
  const Bench bench;
  CHECK(bench.run("datasets list").rows().size() >= 4);
  CHECK(bench.run("datasets verify gsm8k").status == 3);
  CHECK(bench.run("suites inspect gsm8k").err.find("bakeoff datasets pull gsm8k") != std::string::npos);

  CHECK(bench.run("datasets pull gsm8k --from '" + root + "'").rows().at(0).at("verified") == true);
  CHECK(bench.run("datasets verify gsm8k").status == 0);
  CHECK(bench.run("suites inspect gsm8k").rows().at(0).at("card").at("items") == 1319);
  CHECK(bench.run("datasets pull svamp --mirror 'file://" + root + "'").status == 0);
  CHECK(bench.run("suites inspect arc").err.find("bakeoff datasets pull arc") != std::string::npos);
  CHECK(bench.run("datasets pull arc --from '" + root + "/arc/LLM-Adapters'").status == 0);
  CHECK(bench.run("suites inspect arc").rows().at(0).at("card").at("items") == 2376);
  CHECK(bench.run("datasets inspect asdiv").rows().at(0).at("terms").get<std::string>().find("NOT") == 0);

  bench.write("ASDiv.xml", "<html>not found</html>");
  const Outcome refused = bench.run("datasets pull asdiv --from .");
  CHECK(refused.status == 3);
  CHECK(std::count(refused.err.begin(), refused.err.end(), '\n') == 1);
  CHECK(refused.err.find("SHA-256") != std::string::npos);
  CHECK(!bench.has("home/datasets/asdiv/ASDiv.xml"));
  CHECK(bench.run("datasets pull ifeval --mirror file:///nowhere").status == 4);
  CHECK(bench.run("datasets pull gsm9k").err.find("did you mean gsm8k?") != std::string::npos);
}
