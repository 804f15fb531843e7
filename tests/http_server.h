// A scripted HTTP server on 127.0.0.1 for tests of what asks servers: answers as it is told to, hangs, cuts answers
// off. Stops by itself when the object ends, whatever its clients do.
//
//   HttpServer server([](const HttpServer::Request& request) { return HttpServer::Answer{.body = "{}"}; });
//   ... server.url() + "/v1" ...          // "http://127.0.0.1:PORT"
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bakeoff::testing {

class HttpServer {
 public:
  struct Request {
    std::string path, head, body;
    std::size_t number = 0;  ///< from 0, over all connections
  };
  enum class Manner {
    whole,
    cut,      ///< half of the body, then the connection ends
    hang,     ///< nothing, until the client leaves or the server ends
    no_reply  ///< the connection ends
  };
  struct Answer {
    int status = 200;
    std::string body = {};
    std::string headers = {};  ///< "Name: value\r\n" each
    Manner manner = Manner::whole;
  };
  using Script = std::function<Answer(const Request&)>;

  explicit HttpServer(Script script) : script_(std::move(script)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    constexpr int kWaiting = 64;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, kWaiting) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      std::abort();
    port_ = ntohs(address.sin_port);
    accepting_ = std::thread([this] { accept_all(); });
  }
  ~HttpServer() {
    shutdown(listener_, SHUT_RDWR);
    accepting_.join();
    {
      const std::lock_guard lock(mutex_);
      for (Connection& one : connections_) shutdown(one.socket, SHUT_RDWR);
    }
    for (Connection& one : connections_) {
      one.thread.join();
      close(one.socket);
    }
    close(listener_);
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  /// The most requests that were answered at the same time.
  int most_at_once() const { return most_at_once_; }

 private:
  struct Connection {
    int socket = -1;
    std::thread thread;
  };

  void accept_all() {
    while (true) {
      const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      const std::lock_guard lock(mutex_);
      Connection& one = connections_.emplace_back(Connection{client, {}});
      one.thread = std::thread([this, client] {
        std::string unread;
        while (serve_one(client, unread)) {
        }
        shutdown(client, SHUT_RDWR);
      });
    }
  }

  static bool read_more(int client, std::string& unread) {
    char bytes[1 << 16];
    const auto count = recv(client, bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    unread.append(bytes, static_cast<std::size_t>(count));
    return true;
  }

  static std::size_t length_of(std::string head) {
    std::transform(head.begin(), head.end(), head.begin(), [](unsigned char c) { return std::tolower(c); });
    const auto at = head.find("content-length:");
    return at == head.npos ? 0 : std::stoul(head.substr(at + std::string("content-length:").size()));
  }

  bool serve_one(int client, std::string& unread) {
    std::size_t end = 0;
    while ((end = unread.find("\r\n\r\n")) == unread.npos)
      if (!read_more(client, unread)) return false;
    Request request;
    request.head = unread.substr(0, end);
    unread.erase(0, end + 4);
    const std::size_t length = length_of(request.head);
    while (unread.size() < length)
      if (!read_more(client, unread)) return false;
    request.body = unread.substr(0, length);
    unread.erase(0, length);
    const auto path = request.head.find(' ') + 1;
    request.path = request.head.substr(path, request.head.find(' ', path) - path);
    return answer(client, std::move(request), unread);
  }

  bool answer(int client, Request request, std::string& unread) {
    {
      const std::lock_guard lock(mutex_);
      request.number = requests_.size();
      requests_.push_back(request);
      most_at_once_ = std::max(most_at_once_.load(), ++at_once_);
    }
    const Answer told = script_(request);
    --at_once_;
    if (told.manner == Manner::no_reply) return false;
    if (told.manner == Manner::hang) {
      while (read_more(client, unread)) {
      }
      return false;
    }
    std::string text = "HTTP/1.1 " + std::to_string(told.status) + " X\r\n" + told.headers +
                       "Content-Length: " + std::to_string(told.body.size()) + "\r\n\r\n" + told.body;
    if (told.manner == Manner::cut) text.resize(text.size() - told.body.size() / 2);
    for (std::size_t sent = 0; sent < text.size();) {
      const auto count = send(client, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) return false;
      sent += static_cast<std::size_t>(count);
    }
    return told.manner == Manner::whole;
  }

  Script script_;
  int listener_ = -1;
  int port_ = 0;
  std::thread accepting_;
  mutable std::mutex mutex_;
  std::list<Connection> connections_;
  std::vector<Request> requests_;
  std::atomic<int> at_once_ = 0, most_at_once_ = 0;
};

}  // namespace bakeoff::testing
