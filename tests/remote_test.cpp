// Remote arms against a scripted server on this machine: what is sent, what is read, and that trouble is never a score,
// never a key in a file, never without an end.
#include "harness/run/remote.h"

#include <chrono>
#include <cstdlib>

#include "harness/run/experiment.h"
#include "harness/run/remote_protocol.h"
#include "tests/http_server.h"
#include "tests/workshop.h"

using namespace bakeoff;
using namespace bakeoff::testing;

namespace {

using Manner = HttpServer::Manner;
using Answer = HttpServer::Answer;

const std::string kKey = "sk-very-secret-0123456789";

/// A variable of the environment while the object lives.
struct Variable {
  Variable(const char* name, const std::string& value) : name_(name) { setenv(name, value.c_str(), 1); }
  ~Variable() { unsetenv(name_); }
  const char* name_;
};

/// A reply in OpenAI's form, as its reference documents it.
std::string chat_reply(const std::string& text, const std::string& finish = "stop") {
  const Json reply = {
      {"id", "chatcmpl-1"},
      {"object", "chat.completion"},
      {"created", 1700000000},
      {"model", "m"},
      {"choices", {{{"index", 0}, {"message", {{"role", "assistant"}, {"content", text}}}, {"finish_reason", finish}}}},
      {"usage", {{"prompt_tokens", 7}, {"completion_tokens", 3}, {"total_tokens", 10}}}};
  return reply.dump();
}

std::string last_message(const HttpServer::Request& request) {
  return Json::parse(request.body)["messages"].back()["content"].get<std::string>();
}

/// What every script answers to the questions that are asked before a run.
std::optional<Answer> about_itself(const HttpServer::Request& request, const std::string& version = "1.0") {
  if (request.path == "/version") return Answer{.body = R"({"version": ")" + version + "\"}"};
  if (request.path != "/v1/models") return std::nullopt;
  return Answer{.body = R"({"object": "list", "data": [{"id": "m", "object": "model", "created": )" +
                        std::to_string(request.number) + R"(, "owned_by": "us", "root": "base"}]})",
                .headers = "Server: scripted\r\n"};
}

RemoteModel quick(const HttpServer& server) {
  RemoteModel remote{server.url() + "/v1", "m"};
  remote.timeout_seconds = 0.4;
  remote.retries = 2;
  remote.backoff_seconds = 0.01;
  return remote;
}

GenerateRequest ask(const std::string& text, Decoding decoding = {}) {
  return {Conversation{{"user", text}}, std::move(decoding), 5};
}

/// What the generator makes of these requests; each has its reply.
std::vector<Result<Reply>> served(const RemoteModel& remote, std::vector<Request> requests, Conversation context = {}) {
  GeneratorIdentity identity = run::remote_identity(remote, Json());
  identity.context = std::move(context);
  auto generator = run::open_remote(remote, identity);
  REQUIRE(generator.ok());
  auto replies = serve_all(**generator, std::move(requests));
  REQUIRE(replies.ok());
  return std::move(*replies);
}

std::vector<Result<Reply>> served(const HttpServer& server, std::vector<Request> requests) {
  return served(quick(server), std::move(requests));
}

Error error_of(const Result<Reply>& reply) {
  REQUIRE_FALSE(reply.ok());
  return reply.error();
}

double seconds_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

}  // namespace

TEST_CASE("a conversation reaches the server as OpenAI's chat interface takes it, and its reply is read", "[remote]") {
  HttpServer server(
      [](const HttpServer::Request&) { return Answer{.body = chat_reply("Tea! and END more", "length")}; });
  const Variable key("BAKEOFF_TEST_KEY", kKey);
  const Variable organisation("BAKEOFF_TEST_ORGANISATION", "org-7");
  RemoteModel remote = quick(server);
  remote.key_env = "BAKEOFF_TEST_KEY";
  remote.headers = {{"X-Title", "bakeoff"}, {"X-Organisation", "$BAKEOFF_TEST_ORGANISATION"}};
  remote.body = {{"max_tokens", nullptr}, {"max_completion_tokens", 9}};
  Decoding decoding{0.5, 0.9, 0, 9, {"END"}};
  const auto replies = served(remote, {ask("What is tea?", decoding)}, {{"system", "You are a pirate."}});
  REQUIRE(replies[0].ok());
  const auto& answer = std::get<Completion>(*replies[0]);
  CHECK(answer.text == "Tea! and ");
  CHECK(answer.finish_reason == "stop");
  CHECK(answer.prompt_tokens == 7);
  CHECK(answer.completion_tokens == 3);
  const auto sent = server.requests().at(0);
  CHECK(sent.path == "/v1/chat/completions");
  CHECK(sent.head.find("Authorization: Bearer " + kKey) != std::string::npos);
  CHECK(sent.head.find("X-Organisation: org-7") != std::string::npos);
  CHECK(sent.head.find("X-Title: bakeoff") != std::string::npos);
  CHECK(Json::parse(sent.body) == Json::parse(R"({"model": "m", "temperature": 0.5, "top_p": 0.9, "seed": 5,
      "max_completion_tokens": 9, "stop": ["END"], "messages": [{"role": "system", "content": "You are a pirate."},
      {"role": "user", "content": "What is tea?"}]})"));
}

TEST_CASE("raw text goes to the completions interface, and token ids nowhere", "[remote]") {
  HttpServer server([](const HttpServer::Request&) {
    return Answer{.body = R"({"choices": [{"index": 0, "text": " Paris", "finish_reason": "length"}]})"};
  });
  const auto replies = served(server, {GenerateRequest{std::string("The capital is"), {}, 0},
                                       GenerateRequest{std::vector<TokenId>{1, 2}, {}, 0}});
  CHECK(std::get<Completion>(*replies[0]).text == " Paris");
  CHECK(std::get<Completion>(*replies[0]).finish_reason == "length");
  CHECK(error_of(replies[1]).kind == ErrorKind::input);
  CHECK(server.requests().at(0).path == "/v1/completions");
  CHECK(Json::parse(server.requests().at(0).body)["prompt"] == "The capital is");
}

TEST_CASE("log-probabilities come from echoed prompts, cut where the completion begins", "[remote]") {
  // "Ä is" has four code points in five bytes; the last token is the one that the server had to draw.
  const Json echoed = Json::parse(R"({"choices": [{"index": 1, "text": "", "finish_reason": "length", "logprobs": {
      "tokens": ["Ä", " is", " no", "!"], "token_logprobs": [null, -1.5, -4.0, -0.1], "text_offset": [0, 1, 4, 7],
      "top_logprobs": [null, {" is": -1.5}, {" a": -0.5, " no": -4.0}, {"!": -0.1}]}},
    {"index": 0, "text": "", "finish_reason": "length", "logprobs": {
      "tokens": ["Ä", " is", " a", " B", "?"], "token_logprobs": [null, -1.5, -0.5, -2.0, -9], "text_offset": [0, 1, 4, 6, 8],
      "top_logprobs": [null, {" is": -1.5}, {" a": -0.5}, {" B": -2.0}, {"x": -0.2}]}}]})");
  HttpServer server([&](const HttpServer::Request& request) {
    Json reply = echoed;
    if (Json::parse(request.body)["prompt"].is_string()) reply["choices"].erase(0);
    return Answer{.body = reply.dump()};
  });
  const auto replies =
      served(server, {ChoiceRequest{std::string("Ä is"), {" a B", " no"}}, ScoreRequest{std::string("Ä is "), "a B", 0},
                      ScoreRequest{std::string("Ä is a"), " B", 0}, ScoreRequest{std::string("Ä i"), "s a B", 0},
                      ScoreRequest{Conversation{{"user", "x"}}, "y", 0}});
  REQUIRE(replies[0].ok());
  const auto& choices = std::get<ChoiceScores>(*replies[0]).choices;
  CHECK(choices.at(0).logprob == -2.5);
  CHECK(choices.at(0).tokens == 2);
  CHECK(choices.at(0).is_greedy);
  CHECK(choices.at(1).logprob == -4.0);
  CHECK_FALSE(choices.at(1).is_greedy);
  CHECK(std::get<ChoiceScores>(*replies[0]).prompt_tokens == 2);
  Json sent;
  for (const auto& request : server.requests())  // in the order of their arrival
    if (Json body = Json::parse(request.body); body["prompt"].is_array()) sent = std::move(body);
  CHECK(sent["prompt"] == Json{"Ä is a B", "Ä is no"});
  CHECK((sent["echo"] == true && sent["logprobs"] == 1));
  CHECK(std::get<Score>(*replies[1]).completion_logprob == -2.5);  // the space at the context's end is the completion's
  CHECK(std::get<Score>(*replies[2]).completion_logprob == -2.0);
  CHECK(std::get<Score>(*replies[2]).token_logprobs == std::vector<double>{-1.5, -0.5, -2.0});
  CHECK(error_of(replies[3]).kind == ErrorKind::input);  // " is" belongs to both sides
  CHECK(error_of(replies[4]).kind == ErrorKind::input);
}

TEST_CASE("a busy server is asked again after the pause that it asks for", "[remote]") {
  HttpServer server([](const HttpServer::Request& request) {
    if (request.number == 0) return Answer{.status = 429, .body = "{}", .headers = "Retry-After: 1\r\n"};
    if (request.number == 1) return Answer{.status = 503, .body = "later"};
    return Answer{.body = chat_reply("at last")};
  });
  const auto began = std::chrono::steady_clock::now();
  const auto replies = served(server, {ask("x")});
  REQUIRE(replies[0].ok());
  CHECK(std::get<Completion>(*replies[0]).text == "at last");
  CHECK(server.requests().size() == 3);
  CHECK(seconds_since(began) >= 1);
}

TEST_CASE("a server that stays busy, hangs, hangs up or talks nonsense gives infrastructure errors, soon", "[remote]") {
  const std::string whole = chat_reply("an answer that never counts");
  const std::vector<std::pair<const char*, Answer>> troubles = {
      {"busy", {.status = 429, .body = R"({"error": {"message": "slow down"}})"}},
      {"broken", {.status = 500, .body = "<html>oops</html>"}},
      {"hangs", {.manner = Manner::hang}},
      {"hangs up", {.manner = Manner::no_reply}},
      {"cut off", {.body = whole, .manner = Manner::cut}},
      {"half a JSON", {.body = whole.substr(0, whole.size() / 2)}},
      {"a page", {.body = "<!doctype html><title>Sign in</title>"}},
      {"nothing", {.body = ""}},
      {"no text", {.body = R"({"choices": [{"message": {"content": null}, "finish_reason": "stop"}]})"}},
      {"another form", {.body = R"([1, {"choices": "many"}])"}},
      {"no choice", {.body = R"({"choices": []})"}},
      {"no end", {.body = R"({"choices": [{"message": {"content": "x"}}]})"}},
      {"no UTF-8", {.body = "{\"choices\": [{\"message\": {\"content\": \"\xff\"}, \"finish_reason\": \"stop\"}]}"}},
      {"endless", {.body = std::string(17 << 20, 'x')}},
      {"deep", {.body = std::string(100'000, '[')}},
  };
  for (const auto& [name, answer] : troubles) {
    INFO(name);
    HttpServer server([&told = answer](const HttpServer::Request&) { return told; });
    const auto began = std::chrono::steady_clock::now();
    std::vector<Request> requests(12, ask("x"));
    const auto replies = served(server, requests);
    for (const auto& reply : replies) {
      CHECK(error_of(reply).kind == ErrorKind::infrastructure);
      CHECK(error_of(reply).line().find(server.url()) != std::string::npos);
    }
    CHECK_THAT(error_of(replies.back()).what, Catch::Matchers::StartsWith("not asked: "));
    CHECK(server.requests().size() <= 4 * 3 + 4 * 3);  // four at once, three attempts; three lost in a row end it
    CHECK(seconds_since(began) < 60);
  }
}

TEST_CASE("nobody there is an infrastructure error", "[remote]") {
  RemoteModel remote{"http://127.0.0.1:9/v1", "m"};
  remote.retries = 1;
  remote.backoff_seconds = 0;
  CHECK(error_of(served(remote, {ask("x")})[0]).kind == ErrorKind::infrastructure);
  CHECK(run::remote_version(remote).is_null());
}

TEST_CASE("a request that the server calls wrong fails alone; a refused key ends the asking", "[remote]") {
  HttpServer picky([](const HttpServer::Request& request) {
    if (last_message(request) == "long")
      return Answer{.status = 400,
                    .body = R"({"object": "error", "message": "context length exceeded", "code": 40303})"};
    if (last_message(request) == "rude")
      return Answer{.body = R"({"choices": [{"message": {"content": ""}, "finish_reason": "content_filter"}]})"};
    return Answer{.body = chat_reply("fine")};
  });
  const auto replies = served(picky, {ask("long"), ask("rude"), ask("short")});
  CHECK(error_of(replies[0]).kind == ErrorKind::input);
  CHECK(error_of(replies[0]).what.find("context length exceeded") != std::string::npos);
  CHECK(error_of(replies[1]).kind == ErrorKind::input);
  CHECK(replies[2].ok());

  HttpServer closed(
      [](const HttpServer::Request&) { return Answer{.status = 401, .body = R"({"error": {"message": "bad key"}})"}; });
  for (const auto& reply : served(closed, std::vector<Request>(40, ask("x"))))
    CHECK(error_of(reply).kind == ErrorKind::infrastructure);
  CHECK(closed.requests().size() <= 4);

  HttpServer patient(
      [](const HttpServer::Request&) { return Answer{.status = 429, .body = "", .headers = "Retry-After: 9999\r\n"}; });
  CHECK(error_of(served(patient, {ask("x")})[0]).what.find("9999 s") != std::string::npos);
}

TEST_CASE("at most so many requests are under way at once", "[remote]") {
  HttpServer server([](const HttpServer::Request& request) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return Answer{.body = chat_reply(last_message(request))};
  });
  RemoteModel remote = quick(server);
  remote.timeout_seconds = 20;
  remote.concurrency = 3;
  std::vector<Request> requests;
  for (int i = 0; i < 20; ++i) requests.push_back(ask(std::to_string(i)));
  const auto replies = served(remote, requests);
  for (int i = 0; i < 20; ++i)
    CHECK(std::get<Completion>(*replies[static_cast<std::size_t>(i)]).text == std::to_string(i));
  CHECK(server.most_at_once() <= 3);
  CHECK(server.most_at_once() >= 2);
}

TEST_CASE("Ctrl-C ends a hanging request at once and loses nobody's answer", "[remote]") {
  HttpServer server([](const HttpServer::Request& request) {
    if (request.number == 2) set_interrupted(true);
    return request.number == 0 ? Answer{.body = chat_reply("first")} : Answer{.manner = Manner::hang};
  });
  RemoteModel remote = quick(server);
  remote.timeout_seconds = 60;
  remote.concurrency = 1;
  const auto began = std::chrono::steady_clock::now();
  remote.concurrency = 2;
  const auto replies = served(remote, {ask("a"), ask("b"), ask("c")});
  set_interrupted(false);
  CHECK(seconds_since(began) < 50);  // long before the time limit
  int answered = 0;
  for (const auto& reply : replies) {
    answered += reply.ok();
    if (!reply.ok()) CHECK(reply.error().kind == ErrorKind::interrupted);
  }
  CHECK(answered == 1);
}

TEST_CASE("a key goes to the written address alone", "[remote]") {
  HttpServer thief([](const HttpServer::Request&) { return Answer{.body = chat_reply("got it")}; });
  HttpServer server([&](const HttpServer::Request&) {
    return Answer{.status = 302, .body = "", .headers = "Location: " + thief.url() + "/v1/chat/completions\r\n"};
  });
  const Variable key("BAKEOFF_TEST_KEY", kKey);
  RemoteModel remote = quick(server);
  remote.key_env = "BAKEOFF_TEST_KEY";
  CHECK(error_of(served(remote, {ask("x")})[0]).kind == ErrorKind::infrastructure);
  CHECK(thief.requests().empty());
  for (const char* url :
       {"http://example.com/v1", "http://127.0.0.1.example.com/v1", "http://localhost.example.com/v1"}) {
    remote.url = url;
    CHECK_FALSE(run::check_secrets(remote).ok());
  }
  remote.url = "https://example.com/v1";
  CHECK(run::check_secrets(remote).ok());
  remote.key_env = "BAKEOFF_TEST_NO_SUCH_KEY";
  CHECK(run::check_secrets(remote).error().line().find("BAKEOFF_TEST_NO_SUCH_KEY is not set") != std::string::npos);
}

TEST_CASE("the identity of a remote arm is its address, name, reported version and further fields", "[remote]") {
  std::string version = "1.0";
  HttpServer server([&](const HttpServer::Request& request) { return *about_itself(request, version); });
  const RemoteModel remote = quick(server);
  const auto identity = [&](const RemoteModel& of) { return run::remote_identity(of, run::remote_version(of)); };
  const auto first = identity(remote);
  CHECK(first.engine.find("identity not verifiable") != std::string::npos);
  CHECK(first.engine.find("scripted") != std::string::npos);
  CHECK(identity(remote).model_digest == first.model_digest);  // "created" differs each time
  RemoteModel patient = remote;
  patient.timeout_seconds = 9;
  patient.retries = 1;
  CHECK(identity(patient).model_digest == first.model_digest);
  RemoteModel other = remote;
  other.body = {{"reasoning_effort", "low"}};
  CHECK(identity(other).model_digest != first.model_digest);
  version = "1.1";
  CHECK(identity(remote).model_digest != first.model_digest);
}

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
