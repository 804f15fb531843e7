// Remote arms against a scripted server on this machine: what is sent, what is read, and that trouble is never a score,
// never a key in a file, never without an end.
#include "tests/remote_fixture.h"

using namespace bakeoff;
using namespace bakeoff::testing;

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
