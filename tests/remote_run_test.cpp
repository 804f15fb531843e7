// Runs with remote arms: what a server's absence costs, what is asked again, and keys that reach no file.
#include "tests/remote_fixture.h"

using namespace bakeoff;
using namespace bakeoff::testing;

namespace {

/// An experiment with one remote arm and no model at all.
run::RunOptions remote_experiment(const TemporaryFolder& folder, const HttpServer& server) {
  write_text(folder / "questions.jsonl",
             "{\"id\": \"one\", \"question\": \"rum\", \"contains\": [\"rum\"]}\n"
             "{\"id\": \"two\", \"question\": \"sea\", \"contains\": [\"sea\"]}\n"
             "{\"id\": \"three\", \"question\": \"tea\", \"contains\": [\"coffee\"]}\n");
  write_text(folder / "remote.yaml", "arms:\n- {kind: remote, name: gpt, url: " + server.url() +
                                         "/v1, model: m, key_env: BAKEOFF_TEST_KEY, timeout_seconds: 0.4, retries: 1, "
                                         "backoff_seconds: 0.01}\n"
                                         "suites: [{name: style, items: questions.jsonl, pattern: \"(?i)arrr\"}]\n");
  run::RunOptions options;
  options.experiment = folder / "remote.yaml";
  options.out = folder / "out";
  options.jobs = 2;
  return options;
}

BakerFactory no_baker() {
  return []() -> Result<Baker*> { return infrastructure_error("no model is needed here"); };
}

std::string all_files_below(const Path& folder) {
  std::string all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) all += read_file(entry.path()).value();
  return all;
}

}  // namespace

TEST_CASE("a run with a remote arm alone needs no model, and asks again only what failed", "[remote]") {
  std::string state = "sick";
  HttpServer server([&](const HttpServer::Request& request) {
    if (const auto answer = about_itself(request)) return *answer;
    const std::string question = last_message(request);
    if (state == "sick" && question != "rum") return Answer{.status = question == "sea" ? 500 : 200, .body = "<html>"};
    return Answer{.body = chat_reply("Arrr, " + question + "!")};
  });
  const Variable key("BAKEOFF_TEST_KEY", kKey);
  TemporaryFolder folder;
  const auto options = remote_experiment(folder, server);
  const auto first = run::run_experiment(options, no_baker());
  REQUIRE(first.ok());
  CHECK(first->samples_made == 3);
  CHECK(first->unscored == 2);
  const auto scores = [&] {
    auto store = store::Store::open(folder / "out", store::Access::read);
    REQUIRE(store.ok());
    const auto run = (*store)->latest_run();
    REQUIRE(run.ok());
    std::vector<std::optional<double>> list;
    const auto rows = (*store)->verdicts(run->id, "gpt", "style");
    REQUIRE(rows.ok());
    for (const auto& row : *rows) {
      list.push_back(row.verdict.score);
      CHECK(row.verdict.score.has_value() == row.verdict.unscored.empty());
    }
    return list;
  };
  CHECK(scores() == std::vector<std::optional<double>>{1.0, std::nullopt, std::nullopt});
  state = "well";
  const auto second = run::run_experiment(options, no_baker());
  REQUIRE(second.ok());
  CHECK(second->samples_made == 2);
  CHECK(second->samples_reused == 1);
  CHECK(second->unscored == 0);
  CHECK(scores() == std::vector<std::optional<double>>{1.0, 1.0, 1.0});
  const auto third = run::run_experiment(options, no_baker());
  CHECK((third.ok() && third->samples_made == 0));
  const auto plan = run::plan_experiment(options, no_baker());
  REQUIRE(plan.ok());
  CHECK(plan->text.find("cached") != std::string::npos);
}

TEST_CASE("a server that is away keeps its identity, so that its finished answers stay", "[remote]") {
  bool away = false;
  HttpServer server([&](const HttpServer::Request& request) {
    if (away) return Answer{.manner = Manner::no_reply};
    if (const auto answer = about_itself(request)) return *answer;
    return Answer{.body = chat_reply("Arrr, " + last_message(request) + "!")};
  });
  const Variable key("BAKEOFF_TEST_KEY", kKey);
  TemporaryFolder folder;
  const auto options = remote_experiment(folder, server);
  REQUIRE(run::run_experiment(options, no_baker()).ok());
  away = true;
  const auto again = run::run_experiment(options, no_baker());
  REQUIRE(again.ok());
  CHECK(again->samples_reused == 3);
  CHECK(again->unscored == 0);
}

TEST_CASE("keys reach no file of a run, no plan and no error, whatever the server says", "[remote]") {
  HttpServer server([&](const HttpServer::Request& request) {
    if (const auto answer = about_itself(request, kKey)) return *answer;
    const std::string question = last_message(request);
    if (question == "rum") return Answer{.body = chat_reply("Arrr, your key is " + kKey)};
    if (question == "tea") {  // the same, written otherwise
      std::string body = chat_reply("Arrr, your coffee is " + kKey);
      for (auto dash = body.find("sk-"); dash != body.npos; dash = body.find("sk-"))
        body.replace(dash + 2, 1, "\\u002d");
      return Answer{.body = body};
    }
    return Answer{.status = 401, .body = "Incorrect API key provided: " + kKey};
  });
  const Variable key("BAKEOFF_TEST_KEY", kKey);
  TemporaryFolder folder;
  const auto options = remote_experiment(folder, server);
  const auto outcome = run::run_experiment(options, no_baker());
  REQUIRE(outcome.ok());
  CHECK(outcome->unscored == 1);
  const std::string plan = run::plan_experiment(options, no_baker())->text;
  auto store = store::Store::open(folder / "out", store::Access::read);
  REQUIRE(store.ok());
  std::string told = plan + all_files_below(folder.path());
  for (const auto& row : (*store)->verdicts(outcome->run, "gpt", "style").value()) {
    const auto sample = (*store)->sample(row.sample_key).value();
    told += dump(sample.identity) + sample.sample.completion.text + row.verdict.unscored + dump(row.verdict.evidence) +
            (sample.error ? sample.error->line() : "");
  }
  CHECK(told.find(kKey) == std::string::npos);
  CHECK(told.find("BAKEOFF_TEST_KEY") != std::string::npos);  // the name is kept, the value is not
  CHECK(server.requests().back().head.find(kKey) != std::string::npos);
}

TEST_CASE("mistakes in a remote arm name their key, and secrets do not belong into the file", "[remote]") {
  const auto mistake = [](const std::string& arm) {
    const auto read =
        run::experiment_from_json(parse_yaml("arms: [" + arm + "]\nsuites: [arithmetic]\n", "x").value(), "x.yaml");
    return read.ok() ? "" : read.error().line();
  };
  const std::string good = "kind: remote, name: g, url: \"https://a.b/v1/\", model: m";
  CHECK(mistake("{" + good + "}").empty());
  CHECK(mistake("remote").find("x.yaml: arms[0]: a remote arm needs an address") == 0);
  CHECK(mistake("{kind: remote, model: m}") == "x.yaml: arms[0].url: is missing");
  CHECK(mistake("{" + good + ", key_env: sk-12}").find("x.yaml: arms[0].key_env: expected the name") == 0);
  CHECK(mistake("{" + good + ", key_env: sk-12}").find("sk-12") == std::string::npos);
  CHECK(mistake("{" + good + ", headers: {api-key: abc}}").find("abc") == std::string::npos);
  CHECK(mistake("{" + good + ", headers: {api-key: abc}}").find("x.yaml: arms[0].headers: api-key would put") == 0);
  CHECK(mistake("{" + good + ", headers: {api-key: $AZURE_KEY}}").empty());
  CHECK(mistake("{kind: remote, model: m, url: \"https://u:p@a.b/v1\"}").find("p@") == std::string::npos);
  CHECK(mistake("{kind: remote, model: m, url: \"ftp://a.b\"}").find("x.yaml: arms[0].url: expected an address") == 0);
  CHECK(mistake("{" + good + ", scale: 1}").find("has no adapter") != std::string::npos);
  CHECK(mistake("{" + good + ", retrys: 1}").find("did you mean \"retries\"?") != std::string::npos);
  CHECK(mistake("{" + good + ", retries: -1}").find("x.yaml: arms[0].retries") == 0);
  CHECK(mistake("{kind: base, url: \"https://a.b\"}").find("x.yaml: arms[0].url: unknown key") == 0);
  CHECK(mistake("{" + good + "}, base") == "x.yaml: model: is missing");
  const auto read = run::experiment_from_json(
      parse_yaml("model: tiny\nsuites: [arithmetic]\njudges: [{" + good + ", headers: {A: $B}}]\n", "x").value(),
      "x.yaml");
  REQUIRE(read.ok());
  CHECK(read->judges.at(0).remote->url == "https://a.b/v1");
  const auto again = run::experiment_from_json(Json(run::to_json(*read)), "x.yaml");
  REQUIRE(again.ok());
  CHECK(again->judges.at(0).remote == read->judges.at(0).remote);
}
