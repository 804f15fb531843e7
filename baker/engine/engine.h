// The engine: many rows over one frozen model, answers being drawn and texts being scored, with shared prefixes
// computed once.
//
// Every row's numbers come from operations whose result for a row does not depend on other rows (kernels/), so answers
// are the same bits in any batch, order or company. On a device that is not promised (docs/devices.md).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <c10/core/Device.h>

#include "baker/engine/lora_pack.h"
#include "baker/models/model.h"
#include "harness/core/baker_api.h"

namespace bakeoff::baker {

struct EngineOptions {
  int batch_rows = 32;                            ///< most rows in flight together
  std::int64_t prefill_tokens = 512;              ///< most prompt tokens computed in one pass
  std::int64_t kv_bytes = std::int64_t{2} << 30;  ///< most memory for keys and values; rows wait for it
  std::optional<c10::Device> device = {};  ///< nothing: this processor, by products of our own; else ATen's there
};

EngineOptions engine_options(const EngineSettings& settings);

/// One answer to draw, or one text to score, in token ids.
struct RowRequest {
  std::vector<TokenId> ids;  ///< the whole context; when scoring, with the tokens to score
  Decoding decoding;         ///< `stop` strings are the caller's matter: see on_token. Unused when scoring
  std::uint64_t seed = 0;
  bool keep_hidden = false;     ///< keep the final-norm state that predicted each new token
  std::size_t variant = 0;      ///< which of the engine's adapter lists
  std::size_t scored_from = 0;  ///< 0: draw. Else score ids[scored_from..] and draw nothing
  int top = 0;                  ///< when scoring: so many best tokens after the last id
};

struct SequenceScore {
  std::vector<double> logprobs;  ///< of ids[i] given the ones before, i = scored_from..; nats
  std::vector<bool> greedy;      ///< of each scored token: was it the most likely one?
  std::vector<std::pair<TokenId, double>> next_top;
};

struct RowResult {
  std::vector<TokenId> ids;   ///< new tokens, the end token included
  bool ended = false;         ///< by an end token (else by length, the end of the context or on_token)
  std::vector<float> hidden;  ///< [ids.size(), C] when kept
  SequenceScore score;        ///< when scoring
  double wall_seconds = 0;
};

/// One model with the adapters that its rows may use. Not thread-safe. Infrastructure errors: memory, or a device that
/// fails; what was in flight is lost then, and the engine can be used again.
class Engine {
 public:
  /// `variants`: the adapter lists among which a row chooses; none is one list without adapters. The adapters of a list
  /// are applied together, each with its scale in [0, 2] on top of alpha / r; with scale 0 they are not applied at all.
  explicit Engine(std::shared_ptr<const Model> model, std::vector<AdapterList> variants = {},
                  EngineOptions options = {});
  ~Engine();

  /// Called by run(): the next row to start, or nothing at the moment.
  using Source = std::function<std::optional<std::pair<std::uint64_t, RowRequest>>()>;
  /// Called when a row is finished.
  using Sink = std::function<void(std::uint64_t ticket, Result<RowResult>)>;
  /// Called after each new token with all tokens so far; true ends the row there (its ids are kept).
  using OnToken = std::function<bool(std::uint64_t ticket, std::span<const TokenId>)>;
  /// Works until the source is empty and nothing is in flight. Rows join and leave at any step; the longest common
  /// prefix with an earlier row of the same variant is not computed again. An answer ends at max_new_tokens or at the
  /// end of the model's context, whichever comes first.
  Status run(const Source& source, const Sink& sink, const OnToken& on_token = nullptr);

  /// run() for one text: log p of ids[scored_from..].
  Result<SequenceScore> score(std::span<const TokenId> ids, std::size_t scored_from, int top);

  /// Final-norm states of every position, [T, C]: a full forward without any cache of earlier calls.
  Result<std::vector<float>> hidden_states(std::span<const TokenId> ids);
  /// Log-probabilities [N, V] at final-norm states [N, C].
  Status log_probabilities(std::span<const float> hidden, std::vector<float>& out) const;

  const Model& model() const { return *model_; }

 private:
  struct State;
  std::shared_ptr<const Model> model_;
  std::unique_ptr<State> state_;
};

}  // namespace bakeoff::baker
