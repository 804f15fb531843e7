// The client over curl's multi interface.
#include "harness/run/http.h"

#include <algorithm>
#include <memory>

#include <arpa/inet.h>
#include <curl/curl.h>

#include "harness/core/interrupt.h"

namespace bakeoff::run {
namespace {

constexpr double kConnectSeconds = 10;

std::string host_of(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), curl_url_cleanup);
  char* host = nullptr;
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
      curl_url_get(parsed.get(), CURLUPART_HOST, &host, 0) != CURLUE_OK)
    return "";
  const std::string name = host;
  curl_free(host);
  return name;
}

long milliseconds(double seconds) { return std::max(1L, static_cast<long>(seconds * 1000)); }

}  // namespace

struct HttpClient::Transfer {
  std::uint64_t id = 0;
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  std::string json;
  std::size_t most_bytes = 0;
  bool too_long = false;
  HttpReply reply;
  char error[CURL_ERROR_SIZE] = {};

  Transfer() = default;
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer() {
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
  }

  static std::size_t on_body(char* bytes, std::size_t, std::size_t count, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    transfer.too_long = transfer.reply.body.size() + count > transfer.most_bytes;
    if (transfer.too_long) return 0;  // curl gives up
    transfer.reply.body.append(bytes, count);
    return count;
  }

  static std::size_t on_header(char* bytes, std::size_t, std::size_t count, void* self) {
    constexpr std::string_view kName = "server:";
    const std::string_view line(bytes, count);
    std::string begin(line.substr(0, kName.size()));
    std::transform(begin.begin(), begin.end(), begin.begin(), [](unsigned char c) { return std::tolower(c); });
    if (begin == kName) {
      auto& server = static_cast<Transfer*>(self)->reply.server;
      server = line.substr(kName.size());
      server.erase(0, server.find_first_not_of(" \t"));
      server.erase(server.find_last_not_of(" \t\r\n") + 1);
    }
    return count;
  }

  void prepare(const HttpRequest& request) {
    easy = curl_easy_init();
    const auto set = [this](auto option, auto value) { curl_easy_setopt(easy, option, value); };
    set(CURLOPT_PRIVATE, this);
    set(CURLOPT_ERRORBUFFER, error);
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TIMEOUT_MS, milliseconds(request.timeout_seconds));
    set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(std::min(kConnectSeconds, request.timeout_seconds)));
    set(CURLOPT_ACCEPT_ENCODING, "");  // all that curl can unpack
    set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    set(CURLOPT_HEADERDATA, this);
    if (is_loopback(request.url)) set(CURLOPT_PROXY, "");
    most_bytes = request.most_bytes;
    for (const std::string& header : request.headers) headers = curl_slist_append(headers, header.c_str());
    if (request.json) {
      json = *request.json;
      headers = curl_slist_append(headers, "Content-Type: application/json");
      headers = curl_slist_append(headers, "Expect:");  // no waiting for "100 Continue"
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(json.size()));
      set(CURLOPT_POSTFIELDS, json.c_str());
    }
    set(CURLOPT_HTTPHEADER, headers);
  }

  void finish(CURLcode code) {
    long status = 0;
    curl_off_t wait = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &wait);
    reply.status = static_cast<int>(status);
    reply.retry_after_seconds = static_cast<double>(wait);
    if (too_long)
      reply.trouble = "the answer is longer than " + std::to_string(most_bytes) + " bytes";
    else if (code != CURLE_OK)
      reply.trouble = error[0] ? error : curl_easy_strerror(code);
  }
};

Result<std::unique_ptr<HttpClient>> HttpClient::create() {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  CURLM* multi = ready == CURLE_OK ? curl_multi_init() : nullptr;
  if (!multi) return infrastructure_error("libcurl can not be started");
  return std::unique_ptr<HttpClient>(new HttpClient(multi));
}

HttpClient::HttpClient(void* multi) : multi_(multi) {}

HttpClient::~HttpClient() {
  cancel();
  curl_multi_cleanup(multi_);
}

void HttpClient::start(std::uint64_t id, const HttpRequest& request) {
  auto transfer = std::make_unique<Transfer>();
  transfer->id = id;
  transfer->prepare(request);
  curl_multi_add_handle(multi_, transfer->easy);
  transfers_[id] = std::move(transfer);
}

void HttpClient::collect(std::vector<std::pair<std::uint64_t, HttpReply>>& finished) {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    char* owner = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
    auto& transfer = *reinterpret_cast<Transfer*>(owner);
    transfer.finish(message->data.result);
    curl_multi_remove_handle(multi_, transfer.easy);
    finished.emplace_back(transfer.id, std::move(transfer.reply));
    transfers_.erase(transfer.id);
  }
}

std::vector<std::pair<std::uint64_t, HttpReply>> HttpClient::wait(double most_seconds) {
  std::vector<std::pair<std::uint64_t, HttpReply>> finished;
  int running = 0;
  curl_multi_perform(multi_, &running);
  collect(finished);
  if (!finished.empty()) return finished;
  curl_multi_poll(multi_, nullptr, 0, static_cast<int>(milliseconds(most_seconds)), nullptr);
  curl_multi_perform(multi_, &running);
  collect(finished);
  return finished;
}

void HttpClient::cancel() {
  for (auto& [id, transfer] : transfers_) curl_multi_remove_handle(multi_, transfer->easy);
  transfers_.clear();
}

HttpReply http_once(HttpClient& client, const HttpRequest& request) {
  constexpr double kPatience = 0.1;  // between looks at interrupted()
  client.start(0, request);
  while (!interrupted())
    for (auto& [id, reply] : client.wait(kPatience)) return std::move(reply);
  client.cancel();
  HttpReply reply;
  reply.trouble = "interrupted";
  return reply;
}

bool is_loopback(const std::string& url) {
  const std::string host = host_of(url);
  in_addr address{};
  if (inet_pton(AF_INET, host.c_str(), &address) == 1) return ntohl(address.s_addr) >> 24 == 127;
  return host == "localhost" || host == "[::1]";
}

}  // namespace bakeoff::run
