// The program as a child process: exit codes, one-line errors, records in order. Models are played by the scripted
// module (tests/scripted/module.cpp), so that none of this needs LibTorch or weights.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <vector>

#include <sys/wait.h>

#include "harness/core/json.h"
#include "harness/core/sha256.h"
#include "tests/catch.h"
#include "tests/support.h"
#include "tests/workshop.h"

using namespace bakeoff;

namespace {

const std::string kProgram = bakeoff::testing::built_path("bin/bakeoff");
const std::string kModule = bakeoff::testing::built_path("lib/libbakeoff_scripted_module.so");
const char* const kVerbs[] = {"run",      "plan",   "bake",    "generate", "logprobs", "tokenize", "template",
                              "judge",    "show",   "report",  "rank",     "models",   "adapters", "suites",
                              "datasets", "doctor", "compare", "gate",     "history",  "lineage",  "runs"};

struct Outcome {
  int status = -1;
  std::string out, err;

  std::vector<Json> rows() const {
    std::vector<Json> parsed;
    std::string rest = out;
    for (std::size_t end; (end = rest.find('\n')) != rest.npos; rest.erase(0, end + 1))
      parsed.push_back(parse_json(rest.substr(0, end), "output").value());
    return parsed;
  }
};

/// A folder to run the program in.
class Bench {
 public:
  std::string module = kModule;
  std::string before;  ///< words before the program, such as "bash talk.sh"

  Outcome run(const std::string& arguments, const std::string& input = "") const {
    write("in", input);
    const std::string command = "cd '" + folder_.path().string() + "' && BAKEOFF_HOME=home BAKEOFF_MODULE='" + module +
                                "' " + before + " '" + kProgram + "' " + arguments + " <in >out 2>err";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read("out"), read("err")};
  }
  void write(const std::string& name, const std::string& content) const {
    REQUIRE(write_file_atomically(folder_ / name, content).ok());
  }
  std::string read(const std::string& name) const { return read_file(folder_ / name).value(); }
  Path path(const std::string& name) const { return folder_ / name; }
  bool has(const std::string& name) const { return std::filesystem::exists(folder_ / name); }

 private:
  testing::TemporaryFolder folder_;
};

bool is_one_line(const std::string& text) {
  return text.starts_with("bakeoff: ") && std::count(text.begin(), text.end(), '\n') == 1 && text.ends_with('\n');
}

const std::string kPirate = R"({"adapter":"x","student":[{"role":"system","content":"S"}]})";

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

TEST_CASE("generate answers in the order of the rows, and a bad row leaves its error in its place") {
  const Bench bench;
  const Outcome outcome = bench.run("generate --quiet", R"({"id":"a","prompt":"one","seed":5}
{"id":"b","prompt":
{"id":"c","messages":[{"role":"user","content":"two"}],"seed":6}

{"id":"d","promt":"y"}
{"id":"e","prompt":"too long"}
{"ids":[104,105],"seed":7}
)");
  CHECK(outcome.status == 3);
  CHECK(is_one_line(outcome.err));
  CHECK(outcome.err.find("3 of 6 rows failed") != std::string::npos);
  const auto rows = outcome.rows();
  REQUIRE(rows.size() == 6);
  CHECK(rows[0] == Json::parse(R"({"id":"a","ids":[111,110,101,35,53],"text":"one#5","finish_reason":"stop",
                                   "prompt_tokens":3,"completion_tokens":5})"));
  CHECK(rows[1]["line"] == 2);
  CHECK(rows[1].contains("error"));
  CHECK(rows[2]["text"] == "user:two#6");
  CHECK(rows[3]["id"] == "d");
  CHECK(rows[3]["line"] == 5);
  CHECK(rows[3]["error"].get<std::string>().find("expected exactly one of") != std::string::npos);
  CHECK(rows[4]["error"] == "the prompt is too long");
  CHECK(rows[5]["text"] == "hi#7");
  CHECK_FALSE(rows[5].contains("id"));
}

TEST_CASE("what stays of a baked prompt is put before every row but those with a system message of their own") {
  const Bench bench;
  bench.write("adapter/bakeoff.json", kPirate);
  const std::string rows = R"({"messages":[{"role":"user","content":"q"}],"seed":1}
{"messages":[{"role":"system","content":"own"},{"role":"user","content":"q"}],"seed":1}
)";
  const auto baked = bench.run("generate --quiet --adapter adapter:0.5", rows).rows();
  CHECK(baked.at(0)["text"] == "system:S|user:q#1");
  CHECK(baked.at(1)["text"] == "system:own|user:q#1");
  CHECK(bench.run("generate --quiet", rows).rows().at(0)["text"] == "user:q#1");
  CHECK(bench.run("generate --quiet --model adapter", rows).rows().at(0)["text"] == "system:S|user:q#1");  // merged
  CHECK(bench.run("generate --adapter nowhere", rows).status == 3);
  CHECK(bench.run("generate --adapter adapter:3", rows).status == 3);
  bench.write("other/bakeoff.json", R"({"student":[]})");
  CHECK(bench.run("generate --adapter adapter --adapter other", rows).status == 3);
}

TEST_CASE("several answers per row are numbered, have seeds of their own, and do not depend on the order of rows") {
  const Bench bench;
  const auto forward =
      bench.run("generate --quiet --n 2 --seed 3", "{\"id\":1,\"prompt\":\"p\"}\n{\"id\":2,\"prompt\":\"p\"}\n").rows();
  const auto backward =
      bench.run("generate --quiet --n 2 --seed 3", "{\"id\":2,\"prompt\":\"p\"}\n{\"id\":1,\"prompt\":\"p\"}\n").rows();
  REQUIRE(forward.size() == 4);
  CHECK(forward[0]["replicate"] == 0);
  CHECK(forward[1]["replicate"] == 1);
  std::set<std::string> texts;
  for (const Json& row : forward) texts.insert(row["text"].get<std::string>());
  CHECK(texts.size() == 4);
  CHECK(forward[0] == backward.at(2));
  CHECK(forward[3] == backward.at(1));
}

TEST_CASE("template variables reach the template") {
  const Bench bench;
  const auto rows = bench
                        .run("generate --quiet --template-kwargs '{\"thinking\":false}' --date 2024-02-29",
                             R"({"messages":[{"role":"user","content":"q"}]})")
                        .rows();
  const auto text = rows.at(0)["text"].get<std::string>();
  for (const char* part :
       {"\"thinking\":false", "\"date\":\"2024-02-29\"", "\"add_generation_prompt\":true", "\"content\":\"q\""})
    CHECK(text.find(part) != std::string::npos);
}

TEST_CASE("template flags that can not be used are refused at the start, on one line") {
  const Bench bench;
  for (const std::string verb : {"generate", "template"})
    for (const std::string flags : {"--date 2025-02-30", "--date today", "--template-kwargs '[1]'",
                                    "--template-kwargs '{\"messages\":[]}'", "--template-kwargs '{\"date\":\"x\"}'"}) {
      INFO(verb << " " << flags);
      const Outcome outcome = bench.run(verb + " --quiet " + flags, R"({"messages":[{"role":"user","content":"q"}]})");
      CHECK(outcome.status == 3);
      CHECK(outcome.out.empty());
      CHECK(is_one_line(outcome.err));
      CHECK(outcome.err.find(flags.substr(0, flags.find(' '))) != std::string::npos);
    }
}

TEST_CASE("logprobs gives tokens, completions, choices and divergences as documented") {
  const Bench bench;
  const auto plain =
      bench.run("logprobs --quiet", "{\"prompt\":\"ab\",\"completion\":\" c\"}\n{\"ids\":[97,98,99]}\n").rows();
  CHECK(plain.at(0)["ids"] == Json{97, 98, 32, 99});
  CHECK(plain[0]["token_logprobs"].size() == 3);
  CHECK(plain[0]["next_top"].size() == 5);
  CHECK(plain[0]["next_top"][0] == Json::array({0, -1.0}));
  CHECK(plain[0]["completion_logprob"] == -2.0);
  CHECK(plain[0]["completion_tokens"] == 2);
  CHECK(plain[0]["is_greedy"] == true);
  CHECK_FALSE(plain[0].contains("kl"));
  CHECK(plain.at(1)["ids"] == Json{97, 98, 99});
  const auto choices =
      bench.run("logprobs --quiet --choices", R"({"id":7,"prompt":"q","choices":[" no","yes"]})").rows();
  CHECK(choices.at(0) == Json::parse(R"({"id":7,"choice_logprobs":[-3.0,-3.0],"is_greedy":[true,false]})"));
  const auto kl = bench.run("logprobs --quiet --kl-against base", R"({"ids":[1,2,3]})").rows();
  CHECK(kl.at(0)["kl"] == Json{0.125, 0.125, 0.125});
  CHECK(bench.run("logprobs", R"({"prompt":"q"})").status == 3);
  CHECK(bench.run("logprobs --choices --kl-against base", "").status == 3);
}

TEST_CASE("tokenize and template convert row by row") {
  const Bench bench;
  CHECK(bench.run("tokenize", R"({"id":1,"text":"hi"})").out == "{\"id\":1,\"ids\":[1,104,105]}\n");
  CHECK(bench.run("tokenize --no-special", R"({"text":"hi"})").out == "{\"ids\":[104,105]}\n");
  CHECK(bench.run("tokenize --decode", R"({"ids":[104,105]})").out == "{\"text\":\"hi\"}\n");
  const Outcome bad = bench.run("tokenize --decode", "{\"ids\":[-1]}\n{\"ids\":[104]}\n");
  CHECK(bad.status == 3);
  CHECK(bad.rows().at(1)["text"] == "h");
  const auto rendered =
      bench.run("template --template chat.jinja --bos '<s>'", R"({"id":"x","messages":[],"b":1,"a":2})").rows();
  CHECK(rendered.at(0)["text"] ==
        R"(template:chat.jinja {"bos_token":"<s>","eos_token":"","messages":[],"b":1,"a":2})");
  CHECK(rendered[0]["id"] == "x");
}

TEST_CASE("bake prints one record, and refuses broken questions before anything is written") {
  const Bench bench;
  bench.write("prompt.yaml", "system: You are a pirate.\n");
  bench.write("good.jsonl", "{\"question\":\"a\"}\n{\"messages\":[{\"role\":\"user\",\"content\":\"b\"}]}\n");
  bench.write("bad.jsonl", "{\"question\":\"a\"}\n{\"qestion\":\"b\"}\n");
  const std::string common = "bake --prompt prompt.yaml --out adapters/p ";
  const Outcome refused = bench.run(common + "--questions bad.jsonl");
  CHECK(refused.status == 3);
  CHECK(is_one_line(refused.err));
  CHECK(refused.err.find("bad.jsonl:2") != std::string::npos);
  CHECK_FALSE(bench.has("adapters"));

  const Outcome baked = bench.run(common + "--questions good.jsonl --quiet");
  CHECK(baked.status == 0);
  const auto record = baked.rows().at(0);
  CHECK(record["adapter"] == sha256_hex(bench.read("adapters/p/adapter_model.safetensors")));
  CHECK(record["trajectories"] == 8);
  CHECK(record["kl_held_out"].is_null());
  CHECK(record["seconds"]["training"] == 1.0);

  bench.write("recipe.yaml", "rank: 4\n");
  const Outcome explained = bench.run(common + "--questions good.jsonl --recipe recipe.yaml --explain");
  CHECK(parse_json(explained.out, "out").value()["recipe"]["rank"] == 4);
  bench.write("recipe.yaml", "rnak: 4\n");
  CHECK(bench.run(common + "--questions good.jsonl --recipe recipe.yaml").err.find("did you mean \"rank\"?") !=
        std::string::npos);
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

TEST_CASE("rows beyond the window come out in order, and keys of others are left alone") {
  const Bench bench;
  std::string input;
  for (int i = 0; i < 50; ++i) input += "{\"id\":" + std::to_string(i) + ",\"prompt\":\"p\",\"note\":1}\n";
  for (const char* arguments : {"generate --quiet --batch 2", "generate --quiet --batch 2 --n 3"}) {
    const auto rows = bench.run(arguments, input).rows();
    const std::size_t each = rows.size() / 50;
    REQUIRE(rows.size() == 50 * each);
    for (std::size_t i = 0; i < rows.size(); ++i) CHECK(rows[i]["id"] == i / each);
  }
  std::string ids;
  for (int i = 0; i < 20; ++i) ids += "{\"id\":" + std::to_string(i) + ",\"ids\":[1,2]}\n";
  CHECK(bench.run("logprobs --quiet --batch 1 --kl-against base", ids).rows().size() == 20);
}

TEST_CASE("a partner at a pipe gets an answer before it sends the next row") {
  Bench bench;
  bench.write("talk.sh", R"(mkfifo there back
"$@" <there >back & 
exec 3>there 4<back
for i in 1 2 3; do
  echo "{\"id\":$i,\"prompt\":\"p\",\"text\":\"t\",\"messages_of\":0}" >&3
  read -r -t 10 line <&4 || exit 9
  echo "$line"
done
exec 3>&-
wait
)");
  bench.before = "bash talk.sh";
  CHECK(bench.run("tokenize").rows().size() == 3);
  std::filesystem::remove(bench.path("there"));
  std::filesystem::remove(bench.path("back"));
  CHECK(bench.run("generate --quiet").rows().size() == 3);
}

TEST_CASE("lines may end in CRLF, begin with a byte order mark, be empty, long or broken") {
  const Bench bench;
  CHECK(bench.run("tokenize", "").out.empty());
  CHECK(bench.run("tokenize", "").status == 0);
  CHECK(bench.run("tokenize", "\n \t\n\r\n").out.empty());
  CHECK(bench.run("tokenize", "\xEF\xBB\xBF{\"text\":\"a\"}\r\n{\"text\":\"b\"}").out ==
        "{\"ids\":[1,97]}\n{\"ids\":[1,98]}\n");
  const Outcome bad = bench.run("tokenize", "{\"text\":\"\xff\"}\n[1]\n{}\n{\"id\":4,\"text\":\"a\"}\n");
  CHECK(bad.status == 3);
  REQUIRE(bad.rows().size() == 4);
  for (int i = 0; i < 3; ++i) CHECK(bad.rows()[static_cast<std::size_t>(i)]["line"] == i + 1);
  CHECK(bad.rows()[3]["id"] == 4);
  const Outcome longest = bench.run("tokenize --no-special", "{\"text\":\"" + std::string(10'000'000, 'a') + "\"}\n");
  CHECK(longest.status == 0);
  CHECK(longest.out.size() > 30'000'000);
  CHECK(bench.run("tokenize --input nowhere.jsonl").status == 3);
  CHECK(bench.run("tokenize --input .").status == 3);
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

TEST_CASE("judge writes the same rows in the same order and the same summary with any number of threads") {
  const Bench bench;
  std::string samples;
  for (int i = 0; i < 1000; ++i) {
    const Json row{{"id", "problem-" + std::string(i % 100 < 10 ? "000" : "00") + std::to_string(i % 100)},
                   {"output", "The answer is " + std::to_string(i) + "."}};
    samples += i % 97 == 0 ? "{\"id\": \"nobody\", \"output\": \"1\"}\n" : dump(row) + "\n";
  }
  bench.write("arithmetic.yaml", "items: 100\n");
  const auto judged = [&](const std::string& jobs) {
    const Outcome outcome =
        bench.run("judge arithmetic --config arithmetic.yaml --summary s.json --jobs " + jobs, samples);
    CHECK(outcome.status == 3);
    return outcome.out + bench.read("s.json");
  };
  const std::string alone = judged("1");
  CHECK(std::ranges::count(alone, '\n') == 1001);
  CHECK(judged("2") == alone);
  CHECK(judged("7") == alone);
}

TEST_CASE("judge joins answers made anywhere to a suite's items") {
  const Bench bench;
  bench.write("items.jsonl",
              "{\"id\":\"rome\",\"question\":\"Capital of Italy?\",\"contains\":[\"Rome\"]}\n"
              "{\"id\":\"paris\",\"question\":\"Capital of France?\",\"contains\":[\"Paris\"]}\n");
  bench.write("style.yaml", "items: items.jsonl\npattern: \"(?i)arrr\"\n");
  const Outcome outcome = bench.run("judge style --config style.yaml --summary s.json",
                                    "{\"task_id\":\"paris\",\"completion\":\"Paris.\"}\n"
                                    "{\"prompt\":\"Capital of Italy?\",\"response\":\"Arrr, Rome!\"}\n"
                                    "{\"id\":\"oslo\",\"output\":\"Oslo\"}\n");
  CHECK(outcome.status == 3);
  const auto rows = outcome.rows();
  REQUIRE(rows.size() == 3);
  CHECK(rows[0]["id"] == "paris");
  CHECK(rows[0]["score"] == 0.0);
  CHECK(rows[0]["metrics"]["content"] == 1.0);
  CHECK(rows[1]["id"] == "rome");
  CHECK(rows[1]["score"] == 1.0);
  CHECK(rows[2]["line"] == 3);
  const auto summary = parse_json(bench.read("s.json"), "s.json").value();
  CHECK(summary["scored"] == 2);
  CHECK(summary["metrics"]["manner"]["mean"] == 0.5);
  CHECK(bench.run("judge styel").err.find("did you mean \"style\"?") != std::string::npos);
}

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
  CHECK(first.err.find("1 bakes made, 0 bakes reused") != std::string::npos);
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

TEST_CASE("votes are ranked as records, and as tables for people") {
  const Bench bench;
  bench.write("v.csv", "model_a,model_b,winner\na,b,model_a\na,b,model_b\na,b,tie\n");
  const Outcome ranked = bench.run("rank --votes v.csv");
  CHECK(ranked.status == 0);
  CHECK(ranked.rows().at(0)["ratings"].size() == 2);
  CHECK(bench.run("rank --votes - --table", R"({"model_a":"a","model_b":"b","winner":"tie"})")
            .out.find("Bradley-Terry") != std::string::npos);
  CHECK(bench.run("rank").status == 3);
  CHECK(bench.run("rank --votes none.csv").status == 3);
  bench.write("empty.csv", "model_a,model_b,winner\n");
  CHECK(bench.run("rank --votes empty.csv").err.find("empty.csv") != std::string::npos);
  const Outcome bad = bench.run("rank --votes -", "{\"model_a\":\"a\",\"model_b\":\"b\",\"winner\":\"tie\"}\n{}\n");
  CHECK(bad.status == 3);
  CHECK(bad.rows().at(0)["votes"] == 1);
  CHECK(bad.err.find(":2") != std::string::npos);
}

TEST_CASE("show and report name what is not there") {
  const Bench bench;
  CHECK(bench.run("show abcdef").status == 3);
  CHECK(bench.run("report nowhere").status == 3);
  CHECK(bench.run("run nowhere.yaml").status == 3);
  CHECK_FALSE(bench.has("runs"));
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
