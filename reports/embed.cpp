// See embed.h.
#include "reports/embed.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <unordered_map>

#include "reports/format.h"
#include "reports/html.h"
#include "reports/report.h"

namespace bakeoff::reports {
namespace {

/// Of a suite; samples of each arm by item, of replicates the first.
struct Answers {
  std::vector<Item> items;  ///< that some arm answered
  const ShownSamples& shown;
  std::vector<std::unordered_map<std::string, const ShownSample*>> first = {};
};

Result<Answers> read_answers(store::Store& store, const ShownSamples& shown, SuiteReport& suite) {
  Answers out{{}, shown};
  for (const auto& samples : shown) {
    auto& by_item = out.first.emplace_back();
    for (const auto& sample : samples) by_item.try_emplace(sample.item, &sample);
  }
  BAKEOFF_TRY(out.items, store.items(suite.digest));
  suite.total_items = static_cast<std::int64_t>(out.items.size());
  std::erase_if(out.items, [&](const Item& item) {
    return std::none_of(out.first.begin(), out.first.end(),
                        [&](const auto& samples) { return samples.contains(item.id); });
  });
  return out;
}

/// How the arms' scores of each item lie.
std::vector<ItemOutcome> outcomes_of(const Answers& answers) {
  std::vector<ItemOutcome> out;
  std::unordered_map<std::string, std::size_t> places;
  for (const auto& item : answers.items) {
    places[item.id] = out.size();
    out.push_back({item.id});
  }
  for (const auto& samples : answers.shown)
    for (const auto& sample : samples) {
      const auto found = places.find(sample.item);
      if (found == places.end()) continue;
      ItemOutcome& outcome = out[found->second];
      const auto& score = sample.score;
      if (!score) outcome.is_unscored = true;
      if (!score) continue;
      outcome.least = std::min(outcome.least.value_or(*score), *score);
      outcome.most = std::max(outcome.most.value_or(*score), *score);
    }
  return out;
}

/// What a line takes more when it becomes `markup`.
std::size_t growth(const std::string& markup, std::size_t bytes_before) {
  return markup.size() - std::min(markup.size(), bytes_before);
}

/// Chooses and reads the items of one suite.
class Filling {
 public:
  Filling(store::Store& store, const ReportModel& model, SuiteReport& suite, const Answers& answers)
      : store_(store), model_(model), suite_(suite), answers_(answers) {}

  /// Returns the bytes that are used, at most `most_bytes`.
  Result<std::size_t> fill(const EmbedOptions& options) {
    constexpr std::size_t kPartOfDrawn = 8;
    const auto outcomes = outcomes_of(answers_);
    for (const auto& outcome : outcomes) ++suite_.kinds[kind_of(outcome)].total;
    auto wanted = by_interest(outcomes, model_.run.seed, options.drawn);
    const auto drawn = std::stable_partition(wanted.begin(), wanted.end(), [&](const std::size_t item) {
      return kind_of(outcomes[item]) != ItemKind::drawn;
    });
    room_ = options.most_bytes - (drawn == wanted.end() ? 0 : options.most_bytes / kPartOfDrawn);
    add_lines({wanted.begin(), drawn});
    BAKEOFF_CHECK(open_lines());
    room_ = options.most_bytes - used_;
    BAKEOFF_CHECK(add_blocks({drawn, wanted.end()}));
    for (const auto& one : chosen_) ++suite_.kinds[kind_of(outcomes[one.item])].shown;
    std::sort(chosen_.begin(), chosen_.end(), [](const auto& a, const auto& b) { return a.item < b.item; });
    for (auto& one : chosen_) suite_.items.push_back(std::move(one.row));
    return used_;
  }

 private:
  struct Chosen {
    std::size_t item = 0;
    ItemRow row;
    std::size_t bytes = 0;
  };

  bool take(std::size_t bytes) {
    if (bytes > room_) return false;
    room_ -= bytes;
    used_ += bytes;
    return true;
  }

  /// A line for each, as far as there is room.
  void add_lines(std::span<const std::size_t> items) {
    for (const std::size_t item : items) {
      ItemRow row = brief_row(item);
      const std::size_t bytes = html::brief_line(model_, row).size();
      if (!take(bytes)) return;
      chosen_.push_back({item, std::move(row), bytes});
    }
  }

  /// Lines become blocks with everything where all of them do; else the first of them, and the others get the
  /// beginnings of their answers.
  Status open_lines() {
    const std::size_t all = room_, used = used_;
    std::size_t blocks = 0, first_half = 0;
    for (; blocks < chosen_.size(); ++blocks) {
      BAKEOFF_TRY(const bool fits, open(chosen_[blocks]));
      if (!fits) break;
      if (room_ >= all / 2) first_half = blocks + 1;
    }
    if (blocks == chosen_.size()) return {};
    for (std::size_t i = first_half; i < blocks; ++i) chosen_[i].row = brief_row(chosen_[i].item);
    room_ = all, used_ = used;
    for (std::size_t i = 0; i < first_half; ++i)
      take(growth(html::item_block(model_, chosen_[i].row), chosen_[i].bytes));
    return quote(first_half);
  }

  /// False, and the line stays, where there is no room for all of it.
  Result<bool> open(Chosen& one) {
    BAKEOFF_TRY(ItemRow row, full_row(one.item));
    if (!take(growth(html::item_block(model_, row), one.bytes))) return false;
    one.row = std::move(row);
    return true;
  }

  /// The beginnings of the answers, equally long, of all lines from `begin` on.
  Status quote(std::size_t begin) {
    constexpr std::size_t kMarkup = 12, kLeast = 30, kMost = 400;
    constexpr double kEscaped = 0.9;  // signs that take more bytes on the page than in the text
    const std::size_t answers = std::max<std::size_t>(1, (chosen_.size() - begin) * model_.arms.size());
    const auto part = static_cast<std::size_t>(kEscaped * static_cast<double>(room_ / answers));
    if (part < kMarkup + kLeast) return {};
    for (std::size_t i = begin; i < chosen_.size(); ++i) {
      ItemRow line = chosen_[i].row;
      for (AnswerCell& cell : line.answers) {
        if (cell.sample_key.empty()) continue;
        BAKEOFF_TRY(const std::string text, store_.answer(cell.sample_key));
        cell.text = beginning(text, std::min(part - kMarkup, kMost));
      }
      if (!take(growth(html::brief_line(model_, line), chosen_[i].bytes))) return {};
      chosen_[i].row = std::move(line);
    }
    return {};
  }

  static std::string beginning(const std::string& text, std::size_t most) {
    const std::string mark = "\u2026";
    return text.size() <= most ? text : std::string(cut(text, most - mark.size())) + mark;
  }

  Status add_blocks(std::span<const std::size_t> items) {
    for (const std::size_t item : items) {
      BAKEOFF_TRY(ItemRow row, full_row(item));
      if (!take(html::item_block(model_, row).size())) return {};
      chosen_.push_back({item, std::move(row), 0});
    }
    return {};
  }

  /// An item with every arm's answer.
  Result<ItemRow> full_row(std::size_t place) {
    const Item& item = answers_.items[place];
    ItemRow out{item.id, item.group, item.messages, item.reference, {}, false};
    for (const auto& by_item : answers_.first) {
      const auto found = by_item.find(out.id);
      AnswerCell cell;
      if (found != by_item.end()) {
        BAKEOFF_TRY(cell, answer_cell(found->second->sample_key));
      }
      out.answers.push_back(std::move(cell));
    }
    return out;
  }

  Result<AnswerCell> answer_cell(const std::string& sample_key) {
    AnswerCell out;
    BAKEOFF_TRY(auto row, store_.sample(sample_key));
    out.sample_key = sample_key;
    out.text = row.sample.completion.text;
    out.messages = std::move(row.sample.messages);
    out.verdict = row.verdict ? std::move(*row.verdict) : Verdict::not_scored("not judged yet");
    out.finish_reason = row.sample.completion.finish_reason;
    out.prompt_tokens = row.total_prompt_tokens;
    out.completion_tokens = row.total_completion_tokens;
    out.seed = row.sample.seed;
    suite_.decoding = row.sample.decoding;
    return out;
  }

  /// Scores and keys alone, for which no sample has to be read.
  ItemRow brief_row(std::size_t place) const {
    const Item& item = answers_.items[place];
    ItemRow out{item.id, item.group, item.messages, {}, {}, true};
    for (const auto& by_item : answers_.first) {
      const auto found = by_item.find(out.id);
      AnswerCell cell;
      if (found != by_item.end())
        cell.sample_key = found->second->sample_key, cell.verdict.score = found->second->score;
      out.answers.push_back(std::move(cell));
    }
    return out;
  }

  store::Store& store_;
  const ReportModel& model_;
  SuiteReport& suite_;
  const Answers& answers_;
  std::size_t room_ = 0, used_ = 0;
  std::vector<Chosen> chosen_;
};

std::int64_t samples_of(const SuiteReport& suite) {
  std::int64_t count = 0;
  if (!suite.metrics.empty())
    for (const auto& figure : suite.metrics.front().figures) count += figure.scored + figure.unscored;
  return count;
}

/// Each suite may use an equal part of what those before it left. Returns the bytes that none used.
Result<std::size_t> fill_suites(store::Store& store, const EmbedOptions& options,
                                const std::vector<ShownSamples>& shown, ReportModel& model) {
  std::size_t room = options.most_bytes;
  std::vector<std::size_t> order(model.suites.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return samples_of(model.suites[a]) < samples_of(model.suites[b]);
  });
  for (std::size_t i = 0; i < order.size(); ++i) {
    SuiteReport& suite = model.suites[order[i]];
    suite.items.clear();
    suite.kinds.clear();
    BAKEOFF_TRY(const Answers answers, read_answers(store, shown[order[i]], suite));
    BAKEOFF_TRY(const std::size_t used,
                Filling(store, model, suite, answers).fill({room / (order.size() - i), options.drawn}));
    room -= used;
  }
  return room;
}

}  // namespace

Status embed(store::Store& store, const EmbedOptions& options, const std::vector<ShownSamples>& shown,
             ReportModel& model) {
  constexpr int kTries = 3;
  const std::size_t most = options.most_bytes - std::min(options.most_bytes, to_html(model).size());
  std::size_t room = most;
  for (int i = 0; i < kTries; ++i) {
    BAKEOFF_TRY(const std::size_t unused, fill_suites(store, {room, options.drawn}, shown, model));
    if (room == 0) return {};
    const std::size_t bytes = to_html(model).size();
    if (bytes <= options.most_bytes) return {};
    // Headings and the example of "before and after" come with the items, and are none of them.
    const std::size_t others = bytes + most - options.most_bytes - (room - unused);
    room = most - std::min(most, others);
  }
  return {};
}

}  // namespace bakeoff::reports
