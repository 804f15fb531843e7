// Reading the address of a remote model.
#include "harness/core/remote_model.h"

#include <algorithm>
#include <array>

namespace bakeoff {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

bool is_variable(const std::string& name) {
  const auto fits = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  return !name.empty() && !std::isdigit(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(), fits);
}

void check_url(ObjectReader& fields, const std::string& url) {
  const bool is_http = url.starts_with("http://") || url.starts_with("https://");
  if (!is_http || url.find_first_of(" \t\r\n") != url.npos || url.size() <= std::string("https://").size())
    return fields.fail("url", "expected an address such as https://api.example.com/v1, found \"" + url + "\"");
  if (url.find_first_of("@?#") != url.npos)
    fields.fail("url", "an address has no user, query or fragment here; keys belong into variables: key_env, headers");
}

/// Headers that carry secrets name a variable.
void check_headers(ObjectReader& fields, const std::map<std::string, std::string>& headers) {
  constexpr std::array kSecretNames{"authorization", "key", "token", "cookie", "secret"};
  for (const auto& [name, value] : headers) {
    const auto fits = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_'; };
    if (name.empty() || !std::all_of(name.begin(), name.end(), fits) || value.find_first_of("\r\n") != value.npos)
      return fields.fail("headers", "\"" + name + "\" is no header");
    if (value.starts_with('$')) {
      if (!is_variable(value.substr(1))) return fields.fail("headers", "\"" + value + "\" names no variable");
      continue;
    }
    for (const char* secret : kSecretNames)
      if (lower(name).find(secret) != std::string::npos)
        return fields.fail("headers",
                           name + " would put a secret into the file; write $NAME of a variable that holds it");
  }
}

std::map<std::string, std::string> read_headers(ObjectReader& fields) {
  const Json& value = fields.raw("headers");
  std::map<std::string, std::string> headers;
  if (value.is_null()) return headers;
  if (!value.is_object()) {
    fields.fail("headers", "expected names with a text each");
    return headers;
  }
  for (const auto& entry : value.items()) {
    if (!entry.value().is_string())
      fields.fail("headers", "the value of " + entry.key() + " is no text");
    else
      headers[entry.key()] = entry.value().get<std::string>();
  }
  check_headers(fields, headers);
  return headers;
}

}  // namespace

RemoteModel read_remote_model(ObjectReader& fields) {
  RemoteModel remote;
  remote.url = fields.required<std::string>("url");
  while (remote.url.ends_with('/')) remote.url.pop_back();
  check_url(fields, remote.url);
  remote.model = fields.required<std::string>("model");
  remote.key_env = fields.optional("key_env", "");
  if (!remote.key_env.empty() && !is_variable(remote.key_env))
    fields.fail("key_env", "expected the name of a variable, not a key");
  remote.headers = read_headers(fields);
  remote.body = fields.optional("body", Json::object());
  if (!remote.body.is_object()) fields.fail("body", "expected an object with fields of the request");
  remote.timeout_seconds = fields.in_range("timeout_seconds", remote.timeout_seconds, 0.1, 3600.0);
  remote.retries = fields.in_range("retries", remote.retries, 0, 100);
  remote.backoff_seconds = fields.in_range("backoff_seconds", remote.backoff_seconds, 0.0, 60.0);
  remote.concurrency = fields.in_range("concurrency", remote.concurrency, 1, 256);
  return remote;
}

OrderedJson to_json(const RemoteModel& remote) {
  OrderedJson object = {{"url", remote.url}, {"model", remote.model}};
  if (!remote.key_env.empty()) object["key_env"] = remote.key_env;
  object["headers"] = remote.headers;
  object["body"] = OrderedJson(remote.body);
  object["timeout_seconds"] = remote.timeout_seconds;
  object["retries"] = remote.retries;
  object["backoff_seconds"] = remote.backoff_seconds;
  object["concurrency"] = remote.concurrency;
  return object;
}

}  // namespace bakeoff
