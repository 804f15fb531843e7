// Episodes as a feed of requests, and what is recorded of their replies.
#include "harness/run/player.h"

#include <exception>

namespace bakeoff::run {
namespace {

/// Tokens that are read: a log-probability reads all of its ids and draws none.
std::int64_t tokens_read(const Completion& answer) { return answer.prompt_tokens; }
std::int64_t tokens_read(const Score& score) { return static_cast<std::int64_t>(score.ids.size()); }
std::int64_t tokens_read(const ChoiceScores& scores) {
  std::int64_t tokens = scores.prompt_tokens;
  for (const ChoiceScore& choice : scores.choices) tokens += choice.tokens;
  return tokens;
}

Json to_record(const Completion& answer) {
  return {{"kind", "completion"},
          {"ids", answer.ids},
          {"text", answer.text},
          {"finish_reason", answer.finish_reason},
          {"rendered_prompt", answer.rendered_prompt},
          {"prompt_tokens", answer.prompt_tokens},
          {"completion_tokens", answer.completion_tokens}};
}

Json to_record(const ChoiceScores& scores) {
  Json choices = Json::array();
  for (const ChoiceScore& choice : scores.choices)
    choices.push_back({{"logprob", choice.logprob}, {"tokens", choice.tokens}, {"is_greedy", choice.is_greedy}});
  return {{"kind", "choices"},
          {"choices", std::move(choices)},
          {"rendered_prompt", scores.rendered_prompt},
          {"prompt_tokens", scores.prompt_tokens}};
}

Json to_record(const Score& score) {
  return {{"kind", "score"},
          {"ids", score.ids},
          {"token_logprobs", score.token_logprobs},
          {"completion_tokens", score.completion_tokens},
          {"completion_logprob", score.completion_logprob},
          {"is_greedy", score.is_greedy},
          {"next_top", score.next_top}};
}

/// Sums over the replies, the last answer, and all of them as JSON where one answer does not say it all. Where a model
/// was asked for scores alone, the answer is what the episode states about them: its last message.
void record_replies(const std::vector<Reply>& replies, store::SampleRow& row) {
  row.requests = static_cast<int>(replies.size());
  bool has_scores = false, has_text = false;
  double wall_seconds = 0;
  for (const Reply& reply : replies) {
    row.total_prompt_tokens += std::visit([](const auto& one) { return tokens_read(one); }, reply);
    if (const auto* answer = std::get_if<Completion>(&reply)) {
      has_text = true;
      row.sample.completion = *answer;
      row.total_completion_tokens += answer->completion_tokens;
      wall_seconds += answer->wall_seconds;
    } else {
      has_scores = true;
    }
  }
  row.sample.completion.wall_seconds = wall_seconds;
  const Conversation& played = row.sample.messages;
  if (has_scores && !has_text && !played.empty() && played.back().role == "assistant")
    row.sample.completion.text = played.back().content;
  if (replies.size() < 2 && !has_scores) return;
  row.replies = Json::array();
  for (const Reply& reply : replies)
    row.replies.push_back(std::visit([](const auto& one) { return to_record(one); }, reply));
}

}  // namespace

Player::Player(std::vector<PlayTask> tasks, PlayOptions options)
    : tasks_(std::move(tasks)), options_(std::move(options)) {}

std::optional<RequestFeed::Ticket> Player::pull() {
  if (options_.stopped()) return std::nullopt;
  while (ready_.empty() && next_task_ < tasks_.size() && in_flight_.size() < options_.live_episodes) {
    auto live = std::make_unique<Live>();
    live->task = std::move(tasks_[next_task_++]);
    try {
      live->episode = options_.suite->episode(*live->task.item, options_.decoding, live->task.row.sample.seed);
    } catch (const std::exception& mistake) {
      live->task.row.error =
          internal_error(std::string("the suite broke down: ") + mistake.what(), live->task.item->id);
      finish(std::move(live));
      continue;
    }
    advance(std::move(live), nullptr);
  }
  if (ready_.empty()) return std::nullopt;
  Ready next = std::move(ready_.front());
  ready_.pop_front();
  const std::uint64_t number = next_number_++;
  in_flight_.emplace(number, std::move(next.live));
  return Ticket{number, std::move(next.request)};
}

void Player::done(std::uint64_t number, Result<Reply> reply) {
  auto found = in_flight_.extract(number);
  if (found.empty()) return;
  std::unique_ptr<Live> live = std::move(found.mapped());
  if (!reply.ok()) {
    if (reply.error().kind == ErrorKind::interrupted) return;  // nobody's failure: played again by the next run
    live->task.row.error = reply.error();
    finish(std::move(live));
    return;
  }
  live->replies.push_back(std::move(*reply));
  const Reply* last = &live->replies.back();
  advance(std::move(live), last);
}

void Player::advance(std::unique_ptr<Live> live, const Reply* reply) {
  try {
    if (auto request = live->episode->next(reply)) {
      ready_.push_back({std::move(live), std::move(*request)});
      return;
    }
  } catch (const std::exception& mistake) {
    live->task.row.error = internal_error(std::string("the suite broke down: ") + mistake.what(), live->task.item->id);
  }
  finish(std::move(live));
}

void Player::finish(std::unique_ptr<Live> live) {
  store::SampleRow row = std::move(live->task.row);
  if (live->episode) row.sample.messages = live->episode->messages();
  record_replies(live->replies, row);
  options_.on_sample(*live->task.item, std::move(row));
}

}  // namespace bakeoff::run
