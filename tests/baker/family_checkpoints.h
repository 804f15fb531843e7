// The tiny random checkpoints of every family and what transformers computed for them (tools/goldens/families.py), for
// every way in which the engine can run them.
#pragma once

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <vector>

#include "baker/engine/engine.h"
#include "harness/core/json.h"
#include "tests/catch.h"
#include "tests/support.h"

namespace bakeoff::testing {

/// Every checkpoint of every variant: a folder, or the GGUF file in it.
inline std::vector<std::filesystem::path> checkpoints() {
  std::vector<std::filesystem::path> all;
  for (const auto& entry : std::filesystem::directory_iterator(source_path("golden/families"))) {
    all.push_back(entry.path());
    if (std::filesystem::exists(entry.path() / "model.gguf")) all.push_back(entry.path() / "model.gguf");
  }
  std::sort(all.begin(), all.end());
  REQUIRE(all.size() > 30);
  return all;
}

inline Json expected_of(const std::filesystem::path& checkpoint) {
  auto read = read_json_file((std::filesystem::is_directory(checkpoint) ? checkpoint : checkpoint.parent_path()) /
                             "expected.json");
  REQUIRE(read.ok());
  return *read;
}

inline std::shared_ptr<const baker::Model> load_checkpoint(const std::filesystem::path& checkpoint,
                                                           baker::Dtype dtype = baker::Dtype::fp32) {
  auto loaded = baker::load_model(checkpoint, dtype);
  INFO(checkpoint.string() << ": " << (loaded.ok() ? "" : loaded.error().what));
  REQUIRE(loaded.ok());
  return *loaded;
}

/// All requests through one engine, each of which must succeed; results by request.
inline std::vector<baker::RowResult> generate(baker::Engine& engine, const std::vector<baker::RowRequest>& requests) {
  std::vector<baker::RowResult> results(requests.size());
  std::size_t next = 0;
  const auto source = [&]() -> std::optional<std::pair<std::uint64_t, baker::RowRequest>> {
    if (next == requests.size()) return std::nullopt;
    const std::size_t i = next++;
    return std::pair{std::uint64_t{i}, requests[i]};
  };
  const Status done = engine.run(source, [&](std::uint64_t ticket, Result<baker::RowResult> result) {
    REQUIRE(result.ok());
    results[ticket] = std::move(*result);
  });
  INFO((done.ok() ? "" : done.error().line()));
  REQUIRE(done.ok());
  return results;
}

/// Greedy continuations, of 24 tokens, of a checkpoint's prompts.
inline std::vector<baker::RowRequest> requests_of(const Json& expected) {
  std::vector<baker::RowRequest> requests;
  for (const Json& prompt : expected["prompts"]) {
    baker::RowRequest request;
    request.ids = prompt["ids"].get<std::vector<TokenId>>();
    request.decoding.max_new_tokens = 24;
    request.keep_hidden = true;
    requests.push_back(std::move(request));
  }
  return requests;
}

/// Log-probabilities and most likely next tokens of every prompt are transformers' to 1e-4.
inline void check_scores(const std::filesystem::path& checkpoint, const baker::EngineOptions& options) {
  const Json expected = expected_of(checkpoint);
  REQUIRE(expected["prompts"].size() == 6);
  baker::Engine engine(load_checkpoint(checkpoint), {}, options);
  double worst = 0;
  for (const Json& prompt : expected["prompts"]) {
    const auto score = engine.score(prompt["ids"].get<std::vector<TokenId>>(), 1, 5);
    INFO(checkpoint.string() << ": " << (score.ok() ? "" : score.error().line()));
    REQUIRE(score.ok());
    REQUIRE(score->logprobs.size() == prompt["logprobs"].size());
    for (std::size_t i = 0; i < score->logprobs.size(); ++i)
      worst = std::max(worst, std::abs(score->logprobs[i] - prompt["logprobs"][i].get<double>()));
    REQUIRE(score->next_top.size() == 5);
    for (std::size_t i = 0; i < 5; ++i)
      worst = std::max(worst, std::abs(score->next_top[i].second - prompt["next_top"][i][1].get<double>()));
  }
  INFO(checkpoint.string() << ": largest difference " << worst);
  CHECK(worst < 1e-4);
}

/// Greedy continuations, all prompts in one batch, are transformers' up to the first step whose two best tokens differ
/// by less than 1e-3.
inline void check_greedy(const std::filesystem::path& checkpoint, const baker::EngineOptions& options) {
  const Json expected = expected_of(checkpoint);
  baker::Engine engine(load_checkpoint(checkpoint), {}, options);
  const auto results = generate(engine, requests_of(expected));
  for (std::size_t i = 0; i < results.size(); ++i) {
    const Json& prompt = expected["prompts"][i];
    for (std::size_t k = 0; k < prompt["greedy"].size(); ++k) {
      if (prompt["margins"][k].get<double>() < 1e-3) break;
      INFO(checkpoint.string() << ", prompt " << i << ", token " << k);
      REQUIRE(k < results[i].ids.size());
      REQUIRE(results[i].ids[k] == prompt["greedy"][k].get<TokenId>());
    }
  }
}

}  // namespace bakeoff::testing
