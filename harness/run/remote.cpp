// Addresses, secrets and identity of remote models, and the generator that asks them.
#include "harness/run/remote.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>

#include <fmt/format.h>

#include "harness/core/interrupt.h"
#include "harness/core/seed.h"
#include "harness/core/sha256.h"
#include "harness/run/http.h"
#include "harness/run/remote_protocol.h"

namespace bakeoff::run {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kLongestPause = 120;  ///< seconds; a server that asks for more is given up
constexpr double kLongestBackoff = 30;
constexpr int kMostLost = 3;  ///< requests in a row that failed for good

/// Headers with secrets, and what must never be told.
struct Secrets {
  std::vector<std::string> headers;
  std::vector<std::string> values;

  /// As it is, and as it stands in JSON.
  void hide(const std::string& value) {
    const std::string quoted = dump(Json(value));
    values.push_back(value);
    values.push_back(quoted.substr(1, quoted.size() - 2));
  }

  std::string taken_out_of(std::string text) const {
    for (const std::string& value : values)
      for (auto at = text.find(value); at != text.npos; at = text.find(value, at + 1))
        text.replace(at, value.size(), "***");
    return text;
  }
};

Result<std::string> secret(const std::string& variable) {
  const char* value = std::getenv(variable.c_str());
  if (!value || !*value)
    return input_error("the variable " + variable + " is not set", "", "put the key of the remote model into it");
  const std::string text = value;
  if (text.find_first_of("\r\n") != text.npos)
    return input_error("the variable " + variable + " has a line end in it", "", "remove it");
  return text;
}

Result<Secrets> secrets_of(const RemoteModel& remote) {
  Secrets secrets;
  const bool has_secrets =
      !remote.key_env.empty() || std::any_of(remote.headers.begin(), remote.headers.end(),
                                             [](const auto& header) { return header.second.starts_with('$'); });
  if (has_secrets && !remote.url.starts_with("https://") && !is_loopback(remote.url))
    return input_error("a key would travel in clear text", remote.url, "use an address with https");
  if (!remote.key_env.empty()) {
    BAKEOFF_TRY(const std::string key, secret(remote.key_env));
    secrets.headers.push_back("Authorization: Bearer " + key);
    secrets.hide(key);
  }
  for (const auto& [name, value] : remote.headers) {
    std::string sent = value;
    if (value.starts_with('$')) {
      BAKEOFF_TRY(sent, secret(value.substr(1)));
      secrets.hide(sent);
    }
    secrets.headers.push_back(name + ": " + sent);
  }
  return secrets;
}

/// What of /models' entry says which model it is: no times and no random ids.
Json entry_of(const std::string& body, const std::string& model) {
  const auto list = parse_json(body, "models");
  if (!list.ok() || !list->is_object() || !list->contains("data") || !(*list)["data"].is_array()) return Json();
  for (const Json& entry : (*list)["data"]) {
    if (!entry.is_object() || entry.value("id", Json()) != model) continue;
    Json kept = Json::object();
    for (const char* key : {"owned_by", "root", "parent", "max_model_len", "meta"})
      if (entry.contains(key) && !entry[key].is_null()) kept[key] = entry[key];
    return kept;
  }
  return Json();
}

/// "https://host:8000" of "https://host:8000/v1".
std::string origin_of(const std::string& url) {
  const auto host = url.find("://") + 3;
  return url.substr(0, url.find('/', host));
}

class RemoteGenerator : public Generator {
 public:
  RemoteGenerator(RemoteModel remote, GeneratorIdentity identity, Secrets secrets, std::unique_ptr<HttpClient> client)
      : remote_(std::move(remote)),
        identity_(std::move(identity)),
        secrets_(std::move(secrets)),
        client_(std::move(client)) {}

  const GeneratorIdentity& identity() const override { return identity_; }

  Status serve(RequestFeed& feed) override {
    constexpr double kPatience = 0.1;  // seconds between looks at interrupted()
    while (true) {
      if (interrupted()) return leave(feed);
      pull(feed);
      if (calls_.empty()) return {};
      start_due();
      for (auto& [number, reply] : client_->wait(kPatience)) finish(feed, number, reply);
    }
  }

 private:
  struct Call {
    Request request;
    std::string path, body;
    int attempts = 0;
    bool under_way = false;
    Clock::time_point due, began;
    Error last;
  };

  void pull(RequestFeed& feed) {
    while (calls_.size() < static_cast<std::size_t>(remote_.concurrency)) {
      auto ticket = feed.pull();
      if (!ticket) return;
      if (given_up_) {
        feed.done(ticket->number,
                  infrastructure_error("not asked: " + given_up_->what, given_up_->where, given_up_->hint));
        continue;
      }
      auto prepared = remote_call(remote_, identity_.context, ticket->request);
      if (!prepared.ok()) {
        feed.done(ticket->number, prepared.error());
        continue;
      }
      Call call{
          std::move(ticket->request), prepared->path, dump(prepared->body), 0, false, Clock::now(), Clock::now(), {}};
      calls_.emplace(ticket->number, std::move(call));
    }
  }

  void start_due() {
    const auto now = Clock::now();
    for (auto& [number, call] : calls_) {
      if (call.under_way || call.due > now) continue;
      if (call.attempts++ == 0) call.began = now;
      call.under_way = true;
      client_->start(number, {.url = remote_.url + "/" + call.path,
                              .json = call.body,
                              .headers = secrets_.headers,
                              .timeout_seconds = remote_.timeout_seconds});
    }
  }

  Status leave(RequestFeed& feed) {
    client_->cancel();
    for (const auto& entry : calls_) feed.done(entry.first, interrupted_error());
    calls_.clear();
    return {};
  }

  std::string where(const Call& call) const { return remote_.url + "/" + call.path; }

  /// What went wrong with this attempt, without secrets.
  Error failure(const Call& call, const HttpReply& reply) const {
    const std::string said = secrets_.taken_out_of(remote_complaint(reply.body));
    const std::string what =
        fmt::format("the server answers with status {}{}{}", reply.status, said.empty() ? "" : ": ", said);
    if (reply.status == 400 || reply.status == 413 || reply.status == 422) return input_error(what, where(call));
    std::string hint;
    if (reply.status == 401 || reply.status == 403)
      hint = remote_.key_env.empty() ? "name the variable of a key: key_env" : "check the key in " + remote_.key_env;
    if (reply.status == 404) hint = "check url and model";
    return infrastructure_error(what, where(call), hint);
  }

  void finish(RequestFeed& feed, std::uint64_t number, HttpReply& reply) {
    Call& call = calls_.at(number);
    call.under_way = false;
    if (!reply.trouble.empty()) {
      const Error error = infrastructure_error(secrets_.taken_out_of(reply.trouble), where(call));
      return again_or_lost(feed, number, error, 0);
    }
    if (reply.status != 200) return refuse(feed, number, reply);
    auto read = remote_reply(call.request, reply.body);
    if (!read.ok()) {
      Error error = read.error();
      error.what = secrets_.taken_out_of(error.what);
      error.where = where(call);
      if (error.kind == ErrorKind::infrastructure) return again_or_lost(feed, number, error, 0);
      read = error;
    } else if (auto* answer = std::get_if<Completion>(&*read)) {
      answer->text = secrets_.taken_out_of(std::move(answer->text));
      answer->wall_seconds = std::chrono::duration<double>(Clock::now() - call.began).count();
    }
    lost_in_a_row_ = 0;
    close(feed, number, std::move(read));
  }

  /// A status that is no success.
  void refuse(RequestFeed& feed, std::uint64_t number, const HttpReply& reply) {
    Error error = failure(calls_.at(number), reply);
    const bool passes = reply.status == 408 || reply.status == 425 || reply.status == 429 || reply.status >= 500;
    if (passes && reply.retry_after_seconds <= kLongestPause)
      return again_or_lost(feed, number, error, reply.retry_after_seconds);
    if (passes) error.what += fmt::format("; it asks to wait {:.0f} s", reply.retry_after_seconds);
    const bool for_all = error.kind == ErrorKind::infrastructure;  // the key or the address is wrong, or it is closed
    if (for_all) given_up_ = error;
    close(feed, number, error);
  }

  void again_or_lost(RequestFeed& feed, std::uint64_t number, const Error& error, double asked_seconds) {
    Call& call = calls_.at(number);
    if (call.attempts <= remote_.retries) {
      const double doubled = remote_.backoff_seconds * static_cast<double>(1U << std::min(call.attempts - 1, 20));
      const double pause = std::min(kLongestBackoff, doubled) * (0.5 + jitter_.uniform() / 2);
      call.due = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                    std::chrono::duration<double>(std::max(pause, asked_seconds)));
      return;
    }
    Error final = error;
    final.what += fmt::format(" ({} attempts)", call.attempts);
    if (++lost_in_a_row_ >= kMostLost) given_up_ = final;
    close(feed, number, final);
  }

  void close(RequestFeed& feed, std::uint64_t number, Result<Reply> reply) {
    calls_.erase(number);
    feed.done(number, std::move(reply));
  }

  RemoteModel remote_;
  GeneratorIdentity identity_;
  Secrets secrets_;
  std::unique_ptr<HttpClient> client_;
  std::map<std::uint64_t, Call> calls_;
  std::optional<Error> given_up_;
  int lost_in_a_row_ = 0;
  Random jitter_{0};  // of pauses, which change no answer
};

}  // namespace

Status check_secrets(const RemoteModel& remote) {
  const auto secrets = secrets_of(remote);
  return secrets.ok() ? Status() : secrets.error();
}

Json remote_version(const RemoteModel& remote) {
  constexpr double kPatience = 10;
  const auto secrets = secrets_of(remote);
  auto client = HttpClient::create();
  if (!secrets.ok() || !client.ok()) return Json();
  HttpRequest request{.url = remote.url + "/models", .headers = secrets->headers};
  request.timeout_seconds = std::min(kPatience, remote.timeout_seconds);
  const HttpReply models = http_once(**client, request);
  if (models.status == 0) return Json();
  request.url = origin_of(remote.url) + "/version";  // vLLM's
  const HttpReply version = http_once(**client, request);
  Json reported = {{"server", models.server}, {"entry", entry_of(models.body, remote.model)}};
  const auto read = parse_json(version.body, "version");
  if (version.status == 200 && read.ok() && read->is_object() && read->contains("version"))
    reported["version"] = (*read)["version"];
  const auto clean = parse_json(secrets->taken_out_of(dump(reported)), "version");
  return clean.ok() ? *clean : Json();
}

GeneratorIdentity remote_identity(const RemoteModel& remote, const Json& version) {
  GeneratorIdentity identity;
  const Json content = {{"url", remote.url}, {"model", remote.model}, {"version", version}, {"body", remote.body}};
  identity.model_digest = sha256_hex("remote\n" + dump(content));
  identity.template_digest = "the server's";
  identity.dtype = "the server's";
  identity.device = "remote";
  identity.engine = "remote: identity not verifiable; " + remote.model + " at " + remote.url + ", which reports " +
                    (version.is_null() ? "nothing" : dump(version));
  return identity;
}

Result<std::unique_ptr<Generator>> open_remote(const RemoteModel& remote, GeneratorIdentity identity) {
  BAKEOFF_TRY(Secrets secrets, secrets_of(remote));
  BAKEOFF_TRY(auto client, HttpClient::create());
  return std::unique_ptr<Generator>(
      std::make_unique<RemoteGenerator>(remote, std::move(identity), std::move(secrets), std::move(client)));
}

}  // namespace bakeoff::run
