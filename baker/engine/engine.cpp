#include "baker/engine/engine.h"

#include <algorithm>
#include <chrono>
#include <list>
#include <new>

#include <c10/util/Exception.h>

#include "baker/engine/forward.h"
#include "baker/engine/prefix_cache.h"

namespace bakeoff::baker {
namespace {

using Clock = std::chrono::steady_clock;

struct Row {
  std::uint64_t ticket = 0;
  RowRequest request;
  std::size_t budget = 0;        ///< most new tokens
  std::vector<TokenId> pending;  ///< tokens to compute next: the rest of the context, then the last new token
  std::int64_t position = 0;     ///< of pending[0]
  KvPath path;
  Random random{0};
  RowResult result;
  Clock::time_point began;

  bool scoring() const { return request.scored_from > 0; }
  bool writing() const { return !result.ids.empty(); }
};

/// Tokens of one row in a pass.
struct Share {
  Row* row;
  std::int64_t tokens;
};

/// A position of the pass whose logits are needed, and what came of them.
struct Wanted {
  Row* row;
  Reading reading;
};

using Pull = std::optional<std::pair<std::uint64_t, RowRequest>>;

/// What the row wants to know after its token at `position`.
Reading reading_of(Row& row, std::int64_t position) {
  Reading reading;
  const auto next = static_cast<std::size_t>(position) + 1;
  if (!row.scoring()) {
    reading.decoding = &row.request.decoding;
    reading.random = &row.random;
  } else if (next < row.request.ids.size()) {
    reading.id = row.request.ids[next];
  } else {
    reading.top = row.request.top;
  }
  return reading;
}

/// The work's status; what the allocator or a device threw, as an error.
template <class Work>
Status guarded(Work&& work) {
  constexpr const char* kLess = "lower --batch or kv_gib";
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return infrastructure_error("not enough memory for the rows in flight", "", kLess);
  } catch (const c10::OutOfMemoryError&) {
    return infrastructure_error("not enough memory on the device for model and rows in flight", "", kLess);
  } catch (const c10::Error& error) {
    return infrastructure_error(std::string("the device failed: ") + error.what_without_backtrace());
  }
}

}  // namespace

EngineOptions engine_options(const EngineSettings& settings) {
  EngineOptions options;
  options.batch_rows = std::max(1, settings.batch_rows);
  if (settings.device != "cpu") options.device = c10::Device(settings.device);
  options.kv_bytes = static_cast<std::int64_t>(settings.kv_gib * static_cast<double>(std::int64_t{1} << 30));
  return options;
}

struct Engine::State {
  State(const Model& model_in, const std::vector<AdapterList>& lists, EngineOptions options_in)
      : model(model_in),
        options(options_in),
        variants(pack(model_in.config, lists)),
        forward(make_forward(model_in, variants, {options_in.device, options_in.kv_bytes})),
        contexts(model_in.config, options_in.kv_bytes,
                 [this](std::int64_t capacity, std::shared_ptr<std::int64_t> reserved) {
                   return forward->make_segment(capacity, std::move(reserved));
                 }) {}

  static std::vector<std::vector<LayerLowRank>> pack(const ModelConfig& config, const std::vector<AdapterList>& lists) {
    std::vector<std::vector<LayerLowRank>> packed;
    for (const AdapterList& list : lists) packed.push_back(pack_adapters(config, list));
    if (packed.empty()) packed.emplace_back();
    return packed;
  }

  const Model& model;
  EngineOptions options;
  std::vector<std::vector<LayerLowRank>> variants;
  std::unique_ptr<Forward> forward;
  PrefixCache contexts;
  std::list<Row> rows;
  Pull waiting;  ///< pulled, but memory is held by the rows in flight

  Status check(const RowRequest& request) const;
  void admit(const Source& source, const Sink& sink);
  bool start(Pull::value_type& next, const Sink& sink);

  void step(const Sink& sink, const OnToken& on_token);
  std::vector<Share> plan_pass();
  std::vector<Wanted> read_pass(const std::vector<Share>& shares, std::vector<float>& hidden);
  void look(std::span<const float> hidden, std::vector<Wanted>& wanted);
  bool extend(Row& row, TokenId id, const float* hidden, const OnToken& on_token);
  void finish(Row& row, const Sink& sink);
  void read_whole(std::span<const TokenId> ids, const KvPath& path, std::vector<float>& hidden);
  void forget();
};

Status Engine::State::check(const RowRequest& request) const {
  const auto& ids = request.ids;
  if (ids.empty()) return input_error("the prompt has no tokens", "", "give at least one token");
  for (const TokenId id : ids)
    if (id < 0 || id >= model.config.vocabulary)
      return input_error("token id " + std::to_string(id) + " is outside the vocabulary of " +
                         std::to_string(model.config.vocabulary));
  const auto size = static_cast<std::int64_t>(ids.size());
  if (size > model.config.context || (size == model.config.context && request.scored_from == 0))
    return input_error("the prompt's " + std::to_string(size) + " tokens leave no room in the model's context of " +
                           std::to_string(model.config.context),
                       "", "shorten the prompt");
  if (request.variant >= variants.size() || request.scored_from > ids.size())
    return internal_error("a row asks for what the engine does not have");
  return {};
}

/// Starts a row, or answers it with its error; false when it must wait for memory.
bool Engine::State::start(Pull::value_type& next, const Sink& sink) {
  const RowRequest& request = next.second;
  if (const Status usable = check(request); !usable.ok()) {
    sink(next.first, usable.error());
    return true;
  }
  const bool scoring = request.scored_from > 0;
  const auto room = static_cast<std::size_t>(model.config.context) - request.ids.size();
  const std::size_t budget =
      scoring ? 0 : std::min(room, static_cast<std::size_t>(std::max(1, request.decoding.max_new_tokens)));
  const PathRequest wish = {request.variant, request.ids, (scoring ? request.scored_from : request.ids.size()) - 1,
                            static_cast<std::int64_t>(budget)};
  auto path = contexts.open(wish);
  if (!path && !rows.empty()) return false;
  if (!path) {
    sink(next.first, input_error("the row needs " + std::to_string(contexts.bytes_alone(wish) >> 20) +
                                     " MiB for keys and values, more than the budget of " +
                                     std::to_string(contexts.budget_bytes() >> 20) + " MiB",
                                 "", "raise kv_gib, or shorten the prompt or max_new_tokens"));
    return true;
  }
  Row& row = rows.emplace_back();
  row.ticket = next.first;
  row.request = std::move(next.second);
  row.budget = budget;
  row.path = std::move(*path);
  row.position = row.path.shared_tokens;
  row.pending.assign(row.request.ids.begin() + row.position, row.request.ids.end());
  row.random = Random(row.request.seed);
  row.began = Clock::now();
  if (row.position < static_cast<std::int64_t>(wish.most_shared))
    contexts.remember(row.request.variant, row.request.ids, row.path);
  return true;
}

/// Starts rows while there is room.
void Engine::State::admit(const Source& source, const Sink& sink) {
  while (static_cast<int>(rows.size()) < options.batch_rows) {
    if (!waiting) waiting = source();
    if (!waiting || !start(*waiting, sink)) return;
    waiting.reset();
  }
}

/// Every row that is writing gets its next token, and contexts are read in order of arrival until the budget of the
/// pass is used. A row that shares a prefix comes after the row that computes it, so what it needs is always there.
std::vector<Share> Engine::State::plan_pass() {
  std::vector<Share> shares;
  std::int64_t budget = options.prefill_tokens;
  for (Row& row : rows) {
    const auto size = static_cast<std::int64_t>(row.pending.size());
    const std::int64_t tokens = row.writing() ? size : std::min(size, budget);
    if (!row.writing()) budget -= tokens;
    if (tokens > 0) shares.push_back({&row, tokens});
    if (tokens < size) budget = 0;  // nobody reads before a row that may be shared has been read
  }
  std::stable_sort(shares.begin(), shares.end(),
                   [](const Share& a, const Share& b) { return a.row->request.variant < b.row->request.variant; });
  return shares;
}

/// Computes the tokens; returns the positions whose logits are needed, with their final-norm states in `hidden`.
std::vector<Wanted> Engine::State::read_pass(const std::vector<Share>& shares, std::vector<float>& hidden) {
  std::vector<PassToken> tokens;
  std::vector<Wanted> wanted;
  std::vector<std::size_t> places;
  for (const auto& [row, count] : shares) {
    const auto size = static_cast<std::int64_t>(row->request.ids.size());
    for (std::int64_t i = 0; i < count; ++i, ++row->position) {
      const std::int64_t p = row->position;
      const bool last = i + 1 == static_cast<std::int64_t>(row->pending.size());
      const bool scored = row->scoring() && p + 1 >= static_cast<std::int64_t>(row->request.scored_from) &&
                          (p + 1 < size || row->request.top > 0);
      if (scored || (last && !row->scoring())) {
        wanted.push_back({row, reading_of(*row, p)});
        places.push_back(tokens.size());
      }
      tokens.push_back({row->pending[static_cast<std::size_t>(i)], p, &row->path, row->request.variant});
    }
    row->pending.erase(row->pending.begin(), row->pending.begin() + count);
  }
  forward->forward(tokens, places, hidden);
  return wanted;
}

/// Draws or scores at every wanted position.
void Engine::State::look(std::span<const float> hidden, std::vector<Wanted>& wanted) {
  std::vector<Reading*> readings;
  for (Wanted& one : wanted) readings.push_back(&one.reading);
  forward->read_states(hidden, readings);
}

/// Appends one token; true when the row is over.
bool Engine::State::extend(Row& row, TokenId id, const float* hidden, const OnToken& on_token) {
  row.result.ids.push_back(id);
  if (row.request.keep_hidden) row.result.hidden.insert(row.result.hidden.end(), hidden, hidden + model.config.width);
  const auto& ends = model.config.end_ids;
  row.result.ended = std::find(ends.begin(), ends.end(), id) != ends.end();
  if (row.result.ended || row.result.ids.size() >= row.budget) return true;
  if (on_token && on_token(row.ticket, row.result.ids)) return true;
  row.pending.assign(1, id);
  return false;
}

/// The answer's keys and values stay known: the next turn of a conversation begins with them.
void Engine::State::finish(Row& row, const Sink& sink) {
  if (row.result.ids.size() > 1) {
    std::vector<TokenId> ids = row.request.ids;
    ids.insert(ids.end(), row.result.ids.begin(), row.result.ids.end() - 1);
    contexts.remember(row.request.variant, ids, row.path);
  }
  row.result.wall_seconds = std::chrono::duration<double>(Clock::now() - row.began).count();
  const std::uint64_t ticket = row.ticket;
  RowResult result = std::move(row.result);
  rows.remove_if([&row](const Row& other) { return &other == &row; });
  sink(ticket, std::move(result));
}

void Engine::State::step(const Sink& sink, const OnToken& on_token) {
  const std::vector<Share> shares = plan_pass();
  std::vector<float> hidden;
  std::vector<Wanted> wanted = read_pass(shares, hidden);
  look(hidden, wanted);
  std::vector<Row*> scored;
  for (const Share& share : shares)
    if (share.row->scoring() && share.row->pending.empty()) scored.push_back(share.row);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    Row& row = *wanted[i].row;
    Reading& reading = wanted[i].reading;
    SequenceScore& score = row.result.score;
    if (reading.draws()) {
      if (extend(row, reading.drawn, hidden.data() + i * static_cast<std::size_t>(model.config.width), on_token))
        finish(row, sink);
    } else if (reading.id) {
      score.logprobs.push_back(reading.scored.logprob);
      score.greedy.push_back(reading.scored.is_best);
    } else {
      score.next_top = std::move(reading.listed);
    }
  }
  for (Row* row : scored) finish(*row, sink);
}

/// Every position's state.
void Engine::State::read_whole(std::span<const TokenId> ids, const KvPath& path, std::vector<float>& hidden) {
  const auto most = static_cast<std::size_t>(options.prefill_tokens);
  for (std::size_t begin = 0; begin < ids.size(); begin += most) {
    std::vector<PassToken> tokens;
    std::vector<std::size_t> wanted;
    for (std::size_t p = begin; p < std::min(ids.size(), begin + most); ++p) {
      tokens.push_back({ids[p], static_cast<std::int64_t>(p), &path});
      wanted.push_back(p - begin);
    }
    forward->forward(tokens, wanted, hidden);
  }
}

/// After a failure: what was promised to later rows may not have been computed, and nobody waits for the row that
/// could not be started.
void Engine::State::forget() {
  contexts.clear();
  rows.clear();
  waiting.reset();
}

Engine::Engine(std::shared_ptr<const Model> model, std::vector<AdapterList> variants, EngineOptions options)
    : model_(std::move(model)), state_(std::make_unique<State>(*model_, variants, options)) {}
Engine::~Engine() = default;

Status Engine::run(const Source& source, const Sink& sink, const OnToken& on_token) {
  const Status done = guarded([&]() -> Status {
    while (true) {
      state_->admit(source, sink);
      if (state_->rows.empty()) return {};
      state_->step(sink, on_token);
    }
  });
  if (!done.ok()) state_->forget();
  return done;
}

Result<SequenceScore> Engine::score(std::span<const TokenId> ids, std::size_t scored_from, int top) {
  if (scored_from < 1) return internal_error("scoring must begin at a token that has one before it");
  RowRequest request;
  request.ids.assign(ids.begin(), ids.end());
  request.scored_from = scored_from;
  request.top = top;
  bool given = false;
  Result<RowResult> row = internal_error("the engine ended without scoring");
  const auto source = [&]() -> Pull {
    if (std::exchange(given, true)) return std::nullopt;
    return std::pair{std::uint64_t{0}, std::move(request)};
  };
  BAKEOFF_CHECK(run(source, [&](std::uint64_t, Result<RowResult> result) { row = std::move(result); }));
  if (!row.ok()) return row.error();
  return std::move(row->score);
}

Result<std::vector<float>> Engine::hidden_states(std::span<const TokenId> ids) {
  RowRequest request;
  request.ids.assign(ids.begin(), ids.end());
  request.scored_from = 1;
  BAKEOFF_CHECK(state_->check(request));
  KvPath path;
  path.is_long = model_->config.is_long(static_cast<std::int64_t>(ids.size()));
  std::vector<float> hidden;
  BAKEOFF_CHECK(guarded([&]() -> Status {
    path.own = state_->forward->make_segment(static_cast<std::int64_t>(ids.size()), nullptr);
    state_->read_whole(ids, path, hidden);
    return {};
  }));
  return hidden;
}

Status Engine::log_probabilities(std::span<const float> hidden, std::vector<float>& out) const {
  BAKEOFF_CHECK(guarded([&]() -> Status {
    state_->forward->project(hidden, out);
    return {};
  }));
  const auto vocabulary = static_cast<std::size_t>(model_->config.vocabulary);
  for (std::size_t begin = 0; begin < out.size(); begin += vocabulary) {
    const std::span<float> row = std::span(out).subspan(begin, vocabulary);
    const double total = kernels().log_sum_exp(row.data(), model_->config.vocabulary);
    for (float& value : row) value = static_cast<float>(static_cast<double>(value) - total);
  }
  return {};
}

}  // namespace bakeoff::baker
