#include "baker/engine/generator.h"

#include <map>

namespace bakeoff::baker {
namespace {

/// Where the first stop string begins in `text`, if one does.
std::optional<std::size_t> find_stop(std::string_view text, const std::vector<std::string>& stops) {
  std::optional<std::size_t> first;
  for (const std::string& stop : stops) {
    const std::size_t at = stop.empty() ? std::string_view::npos : text.find(stop);
    if (at != std::string_view::npos && (!first || at < *first)) first = at;
  }
  return first;
}

}  // namespace

Conversation with_context(const Conversation& context, const Conversation& messages) {
  Conversation all = context;
  auto rest = messages.begin();
  if (!context.empty() && context[0].role == "system" && rest != messages.end() && rest->role == "system") {
    std::string& text = all[0].content;
    if (!text.empty() && !rest->content.empty()) text += "\n\n";
    text += rest->content;
    ++rest;
  }
  all.insert(all.end(), rest, messages.end());
  return all;
}

Result<LocalGenerator::Prepared> LocalGenerator::prepare(const Prompt& prompt) const {
  if (const auto* ids = std::get_if<std::vector<TokenId>>(&prompt)) return Prepared{*ids, ""};
  if (const auto* raw = std::get_if<std::string>(&prompt)) {
    BAKEOFF_TRY(auto ids, text_->tokenizer.encode(*raw, {.add_special = true, .parse_special = true}));
    return Prepared{std::move(ids), *raw};
  }
  BAKEOFF_TRY(std::string rendered, text_->render(with_context(identity_.context, std::get<Conversation>(prompt))));
  BAKEOFF_TRY(auto ids, text_->tokenizer.encode(rendered, {.add_special = false, .parse_special = true}));
  return Prepared{std::move(ids), std::move(rendered)};
}

Result<Reply> LocalGenerator::score(const ScoreRequest& request) {
  BAKEOFF_TRY(Prepared prepared, prepare(request.prompt));
  const std::size_t context = prepared.ids.size();
  if (request.completion) {
    BAKEOFF_TRY(const auto ids,
                text_->tokenizer.encode(*request.completion, {.add_special = false, .parse_special = true}));
    if (ids.empty()) return input_error("the completion has no tokens", "", "give at least one character to score");
    prepared.ids.insert(prepared.ids.end(), ids.begin(), ids.end());
  }
  BAKEOFF_TRY(const SequenceScore scored, engine_->score(prepared.ids, 1, request.top));
  Score score;
  score.ids = std::move(prepared.ids);
  score.token_logprobs = scored.logprobs;
  score.next_top = scored.next_top;
  score.completion_tokens = static_cast<std::int64_t>(score.ids.size() - context);
  score.is_greedy = score.completion_tokens > 0;
  for (std::size_t i = context; i < score.ids.size(); ++i) {
    if (i == 0) return input_error("a completion needs a token before it", "", "give a prompt");
    score.completion_logprob += score.token_logprobs[i - 1];
    score.is_greedy = score.is_greedy && scored.greedy[i - 1];
  }
  return Reply(std::move(score));
}

Result<Reply> LocalGenerator::complete(const GenerateRequest& request, Prepared prepared, RowResult row) const {
  Completion completion;
  BAKEOFF_TRY(completion.text, text_->tokenizer.decode(row.ids, true));
  const auto stop = find_stop(completion.text, request.decoding.stop);
  if (stop) completion.text.resize(*stop);
  completion.finish_reason = row.ended || stop ? "stop" : "length";
  completion.prompt_tokens = static_cast<std::int64_t>(prepared.ids.size());
  completion.completion_tokens = static_cast<std::int64_t>(row.ids.size());
  completion.ids = std::move(row.ids);
  completion.rendered_prompt = std::move(prepared.rendered);
  completion.wall_seconds = row.wall_seconds;
  return Reply(std::move(completion));
}

/// Prompts that can not be prepared, and scores, are answered while pulling; answers to draw go to the engine.
Status LocalGenerator::serve(RequestFeed& feed) {
  struct InFlight {
    GenerateRequest request;
    Prepared prepared;
  };
  std::map<std::uint64_t, InFlight> flying;
  const auto source = [&]() -> std::optional<std::pair<std::uint64_t, RowRequest>> {
    while (auto ticket = feed.pull()) {
      if (const auto* to_score = std::get_if<ScoreRequest>(&ticket->request)) {
        feed.done(ticket->number, score(*to_score));
        continue;
      }
      auto& request = std::get<GenerateRequest>(ticket->request);
      auto prepared = prepare(request.prompt);
      if (!prepared.ok()) {
        feed.done(ticket->number, prepared.error());
        continue;
      }
      RowRequest row{prepared->ids, request.decoding, request.seed, false};
      flying.emplace(ticket->number, InFlight{std::move(request), std::move(*prepared)});
      return std::pair{ticket->number, std::move(row)};
    }
    return std::nullopt;
  };
  const auto sink = [&](std::uint64_t number, Result<RowResult> row) {
    InFlight done = std::move(flying.at(number));
    flying.erase(number);
    feed.done(number, row.ok() ? complete(done.request, std::move(done.prepared), std::move(*row))
                               : Result<Reply>(row.error()));
  };
  const auto on_token = [&](std::uint64_t number, std::span<const TokenId> ids) {
    const auto& stops = flying.at(number).request.decoding.stop;
    return !stops.empty() && find_stop(text_->tokenizer.decode_bytes(ids, true), stops).has_value();
  };
  return engine_->generate(source, sink, on_token);
}

}  // namespace bakeoff::baker
