// The one interface through which anything is asked of a model. The harness knows only this; the baker, a
// remote engine and the scripted models of the tests implement it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "harness/core/conversation.h"

namespace bakeoff {

using TokenId = std::int32_t;

/// What to continue. Exactly one of the three forms.
///  - Conversation: rendered by the model's chat template after the generator's own context messages, with the
///    assistant's turn opened;
///  - std::string: raw text, tokenized with the model's special tokens as its tokenizer adds them;
///  - std::vector<TokenId>: used as it is.
using Prompt = std::variant<Conversation, std::string, std::vector<TokenId>>;

struct GenerateRequest {
  Prompt prompt;
  Decoding decoding;
  std::uint64_t seed = 0;  ///< the only source of randomness of this answer
};

struct Completion {
  std::vector<TokenId> ids;     ///< new tokens; the end-of-turn token included when finish_reason is "stop" by it
  std::string text;             ///< decoded without special tokens; valid UTF-8
  std::string finish_reason;    ///< "stop" or "length"
  std::string rendered_prompt;  ///< the exact text that the model saw (empty for ids)
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  double wall_seconds = 0;  ///< from admission to the last token; rows share the machine, so these overlap
};

/// Log-probabilities of given tokens. Context and completion are tokenized together and cut where the context alone
/// ends; spaces at the context's end belong to the completion: lm-evaluation-harness's rule (lm_eval/api/model.py,
/// _encode_pair, 0.4.13).
struct ScoreRequest {
  Prompt prompt;                          ///< the context
  std::optional<std::string> completion;  ///< scored text after the context (not with ids)
  int top = 0;                            ///< how many entries of the distribution after the last token to return
};

struct Score {
  std::vector<TokenId> ids;            ///< all tokens, context and completion
  std::vector<double> token_logprobs;  ///< natural log p(ids[i] | ids[<i]) for i = 1..; size ids.size() - 1
  std::int64_t completion_tokens = 0;
  double completion_logprob = 0;                     ///< sum over the completion's tokens, nats
  bool is_greedy = false;                            ///< every completion token was the most likely one
  std::vector<std::pair<TokenId, double>> next_top;  ///< `top` best next tokens, best first
};

/// Log-probabilities of several texts after one context, which is computed once.
struct ChoiceRequest {
  Prompt prompt;                     ///< text or conversation
  std::vector<std::string> choices;  ///< at least one; each begins with its separator (" Paris")
};

struct ChoiceScore {
  double logprob = 0;       ///< sum over the choice's tokens, nats
  std::int64_t tokens = 0;  ///< of the choice
  bool is_greedy = false;   ///< every one of them was the most likely one
};

struct ChoiceScores {
  std::vector<ChoiceScore> choices;  ///< in the order of the request
  std::string rendered_prompt;       ///< the context that the model saw
  std::int64_t prompt_tokens = 0;    ///< of the context
};

using Request = std::variant<GenerateRequest, ScoreRequest, ChoiceRequest>;
using Reply = std::variant<Completion, Score, ChoiceScores>;

/// Where a generator takes its work from and puts its answers. Called on the thread that called serve().
class RequestFeed {
 public:
  struct Ticket {
    std::uint64_t number;
    Request request;
  };
  virtual ~RequestFeed() = default;
  /// The next request, or nothing at the moment. serve() asks again after each answer, and ends when nothing
  /// is in flight and nothing comes.
  virtual std::optional<Ticket> pull() = 0;
  /// Each ticket is answered exactly once. An error is this request's own (a prompt too long, say).
  virtual void done(std::uint64_t number, Result<Reply> reply) = 0;
};

/// What makes two generators' answers interchangeable: every part that can change a bit of the output.
struct GeneratorIdentity {
  std::string model_digest;           ///< SHA-256 of the weights as stored
  std::vector<std::string> adapters;  ///< "digest:scale" each
  std::string template_digest;
  Conversation context;  ///< messages put before every conversation
  std::string dtype;     ///< "fp32" or "bf16"
  std::string device;
  std::string engine;  ///< version of the numerics
};
Json to_json(const GeneratorIdentity& identity);

/// A model ready to answer for one arm. Not thread-safe: one serve() at a time. Greedy and seeded answers do not
/// depend on which requests share a batch, or on their order.
class Generator {
 public:
  virtual ~Generator() = default;
  virtual const GeneratorIdentity& identity() const = 0;
  /// Plays the feed to its end. An error is fatal for all (out of memory, device lost).
  virtual Status serve(RequestFeed& feed) = 0;
};

/// Serves a fixed list; replies in the order of the requests. `on_done(index, reply)` is called as each is ready.
Result<std::vector<Result<Reply>>> serve_all(
    Generator& generator, std::vector<Request> requests,
    const std::function<void(std::size_t, const Result<Reply>&)>& on_done = nullptr);

}  // namespace bakeoff
