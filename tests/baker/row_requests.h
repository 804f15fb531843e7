// Rows to play on a tiny model: drawn and scored ones, of several adapters, with and without a common beginning.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "baker/bake/lora_layout.h"
#include "baker/engine/engine.h"
#include "tests/baker/tiny_model.h"
#include "tests/catch.h"

namespace bakeoff::testing {

inline constexpr std::int64_t kPlenty = std::int64_t{1} << 30;

inline std::vector<TokenId> some_ids(std::uint64_t seed, std::size_t count) {
  Random random(seed);
  std::vector<TokenId> ids(count);
  for (TokenId& id : ids) id = static_cast<TokenId>(3 + random.below(47));
  return ids;
}

inline std::shared_ptr<const baker::Adapter> random_adapter(const baker::Model& model, std::uint64_t seed) {
  const auto layout =
      baker::LoraLayout::make(model.config, {"q_proj", "v_proj", "o_proj", "gate_proj", "down_proj"}, 3, 6.0);
  REQUIRE(layout.ok());
  std::vector<float> parameters = layout->initial(seed);
  Random random(seed);
  for (float& value : parameters) value += static_cast<float>(0.3 * random.normal());
  auto adapter = std::make_shared<baker::Adapter>();
  adapter->weights = layout->to_weights(parameters);
  return adapter;
}

/// By ticket: what came back, or the error.
struct Outcome {
  std::vector<baker::RowResult> rows;
  std::vector<std::string> errors;
};

inline Outcome play(baker::Engine& engine, const std::vector<baker::RowRequest>& requests) {
  Outcome outcome{std::vector<baker::RowResult>(requests.size()), std::vector<std::string>(requests.size())};
  std::size_t next = 0;
  const auto source = [&]() -> std::optional<std::pair<std::uint64_t, baker::RowRequest>> {
    if (next == requests.size()) return std::nullopt;
    const std::uint64_t ticket = next++;
    return std::pair{ticket, requests[ticket]};
  };
  const Status status = engine.run(source, [&](std::uint64_t ticket, Result<baker::RowResult> result) {
    if (result.ok())
      outcome.rows[ticket] = std::move(*result);
    else
      outcome.errors[ticket] = result.error().what;
  });
  REQUIRE(status.ok());
  return outcome;
}

/// Drawn and scored rows over `variants` adapters, half of them behind a common beginning.
inline std::vector<baker::RowRequest> mixed(std::size_t variants, std::size_t count = 24) {
  const std::vector<TokenId> common = some_ids(7, 40);
  std::vector<baker::RowRequest> requests(count);
  for (std::size_t i = 0; i < count; ++i) {
    baker::RowRequest& request = requests[i];
    if (i % 2 == 0) request.ids = common;
    const auto own = some_ids(100 + i, 3 + i % 9);
    request.ids.insert(request.ids.end(), own.begin(), own.end());
    request.variant = i % variants;
    request.seed = i;
    request.decoding.temperature = i % 4 < 2 ? 1.0 : 0.0;
    request.decoding.max_new_tokens = static_cast<int>(2 + i % 7);
    if (i % 3 == 0) request.scored_from = request.ids.size() - 2;
    request.top = i % 6 == 0 ? 4 : 0;
    request.keep_hidden = true;
  }
  return requests;
}

}  // namespace bakeoff::testing
