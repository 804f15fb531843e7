#include "baker/engine/divergence.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bakeoff::baker {
namespace {

constexpr std::size_t kPositionsAtOnce = 32;  ///< projected to the vocabulary together

double divergence(std::span<const float> log_p, std::span<const float> log_q) {
  double sum = 0;
  for (std::size_t i = 0; i < log_p.size(); ++i)
    sum += std::exp(static_cast<double>(log_p[i])) * (static_cast<double>(log_p[i]) - static_cast<double>(log_q[i]));
  return sum;
}

/// What one side makes of its text.
struct Side {
  const Engine& engine;
  std::vector<float> states;
  std::size_t width, first;
  std::vector<float> log_probabilities;

  Status project(std::size_t at, std::size_t count) {
    return engine.log_probabilities(std::span<const float>(states).subspan((first + at) * width, count * width),
                                    log_probabilities);
  }
};

Result<Side> read(const ReadText& text) {
  BAKEOFF_TRY(auto states, text.engine.hidden_states(text.ids));
  return Side{
      text.engine, std::move(states), static_cast<std::size_t>(text.engine.model().config.width), text.from, {}};
}

/// The context, then the answer without its last token: what predicts each of the answer's tokens.
std::vector<TokenId> predicting(std::vector<TokenId> context, std::span<const TokenId> answer) {
  context.insert(context.end(), answer.begin(), answer.end() - 1);
  return context;
}

}  // namespace

Result<std::vector<double>> divergences(const ReadText& one, const ReadText& other) {
  const std::size_t count = one.ids.size() - one.from;
  const auto vocabulary = static_cast<std::size_t>(one.engine.model().config.vocabulary);
  if (count != other.ids.size() - other.from ||
      one.engine.model().config.vocabulary != other.engine.model().config.vocabulary)
    return internal_error("two sides of a comparison differ in length or vocabulary");
  BAKEOFF_TRY(Side p, read(one));
  BAKEOFF_TRY(Side q, read(other));
  std::vector<double> nats;
  for (std::size_t at = 0; at < count; at += kPositionsAtOnce) {
    const std::size_t rows = std::min(kPositionsAtOnce, count - at);
    BAKEOFF_CHECK(p.project(at, rows));
    BAKEOFF_CHECK(q.project(at, rows));
    for (std::size_t row = 0; row < rows; ++row)
      nats.push_back(divergence(std::span<const float>(p.log_probabilities).subspan(row * vocabulary, vocabulary),
                                std::span<const float>(q.log_probabilities).subspan(row * vocabulary, vocabulary)));
  }
  return nats;
}

Result<double> answer_divergence(LocalGenerator& one, LocalGenerator& other, const Conversation& conversation) {
  if (conversation.empty() || conversation.back().role != "assistant")
    return input_error("the conversation does not end with an assistant's message");
  const Conversation before(conversation.begin(), conversation.end() - 1);
  BAKEOFF_TRY(const auto answer, one.answer_ids(conversation.back().content));
  BAKEOFF_TRY(const auto same, other.answer_ids(conversation.back().content));
  if (answer.empty()) return input_error("the answer has no tokens");
  if (answer != same) return input_error("the two models cut the answer into different tokens");
  BAKEOFF_TRY(auto p_context, one.context_ids(before));
  BAKEOFF_TRY(auto q_context, other.context_ids(before));
  const std::size_t p_from = p_context.size() - 1, q_from = q_context.size() - 1;
  const auto p_ids = predicting(std::move(p_context), answer), q_ids = predicting(std::move(q_context), answer);
  BAKEOFF_TRY(const auto nats, divergences({one.engine(), p_ids, p_from}, {other.engine(), q_ids, q_from}));
  return std::accumulate(nats.begin(), nats.end(), 0.0) / static_cast<double>(nats.size());
}

}  // namespace bakeoff::baker
