// What the tests of remote arms share: a scripted server's replies, and asking it.
#pragma once

#include <chrono>
#include <cstdlib>

#include "harness/run/experiment.h"
#include "harness/run/remote.h"
#include "harness/run/remote_protocol.h"
#include "tests/http_server.h"
#include "tests/workshop.h"

namespace bakeoff::testing {

using Manner = HttpServer::Manner;
using Answer = HttpServer::Answer;

inline const std::string kKey = "sk-very-secret-0123456789";

/// A variable of the environment while the object lives.
struct Variable {
  Variable(const char* name, const std::string& value) : name_(name) { setenv(name, value.c_str(), 1); }
  ~Variable() { unsetenv(name_); }
  const char* name_;
};

/// A reply in OpenAI's form, as its reference documents it.
inline std::string chat_reply(const std::string& text, const std::string& finish = "stop") {
  const Json reply = {
      {"id", "chatcmpl-1"},
      {"object", "chat.completion"},
      {"created", 1700000000},
      {"model", "m"},
      {"choices", {{{"index", 0}, {"message", {{"role", "assistant"}, {"content", text}}}, {"finish_reason", finish}}}},
      {"usage", {{"prompt_tokens", 7}, {"completion_tokens", 3}, {"total_tokens", 10}}}};
  return reply.dump();
}

inline std::string last_message(const HttpServer::Request& request) {
  return Json::parse(request.body)["messages"].back()["content"].get<std::string>();
}

/// What every script answers to the questions that are asked before a run.
inline std::optional<Answer> about_itself(const HttpServer::Request& request, const std::string& version = "1.0") {
  if (request.path == "/version") return Answer{.body = R"({"version": ")" + version + "\"}"};
  if (request.path != "/v1/models") return std::nullopt;
  return Answer{.body = R"({"object": "list", "data": [{"id": "m", "object": "model", "created": )" +
                        std::to_string(request.number) + R"(, "owned_by": "us", "root": "base"}]})",
                .headers = "Server: scripted\r\n"};
}

inline RemoteModel quick(const HttpServer& server) {
  RemoteModel remote{server.url() + "/v1", "m"};
  remote.timeout_seconds = 0.4;
  remote.retries = 2;
  remote.backoff_seconds = 0.01;
  return remote;
}

inline GenerateRequest ask(const std::string& text, Decoding decoding = {}) {
  return {Conversation{{"user", text}}, std::move(decoding), 5};
}

/// What the generator makes of these requests; each has its reply.
inline std::vector<Result<Reply>> served(const RemoteModel& remote, std::vector<Request> requests,
                                         Conversation context = {}) {
  GeneratorIdentity identity = run::remote_identity(remote, Json());
  identity.context = std::move(context);
  auto generator = run::open_remote(remote, identity);
  REQUIRE(generator.ok());
  auto replies = serve_all(**generator, std::move(requests));
  REQUIRE(replies.ok());
  return std::move(*replies);
}

inline std::vector<Result<Reply>> served(const HttpServer& server, std::vector<Request> requests) {
  return served(quick(server), std::move(requests));
}

inline Error error_of(const Result<Reply>& reply) {
  REQUIRE_FALSE(reply.ok());
  return reply.error();
}

inline double seconds_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

}  // namespace bakeoff::testing
