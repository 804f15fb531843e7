// The engine: prefill and decode of many rows over one frozen model, with a prompt prefix that is computed once.
//
// Every row's numbers come from operations whose result for a row does not depend on other rows (kernels/), so answers
// are the same bits in any batch, order or company.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "baker/models/lora.h"
#include "baker/models/model.h"

namespace bakeoff::baker {

struct EngineOptions {
  int batch_rows = 32;                ///< most rows decoded together
  std::int64_t prefill_tokens = 512;  ///< most prompt tokens computed in one pass
};

/// One answer to draw, in token ids.
struct RowRequest {
  std::vector<TokenId> ids;  ///< the whole context
  Decoding decoding;         ///< `stop` strings are the caller's matter: see on_token
  std::uint64_t seed = 0;
  bool keep_hidden = false;  ///< keep the final-norm state that predicted each new token
};

struct RowResult {
  std::vector<TokenId> ids;   ///< new tokens, the end token included
  bool ended = false;         ///< by an end token (else by length or by on_token)
  std::vector<float> hidden;  ///< [ids.size(), C] when kept
  double wall_seconds = 0;
};

struct SequenceScore {
  std::vector<double> logprobs;  ///< of ids[i] given the ones before, for i = first..; nats, summed in double
  std::vector<bool> greedy;      ///< of each scored token: was it the most likely one?
  std::vector<std::pair<TokenId, double>> next_top;
};

/// One arm's view of a model: the shared frozen weights plus the adapters in use. Not thread-safe.
class Engine {
 public:
  /// Adapters are applied together; each with its scale in [0, 2] on top of alpha / r. Scale 0 adapters are not applied
  /// at all.
  Engine(std::shared_ptr<const Model> model,
         const std::vector<std::pair<std::shared_ptr<const Adapter>, double>>& adapters, EngineOptions options = {});
  ~Engine();

  /// Called by generate(): the next row to start, or nothing at the moment.
  using Source = std::function<std::optional<std::pair<std::uint64_t, RowRequest>>()>;
  /// Called when a row is finished.
  using Sink = std::function<void(std::uint64_t ticket, Result<RowResult>)>;
  /// Called after each new token with all tokens so far; true ends the row there (its ids are kept).
  using OnToken = std::function<bool(std::uint64_t ticket, std::span<const TokenId>)>;
  /// Decodes until the source is empty and nothing is in flight. Rows join and leave at any step. The longest common
  /// prefix with an earlier row is reused.
  Status generate(const Source& source, const Sink& sink, const OnToken& on_token = nullptr);

  /// log p of ids[first..] (first >= 1), computing the shared prefix with the previous call only once.
  Result<SequenceScore> score(std::span<const TokenId> ids, std::size_t first, int top);

  /// Final-norm states of every position, [T, C]: a full forward without any cache of earlier calls.
  Result<std::vector<float>> hidden_states(std::span<const TokenId> ids);
  /// Log-probabilities [V] at one final-norm state [C].
  void log_probabilities(const float* hidden, std::vector<float>& out) const;

  const Model& model() const { return *model_; }

 private:
  struct State;
  std::shared_ptr<const Model> model_;
  std::unique_ptr<State> state_;
};

}  // namespace bakeoff::baker
