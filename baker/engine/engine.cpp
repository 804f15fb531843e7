#include "baker/engine/engine.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <list>
#include <new>
#include <numeric>

#include "baker/engine/decoder.h"
#include "baker/engine/sampler.h"

namespace bakeoff::baker {
namespace {

constexpr std::size_t kRememberedContexts = 16;  ///< earlier rows whose prefixes a new row may share
constexpr std::int64_t kProjectedRows = 32;      ///< positions projected to the vocabulary at a time when scoring

using Clock = std::chrono::steady_clock;

/// A context whose keys and values are, or are about to be, computed.
struct Remembered {
  std::vector<TokenId> ids;
  KvPath path;
};

struct Row {
  std::uint64_t ticket = 0;
  RowRequest request;
  std::vector<TokenId> pending;  ///< tokens to compute next: the rest of the context, then the last new token
  std::int64_t position = 0;     ///< of pending[0]
  KvPath path;
  Random random{0};
  RowResult result;
  Clock::time_point began;
};

}  // namespace

struct Engine::State {
  State(const Model& model_in, const AdapterList& adapters_in, EngineOptions options_in)
      : model(model_in),
        options(options_in),
        adapters(pack_adapters(model_in.config, adapters_in)),
        decoder(model_in, adapters) {}

  const Model& model;
  EngineOptions options;
  std::vector<LayerLowRank> adapters;
  Decoder decoder;
  std::deque<Remembered> remembered;

  /// A path for `ids` that shares the longest known prefix, at most `limit` tokens of it, with room for `extra` more.
  KvPath open_path(std::span<const TokenId> ids, std::size_t limit, std::int64_t extra);
  void remember(std::span<const TokenId> ids, const KvPath& path);
  /// Ids in the vocabulary, and room for `new_tokens` more in the context.
  Status check_ids(std::span<const TokenId> ids, int new_tokens) const;

  void admit(std::list<Row>& rows, const Engine::Source& source, const Engine::Sink& sink);
  void start(Row& row);
  void step(std::list<Row>& rows, const Engine::Sink& sink, const Engine::OnToken& on_token);
  void project(std::span<const float> hidden, std::vector<float>& logits) const;
  /// Appends one token; true when the row is over.
  bool extend(Row& row, TokenId id, const float* hidden, const Engine::OnToken& on_token);

  struct ScorePass {
    std::size_t begin, end, first;
    int top;
  };
  void score_pass(std::span<const TokenId> ids, const KvPath& path, ScorePass pass, SequenceScore& score);
  void read_logits(std::span<const float> logits, std::optional<TokenId> next, int top, SequenceScore& score) const;
};

KvPath Engine::State::open_path(std::span<const TokenId> ids, std::size_t limit, std::int64_t extra) {
  const Remembered* best = nullptr;
  std::size_t longest = 0;
  for (const Remembered& candidate : remembered) {
    const std::size_t most = std::min({candidate.ids.size(), ids.size(), limit});
    const auto [end, other] =
        std::mismatch(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(most), candidate.ids.begin());
    const auto common = static_cast<std::size_t>(end - ids.begin());
    if (common > longest) {
      longest = common;
      best = &candidate;
    }
  }
  KvPath path;
  path.shared_tokens = static_cast<std::int64_t>(longest);
  if (best) path.shared = best->path.prefix(path.shared_tokens);
  path.own = std::make_shared<Segment>(model.config, static_cast<std::int64_t>(ids.size() - longest) + extra);
  return path;
}

void Engine::State::remember(std::span<const TokenId> ids, const KvPath& path) {
  for (const Remembered& known : remembered)
    if (std::equal(ids.begin(), ids.end(), known.ids.begin(), known.ids.end())) return;
  remembered.push_front({{ids.begin(), ids.end()}, path});
  if (remembered.size() > kRememberedContexts) remembered.pop_back();
}

Status Engine::State::check_ids(std::span<const TokenId> ids, int new_tokens) const {
  if (ids.empty()) return input_error("the prompt has no tokens", "", "give at least one token");
  for (const TokenId id : ids)
    if (id < 0 || id >= model.config.vocabulary)
      return input_error("token id " + std::to_string(id) + " is outside the vocabulary of " +
                         std::to_string(model.config.vocabulary));
  if (static_cast<std::int64_t>(ids.size()) + new_tokens > model.config.context)
    return input_error("the prompt's " + std::to_string(ids.size()) + " tokens and " + std::to_string(new_tokens) +
                           " new ones exceed the model's context of " + std::to_string(model.config.context),
                       "", "shorten the prompt or max_new_tokens");
  return {};
}

void Engine::State::start(Row& row) {
  const std::vector<TokenId>& ids = row.request.ids;
  row.path = open_path(ids, ids.size() - 1, row.request.decoding.max_new_tokens);
  row.position = row.path.shared_tokens;
  row.pending.assign(ids.begin() + row.position, ids.end());
  row.random = Random(row.request.seed);
  row.began = Clock::now();
  remember(ids, row.path);
}

void Engine::State::project(std::span<const float> hidden, std::vector<float>& logits) const {
  const std::int64_t rows = static_cast<std::int64_t>(hidden.size()) / model.config.width;
  logits.resize(static_cast<std::size_t>(rows * model.config.vocabulary));
  multiply(model.head, hidden.data(), rows, logits.data());
}

bool Engine::State::extend(Row& row, TokenId id, const float* hidden, const Engine::OnToken& on_token) {
  const Decoding& decoding = row.request.decoding;
  row.result.ids.push_back(id);
  if (row.request.keep_hidden) row.result.hidden.insert(row.result.hidden.end(), hidden, hidden + model.config.width);
  const auto& ends = model.config.end_ids;
  row.result.ended = std::find(ends.begin(), ends.end(), id) != ends.end();
  if (row.result.ended || static_cast<int>(row.result.ids.size()) >= decoding.max_new_tokens) return true;
  if (on_token && on_token(row.ticket, row.result.ids)) return true;
  row.pending.assign(1, id);
  return false;
}

/// One pass: every row that is writing gets its next token, and prompts are read in order of arrival until the budget
/// of the pass is used. A row that shares a prefix comes after the row that computes it, so what it needs is always
/// there.
void Engine::State::step(std::list<Row>& rows, const Engine::Sink& sink, const Engine::OnToken& on_token) {
  std::vector<PassToken> tokens;
  std::vector<std::size_t> wanted;
  std::vector<Row*> ready;
  std::int64_t budget = options.prefill_tokens;
  bool reading = true;
  for (Row& row : rows) {
    const bool writing = !row.result.ids.empty();
    if (!writing && !reading) continue;
    const std::int64_t size = static_cast<std::int64_t>(row.pending.size());
    const std::int64_t take = writing ? 1 : std::min(size, budget);
    for (std::int64_t i = 0; i < take; ++i)
      tokens.push_back({row.pending[static_cast<std::size_t>(i)], row.position + i, &row.path});
    if (!writing) budget -= take;
    if (take == size) {
      wanted.push_back(tokens.size() - 1);
      ready.push_back(&row);
    }
    row.position += take;
    row.pending.erase(row.pending.begin(), row.pending.begin() + take);
    if (take < size || budget == 0) reading = false;
  }
  std::vector<float> hidden, logits;
  decoder.forward(tokens, wanted, hidden);
  project(hidden, logits);

  const auto vocabulary = static_cast<std::size_t>(model.config.vocabulary);
  std::vector<TokenId> chosen(ready.size());
#pragma omp parallel for schedule(static)
  for (std::size_t i = 0; i < ready.size(); ++i)
    chosen[i] =
        choose_token({logits.data() + i * vocabulary, vocabulary}, ready[i]->request.decoding, ready[i]->random);
  for (std::size_t i = 0; i < ready.size(); ++i) {
    Row* row = ready[i];
    if (!extend(*row, chosen[i], hidden.data() + i * static_cast<std::size_t>(model.config.width), on_token)) continue;
    row->result.wall_seconds = std::chrono::duration<double>(Clock::now() - row->began).count();
    const std::uint64_t ticket = row->ticket;
    RowResult result = std::move(row->result);
    rows.remove_if([row](const Row& other) { return &other == row; });
    sink(ticket, std::move(result));
  }
}

Engine::Engine(std::shared_ptr<const Model> model,
               const std::vector<std::pair<std::shared_ptr<const Adapter>, double>>& adapters, EngineOptions options)
    : model_(std::move(model)), state_(std::make_unique<State>(*model_, adapters, options)) {}
Engine::~Engine() = default;

/// Starts rows while there is room; a request that can not be played is answered with its error.
void Engine::State::admit(std::list<Row>& rows, const Engine::Source& source, const Engine::Sink& sink) {
  while (static_cast<int>(rows.size()) < options.batch_rows) {
    auto next = source();
    if (!next) return;
    if (const Status usable = check_ids(next->second.ids, next->second.decoding.max_new_tokens); !usable.ok()) {
      sink(next->first, usable.error());
      continue;
    }
    Row& row = rows.emplace_back();
    row.ticket = next->first;
    row.request = std::move(next->second);
    start(row);
  }
}

Status Engine::generate(const Source& source, const Sink& sink, const OnToken& on_token) {
  std::list<Row> rows;
  try {
    while (true) {
      state_->admit(rows, source, sink);
      if (rows.empty()) return {};
      state_->step(rows, sink, on_token);
    }
  } catch (const std::bad_alloc&) {
    state_->remembered.clear();  // what was promised there may not have been computed
    return infrastructure_error("not enough memory for " + std::to_string(rows.size()) + " rows", "", "lower --batch");
  }
}

/// Reads one position's logits: the probability of the token that came next, or what could come after the last one.
void Engine::State::read_logits(std::span<const float> logits, std::optional<TokenId> next, int top,
                                SequenceScore& score) const {
  const double total = kernels().log_sum_exp(logits.data(), static_cast<std::int64_t>(logits.size()));
  if (next) {
    score.logprobs.push_back(static_cast<double>(logits[static_cast<std::size_t>(*next)]) - total);
    score.greedy.push_back(std::max_element(logits.begin(), logits.end()) - logits.begin() == *next);
    return;
  }
  std::vector<TokenId> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  const auto count = static_cast<std::ptrdiff_t>(std::min(static_cast<std::size_t>(std::max(top, 0)), order.size()));
  std::partial_sort(order.begin(), order.begin() + count, order.end(), [&](TokenId a, TokenId b) {
    const float la = logits[static_cast<std::size_t>(a)], lb = logits[static_cast<std::size_t>(b)];
    return la != lb ? la > lb : a < b;
  });
  for (std::ptrdiff_t k = 0; k < count; ++k) {
    const TokenId id = order[static_cast<std::size_t>(k)];
    score.next_top.emplace_back(id, static_cast<double>(logits[static_cast<std::size_t>(id)]) - total);
  }
}

/// One pass of scoring: computes ids[begin, end) and reads the logits of positions from `first` - 1 on.
void Engine::State::score_pass(std::span<const TokenId> ids, const KvPath& path, ScorePass pass, SequenceScore& score) {
  std::vector<PassToken> tokens;
  std::vector<std::size_t> wanted;
  for (std::size_t p = pass.begin; p < pass.end; ++p) {
    tokens.push_back({ids[p], static_cast<std::int64_t>(p), &path});
    if (p + 1 >= pass.first) wanted.push_back(p - pass.begin);
  }
  std::vector<float> hidden, logits;
  decoder.forward(tokens, wanted, hidden);
  const auto width = static_cast<std::size_t>(model.config.width),
             vocabulary = static_cast<std::size_t>(model.config.vocabulary);
  for (std::size_t at = 0; at < wanted.size(); at += kProjectedRows) {
    const std::size_t rows = std::min<std::size_t>(kProjectedRows, wanted.size() - at);
    project({hidden.data() + at * width, rows * width}, logits);
    for (std::size_t i = 0; i < rows; ++i) {
      const std::size_t next = pass.begin + wanted[at + i] + 1;
      read_logits({logits.data() + i * vocabulary, vocabulary},
                  next < ids.size() ? std::optional(ids[next]) : std::nullopt, pass.top, score);
    }
  }
}

Result<SequenceScore> Engine::score(std::span<const TokenId> ids, std::size_t first, int top) {
  BAKEOFF_CHECK(state_->check_ids(ids, 0));
  if (first < 1 || first > ids.size()) return internal_error("scoring must begin at a token that has one before it");
  try {
    const KvPath path = state_->open_path(ids, first - 1, 0);
    const auto most = static_cast<std::size_t>(state_->options.prefill_tokens);
    SequenceScore score;
    for (auto begin = static_cast<std::size_t>(path.shared_tokens); begin < ids.size(); begin += most)
      state_->score_pass(ids, path, {begin, std::min(ids.size(), begin + most), first, top}, score);
    state_->remember(ids, path);
    return score;
  } catch (const std::bad_alloc&) {
    return infrastructure_error("not enough memory to score " + std::to_string(ids.size()) + " tokens", "",
                                "use shorter texts");
  }
}

Result<std::vector<float>> Engine::hidden_states(std::span<const TokenId> ids) {
  KvPath path;
  path.own = std::make_shared<Segment>(model_->config, static_cast<std::int64_t>(ids.size()));
  std::vector<float> hidden;
  const auto step = static_cast<std::size_t>(state_->options.prefill_tokens);
  for (std::size_t begin = 0; begin < ids.size(); begin += step) {
    std::vector<PassToken> tokens;
    std::vector<std::size_t> wanted;
    for (std::size_t p = begin; p < std::min(ids.size(), begin + step); ++p) {
      tokens.push_back({ids[p], static_cast<std::int64_t>(p), &path});
      wanted.push_back(p - begin);
    }
    state_->decoder.forward(tokens, wanted, hidden);
  }
  return hidden;
}

void Engine::log_probabilities(const float* hidden, std::vector<float>& out) const {
  state_->project({hidden, static_cast<std::size_t>(model_->config.width)}, out);
  const double total = kernels().log_sum_exp(out.data(), static_cast<std::int64_t>(out.size()));
  for (float& value : out) value = static_cast<float>(static_cast<double>(value) - total);
}

}  // namespace bakeoff::baker
