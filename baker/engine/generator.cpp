#include "baker/engine/generator.h"

#include <deque>
#include <map>

#include "baker/engine/ahead.h"
#include "harness/core/interrupt.h"

namespace bakeoff::baker {
namespace {

constexpr std::size_t kRequestsAhead = 16;  ///< rendered and tokenized before the engine takes them

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
  BAKEOFF_TRY(std::string rendered,
              text_->render(with_context(identity_.context, std::get<Conversation>(prompt)), rendering_));
  BAKEOFF_TRY(auto ids, text_->tokenizer.encode(rendered, {.add_special = false, .parse_special = true}));
  return Prepared{std::move(ids), std::move(rendered)};
}

Result<std::vector<TokenId>> LocalGenerator::context_ids(const Conversation& messages) const {
  BAKEOFF_TRY(Prepared prepared, prepare(messages));
  return std::move(prepared.ids);
}

Result<std::vector<TokenId>> LocalGenerator::answer_ids(std::string_view text) const {
  return text_->tokenizer.encode(text, {.add_special = false, .parse_special = false});
}

Result<LocalGenerator::Prepared> LocalGenerator::prepare_context(const Prompt& prompt) const {
  if (std::holds_alternative<std::vector<TokenId>>(prompt))
    return input_error("a completion needs a text or messages before it", "", "append its ids to the prompt's");
  BAKEOFF_TRY(Prepared context, prepare(prompt));
  context.context_tokens = context.ids.size();
  context.adds_special = std::holds_alternative<std::string>(prompt);
  const std::string_view text = context.rendered;
  if (const std::size_t end = text.find_last_not_of(' ') + 1; end < text.size()) {
    BAKEOFF_TRY(const auto ids, text_->tokenizer.encode(text.substr(0, end),
                                                        {.add_special = context.adds_special, .parse_special = true}));
    context.context_tokens = ids.size();
  }
  return context;
}

Result<LocalGenerator::Prepared> LocalGenerator::with_completion(Prepared context,
                                                                 const std::string& completion) const {
  if (completion.empty())
    return input_error("the completion has no tokens", "", "give at least one character to score");
  BAKEOFF_TRY(context.ids, text_->tokenizer.encode(context.rendered + completion,
                                                   {.add_special = context.adds_special, .parse_special = true}));
  if (context.context_tokens == 0) return input_error("a completion needs a token before it", "", "give a prompt");
  if (context.ids.size() <= context.context_tokens)
    return input_error("the completion has no tokens of its own", "", "give at least one character to score");
  return context;
}

/// The last tokens of a scored row.
ChoiceScore LocalGenerator::sum_up(const Prepared& prepared, const SequenceScore& score) {
  ChoiceScore sum;
  sum.tokens = static_cast<std::int64_t>(prepared.ids.size() - prepared.context_tokens);
  sum.is_greedy = sum.tokens > 0;
  for (auto i = score.logprobs.size() - static_cast<std::size_t>(sum.tokens); i < score.logprobs.size(); ++i) {
    sum.logprob += score.logprobs[i];
    sum.is_greedy = sum.is_greedy && score.greedy[i];
  }
  return sum;
}

Reply LocalGenerator::reply_to(const ScoreRequest&, std::vector<Prepared> prepared, std::vector<RowResult> rows) {
  Score score;
  const ChoiceScore sum = sum_up(prepared[0], rows[0].score);
  score.ids = std::move(prepared[0].ids);
  score.token_logprobs = std::move(rows[0].score.logprobs);
  score.next_top = std::move(rows[0].score.next_top);
  score.completion_tokens = sum.tokens;
  score.completion_logprob = sum.logprob;
  score.is_greedy = sum.is_greedy;
  return score;
}

Reply LocalGenerator::reply_to(const ChoiceRequest&, std::vector<Prepared> prepared, std::vector<RowResult> rows) {
  ChoiceScores scores;
  for (std::size_t i = 0; i < rows.size(); ++i) scores.choices.push_back(sum_up(prepared[i], rows[i].score));
  scores.prompt_tokens = static_cast<std::int64_t>(prepared[0].context_tokens);
  scores.rendered_prompt = std::move(prepared[0].rendered);
  return scores;
}

Result<Reply> LocalGenerator::reply_to(const GenerateRequest& request, std::vector<Prepared> all,
                                       std::vector<RowResult> rows) const {
  Prepared& prepared = all[0];
  RowResult& row = rows[0];
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

Result<std::vector<LocalGenerator::Planned>> LocalGenerator::plan(const GenerateRequest& request) const {
  BAKEOFF_TRY(Prepared prepared, prepare(request.prompt));
  RowRequest row;
  row.ids = prepared.ids;
  row.decoding = request.decoding;
  row.seed = request.seed;
  return std::vector<Planned>{{std::move(prepared), std::move(row)}};
}

Result<std::vector<LocalGenerator::Planned>> LocalGenerator::plan(const ScoreRequest& request) const {
  Prepared prepared;
  if (request.completion) {
    BAKEOFF_TRY(Prepared context, prepare_context(request.prompt));
    BAKEOFF_TRY(prepared, with_completion(std::move(context), *request.completion));
  } else {
    BAKEOFF_TRY(prepared, prepare(request.prompt));
    prepared.context_tokens = prepared.ids.size();
  }
  RowRequest row;
  row.ids = prepared.ids;
  row.scored_from = 1;
  row.top = request.top;
  return std::vector<Planned>{{std::move(prepared), std::move(row)}};
}

Result<std::vector<LocalGenerator::Planned>> LocalGenerator::plan(const ChoiceRequest& request) const {
  if (request.choices.empty()) return input_error("there is no choice to score");
  BAKEOFF_TRY(const Prepared context, prepare_context(request.prompt));
  std::vector<Planned> rows;
  for (const std::string& choice : request.choices) {
    BAKEOFF_TRY(Prepared prepared, with_completion(context, choice));
    RowRequest row;
    row.ids = prepared.ids;
    row.scored_from = prepared.context_tokens;
    rows.push_back({std::move(prepared), std::move(row)});
  }
  return rows;
}

/// One request of the feed and its rows in the engine.
struct LocalGenerator::InFlight {
  std::uint64_t number = 0;
  Request request;
  Status planned;                ///< why it can not be played
  std::deque<RowRequest> ready;  ///< rows that the engine has not taken
  std::vector<Prepared> prepared;
  std::vector<RowResult> rows;
  std::optional<Error> error;  ///< of any row
  std::size_t missing = 0;

  void take(std::size_t index, Result<RowResult> row) {
    --missing;
    if (row.ok())
      rows[index] = std::move(*row);
    else if (!error)
      error = row.error();
  }
};

std::shared_ptr<LocalGenerator::InFlight> LocalGenerator::prepare_ticket(RequestFeed::Ticket ticket) const {
  auto request = std::make_shared<InFlight>();
  request->number = ticket.number;
  auto planned = std::visit([this](const auto& asked) { return plan(asked); }, ticket.request);
  request->request = std::move(ticket.request);
  if (!planned.ok()) {
    request->planned = planned.error();
    return request;
  }
  request->missing = planned->size();
  request->rows.resize(planned->size());
  for (Planned& row : *planned) {
    request->prepared.push_back(std::move(row.prepared));
    request->ready.push_back(std::move(row.row));
  }
  return request;
}

/// Requests are rendered and tokenized while the engine computes; each goes to it as one row or several.
Status LocalGenerator::serve(RequestFeed& feed) {
  struct Place {
    std::shared_ptr<InFlight> request;
    std::size_t index;
  };
  std::map<std::uint64_t, Place> flying;  // by row
  std::shared_ptr<InFlight> current;      // the request whose rows go to the engine
  Ahead<std::shared_ptr<InFlight>> ahead;
  std::uint64_t next_row = 0;
  const auto look_ahead = [&] {
    while (ahead.size() < kRequestsAhead) {
      auto ticket = feed.pull();
      if (!ticket) return;
      ahead.add([this, ticket = std::make_shared<RequestFeed::Ticket>(std::move(*ticket))] {
        return prepare_ticket(std::move(*ticket));
      });
    }
  };
  const auto source = [&]() -> std::optional<std::pair<std::uint64_t, RowRequest>> {
    look_ahead();
    while (!current || current->ready.empty()) {
      if (ahead.size() == 0) return std::nullopt;
      current = ahead.take();
      if (interrupted()) current->planned = interrupted_error();  // what has not begun does not begin
      if (!current->planned.ok()) {
        feed.done(current->number, current->planned.error());
        current.reset();
      }
      look_ahead();
    }
    const std::size_t index = current->rows.size() - current->ready.size();
    flying[next_row] = {current, index};
    RowRequest row = std::move(current->ready.front());
    current->ready.pop_front();
    return std::pair{next_row++, std::move(row)};
  };
  const auto sink = [&](std::uint64_t number, Result<RowResult> row) {
    const Place place = std::move(flying.extract(number).mapped());
    InFlight& request = *place.request;
    request.take(place.index, std::move(row));
    if (request.missing > 0) return;
    if (request.error) return feed.done(request.number, *request.error);
    feed.done(request.number, std::visit(
                                  [&](const auto& asked) -> Result<Reply> {
                                    return reply_to(asked, std::move(request.prepared), std::move(request.rows));
                                  },
                                  request.request));
  };
  const auto on_token = [&](std::uint64_t number, std::span<const TokenId> ids) {
    const auto& stops = std::get<GenerateRequest>(flying.at(number).request->request).decoding.stop;
    return !stops.empty() && find_stop(text_->tokenizer.decode_bytes(ids, true), stops).has_value();
  };
  return engine_->run(source, sink, on_token);
}

}  // namespace bakeoff::baker
