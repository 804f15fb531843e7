// A model behind an OpenAI-compatible endpoint: what an experiment says about it. Keys of secrets are names of
// environment variables; their values are never part of this.
#pragma once

#include <map>
#include <string>

#include "harness/core/json.h"

namespace bakeoff {

struct RemoteModel {
  std::string url;        ///< "https://api.example.com/v1": what "/chat/completions" is appended to
  std::string model;      ///< as the server calls it
  std::string key_env{};  ///< variable that holds the key; empty: no key is sent
  std::map<std::string, std::string> headers{};  ///< further headers; a value "$NAME" is that variable's
  Json body = Json::object();                    ///< further fields of every request; null leaves one out
  double timeout_seconds = 120;                  ///< of one attempt
  int retries = 5;                               ///< further attempts after the first
  double backoff_seconds = 1;                    ///< before the first retry; doubled for each one more
  int concurrency = 4;                           ///< requests under way at once
  friend bool operator==(const RemoteModel&, const RemoteModel&) = default;
};

/// Reads the fields from an object that may have others; the caller finishes the reader. Refuses an address with user,
/// query or fragment, and headers that would put a secret into the file.
RemoteModel read_remote_model(ObjectReader& fields);
/// All fields, defaults written out.
OrderedJson to_json(const RemoteModel& remote);

}  // namespace bakeoff
