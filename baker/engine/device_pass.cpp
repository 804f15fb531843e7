#include "baker/engine/device_pass.h"

#include <algorithm>
#include <bit>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include "baker/engine/device_pages.h"
#include "baker/models/rotary.h"

namespace bakeoff::baker {
namespace {

constexpr std::size_t kMostTokens = 128;                     ///< of a row in a group; longer rows are cut
constexpr std::int64_t kMostKeys = std::int64_t{1} << 16;    ///< gathered by a group, B T
constexpr std::int64_t kMostScores = std::int64_t{1} << 26;  ///< of a group in all heads, B H n T

/// Appends to one of the plan's arrays.
template <class T>
Slice append(std::vector<T>& array, const std::vector<T>& values) {
  const auto first = static_cast<std::int64_t>(array.size());
  array.insert(array.end(), values.begin(), values.end());
  return {first, static_cast<std::int64_t>(values.size())};
}

/// The step: 64 up to 512 keys, then an eighth of the power of two below.
std::int64_t rounded_up(std::int64_t keys) {
  const std::int64_t step =
      std::max<std::int64_t>(64, static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(keys))) / 8);
  return (keys + step - 1) / step * step;
}

std::int64_t slot_of(const Segment& segment, std::int64_t token) {
  return static_cast<const PagedSegment&>(segment).slot(token);
}

/// Slots of the positions [begin, end) of a path.
void append_slots(const KvPath& path, std::int64_t begin, std::int64_t end, std::vector<std::int64_t>& slots) {
  std::int64_t first = 0;
  const auto part = [&](const Segment& segment, std::int64_t count) {
    for (std::int64_t p = std::max(begin, first); p < std::min(end, first + count); ++p)
      slots.push_back(slot_of(segment, p - first));
    first += count;
  };
  for (const SharedPart& shared : path.shared) part(*shared.segment, shared.tokens);
  part(*path.own, end - first);
}

/// Tokens of one path that lie side by side.
struct Stretch {
  const KvPath* path;
  std::int64_t place;     ///< of the first one in the pass
  std::int64_t position;  ///< of the first one
  std::int64_t tokens;
  std::int64_t end() const { return position + tokens; }
};

std::vector<Stretch> rows_of(std::span<const PassToken> tokens) {
  std::vector<Stretch> rows;
  for (const std::span<const PassToken> part : stretches_of(tokens, kMostTokens))
    rows.push_back({part.front().path, part.data() - tokens.data(), part.front().position, std::ssize(part)});
  return rows;
}

/// The first position that any token of the stretch sees.
std::int64_t first_seen(const Stretch& stretch, std::int64_t window) {
  return window > 0 ? std::max(std::int64_t{0}, stretch.position + 1 - window) : 0;
}

/// How many keys each of the rows gathers.
std::int64_t most_seen(std::span<const Stretch> rows, std::int64_t window, bool in_steps) {
  std::int64_t most = 0;
  for (const Stretch& row : rows) most = std::max(most, row.end() - first_seen(row, window));
  return in_steps ? rounded_up(most) : most;
}

class Planner {
 public:
  Planner(const ModelConfig& config, bool in_steps) : config_(config), in_steps_(in_steps) {}

  PassPlan plan(std::span<const PassToken> tokens, std::vector<RotaryTable>& tables) {
    list_tokens(tokens);
    for (std::size_t i = 0; i < tables.size(); i += 2)
      plan_.layout.turns.push_back(turn_of(std::span<RotaryTable, 2>(&tables[i], 2), tokens));
    group(rows_of(tokens));
    return std::move(plan_);
  }

 private:
  Slice add(const std::vector<std::int64_t>& values) { return append(plan_.integers, values); }

  void list_tokens(std::span<const PassToken> tokens) {
    std::vector<std::int64_t> ids, positions, slots;
    for (const PassToken& token : tokens) {
      ids.push_back(token.id);
      positions.push_back(token.position);
      slots.push_back(slot_of(*token.path->own, token.position - token.path->shared_tokens));
    }
    plan_.layout.runs = variant_runs(tokens);
    plan_.layout.ids = add(ids);
    plan_.layout.positions = add(positions);
    plan_.layout.slots = add(slots);
  }

  /// Of one entry of ModelConfig::rotary: its usual table and its long one.
  Turn turn_of(std::span<RotaryTable, 2> tables, std::span<const PassToken> tokens) {
    const std::int64_t pairs = tables[0].pairs();
    std::vector<float> cosines, sines;
    for (const PassToken& token : tokens) {
      RotaryTable& table = tables[token.path->is_long ? 1 : 0];
      table.extend(token.position + 1);
      const float *from_cosines = table.cosines(token.position), *from_sines = table.sines(token.position);
      cosines.insert(cosines.end(), from_cosines, from_cosines + pairs);
      sines.insert(sines.end(), from_sines, from_sines + pairs);
    }
    const Slice first = append(plan_.angles, cosines);
    return {pairs, first, append(plan_.angles, sines)};
  }

  SeenKeys seen_by(std::span<const Stretch> rows, std::int64_t window) {
    SeenKeys seen;
    seen.count = most_seen(rows, window, in_steps_);
    std::vector<std::int64_t> slots, firsts;
    for (const Stretch& row : rows) {
      const std::int64_t first = first_seen(row, window);
      append_slots(*row.path, first, row.end(), slots);
      // What fills a shorter row up is never seen, but must be numbers: the row's own last key.
      slots.resize(slots.size() + static_cast<std::size_t>(seen.count - (row.end() - first)), slots.back());
      firsts.push_back(first);
    }
    seen.slots = add(slots);
    seen.firsts = add(firsts);
    return seen;
  }

  AttentionGroup group_of(std::span<const Stretch> rows) {
    AttentionGroup group;
    group.rows = static_cast<std::int64_t>(rows.size());
    group.tokens = rows[0].tokens;
    std::vector<std::int64_t> places, positions;
    for (const Stretch& row : rows) {
      for (std::int64_t i = 0; i < row.tokens; ++i) places.push_back(row.place + i);
      positions.push_back(row.position);
    }
    group.places = add(places);
    group.positions = add(positions);
    for (const LayerAttention& layer : config_.attention)
      if (!group.seen.count(layer.window)) group.seen[layer.window] = seen_by(rows, layer.window);
    return group;
  }

  /// Groups of equal length and limited size, rows of a similar past together.
  void group(std::vector<Stretch> rows) {
    std::stable_sort(rows.begin(), rows.end(), [](const Stretch& a, const Stretch& b) {
      return a.tokens != b.tokens ? a.tokens < b.tokens : a.position < b.position;
    });
    for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
      const auto fits = [&](const Stretch& next) {  // the longest so far
        const std::int64_t keys = static_cast<std::int64_t>(end - begin + 1) * most_seen({&next, 1}, 0, in_steps_);
        return next.tokens == rows[begin].tokens && keys <= kMostKeys &&
               keys * config_.heads * next.tokens <= kMostScores;
      };
      do ++end;
      while (end < rows.size() && fits(rows[end]));
      plan_.layout.groups.push_back(group_of(std::span(rows).subspan(begin, end - begin)));
    }
  }

  const ModelConfig& config_;
  bool in_steps_;
  PassPlan plan_;
};

}  // namespace

PassPlan plan_pass(const ModelConfig& config, std::span<const PassToken> tokens, std::vector<RotaryTable>& tables,
                   bool in_steps) {
  return Planner(config, in_steps).plan(tokens, tables);
}

DevicePass::DevicePass(const PassPlan& plan, c10::Device device)
    : layout_(plan.layout),
      integers_(at::tensor(at::ArrayRef<std::int64_t>(plan.integers), at::kLong).to(device)),
      angles_(at::tensor(at::ArrayRef<float>(plan.angles), at::kFloat).to(device)) {}

void DevicePass::load(const PassPlan& plan) {
  integers_.copy_(at::tensor(at::ArrayRef<std::int64_t>(plan.integers), at::kLong));
  angles_.copy_(at::tensor(at::ArrayRef<float>(plan.angles), at::kFloat));
}

void DevicePass::find_unseen() {
  unseen_.assign(layout_.groups.size(), {});
  for (std::size_t i = 0; i < layout_.groups.size(); ++i) {
    const AttentionGroup& group = layout_.groups[i];
    for (const auto& [window, seen] : group.seen) {
      const at::TensorOptions integers = integers_.options();
      const at::Tensor keys = list(seen.firsts).view({-1, 1, 1, 1}) + at::arange(seen.count, integers);
      const at::Tensor own =
          list(group.positions).view({-1, 1, 1, 1}) + at::arange(group.tokens, integers).view({1, -1, 1, 1});
      at::Tensor& unseen = unseen_[i][window];
      unseen = keys > own;
      if (window > 0) unseen.logical_or_(keys <= own - window);
    }
  }
}

}  // namespace bakeoff::baker
