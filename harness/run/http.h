// HTTP requests, several at once on one thread, each with a limit on time and size. Over libcurl.
//
//   BAKEOFF_TRY(auto client, HttpClient::create());
//   client->start(7, {.url = "http://127.0.0.1:8000/v1/models"});
//   while (client->active() > 0)
//     for (const auto& [id, reply] : client->wait(0.2)) ...        // reply.status 200, or reply.trouble says why not
//
// Redirects are not followed, so that a key never goes to an address that the user did not write. Nothing is logged.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/result.h"

namespace bakeoff::run {

struct HttpRequest {
  std::string url;
  std::optional<std::string> json = std::nullopt;  ///< POST this; nothing: GET
  std::vector<std::string> headers = {};           ///< "Name: value"
  double timeout_seconds = 60;                     ///< from connecting to the last byte
  std::size_t most_bytes = 16U << 20;              ///< of the answer, unpacked; a longer one is cut off and is trouble
};

struct HttpReply {
  int status = 0;  ///< 0: none came
  std::string body;
  std::string server;              ///< the header of this name
  double retry_after_seconds = 0;  ///< 0: the answer does not say
  std::string trouble;             ///< what went wrong below HTTP; empty: nothing
};

class HttpClient {
 public:
  static Result<std::unique_ptr<HttpClient>> create();
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Begins a request; `id` is not in use.
  void start(std::uint64_t id, const HttpRequest& request);
  std::size_t active() const { return transfers_.size(); }
  /// What is finished, after waiting at most so long for something to happen.
  std::vector<std::pair<std::uint64_t, HttpReply>> wait(double most_seconds);
  /// Drops all that is going on.
  void cancel();

 private:
  struct Transfer;
  explicit HttpClient(void* multi);
  void collect(std::vector<std::pair<std::uint64_t, HttpReply>>& finished);
  void* multi_;
  std::map<std::uint64_t, std::unique_ptr<Transfer>> transfers_;
};

/// One request on its own. Stops soon after interrupted() becomes true, with trouble "interrupted".
HttpReply http_once(HttpClient& client, const HttpRequest& request);

/// "127.0.0.1", "localhost" and the like: the traffic does not leave this machine.
bool is_loopback(const std::string& url);

}  // namespace bakeoff::run
