// The verbs that read and write records: in order, with errors in their place.
#include <set>

#include "harness/core/sha256.h"
#include "tests/cli_bench.h"

using namespace bakeoff;
using testing::Bench;
using testing::is_one_line;
using testing::Outcome;

namespace {

const std::string kPirate = R"({"adapter":"x","student":[{"role":"system","content":"S"}]})";

}  // namespace

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

TEST_CASE("judge writes the same rows in the same order and the same summary with any number of threads") {
  const Bench bench;
  std::string samples;  // more than are handed over before the pace is known
  for (int i = 0; i < 3000; ++i) {
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
  CHECK(std::ranges::count(alone, '\n') == 3001);
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
